// The dashboard in a real browser against a real hub: node browser.mjs VERGE_HUB [SCREENSHOT_FOLDER]
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import { Hub } from "./hub.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const PATIENCE_MS = 120_000; // a bound for a page that never comes, not a measure of speed
const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const REASON = "golden[0].raw_outputs/box_encodings: max error 0.31 > 0.0011 at index 512";
const HOSTILE = '<img src=x onerror="alert(1)">';

// A small fleet: a camera that runs version 1 and rolled version 2 back, and a device that reports nonsense.
async function fill(hub) {
  const publisher = await hub.publisher();
  await hub.release(publisher, "obstacle", 1);
  await hub.release(publisher, "obstacle", 2);
  const camera = await hub.enrol("dock-camera", "demo");
  const odd = await hub.enrol(HOSTILE, "odd");
  const first = await hub.deploy("obstacle", 1, "demo");
  const now = Date.now();
  const done = { deployment: first.id, state: "committed", detail: "", updated_at: now - 60_000 };
  const elements = [
    { id: "video", count: 123, drops: 0, p50_us: 1800, p99_us: 3100 },
    { id: "infer", count: 123, drops: 2, p50_us: 21_400, p99_us: 26_800 },
  ];
  const heartbeat = { type: "heartbeat", uptime_ms: 65_000, frames: 123, elements };
  const app = { app: "obstacle", running_version: 1, slot: "a", healthy: true, heartbeat };
  await camera.report([app], [done]);
  const second = await hub.deploy("obstacle", 2, "demo");
  await camera.report([app], [done, { deployment: second.id, state: "rolled_back", detail: REASON, updated_at: now }]);
  await camera.send([
    { kind: "person-in-zone", data: { label: "person", score: 0.714, zone: "walkway", track: 3 } },
    { kind: "door-opened", priority: "normal", data: { door: "north" } },
  ]);
  await odd.report([{ app: "obstacle", running_version: 0, slot: "", healthy: false, heartbeat: { elements: "no list" } }], []);
  await odd.send([{ kind: "odd", data: { label: HOSTILE } }]);
  return { camera, odd, second };
}

class Watched {
  constructor(page, origin) {
    this.problems = [];
    page.on("console", (m) => m.type() === "error" && this.problems.push(`console: ${m.text()}`));
    page.on("pageerror", (e) => this.problems.push(`exception: ${e.message}`));
    page.on("dialog", (d) => this.problems.push(`dialog: ${d.message()}`) && d.dismiss());
    page.on("request", (r) => new URL(r.url()).origin !== origin && this.problems.push(`foreign request: ${r.url()}`));
  }
  assertQuiet() {
    assert.deepEqual(this.problems, []);
  }
}

async function sees(page, ...texts) {
  for (const text of texts) await page.getByText(text, { exact: false }).first().waitFor({ state: "visible" });
}

async function signIn(page, hub, watched) {
  const answer = await page.goto(hub.url);
  assert.match(answer.headers()["content-security-policy"] ?? "", /default-src 'self'/);
  await page.getByLabel("Operator token").fill("not-a-token");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
  // The browser itself reports the refused request, and nothing else.
  assert.deepEqual(watched.problems.splice(0).filter((p) => !/status of 401/.test(p)), []);
  await page.getByLabel("Operator token").fill(hub.token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

async function checkPages(page, hub, fleet) {
  await sees(page, "Devices online", "person-in-zone", "obstacle:2 on dock-camera", REASON);
  await page.getByRole("navigation").getByRole("link", { name: "Devices" }).click();
  await sees(page, "2 devices", HOSTILE, "unhealthy");
  await page.getByLabel("Search name, group, state or app").fill("demo");
  await sees(page, "1 of 2 devices");
  await page.getByRole("link", { name: "dock-camera" }).press("Enter");
  await sees(page, "dock-camera", "healthy", "slot a", "26.8 ms", REASON, "Test CPU", "3 events", "person \u00b7 0.71");
  await page.goto(`${hub.url}/#/devices/${fleet.odd.id}`);
  await sees(page, HOSTILE, "no version runs", "0 frames");
  await page.goto(`${hub.url}/#/deployments/${fleet.second.id}`);
  await sees(page, "obstacle:2 to demo", "rolled back", REASON);
  await page.goto(`${hub.url}/#/releases`);
  await page.getByRole("heading", { name: "Releases" }).waitFor();
  assert.equal(await page.getByRole("row").count(), 3);
  await page.goto(`${hub.url}/#/nowhere`);
  await sees(page, "No such page");
}

// The list follows the hub without a reload, each event once, and filters by what the hub filters.
async function checkEvents(page, hub, fleet) {
  await page.goto(`${hub.url}/#/events`);
  await sees(page, "live, 3 shown", "door-opened", HOSTILE);
  await fleet.camera.send([{ kind: "came-later", data: { n: 1 } }]);
  await sees(page, "came-later", "live, 4 shown");
  await page.locator("summary", { hasText: "came-later" }).press("Enter");
  await sees(page, '"seq": 3');
  await page.getByLabel("Kind").fill("door-opened");
  await page.getByLabel("Kind").press("Enter");
  await sees(page, "live, 1 shown", "door north");
  await page.getByLabel("Kind").fill("");
  await page.getByLabel("Kind").press("Enter");
  await page.getByLabel("Priority").selectOption("alert");
  await sees(page, "live, 3 shown");
}

async function lookAround(page, hub, fleet, folder, name) {
  const pages = { overview: "", devices: "devices", device: `devices/${fleet.camera.id}`, deployments: "deployments",
    deployment: `deployments/${fleet.second.id}`, releases: "releases", events: "events" };
  for (const [title, address] of Object.entries(pages)) {
    await page.goto(`${hub.url}/#/${address}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    assert.ok(overflow <= 0, `${title} is ${overflow} pixels too wide at ${name}`);
    if (folder) await page.screenshot({ path: path.join(folder, `${name}-${title}.png`), fullPage: true });
  }
}

async function main(binary, folder) {
  const profile = await mkdtemp(path.join(os.tmpdir(), "verge-browser-"));
  const hub = await Hub.start(binary);
  let browser;
  try {
    const fleet = await fill(hub);
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM, headless: true, args: QUIET, ignoreHTTPSErrors: true, viewport: { width: 1280, height: 860 },
    });
    const page = browser.pages()[0] ?? (await browser.newPage());
    page.setDefaultTimeout(PATIENCE_MS);
    const watched = new Watched(page, hub.url);
    await signIn(page, hub, watched);
    await checkPages(page, hub, fleet);
    await checkEvents(page, hub, fleet);
    if (folder) await mkdir(folder, { recursive: true });
    await lookAround(page, hub, fleet, folder, "wide");
    await page.getByRole("button", { name: "Dark mode" }).click();
    await page.setViewportSize({ width: 380, height: 780 });
    await lookAround(page, hub, fleet, folder, "narrow-dark");
    watched.assertQuiet();

    await hub.stop();
    await sees(page, "The hub cannot be reached");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Operator token").waitFor();
    assert.equal(await page.evaluate("sessionStorage.length"), 0);
    console.log("the page shows the fleet, live, at 1280 and 380 pixels, with no error and no foreign request");
  } finally {
    await browser?.close();
    await hub.remove();
    await rm(profile, { recursive: true, force: true });
  }
}

const [binary, folder] = process.argv.slice(2);
if (!binary) {
  console.error("usage: node browser.mjs VERGE_HUB [SCREENSHOT_FOLDER]");
  process.exit(2);
}
await main(path.resolve(binary), folder && path.resolve(folder));

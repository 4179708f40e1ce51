// Everything that decides and does not draw: addresses, errors, what needs a look.
import assert from "node:assert/strict";
import { test } from "node:test";
import { problemText, queryString } from "./api";
import { concerns, deviceState, matches } from "./health";
import { readHeartbeat } from "./heartbeat";
import { link, parseRoute } from "./router";
import type { Deployment, Device } from "./types";

const device = (id: string, online: boolean, healthy: boolean) =>
  ({ id, name: `cam-${id}`, online, reported: { apps: [{ app: "obstacle", healthy }] } }) as unknown as Device;

test("routes read back what link() wrote", () => {
  const route = parseRoute(link("devices", "a/b c?%"));
  assert.equal(route.page, "devices");
  assert.equal(route.id, "a/b c?%");
  assert.equal(parseRoute(link("events", undefined, { kind: "x&y=1" })).query.get("kind"), "x&y=1");
  assert.deepEqual([parseRoute("").page, parseRoute("#/").page], ["", ""]);
  assert.equal(parseRoute("#/devices/%").id, "%");
});

test("errors show the hub's own words when there are any", () => {
  assert.equal(problemText(409, '{"title":"Conflict","detail":"obstacle:1 exists with another digest"}'),
    "obstacle:1 exists with another digest");
  assert.equal(problemText(404, '{"title":"Not found"}'), "Not found");
  for (const body of ["<html>", "null", "[]", '{"detail":7}']) {
    assert.equal(problemText(502, body), "the hub answered with status 502");
  }
});

test("empty filters do not reach the hub", () => {
  assert.equal(queryString({ device: "", kind: undefined }), "");
  assert.equal(queryString({ kind: "a b", limit: 5 }), "?kind=a+b&limit=5");
});

test("a silent device is offline even when its last word was healthy", () => {
  assert.equal(deviceState(device("1", true, true)), "online");
  assert.equal(deviceState(device("1", true, false)), "unhealthy");
  assert.equal(deviceState(device("1", false, false)), "offline");
});

test("a rollback is a concern with its reason until a newer deployment supersedes it", () => {
  const rollout = (state: string) =>
    ({
      id: "d-1", app: "obstacle", version: 2, state,
      devices: [
        { device: "1", state: "rolled_back", detail: "max error 0.31 > 0.0011" },
        { device: "2", state: "committed", detail: "" },
      ],
    }) as unknown as Deployment;
  const devices = [device("1", true, true), device("2", true, true)];
  const found = concerns(devices, [rollout("failed")]);
  assert.equal(found.length, 1);
  assert.equal(found[0]?.name, "obstacle:2 on cam-1");
  assert.equal(found[0]?.text, "max error 0.31 > 0.0011");
  assert.deepEqual(concerns(devices, [rollout("superseded")]), []);
  assert.deepEqual(concerns([device("1", false, true)], []).map((c) => c.state), ["offline"]);
});

test("a device's heartbeat is read field by field, whatever it sent", () => {
  const good = { uptime_ms: 5000, frames: 12, elements: [{ id: "infer", count: 3, drops: 0, p50_us: 20, p99_us: 25 }] };
  assert.deepEqual(readHeartbeat({ type: "heartbeat", ...good }), good);
  assert.equal(readHeartbeat(null), null);
  assert.equal(readHeartbeat("up"), null);
  assert.deepEqual(readHeartbeat({ frames: -1, uptime_ms: "5", elements: [null, 3, { id: 4 }, { id: "x", count: "y" }] }), {
    uptime_ms: 0, frames: 0, elements: [{ id: "x", count: 0, drops: 0, p50_us: 0, p99_us: 0 }],
  });
  assert.equal(readHeartbeat({ elements: { length: 1e9 } })?.elements.length, 0);
  assert.equal(readHeartbeat({ elements: Array(1000).fill({ id: "x" }) })?.elements.length, 64);
});

test("search finds every word in any field", () => {
  assert.equal(matches("DEMO cam", ["cam-1", "demo"]), true);
  assert.equal(matches("demo dog", ["cam-1", "demo"]), false);
  assert.equal(matches("", ["x"]), true);
});

// Builds the dashboard:            node build.mjs OUT_DIR
// Bundles the unit tests for node: node build.mjs --tests OUT_DIR
import { build } from "esbuild";
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));

async function buildPage(out) {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await build({
    absWorkingDir: here,
    entryPoints: ["src/main.tsx"],
    outfile: path.join(out, "app.js"),
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2022"],
    charset: "ascii",
    legalComments: "inline",
    logLevel: "warning",
  });
  await cp(path.join(here, "static"), out, { recursive: true });
}

async function buildTests(out) {
  await rm(out, { recursive: true, force: true });
  const tests = (await readdir(path.join(here, "src"))).filter((name) => name.endsWith(".test.ts"));
  if (tests.length === 0) throw new Error("no src/*.test.ts found");
  await build({
    absWorkingDir: here,
    entryPoints: tests.map((name) => path.join("src", name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: ["node18"],
    logLevel: "warning",
  });
}

const args = process.argv.slice(2);
const for_tests = args[0] === "--tests";
const out = for_tests ? args[1] : args[0];
if (!out) {
  console.error("usage: node build.mjs [--tests] OUT_DIR");
  process.exit(2);
}
await (for_tests ? buildTests : buildPage)(path.resolve(out));

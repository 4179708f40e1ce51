// The other side of tuf_interop_test.py: TUF as the npm packages tuf-js and @tufjs/repo-mock understand it.
//   node tuf_js.mjs accept DIR METADATA_URL TARGET_URL TARGET   refreshes from DIR/root.json, downloads, prints the SHA-256
//   node tuf_js.mjs make DIR TARGET CONTENT                     writes a repository's metadata into DIR
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { initializeTUFRepo } from "@tufjs/repo-mock";
import { Updater } from "tuf-js";

async function accept(dir, metadataBaseUrl, targetBaseUrl, name) {
  const targetDir = path.join(dir, "targets");
  mkdirSync(targetDir, { recursive: true });
  const updater = new Updater({ metadataDir: dir, metadataBaseUrl, targetDir, targetBaseUrl, config: { prefixTargetsWithHash: true } });
  await updater.refresh();
  const info = await updater.getTargetInfo(name);
  if (!info) throw new Error(`${name}: nobody who may has signed it`);
  const file = await updater.downloadTarget(info);
  console.log(createHash("sha256").update(readFileSync(file)).digest("hex"));
}

function make(dir, name, content) {
  const repository = initializeTUFRepo([{ name, content: Buffer.from(content) }]);
  mkdirSync(dir, { recursive: true });
  for (const role of ["root", "timestamp", "snapshot", "targets"]) {
    writeFileSync(path.join(dir, `${role}.json`), JSON.stringify(repository[`${role}Meta`].toJSON()));
  }
}

const [what, ...rest] = process.argv.slice(2);
await { accept, make }[what](...rest);

// A real hub in a temporary folder, an operator's client, and a device that enrols and reports as docs/formats/hub-api.md
// says. Nothing here knows the hub's code.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import https from "node:https";
import os from "node:os";
import path from "node:path";

// One HTTPS call; the hub's certificate is its own CA's, which `tls.ca` holds when the caller wants it checked.
function call(base, method, target, { body, headers = {}, tls = { rejectUnauthorized: false } } = {}) {
  const data = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const type = Buffer.isBuffer(body) ? "application/octet-stream" : "application/json";
  return new Promise((resolve, reject) => {
    const request = https.request(
      new URL(target, base),
      { method, headers: data ? { "content-type": type, "content-length": data.length, ...headers } : headers, ...tls },
      (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() }));
      },
    );
    request.on("error", reject);
    request.end(data);
  });
}

async function expect(status, promise) {
  const answer = await promise;
  assert.equal(answer.status, status, answer.text);
  return answer.text === "" ? null : JSON.parse(answer.text);
}

export class Hub {
  static async start(binary) {
    const hub = new Hub();
    hub.folder = await mkdtemp(path.join(os.tmpdir(), "verge-web-"));
    hub.data = path.join(hub.folder, "hub");
    execFileSync(binary, ["init", "--data", hub.data, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "inherit"] });
    hub.token = (await readFile(path.join(hub.data, "admin.token"), "utf8")).trim();
    const portFile = path.join(hub.folder, "port");
    hub.process = spawn(binary, ["serve", "--data", hub.data, "--listen", "127.0.0.1:0", "--port-file", portFile], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    hub.url = `https://127.0.0.1:${await hub.port(portFile)}`;
    return hub;
  }

  // The port that the system chose, once the hub has written it down.
  async port(file) {
    for (;;) {
      const text = await readFile(file, "utf8").catch(() => "");
      if (text.trim() !== "") return Number(text);
      if (this.process.exitCode !== null) throw new Error(`the hub ended with ${this.process.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  operator(method, target, body, headers = {}) {
    return call(this.url, method, target, { body, headers: { authorization: `Bearer ${this.token}`, ...headers } });
  }

  async stop() {
    if (this.process && this.process.exitCode === null && this.process.signalCode === null) {
      const ended = new Promise((resolve) => this.process.once("exit", resolve));
      this.process.kill("SIGKILL");
      await ended;
    }
  }

  async remove() {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  // A device with a certificate of this hub.
  async enrol(name, group) {
    const { token } = await expect(201, this.operator("POST", "/api/v1/enrolment-tokens", { group, uses: 1, ttl_s: 600 }));
    const keyFile = path.join(this.folder, `${createHash("sha256").update(name).digest("hex")}.key`);
    const csr = execFileSync(
      "openssl",
      ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", keyFile,
        "-subj", "/CN=device"],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    const inventory = { cpu: "Test CPU", isa: ["avx2"], cores: 2, memory_bytes: 8 * 2 ** 30, os: "Debian 12" };
    const answer = await expect(201, call(this.url, "POST", "/api/v1/enrol", { body: { token, name, csr, inventory } }));
    const key = await readFile(keyFile);
    return new Device(this.url, answer.device_id, { key, cert: answer.certificate, ca: answer.ca, servername: "localhost",
      checkServerIdentity: () => undefined }, inventory);
  }

  // Pushes a package of one small file as an independent OCI client would, signs it, and makes it a release.
  async release(publisher, app, version) {
    const push = async (bytes) => {
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      const started = await this.operator("POST", `/v2/${app}/blobs/uploads/`);
      assert.equal(started.status, 202, started.text);
      const place = new URL(started.headers.location, this.url);
      place.searchParams.set("digest", digest);
      const done = await this.operator("PUT", place.href, bytes);
      assert.equal(done.status, 201, done.text);
      return { digest, size: bytes.length };
    };
    const pushManifest = async (manifest, reference) => {
      const bytes = Buffer.from(JSON.stringify(manifest));
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      const done = await this.operator("PUT", `/v2/${app}/manifests/${reference ?? digest}`, bytes, {
        "content-type": manifest.mediaType,
      });
      assert.equal(done.status, 201, done.text);
      return { mediaType: manifest.mediaType, digest, size: bytes.length };
    };
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const file = await push(Buffer.from(`name: ${app}\nversion: ${version}\n`));
    const files = [{ path: "app.yaml", ...file }];
    const config = await push(Buffer.from(JSON.stringify({ schema: 1, app, version, files })));
    const pack = await pushManifest({
      schemaVersion: 2, mediaType, artifactType: "application/vnd.verge.app.v1",
      config: { mediaType: "application/vnd.verge.app.config.v1+json", ...config },
      layers: [{ mediaType: "application/vnd.verge.file.v1", ...file,
        annotations: { "org.opencontainers.image.title": "app.yaml" } }],
      annotations: { "dev.verge.app": app, "dev.verge.version": String(version) },
    }, String(version));
    await expect(204, this.operator("POST", "/api/v1/repository", publisher.bundle(`${app}/${version}`, pack.digest, pack.size)));
    await expect(201, this.operator("POST", "/api/v1/releases", { app, version, manifest_digest: pack.digest }));
  }

  async publisher() {
    return new Publisher(await expect(200, this.operator("GET", "/api/v1/repository/keys")));
  }

  deploy(app, version, group) {
    return expect(201, this.operator("POST", "/api/v1/deployments", { app, version, group }));
  }
}

class Device {
  constructor(url, id, tls, inventory) {
    Object.assign(this, { url, id, tls, inventory, seq: 0 });
  }

  async report(apps, deployments) {
    const body = { agent_version: "0.1.0", boot_id: "boot-1", inventory: this.inventory, apps, deployments,
      outbox: { epoch: 1, next_seq: this.seq + 1, pending: 3, dropped: 0 } };
    await expect(204, call(this.url, "PUT", "/api/v1/device/reported", { body, tls: this.tls }));
  }

  async send(events) {
    const all = events.map((e) => ({ epoch: 1, seq: ++this.seq, app: "obstacle", version: 1, priority: "alert",
      time_ms: Date.now(), media_ms: 41_000, ...e }));
    const target = "/api/v1/device/events";
    const answer = await expect(200, call(this.url, "POST", target, { body: { epoch: 1, events: all }, tls: this.tls }));
    assert.deepEqual(answer.acknowledged, { epoch: 1, seq: this.seq });
  }
}

// Canonical JSON: members sorted, nothing between tokens.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

const keyidOf = (key) => createHash("sha256").update(canonical(key)).digest("hex");

// A TUF publisher with one key for root and targets.
export class Publisher {
  constructor(online) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    this.private = privateKey;
    const own = { keytype: "ed25519", scheme: "ed25519",
      keyval: { public: Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url").toString("hex") } };
    const role = (key) => ({ keyids: [keyidOf(key)], threshold: 1 });
    this.keyid = keyidOf(own);
    this.root = this.sign({ _type: "root", spec_version: "1.0.31", version: 1, expires: "2099-01-01T00:00:00Z",
      consistent_snapshot: true,
      keys: Object.fromEntries([own, ...Object.values(online)].map((key) => [keyidOf(key), key])),
      roles: { root: role(own), targets: role(own), snapshot: role(online.snapshot), timestamp: role(online.timestamp) },
      "x-verge-director": role(online.director) });
    this.version = 0;
    this.targets = {};
  }

  sign(signed) {
    const sig = sign(null, Buffer.from(canonical(signed)), this.private).toString("hex");
    return canonical({ signatures: [{ keyid: this.keyid, sig }], signed });
  }

  // The next version of everything, with this release.
  bundle(path, digest, length) {
    this.targets[path] = { length, hashes: { sha256: digest.slice("sha256:".length) } };
    this.version += 1;
    const targets = this.sign({ _type: "targets", spec_version: "1.0.31", version: this.version,
      expires: "2099-01-01T00:00:00Z", targets: this.targets });
    return { roots: [this.root], targets, roles: [] };
  }
}

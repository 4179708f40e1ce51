"""A hub in the hands of an attacker: it has the hub's TLS key, answers what it likes, and passes the rest on to the real
hub. With the hub's signing keys it is a stolen hub; without them a malicious mirror."""
import http.client
import http.server
import json
import pathlib
import re
import socketserver
import ssl
import threading
import time
import urllib.parse

from ed25519 import Key, canonical, document

FAR = "2099-01-01T00:00:00Z"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.server.hostile.serve(self, body)
        except OSError:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = answer

    def send_bytes(self, data, status=200):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def send_endless(self, pause_s=0.0, piece=b" " * 16384, announced=1 << 40):
        """Never ends by itself."""
        self.send_response(200)
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        while not self.server.hostile.is_over:
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(pause_s)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # devices hang up


class HostileHub:
    """`rules`: list of (regular expression on the path, function(handler, path)); the newest that fits answers."""

    def __init__(self, fleet):
        self.fleet, self.rules, self.is_over = fleet, [], False
        self.desired = None  # what to say instead of the real hub
        self.keys = {role: Key.of_file(fleet.hub_dir / "online" / f"{role}.key")
                     for role in ("timestamp", "snapshot", "director")}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(fleet.hub_dir / "server.pem", fleet.hub_dir / "server.key")
        context.load_verify_locations(fleet.hub_dir / "ca.pem")
        context.verify_mode = ssl.CERT_OPTIONAL
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.hostile = self
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.is_over = True
        self.server.shutdown()
        self.server.server_close()

    def when(self, pattern, action):
        self.rules.insert(0, (re.compile(pattern), action))

    def replace(self, pattern, data):
        self.when(pattern, lambda handler, path: handler.send_bytes(data))

    def serve(self, handler, body):
        path = handler.path
        handler.body = body
        if path.startswith("/api/v1/device/desired"):
            return self.serve_desired(handler, path)
        for pattern, action in self.rules:
            if pattern.search(path):
                return action(handler, path)
        status, headers, data = self.real(handler.command, path, body, {
            name: handler.headers[name] for name in ("Content-Type", "Range") if name in handler.headers})
        handler.send_response(status)
        for name in ("Content-Type", "Content-Range", "ETag"):
            if name in headers:
                handler.send_header(name, headers[name])
        handler.send_header("Content-Length", headers.get("Content-Length", str(len(data))))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data)
        return None

    def serve_desired(self, handler, path):
        known = int(urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).get("revision", ["-1"])[0])
        while not self.is_over:
            if self.desired is not None:
                if self.desired["revision"] != known:
                    return handler.send_bytes(canonical(self.desired))
            else:
                status, _, data = self.real("GET", f"/api/v1/device/desired?revision={known}")
                if status != 204:
                    return handler.send_bytes(data, status)
            time.sleep(0.1)
        return None

    def real(self, method, path, body=None, headers=None, state=None):
        """Asks the real hub, as the device."""
        state = pathlib.Path(state or self.fleet.state)
        context = ssl.create_default_context(cafile=str(self.fleet.hub_dir / "ca.pem"))
        if (state / "device.crt").exists():
            context.load_cert_chain(state / "device.crt", state / "device.key")
        connection = http.client.HTTPSConnection("127.0.0.1", self.fleet.port, context=context, timeout=60)
        try:
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def file(self, name):
        """A document of the real repository."""
        status, _, data = self.real("GET", f"/api/v1/repository/{name}")
        assert status == 200, (name, status, data)
        return data

    def signed(self, name):
        return json.loads(self.file(name))["signed"]

    # What a thief of the hub's keys can do.

    def direct(self, targets, device=None):
        """Signs a director's document for whatever nonce the device sends."""
        version = json.loads(self.real("GET", "/api/v1/device/desired")[2])["revision"]
        device = device or json.loads((self.fleet.state / "agent.json").read_text())["device_id"]

        def answer(handler, path):
            nonce = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)["nonce"][0]
            handler.send_bytes(document({
                "_type": "director", "spec_version": "1.0.31", "version": version, "expires": FAR, "device": device,
                "nonce": nonce, "time_ms": int(time.time() * 1000), "targets": targets}, self.keys["director"]))
        self.when("^/api/v1/device/director", answer)

    def offer(self, package, version, deployment):
        """Says everywhere that this package is wanted, and serves it."""
        digest = json.loads((package / "index.json").read_text())["manifests"][0]["digest"]
        blob = (package / "blobs/sha256" / digest[7:]).read_bytes()
        self.direct({f"tiny/{version}": {"length": len(blob), "hashes": {"sha256": digest[7:]},
                                         "custom": {"deployment": deployment}}})
        self.when("^/v2/tiny/(blobs|manifests)/sha256:", lambda handler, path: handler.send_bytes(
            (package / "blobs/sha256" / path.rsplit(":", 1)[1]).read_bytes()))
        self.want(version, digest, len(blob), deployment)

    def want(self, version, digest, size, deployment):
        self.desired = {"revision": (self.desired or {"revision": 1 << 20})["revision"] + 1, "apps": [{
            "deployment": deployment, "app": "tiny", "version": version, "manifest_digest": digest, "manifest_size": size}]}

    def resign(self, targets=None, snapshot_version=1 << 20, keys=None):
        """A snapshot and timestamp of its own: over these bytes of targets.json, or the present ones."""
        keys = keys or self.keys
        present = self.signed("timestamp.json")["meta"]["snapshot.json"]["version"]
        snapshot = self.signed(f"{present}.snapshot.json")
        if targets is not None:
            version = json.loads(targets)["signed"]["version"]
            snapshot["meta"]["targets.json"] = {"version": version}
            self.replace(rf"^/api/v1/repository/{version}\.targets\.json", targets)
        snapshot.update(version=snapshot_version, expires=FAR)
        timestamp = {"_type": "timestamp", "spec_version": "1.0.31", "version": 1 << 20, "expires": FAR,
                     "meta": {"snapshot.json": {"version": snapshot_version}}}
        self.replace(rf"^/api/v1/repository/{snapshot_version}\.snapshot\.json", document(snapshot, keys["snapshot"]))
        self.replace(r"^/api/v1/repository/timestamp\.json", document(timestamp, keys["timestamp"]))

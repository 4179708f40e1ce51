"""Another implementation of TUF (npm tuf-js) accepts a repository that verge and its hub made, and refuses it when it is
changed; our client does the same with one that @tufjs/repo-mock made."""
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
from fleet import BIN, Fleet, run  # noqa: E402

WORK = pathlib.Path(os.environ["VERGE_INTEROP"])
CLIENT = os.environ["VERGE_TUF_CLIENT"]


def tuf_js(*args):
    return subprocess.run(["node", WORK / "tuf_js.mjs", *args], capture_output=True, text=True, cwd=WORK, timeout=120)


class Mirror:
    """Serves a dictionary of files over HTTP."""

    def __init__(self, files):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                data = files.get(self.path.lstrip("/"))
                self.send_response(200 if data is not None else 404)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class TufInterop(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="verge-interop-"))
        self.addCleanup(shutil.rmtree, self.dir)

    def accept(self, root, files, target):
        """What tuf-js makes of these files, beginning with this root."""
        mirror, client = Mirror(files), pathlib.Path(tempfile.mkdtemp(dir=self.dir))
        self.addCleanup(mirror.server.server_close)
        self.addCleanup(mirror.server.shutdown)
        (client / "root.json").write_bytes(root)
        return tuf_js("accept", client, mirror.url + "/metadata", mirror.url + "/targets", target)

    def test_tuf_js_accepts_what_verge_and_its_hub_made(self):
        with Fleet() as fleet:
            root = (fleet.repo / "root.json").read_bytes()
            run(BIN / "verge", "keys", "create", "--no-passphrase", "-o", fleet.dir / "fresh")
            rotate = ("repo", "rotate", fleet.repo, "root", "--new", fleet.dir / "fresh.pub", "--key", fleet.dir / "fresh.key")
            fleet.verge(*rotate, "--key", fleet.dir / "publisher.key")
            run(BIN / "verge", "keys", "create", "--no-passphrase", "-o", fleet.dir / "team")
            fleet.verge("repo", "delegate", fleet.repo, "team", "--role-key", fleet.dir / "team.pub", "--path", "tiny/*",
                        "--key", fleet.dir / "publisher.key")
            package = fleet.make_app(1)
            fleet.verge("publish", package, "--role", "team", "--key", fleet.dir / "team.key")
            served = {f"metadata/{path.name}": path.read_bytes() for path in (fleet.hub_dir / "repository/files").iterdir()}
            served["metadata/timestamp.json"] = (fleet.hub_dir / "repository/timestamp.json").read_bytes()
            digest = json.loads((package / "index.json").read_text())["manifests"][0]["digest"][7:]
            served[f"targets/tiny/{digest}.1"] = (package / "blobs/sha256" / digest).read_bytes()

            accepted = self.accept(root, served, "tiny/1")
            self.assertEqual(accepted.stdout.strip(), digest, accepted.stderr)
            self.assertNotEqual(self.accept(root, served, "tiny/2").returncode, 0)
            for name in ("timestamp.json", "1.snapshot.json", "1.team.json"):
                data = served[f"metadata/{name}"]
                changed = data.replace(b'"version":', b'"changed":1,"version":', 1)
                self.assertNotEqual(data, changed)
                refused = self.accept(root, {**served, f"metadata/{name}": changed}, "tiny/1")
                self.assertNotEqual(refused.returncode, 0, name)

    def test_our_client_accepts_what_repo_mock_made(self):
        made = tuf_js("make", self.dir, "greeting.txt", "hello")
        self.assertEqual(made.returncode, 0, made.stderr)
        found = run(CLIENT, self.dir, self.dir / "root.json", "greeting.txt")
        self.assertEqual(found.stdout.split(), ["5", hashlib.sha256(b"hello").hexdigest()])
        self.assertIn("nobody who may", run(CLIENT, self.dir, self.dir / "root.json", "other.txt", ok=False).stderr)
        for name in ("timestamp.json", "snapshot.json", "targets.json"):
            good = (self.dir / name).read_text()
            (self.dir / name).write_text(good.replace('"version":1', '"version":2', 1))
            refused = run(CLIENT, self.dir, self.dir / "root.json", "greeting.txt", ok=False)
            self.assertEqual(refused.returncode, 1, name)
            (self.dir / name).write_text(good)


if __name__ == "__main__":
    unittest.main()

"""What the system tests share: a real hub, agent and runner on loopback, and a proxy that cuts connections."""
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

BIN = pathlib.Path(os.environ["VERGE_BIN"])
MAKE_APP = os.environ["VERGE_MAKE_TINY_APP"]
PATIENCE_S = 120  # only bounds how long a broken build hangs; nothing passes or fails by being fast


def run(*args, env=None, ok=True):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, env={**os.environ, **(env or {})})
    if ok and done.returncode != 0:
        raise AssertionError(f"{args}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def wait_for(what, condition):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"never happened: {what}")


class CuttingProxy:
    """Passes bytes on to `port`; ends a connection when it has carried as many bytes to the client as the next cut says."""

    def __init__(self, port, cuts):
        self.port, self.cuts, self.done = port, list(cuts), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.port))
        except OSError:
            client.close()
            return
        threading.Thread(target=self.pump, args=(client, server, False), daemon=True).start()
        self.pump(server, client, True)

    def pump(self, source, sink, counts):
        carried = 0
        try:
            while data := source.recv(16384):
                if counts and self.cuts and carried + len(data) >= self.cuts[0]:
                    sink.sendall(data[:max(0, self.cuts.pop(0) - carried)])
                    self.done += 1
                    break
                carried += len(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            if counts:
                end.close()


class Fleet:
    """One hub and one device, everything below a temporary folder. Use as a context."""

    def __init__(self, hub_flags=()):
        self.hub_flags = hub_flags
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="verge-system-"))
        self.hub_dir, self.state, self.repo = self.dir / "hub", self.dir / "state", self.dir / "repo"
        self.access_log = self.dir / "access.jsonl"
        self.publisher_keys = [self.dir / "publisher.key"]
        self.hub_process = self.agent_process = None
        self.port = 0
        self.logs = open(self.dir / "log.txt", "ab")

    def __enter__(self):
        run(BIN / "verge-hub", "init", "--data", self.hub_dir)
        self.start_hub()
        run(BIN / "verge", "keys", "create", "--no-passphrase", "-o", self.dir / "publisher")
        self.verge("repo", "init", self.repo, "--key", self.dir / "publisher.key")
        return self

    def __exit__(self, kind, *_):
        for process in (self.agent_process, self.hub_process):
            if process and process.poll() is None:
                process.terminate()
                process.wait(PATIENCE_S)
        if kind:
            print((self.dir / "log.txt").read_text(errors="replace")[-8000:])
        self.logs.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start_hub(self):
        port_file = self.dir / "port"
        port_file.unlink(missing_ok=True)
        self.hub_process = subprocess.Popen(
            [BIN / "verge-hub", "serve", "--data", self.hub_dir, "--listen", f"127.0.0.1:{self.port}", "--port-file",
             port_file, "--access-log", self.access_log, *self.hub_flags], stdout=self.logs, stderr=self.logs)
        wait_for("the hub serves", lambda: port_file.exists() and port_file.read_text().strip())
        self.port = int(port_file.read_text())

    def kill_hub(self):
        self.hub_process.send_signal(signal.SIGKILL)
        self.hub_process.wait()

    def verge(self, *args, ok=True):
        token = next(self.hub_dir.glob("*token*")).read_text().strip()
        env = {"VERGE_HUB": f"https://127.0.0.1:{self.port}", "VERGE_TOKEN": token, "VERGE_CA": str(self.hub_dir / "ca.pem"),
               "VERGE_REPO": str(self.repo)}
        return run(BIN / "verge", *args, env=env, ok=ok)

    def json(self, *args):
        return json.loads(self.verge(*args, "--json").stdout)

    def enrol(self, *args, port=None, token=None, state=None, ok=True):
        if not token:
            self.verge("repo", "push", self.repo)
            token = self.verge("enrol-token", "--group", "demo").stdout.strip()
        return run(BIN / "verge-agent", "enrol", "--state", state or self.state, "--hub",
                   f"https://127.0.0.1:{port or self.port}", "--token", token, "--name", "device-1", *args, ok=ok)

    def start_agent(self, *args):
        self.agent_process = subprocess.Popen([BIN / "verge-agent", "run", "--state", self.state, *args],
                                              stdout=self.logs, stderr=self.logs)

    def stop_agent(self, how=signal.SIGTERM):
        self.agent_process.send_signal(how)
        return self.agent_process.wait(PATIENCE_S)

    def status(self):
        return json.loads(run(BIN / "verge-agent", "status", "--state", self.state, "--json").stdout)

    def app(self):
        apps = self.status()["apps"]
        return apps[0] if apps else {"committed_version": 0, "update_state": "Idle", "update_version": 0, "detail": ""}

    def make_app(self, version, big_bytes=0, gain=10, change=None, **replace):
        """Packs version `version` of the tiny app, whose model has this gain; replace: file -> (from, to); change:
        what else is done to the folder."""
        folder, out = self.dir / f"app-{version}", self.dir / f"package-{version}"
        run(MAKE_APP, folder, gain)
        edits = [("app.yaml", "version: 3", f"version: {version}"),
                 ("app.yaml", "health:\n", "health:\n  soak_s: 1\n"),
                 ("app.yaml", "num-buffers=20", "is-live=true")]
        for file, old, new in edits + replace.pop("edits", []):
            text = (folder / file).read_text()
            assert old in text, (file, old)
            (folder / file).write_text(text.replace(old, new))
        if big_bytes:
            with (folder / "app.yaml").open("a") as file:
                file.write("files: [big.bin]\n")
            (folder / "big.bin").write_bytes(random.Random(version).randbytes(big_bytes))
        if change:
            change(folder)
        run(BIN / "verge", "pack", folder, "-o", out)
        return out

    def publish(self, package, ok=True, key=None):
        keys = [key] if key else self.publisher_keys
        return self.verge("publish", package, *(part for k in keys for part in ("--key", k)), ok=ok)

    def deploy(self, version, *args, ok=True):
        return self.verge("deploy", f"tiny:{version}", "--group", "demo", *args, ok=ok)

    def update_ends(self, version, state):
        return wait_for(f"version {version} is {state}", lambda: (a := self.app())["update_version"] == version and
                        a["update_state"] == state and a)

    def events(self):
        """Every event at the hub so far, oldest first. While they flow there is always one more: a page that is not
        full is the last."""
        events, after, limit = [], "0", 500
        while True:
            page = json.loads(self.verge("events", "--json", "--limit", str(limit), "--after", after).stdout)
            events += page["events"]
            if len(page["events"]) < limit:
                return events
            after = page["next"]

    def requests(self):
        return [json.loads(line) for line in self.access_log.read_text().splitlines()]

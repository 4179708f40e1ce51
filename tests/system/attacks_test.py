"""The attacks of the TUF and Uptane lists against a real agent over real HTTPS. Each is refused with its reason, and the
app that runs is not touched: the same version, in the same process. docs/threat-model.md lists them."""
import contextlib
import json
import pathlib
import shutil
import time
import unittest

from ed25519 import Key, canonical, document
from fleet import BIN, Fleet, run, wait_for
from hostile import HostileHub


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


class Scene:
    """A device that runs version 1, connected through a hub that can turn hostile."""

    def __init__(self, test, hub_flags=(), agent_flags=(), prepare=None):
        self.stack, self.test = contextlib.ExitStack(), test
        test.addCleanup(self.stack.close)
        self.fleet = fleet = self.stack.enter_context(Fleet(hub_flags))
        if prepare:
            prepare(fleet)
        fleet.publish(fleet.make_app(1))
        self.hub = HostileHub(fleet)
        self.stack.callback(self.hub.close)
        fleet.enrol(port=self.hub.port)
        fleet.start_agent(*agent_flags)
        self.stack.callback(fleet.stop_agent)
        fleet.deploy(1, "--wait")
        self.runner = self.runner_pid()

    def runner_pid(self):
        runners = children(self.fleet.agent_process.pid)
        self.test.assertEqual(len(runners), 1, "one app, one runner")
        return runners[0]

    def untouched(self, version=1):
        self.test.assertEqual(self.fleet.app()["committed_version"], version)
        self.test.assertIsNone(self.fleet.agent_process.poll(), "the agent goes on")
        self.test.assertEqual(self.runner_pid(), self.runner, "the same process runs as before the attack")

    def refused(self, version, why):
        """Version `version` ended as Failed for that reason, and nothing else has changed."""
        app = self.fleet.update_ends(version, "Failed")
        self.test.assertIn(why, app["detail"])
        self.untouched()

    def deploy(self, version):
        """By the honest operator of the honest hub."""
        self.fleet.publish(self.fleet.make_app(version))
        self.fleet.deploy(version)

    def attack(self, version, why):
        self.deploy(version)
        self.refused(version, why)

    def recovers(self, version):
        """Without the attacker the next version comes in."""
        self.hub.rules.clear()
        self.hub.desired = None
        self.deploy(version)
        self.fleet.update_ends(version, "Committed")


class StolenHub(unittest.TestCase):
    """The attacker has the hub's machine: TLS key, timestamp, snapshot and director keys."""

    def test_arbitrary_software(self):
        scene = Scene(self)
        scene.hub.offer(scene.fleet.make_app(2), 2, "d-evil")
        scene.refused(2, "the publisher has not signed it")
        scene.recovers(3)

    def test_arbitrary_software_under_targets_of_its_own(self):
        scene = Scene(self)
        package = scene.fleet.make_app(2)
        scene.hub.offer(package, 2, "d-evil")
        digest = json.loads((package / "index.json").read_text())["manifests"][0]
        targets = scene.hub.signed("2.targets.json")
        targets.update(version=3)
        targets["targets"]["tiny/2"] = {"length": digest["size"], "hashes": {"sha256": digest["digest"][7:]}}
        scene.hub.resign(document(targets, scene.hub.keys["snapshot"]))
        scene.refused(2, "targets metadata: signed by 0 of the 1 trusted keys")

    def test_a_root_of_its_own(self):
        scene = Scene(self)
        mine = Key(b"\x07" * 32)
        root = scene.hub.signed("1.root.json")
        root.update(version=2)
        root["keys"][mine.id] = mine.json
        root["roles"]["root"] = root["roles"]["targets"] = {"keyids": [mine.id], "threshold": 1}
        scene.hub.replace(r"/2\.root\.json", document(root, mine))
        scene.attack(2, "the new root metadata: signed by 0 of the 1 trusted keys")
        scene.recovers(3)

    def test_older_version_than_what_runs(self):
        scene = Scene(self)
        old = scene.fleet.dir / "package-1"
        scene.deploy(2)
        scene.fleet.update_ends(2, "Committed")
        scene.runner = scene.runner_pid()
        scene.hub.offer(old, 1, "d-back")
        app = scene.fleet.update_ends(1, "Failed")
        self.assertIn("version 2 is committed, and a device takes only newer ones", app["detail"])
        scene.untouched(version=2)

    def test_withdrawn_release(self):
        scene = Scene(self)
        bad = scene.fleet.make_app(5)
        scene.fleet.publish(bad)
        before = scene.hub.file("3.targets.json")
        self.assertIn(b"tiny/5", before)
        scene.fleet.verge("repo", "withdraw", scene.fleet.repo, "tiny:5", "--key", scene.fleet.dir / "publisher.key")
        scene.fleet.verge("repo", "push", scene.fleet.repo)
        self.assertIn("withdrawn", scene.fleet.deploy(5, ok=False).stderr)  # the honest hub does not even try
        scene.deploy(3)  # the device hears of the withdrawal
        scene.fleet.update_ends(3, "Committed")
        scene.runner = scene.runner_pid()
        scene.hub.resign(before)
        scene.hub.offer(bad, 5, "d-evil")
        self.assertIn("is older than the trusted version", scene.fleet.update_ends(5, "Failed")["detail"])
        scene.untouched(version=3)

    def test_fast_forward_and_recovery(self):
        scene = Scene(self)
        scene.fleet.publish(scene.fleet.make_app(2))
        scene.hub.resign(snapshot_version=1 << 40)
        scene.fleet.deploy(2)  # nothing is wrong with it yet: the thief only moved the counters
        scene.fleet.update_ends(2, "Committed")
        scene.runner = scene.runner_pid()
        scene.hub.rules.clear()
        scene.deploy(3)
        self.assertIn("older than the trusted version", scene.fleet.update_ends(3, "Failed")["detail"])
        scene.untouched(version=2)
        scene.fleet.hub_process.terminate()
        scene.fleet.hub_process.wait()
        shutil.rmtree(scene.fleet.hub_dir / "online")  # the operator cleans up: new keys,
        scene.fleet.start_hub()
        scene.fleet.verge("repo", "rotate", scene.fleet.repo, "online", "--key", scene.fleet.dir / "publisher.key")
        scene.fleet.verge("repo", "push", scene.fleet.repo)  # which the publisher's next root names
        scene.recovers(4)

    def test_director_of_another_device(self):
        scene = Scene(self)
        scene.fleet.enrol(state=scene.fleet.dir / "other")  # a real device, so the real hub signs for it

        def as_other(handler, path):
            status, _, data = scene.hub.real("GET", path, state=scene.fleet.dir / "other")
            handler.send_bytes(data, status)
        scene.hub.when("^/api/v1/device/director", as_other)
        scene.attack(2, "made for device dev-")
        scene.recovers(3)

    def test_key_compromise_below_the_threshold(self):
        def two_of_three(fleet):
            shutil.rmtree(fleet.repo)
            keys = []
            for name in ("first", "second", "third"):
                run(BIN / "verge", "keys", "create", "--no-passphrase", "-o", fleet.dir / name)
                keys.append(fleet.dir / f"{name}.key")
            flags = [part for key in keys for part in ("--targets-key", key, "--key", key)]
            fleet.verge("repo", "init", fleet.repo, "--root-key", keys[0], "--targets-threshold", "2", *flags)
            fleet.publisher_keys = keys[:2]
        scene = Scene(self, prepare=two_of_three)
        package = scene.fleet.make_app(2)
        scene.hub.offer(package, 2, "d-evil")
        entry = json.loads((package / "index.json").read_text())["manifests"][0]
        targets = scene.hub.signed("2.targets.json")
        targets.update(version=3)
        targets["targets"]["tiny/2"] = {"length": entry["size"], "hashes": {"sha256": entry["digest"][7:]}}
        stolen = Key.of_file(scene.fleet.dir / "third.key")
        scene.hub.resign(document(targets, stolen, scene.hub.keys["snapshot"]))
        scene.refused(2, "targets metadata: signed by 1 of the 2 trusted keys")

    def test_a_publisher_of_its_own_at_enrolment(self):
        with Fleet() as fleet:
            hub = HostileHub(fleet)
            self.addCleanup(hub.close)
            mine = Key(b"\x07" * 32)
            root = json.loads((fleet.repo / "root.json").read_text())["signed"]
            root["keys"][mine.id] = mine.json
            root["roles"]["root"] = root["roles"]["targets"] = {"keyids": [mine.id], "threshold": 1}
            forged = document(root, mine).decode()

            def enrol(handler, path):
                status, _, data = hub.real("POST", path, handler.body, {"Content-Type": "application/json"})
                handler.send_bytes(canonical({**json.loads(data), "root": forged}), status)
            hub.when("^/api/v1/enrol", enrol)
            refused = fleet.enrol(port=hub.port, ok=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("the hub sent a root that is not the one the token names", refused.stderr)
            self.assertFalse((fleet.state / "agent.json").exists())
            bare = fleet.verge("enrol-token", "--group", "demo", "--without-root").stdout.strip()
            self.assertIn("no trust anchor", fleet.enrol(port=hub.port, token=bare, ok=False).stderr)
            hub.rules.clear()
            fleet.enrol("--root", fleet.repo / "root.json", port=hub.port, token=bare)
            self.assertTrue((fleet.state / "trust/root.json").exists())


class MaliciousMirror(unittest.TestCase):
    """The attacker sits between hub and device (with the TLS key) and has no signing key."""

    def test_rollback_of_metadata(self):
        scene = Scene(self)
        old = scene.hub.file("timestamp.json")
        scene.deploy(2)
        scene.fleet.update_ends(2, "Committed")
        scene.runner = scene.runner_pid()
        scene.hub.replace(r"/timestamp\.json", old)
        scene.deploy(3)
        self.assertIn("timestamp metadata: version", scene.fleet.update_ends(3, "Failed")["detail"])
        self.assertIn("(rollback)", scene.fleet.app()["detail"])
        scene.untouched(version=2)
        scene.recovers(4)

    def test_freeze(self):
        scene = Scene(self, hub_flags=["--metadata-ttl", "4"])
        frozen = scene.hub.file("timestamp.json")
        scene.hub.replace(r"/timestamp\.json", frozen)
        time.sleep(4.5)
        scene.attack(2, "timestamp metadata: expired")
        scene.recovers(3)

    def test_mix_and_match(self):
        scene = Scene(self)
        old_targets, number = scene.hub.file("2.targets.json"), 3
        scene.hub.replace(rf"/{number}\.targets\.json", old_targets)
        scene.attack(2, "targets metadata: other bytes than the trusted metadata name")
        old_snapshot = scene.hub.file("1.snapshot.json")
        scene.hub.replace(r"/\d+\.snapshot\.json", old_snapshot)
        scene.attack(3, "snapshot metadata: other bytes")
        scene.recovers(4)

    def test_endless_metadata(self):
        scene = Scene(self)
        scene.hub.when(r"/timestamp\.json", lambda handler, _: handler.send_endless())
        scene.attack(2, "the hub sent more than the 16384 bytes allowed")
        scene.hub.when(r"\.root\.json", lambda handler, _: handler.send_endless())
        scene.attack(3, "the hub sent more than the 524288 bytes allowed")
        scene.recovers(4)

    def test_endless_file(self):
        scene = Scene(self)
        scene.hub.when("^/v2/tiny/blobs/", lambda handler, _: handler.send_endless())
        scene.attack(2, "the hub sent more than")
        scene.recovers(3)

    def test_slow_retrieval(self):
        scene = Scene(self, agent_flags=["--slow-after", "1"])
        scene.hub.when(r"/timestamp\.json", lambda handler, _: handler.send_endless(0.1, b" ", 1000))
        scene.attack(2, "the hub sends too slowly")
        scene.hub.rules.clear()
        scene.hub.when("^/v2/tiny/blobs/", lambda handler, _: handler.send_endless(0.1, b" ", 1000))
        scene.attack(3, "the hub sends too slowly")
        scene.recovers(4)

    def test_wrong_software(self):
        scene = Scene(self)
        wrong = next((scene.fleet.dir / "package-1/blobs/sha256").iterdir()).read_bytes()
        scene.hub.when("^/v2/tiny/blobs/", lambda handler, _: handler.send_bytes(wrong))
        scene.attack(2, "the hub sent other bytes than the digest names")
        scene.hub.rules.clear()
        scene.hub.when("^/v2/tiny/manifests/", lambda handler, _: handler.send_bytes(wrong))
        scene.attack(3, "the hub sent other bytes than the digest names")
        scene.recovers(4)

    def test_partial_bundle(self):
        scene = Scene(self)
        scene.hub.when("^/v2/tiny/blobs/", lambda handler, _: handler.send_bytes(b"{}", 404))
        scene.attack(2, "/v2/tiny/blobs/")
        scene.recovers(3)

    def test_replayed_director(self):
        scene = Scene(self)
        captured = scene.hub.real("GET", "/api/v1/device/director?nonce=" + "a" * 32)[2]
        scene.hub.replace("^/api/v1/device/director", captured)
        scene.attack(2, "an old answer was sent again (replay)")
        scene.recovers(3)

    def test_forged_director(self):
        scene = Scene(self)
        scene.hub.keys["director"] = Key(b"\x07" * 32)
        scene.hub.offer(scene.fleet.make_app(2), 2, "d-evil")
        scene.refused(2, "director metadata: signed by 0")
        scene.recovers(3)

    def test_forged_wish(self):
        scene = Scene(self)
        package = scene.fleet.make_app(2)
        scene.fleet.publish(package)  # signed, but not wanted on this device
        entry = json.loads((package / "index.json").read_text())["manifests"][0]
        scene.hub.want(2, entry["digest"], entry["size"], "d-evil")
        scene.refused(2, "the director does not want it")
        scene.recovers(3)

    def test_changed_metadata(self):
        scene = Scene(self)
        for version, name in ((2, r"timestamp\.json"), (3, r"\d+\.snapshot\.json"), (4, r"\d+\.targets\.json")):
            def change(handler, path):
                data = bytearray(scene.hub.real("GET", path)[2])
                data[-20] ^= 1
                handler.send_bytes(bytes(data))
            scene.hub.when(name, change)
            scene.attack(version, "metadata: " if version > 2 else "timestamp")
            scene.hub.rules.clear()
        scene.recovers(5)

    def test_dropped_requests(self):
        scene = Scene(self)
        drops = []

        def drop(handler, path):
            drops.append(path)
            handler.close_connection = True
        scene.hub.when("^/api/v1/(repository|device/director)", drop)
        scene.deploy(2)
        wait_for("some requests are dropped", lambda: len(drops) > 3)
        self.assertEqual(scene.fleet.app()["update_state"], "Downloading")
        scene.untouched()
        scene.hub.rules.clear()  # a network that is away is no reason to give up
        scene.fleet.update_ends(2, "Committed")


if __name__ == "__main__":
    unittest.main()

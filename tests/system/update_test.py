"""An update from end to end: download cut three times, commit, a broken version, every kind of refused package."""
import json
import random
import time
import unittest

from fleet import BIN, CuttingProxy, Fleet, run, wait_for


class UpdateTest(unittest.TestCase):
    def test_cut_download_resumes_and_commits(self):
        with Fleet() as fleet:
            fleet.publish(fleet.make_app(1, big_bytes=6_000_000))
            cuts = [random.randrange(200_000, 1_500_000) for _ in range(3)]
            proxy = CuttingProxy(fleet.port, cuts)
            fleet.enrol(port=proxy.address[1])
            fleet.start_agent()
            fleet.deploy(1, "--wait")
            self.assertEqual(proxy.done, 3, f"cuts at {cuts}")
            resumed = [r for r in fleet.requests() if r["status"] == 206 and "/blobs/" in r["path"] and r["range"]]
            self.assertGreaterEqual(len(resumed), 3, resumed)
            self.assertEqual(fleet.app()["committed_version"], 1)

    def test_broken_version_rolls_back_and_says_why(self):
        with Fleet() as fleet:
            fleet.publish(fleet.make_app(1))
            fleet.publish(fleet.make_app(2, edits=[("app.yaml", "scores: golden/scores.npy", "scores: golden/boxes.npy")]))
            fleet.enrol()
            fleet.start_agent()
            fleet.deploy(1, "--wait")
            refused = fleet.deploy(2, "--wait", ok=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("golden[0].scores", refused.stderr)
            app = fleet.update_ends(2, "RolledBack")
            self.assertEqual(app["committed_version"], 1)
            self.assertIn("golden[0].scores", app["detail"])
            wait_for("version 1 goes on", lambda: any(
                a["running_version"] == 1 and a["healthy"]
                for d in fleet.json("devices")["devices"] if d["reported"] for a in d["reported"]["apps"]))

    def test_what_is_not_right_is_refused_and_the_app_untouched(self):
        with Fleet() as fleet:
            fleet.verge("repo", "push", fleet.repo)
            token = fleet.verge("enrol-token", "--group", "demo").stdout.strip()
            fleet.enrol(token=token)
            used = fleet.enrol(token=token, state=fleet.dir / "other", ok=False)
            self.assertEqual(used.returncode, 1)
            self.assertFalse((fleet.dir / "other" / "agent.json").exists())
            expired = fleet.verge("enrol-token", "--group", "demo", "--ttl", "1").stdout.strip()
            time.sleep(1.5)
            self.assertEqual(fleet.enrol(token=expired, state=fleet.dir / "other", ok=False).returncode, 1)
            parts = token.split(".")
            wrong_pin = ".".join([parts[0], parts[1], "0" * 32, parts[3]])
            self.assertEqual(fleet.enrol(token=wrong_pin, state=fleet.dir / "other", ok=False).returncode, 1)

            fleet.publish(fleet.make_app(5))
            fleet.start_agent()
            fleet.deploy(5, "--wait")

            run(BIN / "verge", "keys", "create", "--no-passphrase", "-o", fleet.dir / "stranger")
            stranger = fleet.publish(fleet.make_app(6), ok=False, key=fleet.dir / "stranger.key")
            self.assertEqual(stranger.returncode, 1)
            self.assertIn("lacks 1 more signature", stranger.stderr)

            fleet.publish(fleet.make_app(1))
            fleet.deploy(1)
            self.assertIn("version 5 is committed", fleet.update_ends(1, "Failed")["detail"])

            for version, damage in ((7, lambda b: b[:50_000] + bytes([b[50_000] ^ 1]) + b[50_001:]), (8, lambda b: b[:70_000])):
                package = fleet.make_app(version, big_bytes=100_000)
                fleet.publish(package)
                manifest = json.loads((package / "index.json").read_text())["manifests"][0]["digest"]
                layers = json.loads((package / "blobs/sha256" / manifest[7:]).read_text())["layers"]
                name = next(x["digest"][7:] for x in layers if x["annotations"]["org.opencontainers.image.title"] == "big.bin")
                blob = next(p for p in fleet.hub_dir.rglob(f"*{name[2:]}*") if p.is_file())
                blob.chmod(0o644)
                blob.write_bytes(damage(blob.read_bytes()))
                fleet.deploy(version)
                self.assertIn("big.bin", fleet.update_ends(version, "Failed")["detail"])
                self.assertEqual(fleet.app()["committed_version"], 5)


if __name__ == "__main__":
    unittest.main()

"""Updates by delta: less is downloaded, a cut is resumed, a delta that is no good costs nothing but itself."""
import json
import random
import time
import unittest

from fleet import CuttingProxy, Fleet


def big(seed, changed):
    data = bytearray(random.Random(1).randbytes(1_500_000))
    for at in random.Random(seed).sample(range(len(data)), changed):
        data[at] ^= 1
    return bytes(data)


class DeltaTest(unittest.TestCase):
    def make(self, fleet, version, data):
        """The tiny app with big.bin of these bytes and a second file that never changes."""
        def write(folder):
            (folder / "big.bin").write_bytes(data)
            (folder / "same.bin").write_bytes(random.Random(99).randbytes(300_000))
            with (folder / "app.yaml").open("a") as file:
                file.write("files: [big.bin, same.bin]\n")
        return fleet.make_app(version, change=write)

    def blobs(self, fleet, package):
        manifest = json.loads((package / "index.json").read_text())["manifests"][0]["digest"]
        layers = json.loads((package / "blobs/sha256" / manifest[7:]).read_text())["layers"]
        return {x["annotations"]["org.opencontainers.image.title"]: x["digest"] for x in layers}

    def fetched(self, fleet, digest):
        return [r for r in fleet.requests() if r["method"] == "GET" and r["path"].endswith("/blobs/" + digest)]

    def test_an_update_downloads_the_delta_and_copies_what_is_the_same(self):
        with Fleet() as fleet:
            one = self.make(fleet, 1, big(1, 0))
            two = self.make(fleet, 2, big(2, 60_000))
            self.assertNotIn("from version", fleet.publish(one).stdout)
            self.assertIn("big.bin from version 1", fleet.publish(two).stdout)
            proxy = CuttingProxy(fleet.port, [])
            fleet.enrol(port=proxy.address[1])
            fleet.start_agent()
            fleet.deploy(1, "--wait")
            before = len(fleet.requests())
            proxy.cuts = [30_000]  # inside of the delta, of 55 kB
            fleet.deploy(2, "--wait")
            self.assertEqual(fleet.app()["committed_version"], 2)
            names = self.blobs(fleet, two)
            after = fleet.requests()[before:]
            for name in ("big.bin", "same.bin"):
                self.assertFalse([r for r in after if r["path"].endswith("/blobs/" + names[name])
                                  and r["method"] == "GET"], name)
            self.assertEqual(proxy.done, 1)
            self.assertTrue([r for r in after if r["status"] == 206], "a cut delta is resumed")
            slots = list((fleet.state / "apps" / "tiny").glob("slot-*/big.bin"))
            self.assertEqual(sorted(p.read_bytes() == big(2, 60_000) for p in slots), [False, True])

    def test_a_damaged_delta_falls_back_to_the_whole_file(self):
        with Fleet() as fleet:
            one = self.make(fleet, 1, big(1, 0))
            two = self.make(fleet, 2, big(2, 3_000))
            fleet.publish(one)
            fleet.publish(two)
            deltas = [p for p in fleet.hub_dir.rglob("blobs/sha256/*") if p.read_bytes()[:4] == b"VGDL"]
            self.assertEqual(len(deltas), 1)
            deltas[0].chmod(0o644)
            deltas[0].write_bytes(deltas[0].read_bytes()[:-1] + b"?")
            fleet.enrol()
            fleet.start_agent()
            fleet.deploy(1, "--wait")
            fleet.deploy(2, "--wait")
            self.assertEqual(fleet.app()["committed_version"], 2)
            self.assertTrue(self.fetched(fleet, self.blobs(fleet, two)["big.bin"]))

    def test_no_more_deltas_than_asked_for(self):
        with Fleet() as fleet:
            for version in range(1, 4):
                out = fleet.verge("publish", self.make(fleet, version, big(version, 100)), "--key",
                                  fleet.dir / "publisher.key", "--deltas", "1").stdout
                self.assertEqual(out.count("from version"), min(version - 1, 1), out)

    def test_downloads_keep_to_their_limit(self):
        with Fleet() as fleet:
            fleet.publish(self.make(fleet, 1, big(1, 0)))
            fleet.enrol()
            (fleet.state / "agent.yaml").write_text("max_download_bytes_per_s: 400000\n")
            fleet.start_agent()
            start = time.monotonic()
            fleet.deploy(1, "--wait")
            self.assertGreaterEqual(time.monotonic() - start, 1_800_000 / 400_000 - 0.1)


if __name__ == "__main__":
    unittest.main()

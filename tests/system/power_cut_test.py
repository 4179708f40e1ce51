"""Power is cut after (and before) every durable write of an update: afterwards the old or the new version runs."""
import random
import shutil
import signal
import unittest

from fleet import Fleet

MAX_WRITES = 60


def add_file(folder, version):
    """A file that differs little from version to version."""
    (folder / "big.bin").write_bytes(random.Random(1).randbytes(20_000) + bytes([version]))
    with (folder / "app.yaml").open("a") as file:
        file.write("files: [big.bin]\n")


class PowerCutTest(unittest.TestCase):
    def loop_over_cuts(self, fleet, version, end, committed):
        snapshot = fleet.dir / "snapshot"
        shutil.copytree(fleet.state, snapshot)
        fleet.deploy(version)
        fired = 0
        for number in range(1, MAX_WRITES):
            where = "after" if number % 2 else "before"
            shutil.rmtree(fleet.state)
            shutil.copytree(snapshot, fleet.state)
            fleet.start_agent("--fault", f"{where}:{number}")
            while fleet.agent_process.poll() is None:
                app = fleet.app()
                if (app["update_version"], app["update_state"]) == (version, end):
                    fleet.stop_agent()
            self.assertIn(fleet.app()["committed_version"], (1, committed))
            if fleet.agent_process.returncode != -signal.SIGKILL:
                self.assertGreater(fired, 8, "the update has more durable writes than that")
                return
            fired += 1
            fleet.start_agent()
            app = fleet.update_ends(version, end)
            self.assertEqual(app["committed_version"], committed, f"cut {where} write {number}")
            fleet.stop_agent()
        self.fail("the update never ended without a cut")

    def test_forward_and_rollback(self):
        with Fleet() as fleet:
            for version in (1, 2):
                published = fleet.publish(fleet.make_app(version, change=lambda folder, v=version: add_file(folder, v)))
            self.assertIn("big.bin from version 1", published.stdout)  # version 2 comes by a delta
            fleet.publish(fleet.make_app(3, edits=[("app.yaml", "scores: golden/scores.npy", "scores: golden/boxes.npy")]))
            fleet.enrol()
            fleet.start_agent()
            fleet.deploy(1, "--wait")
            fleet.stop_agent()
            self.loop_over_cuts(fleet, 2, "Committed", 2)
            shutil.rmtree(fleet.state)
            shutil.copytree(fleet.dir / "snapshot", fleet.state)
            shutil.rmtree(fleet.dir / "snapshot")
            self.loop_over_cuts(fleet, 3, "RolledBack", 1)


if __name__ == "__main__":
    unittest.main()

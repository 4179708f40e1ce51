"""`verge events --follow` outlives a restart of the hub."""
import os
import subprocess
import unittest

from fleet import BIN, PATIENCE_S, Fleet, wait_for


class FollowTest(unittest.TestCase):
    def test_goes_on_after_the_hub_was_away(self):
        with Fleet() as fleet:
            token = next(fleet.hub_dir.glob("*token*")).read_text().strip()
            env = {**os.environ, "VERGE_HUB": f"https://127.0.0.1:{fleet.port}", "VERGE_TOKEN": token,
                   "VERGE_CA": str(fleet.hub_dir / "ca.pem")}
            log = fleet.dir / "follow.txt"
            with log.open("wb") as out:
                follower = subprocess.Popen([BIN / "verge", "events", "--follow"], env=env, stdout=out, stderr=out)
            try:
                wait_for("the first answer", lambda: "TIME (UTC)" in log.read_text())
                fleet.kill_hub()
                wait_for("a word about it", lambda: "trying again in" in log.read_text())
                before = self.asked(fleet)
                fleet.start_hub()
                wait_for("the follower asks again", lambda: self.asked(fleet) > before)
                self.assertIsNone(follower.poll())
            finally:
                follower.terminate()
                follower.wait(PATIENCE_S)

    def asked(self, fleet):
        return fleet.access_log.read_text().count("/api/v1/events")


if __name__ == "__main__":
    unittest.main()

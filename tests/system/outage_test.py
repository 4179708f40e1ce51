"""Ten days without a hub: VERGE_OUTAGE_EVENTS events (a million in the full run, 40,000 by default), the disk full in the
middle, three power cuts, a clock that jumps by five years and back before 1970. No alert is lost, each is at the hub once."""
import os
import pathlib
import subprocess
import time
import unittest

from fleet import Fleet, wait_for

EVENTS = int(os.environ.get("VERGE_OUTAGE_EVENTS", "40000"))
DRIVER = os.environ["VERGE_OUTAGE_DRIVER"]
FIVE_YEARS_MS = 5 * 365 * 24 * 3600 * 1000


class SmallDisk:
    """A file system of its own for the state folder, if this process may mount one; else the outbox's file is limited."""

    def __init__(self, folder, size):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o700)
        self.mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", folder],
                                      capture_output=True).returncode == 0

    def fill(self):
        """Bytes that the outbox may have, 0 for no limit because the disk itself is full."""
        if not self.mounted:
            return (self.folder / "outbox.db").stat().st_size
        with (self.folder / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(65536))
            except OSError:
                pass
            try:
                while True:
                    file.write(b"x" * 512)
            except OSError:
                return 0

    def free(self):
        (self.folder / "filler").unlink(missing_ok=True)

    def close(self):
        if self.mounted:
            subprocess.run(["umount", "-l", self.folder], check=True)


class OutageTest(unittest.TestCase):
    def drive(self, fleet, first, count, wall_ms, max_bytes, is_cut):
        """Runs the driver over [first, first + count); with is_cut the power goes after three quarters. The alerts it confirmed."""
        driver = subprocess.Popen([DRIVER, fleet.state / "outbox.db", *(str(n) for n in (first, count, EVENTS, wall_ms, max_bytes))],
                                  stdout=subprocess.PIPE, stderr=fleet.logs, text=True)
        confirmed = []
        for line in driver.stdout:
            confirmed.append(int(line))
            if is_cut and confirmed[-1] >= first + count * 3 // 4:
                driver.kill()
                break
        confirmed += [int(line) for line in driver.stdout.read().split("\n")[:-1] if line]
        driver.stdout.close()
        self.assertEqual(driver.wait(), -9 if is_cut else 0)
        return confirmed

    def test_ten_days(self):
        with Fleet() as fleet:
            disk = SmallDisk(fleet.state, 64_000_000 + EVENTS * 200)
            try:
                self.outage(fleet, disk)
            finally:
                if fleet.agent_process:
                    fleet.stop_agent()
                disk.close()

    def outage(self, fleet, disk):
        fleet.enrol()
        fleet.start_agent()
        wait_for("the outbox exists", lambda: (fleet.state / "state.db").exists() and (fleet.state / "outbox.db").exists())
        fleet.stop_agent()
        fleet.kill_hub()
        quarter, now_ms, started = EVENTS // 4, int(time.time() * 1000), time.monotonic()
        confirmed = self.drive(fleet, 0, quarter, now_ms, 0, True)
        self.assertEqual(fleet.status()["outbox"]["dropped"], 0)
        limit = disk.fill()
        confirmed += self.drive(fleet, quarter, quarter, now_ms + FIVE_YEARS_MS, limit, True)
        self.assertGreater(fleet.status()["outbox"]["dropped"], 0, "the full disk must have cost something")
        disk.free()
        confirmed += self.drive(fleet, 2 * quarter, quarter, 1000, 0, True)
        confirmed += self.drive(fleet, 3 * quarter, quarter, now_ms, 0, False)
        stored = fleet.status()["outbox"]
        outage_s, started = time.monotonic() - started, time.monotonic()
        fleet.start_hub()
        fleet.start_agent()
        wait_for("everything is acknowledged", lambda: fleet.status()["outbox"]["pending"] == 0)
        upload_s = time.monotonic() - started
        events = fleet.events()
        alerts = [e["data"]["n"] for e in events if e["priority"] == "alert"]
        self.assertEqual(len(alerts), len(set(alerts)), "an alert twice")
        self.assertLessEqual(set(confirmed), set(alerts), "an alert was lost")
        self.assertGreater(len(confirmed), EVENTS // 100 * 3 // 4)
        self.assertEqual(alerts, sorted(alerts), "a clock reordered them")
        outbox = fleet.status()["outbox"]
        self.assertEqual([(e["epoch"], e["seq"]) for e in events],
                         [(outbox["epoch"], n) for n in range(1, outbox["next_seq"])], "a hole or a doublet")
        self.assertEqual(stored["pending"], len(events))
        print(f"{EVENTS} events: stored in {outage_s:.1f} s, {len(events)} sent in {upload_s:.1f} s, {outbox['dropped']} dropped, "
              f"{len(alerts)} alerts at the hub once each; disk full: {'tmpfs' if disk.mounted else 'limit of the file'}")


if __name__ == "__main__":
    unittest.main()

"""The health gate while a new version soaks: what its monitors say, heartbeats, crashes. A bad version is rolled back with
reason and evidence at the hub, and the old one serves again; VERGE_ROLLBACKS says how many times that is measured."""
import os
import pathlib
import signal
import unittest

from fleet import Fleet, wait_for

ROLLBACKS = int(os.environ.get("VERGE_ROLLBACKS", "3"))

MONITORS = """monitors:
  scores: {signal: score, window: 10, edges: [0.9], shares: [0.02, 0.98], psi: 0.25, gate: true}
  picture: {signal: input, model: detector, tensor: image, window: 10, mean: [0.9, 1.1], gate: true}
  rate: {signal: events, interval: 1s, window: 1, mean: [0, 600]}
"""


def watched(soak_s=1, extra=""):
    return [("app.yaml", "  soak_s: 1\n", f"  soak_s: {soak_s}\n{extra}"), ("app.yaml", "params:\n", MONITORS + "params:\n"),
            ("app.yaml", "framerate=10/1", "framerate=50/1")]


def runners(fleet):
    """The processes that run an app of this fleet: pid -> slot."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "--app" in words and str(fleet.state) in words[words.index("--app") + 1]:
            found[int(path.parent.name)] = words[words.index("--app") + 1][-1]
    return found


class QualityTest(unittest.TestCase):
    def ready(self, fleet):
        fleet.publish(fleet.make_app(1, edits=watched()))
        fleet.enrol()
        fleet.start_agent()
        fleet.deploy(1, "--wait")

    def test_wrong_scores_roll_back_with_evidence(self):
        with Fleet() as fleet:
            self.ready(fleet)
            times = []
            for version in range(2, 2 + ROLLBACKS):
                # Its goldens fit, so it proves well on the device; only what it says of real pictures is wrong.
                fleet.publish(fleet.make_app(version, gain=0.5, edits=watched(soak_s=600)))
                self.assertEqual(fleet.deploy(version, "--wait", ok=False).returncode, 1)
                app = fleet.update_ends(version, "RolledBack")
                self.assertEqual(app["committed_version"], 1)
                self.assertRegex(app["detail"], rf"version {version} monitor scores: psi .* > 0.25 \(window 1\)")
                again = wait_for("version 1 serves again", lambda: len(
                    events := [e for e in fleet.events() if e["kind"] == "agent.serving-again"]) > len(times) and events)
                self.assertEqual(again[-1]["version"], 1)
                times.append(again[-1]["data"]["after_ms"])
                events = [e for e in fleet.events() if e["version"] == version]
                alert = next(e for e in events if e["kind"] == "drift.alert")
                self.assertEqual(alert["priority"], "alert")
                self.assertEqual(alert["data"]["counts"], [10, 0])
                back = next(e for e in events if e["kind"] == "agent.rolled-back")
                self.assertIn("monitor scores", back["data"]["reason"])
                # The device's own clock, from the alert to the old version's first sign of readiness.
                self.assertLess(abs(again[-1]["time_ms"] - alert["time_ms"] - times[-1]), 500)
            self.assertEqual(list(runners(fleet).values()), ["a"])
            times.sort()
            print(f"from the first bad signal to the old version serving, ms: median {times[len(times) // 2]}, "
                  f"p95 {times[min(len(times) - 1, int(len(times) * 0.95))]}, of {len(times)}")

    def test_a_gate_without_data_is_not_passed(self):
        with Fleet() as fleet:
            self.ready(fleet)
            fleet.publish(fleet.make_app(2, edits=watched(extra="  gate_wait_s: 2\n") + [
                ("app.yaml", "mean: [0.9, 1.1]", "mean: [-1.1, 1.1]"), ("app.yaml", "pattern=white", "pattern=black")]))
            fleet.deploy(2)
            self.assertIn("no window within 3 s of: scores", fleet.update_ends(2, "RolledBack")["detail"])

    def test_another_input_and_good_monitors(self):
        with Fleet() as fleet:
            self.ready(fleet)
            fleet.publish(fleet.make_app(2, edits=watched()))
            fleet.deploy(2, "--wait")
            self.assertEqual(fleet.app()["committed_version"], 2)
            fleet.publish(fleet.make_app(3, edits=watched(soak_s=600) + [("app.yaml", "pattern=white", "pattern=black")]))
            fleet.deploy(3)
            self.assertIn("monitor picture: mean -1 < 0.9", fleet.update_ends(3, "RolledBack")["detail"])
            self.assertEqual(fleet.app()["committed_version"], 2)

    def test_a_runner_that_hangs_or_dies_in_the_soak(self):
        with Fleet() as fleet:
            self.ready(fleet)
            for version, how, reason in ((2, signal.SIGSTOP, "no heartbeat for 2000 ms"), (3, signal.SIGKILL, "killed by signal 9")):
                fleet.publish(fleet.make_app(version, edits=watched(soak_s=600, extra="  heartbeat_s: 2\n")))
                fleet.deploy(version)
                wait_for("the new version runs", lambda: any(
                    e["version"] == version and e["kind"] == "drift.window" for e in fleet.events()))
                pid = next(p for p, slot in runners(fleet).items() if slot == "b")
                os.kill(pid, how)
                self.assertIn(reason, fleet.update_ends(version, "RolledBack")["detail"])
                wait_for("the end is reported", lambda: any(
                    e["kind"] == "agent.runner-ended" and e["version"] == version and reason in e["data"]["reason"]
                    for e in fleet.events()))
            wait_for("version 1 runs", lambda: list(runners(fleet).values()) == ["a"])


if __name__ == "__main__":
    unittest.main()

"""A runner that is taken over: it tries to get out, from inside of the real sandbox, under the real agent. Each attempt is
stopped, the agent goes on, and the runner's end is an event at the hub."""
import os
import re
import unittest

from fleet import BIN, Fleet, run, wait_for

ESCAPE = os.environ["VERGE_ESCAPE_LIBRARY"]
# attack -> (what it says of itself, None when it does not live to say it; how the agent sees it end)
ATTACKS = {
    "open": (13, "signal 6"), "connect": (1, "signal 6"), "kill": (38, "signal 6"), "hog": (12, "signal 6"),
    "ptrace": (None, "signal 31"), "exec": (None, "signal 31"), "fork": (None, "signal 31"),
}


class SandboxEscapeTest(unittest.TestCase):
    def test_every_attempt_is_stopped_and_reported(self):
        with Fleet() as fleet:
            fleet.publish(fleet.make_app(1))
            fleet.enrol()
            fleet.start_agent()
            fleet.deploy(1, "--wait")
            fleet.stop_agent()
            log = fleet.dir / "log.txt"
            keys = next(path for path in fleet.state.rglob("*") if path.is_file() and "PRIVATE KEY" in path.read_text(errors="replace"))
            for attack, (says, ends) in ATTACKS.items():
                with self.subTest(attack):
                    start, seen = log.stat().st_size, len(fleet.events())
                    target = {"open": str(keys), "connect": str(fleet.port)}.get(attack, "")
                    os.environ.update(LD_PRELOAD=ESCAPE, VERGE_ATTACK=attack, VERGE_ATTACK_ON=target)
                    try:
                        fleet.start_agent()
                    finally:
                        for name in ("LD_PRELOAD", "VERGE_ATTACK", "VERGE_ATTACK_ON"):
                            del os.environ[name]
                    wait_for("the end is reported", lambda: any(
                        e["kind"] == "agent.runner-ended" and ends in e["data"]["reason"] for e in fleet.events()[seen:]))
                    self.assertIsNone(fleet.agent_process.poll(), "the agent goes on")
                    said = log.read_bytes()[start:].decode(errors="replace")
                    self.assertIn(f"attack {attack} begins", said)
                    self.assertNotIn("escaped", said)
                    answers = {int(n) for n in re.findall(rf"attack {attack}: errno (\d+)", said)}
                    self.assertEqual(answers, set() if says is None else {says})
                    self.assertEqual(fleet.stop_agent(), 0)
            fleet.start_agent()
            wait_for("without an intruder the app runs", lambda: any(
                a["running_version"] == 1 and a["healthy"]
                for d in fleet.json("devices")["devices"] if d["reported"] for a in d["reported"]["apps"]))

    def test_the_policy_is_explained(self):
        with Fleet() as fleet:
            fleet.make_app(1)
            text = run(BIN / "verge-runner", "--app", fleet.dir / "app-1", "--data", "/data", "--explain-policy").stdout
            self.assertIn(f"read    {fleet.dir / 'app-1'}", text)
            self.assertIn("write   /data", text)
            self.assertIn("no internet", text)
            self.assertRegex(text, "end the app at once:.* execve ")


if __name__ == "__main__":
    unittest.main()

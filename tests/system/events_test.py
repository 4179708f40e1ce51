"""Each event reaches the hub exactly once, although hub and agent are killed while it is being sent."""
import signal
import time
import unittest

from fleet import Fleet, wait_for

# One event a frame: without a tracker every object stands alone, and so does every firing.
FIRE_ALWAYS = [("pipeline.yaml", "  - {id: track, type: track, from: decode}\n", ""),
               ("pipeline.yaml", "type: rules, from: track", "type: rules, from: decode"),
               ("rules.yaml", ", for: 500ms", ""),
               ("app.yaml", "framerate=10/1", "framerate=50/1")]


class EventsTest(unittest.TestCase):
    def test_killed_hub_and_agent_lose_and_double_nothing(self):
        with Fleet() as fleet:
            fleet.publish(fleet.make_app(1, edits=FIRE_ALWAYS))
            fleet.enrol()
            fleet.start_agent()
            fleet.deploy(1, "--wait")
            for _ in range(3):
                seen = len(fleet.events())
                wait_for("events flow", lambda: len(fleet.events()) > seen + 20)
                fleet.kill_hub()
                wait_for("events wait", lambda: fleet.status()["outbox"]["pending"] > 10)
                fleet.stop_agent(signal.SIGKILL)
                fleet.start_hub()
                fleet.start_agent()
            wait_for("the outbox moves on", lambda: fleet.status()["outbox"]["pending"] < 50)
            fleet.kill_hub()  # now with the agent alive, which goes on and sends again
            time.sleep(0.5)
            fleet.start_hub()
            wait_for("the hub hears more", lambda: fleet.status()["outbox"]["pending"] < 50)
            fleet.stop_agent()
            # What is left is sent by an agent whose app has come to its end.
            (fleet.state / "agent.yaml").write_text(
                'params: {tiny: {launch: "videotestsrc pattern=black num-buffers=1 ! video/x-raw,width=64,height=48,framerate=10/1"}}\n')
            fleet.start_agent()
            wait_for("everything is acknowledged", lambda: fleet.status()["outbox"]["pending"] == 0)
            outbox = fleet.status()["outbox"]
            events = fleet.events()
            self.assertEqual(outbox["dropped"], 0)
            self.assertEqual(sorted((e["epoch"], e["seq"]) for e in events),
                             [(outbox["epoch"], n) for n in range(1, outbox["next_seq"])])
            alerts = (fleet.state / "apps/tiny/data/alerts.jsonl").read_text().splitlines()
            self.assertGreaterEqual(len(alerts), len(events), "an event that the device never made")


if __name__ == "__main__":
    unittest.main()

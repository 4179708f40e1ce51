"""`verge pipeline` and `verge rules` as a developer uses them, on real files."""
import json
import pathlib
import shutil
import tempfile
import unittest

from fleet import BIN, MAKE_APP, run

APPS = pathlib.Path(__file__).resolve().parents[2] / "apps"


class PipelineTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="verge-pipeline-"))
        self.addCleanup(shutil.rmtree, self.dir)

    def verge(self, *args, ok=True):
        return run(BIN / "verge", *args, ok=ok)

    def test_records_and_replays_a_camera(self):
        app = self.dir / "app"
        run(MAKE_APP, app)
        recording, events = self.dir / "a.vrec", self.dir / "events.jsonl"
        shown = self.verge("pipeline", "record", app, "-o", recording, "--events", events).stdout
        self.assertRegex(shown, r"camera +video +20 +0 ")
        recorded = [json.loads(line) for line in events.read_text().splitlines()]
        texts = set()
        for _ in range(3):
            self.verge("pipeline", "replay", app, recording, "--events", events)
            texts.add(events.read_text())
        self.assertEqual(len(texts), 1)
        replayed = [json.loads(line) for line in events.read_text().splitlines()]
        self.assertEqual([e["data"] for e in replayed], [e["data"] for e in recorded])
        self.assertEqual(len(recorded), 1)

    def test_rules_on_recorded_tracks(self):
        app = self.dir / "app"
        run(MAKE_APP, app)
        recording = self.dir / "tracks.vrec"
        self.verge("pipeline", "record", app, "-o", recording, "--at", "track")
        expected = self.dir / "expected.txt"
        expected.write_text("600 person-in-zone\n")
        shown = self.verge("rules", "test", app / "rules.yaml", "--replay", recording, "--expect", expected).stdout
        self.assertIn("0.600 s  alert    person-in-zone  person 1.00 #1", shown)
        self.assertIn("1 firings in 20 packets; the rules keep at most", shown)
        expected.write_text("700 person-in-zone\n")
        refused = self.verge("rules", "test", app / "rules.yaml", "--replay", recording, "--expect", expected, ok=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn('expected.txt:1: expected "700 person-in-zone", got "600 person-in-zone"', refused.stderr)

    def test_graph_shows_and_checks(self):
        app = self.dir / "app"
        run(MAKE_APP, app)
        self.assertRegex(self.verge("pipeline", "graph", app).stdout, r"track +track +decode +tracks\n")
        self.assertIn('"decode" -> "track" [label="objects"]', self.verge("pipeline", "graph", app, "--format", "dot").stdout)
        self.assertEqual(len(json.loads(self.verge("pipeline", "graph", app, "--format", "json").stdout)["elements"]), 8)
        pipeline = app / "pipeline.yaml"
        pipeline.write_text(pipeline.read_text().replace("from: decode", "from: camera"))
        refused = self.verge("pipeline", "graph", app, ok=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("elements[4].from: expected objects for this track element; 'camera' (video) gives frames", refused.stderr)


class RulesOnlyTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="verge-rules-"))
        self.addCleanup(shutil.rmtree, self.dir)

    def test_the_app_fires_what_its_faults_say(self):
        app, data = APPS / "rules-only", self.dir / "data"
        recording = self.dir / "pump.vrec"
        run(BIN / "verge", "pipeline", "record", app, "-o", recording, "--data", data, "--events", self.dir / "events.jsonl")
        expected = (app / "expected.txt").read_text().splitlines()
        alerts = [json.loads(line) for line in (data / "alerts.jsonl").read_text().splitlines()]
        self.assertEqual([f"{a['media_ms']} {a['kind']}" for a in alerts], [e for e in expected if not e.startswith("#")])
        self.assertEqual(set(alerts[0]["data"]["values"]), {"temperature", "pressure", "flow", "vibration"})
        run(BIN / "verge", "rules", "test", app / "rules.yaml", "--replay", recording, "--expect", app / "expected.txt")
        summary = json.loads((data / "summary.json").read_text())
        self.assertEqual(summary["frames"], len(alerts))
        self.assertTrue(all(e["drops"] == 0 for e in summary["elements"]))

    def test_a_spoilt_table_is_named_with_its_line(self):
        table = self.dir / "pump.csv"
        rows = (APPS / "rules-only/pump.csv").read_text().splitlines()
        for line, text, message in ((5, "8,abc,6,20,2", 'expected a number in column "temperature_c", got "abc"'),
                                    (6, "2,60,6,20,2", 'time goes back in column "time"'),
                                    (7, "12,60", 'the row ends before column "pressure_bar"')):
            spoilt = rows[:line - 1] + [text] + rows[line:]
            table.write_text("\n".join(spoilt) + "\n")
            refused = run(BIN / "verge", "pipeline", "run", APPS / "rules-only", "--param", f"table={table}", ok=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn(f"sensors: {table}:{line}: {message}", refused.stderr)


if __name__ == "__main__":
    unittest.main()

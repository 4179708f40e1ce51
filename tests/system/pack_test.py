"""What `verge pack` takes from an app folder, and what it never takes."""
import json
import pathlib
import shutil
import tempfile
import unittest

from fleet import BIN, MAKE_APP, run


class PackTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="verge-pack-"))
        self.addCleanup(shutil.rmtree, self.dir)
        self.app, self.out = self.dir / "app", self.dir / "out"
        run(MAKE_APP, self.app)

    def pack(self, *args, ok=True):
        return run(BIN / "verge", "pack", self.app, "-o", self.out, *args, ok=ok)

    def name_files(self, *paths):
        with (self.app / "app.yaml").open("a") as file:
            file.write(f"files: [{', '.join(paths)}]\n")

    def titles(self):
        digest = json.loads((self.out / "index.json").read_text())["manifests"][0]["digest"]
        manifest = json.loads((self.out / "blobs/sha256" / digest[7:]).read_text())
        return {x["annotations"]["org.opencontainers.image.title"]: x["digest"][7:] for x in manifest["layers"]}

    def test_takes_only_what_is_named(self):
        run(BIN / "verge", "keys", "create", "--no-passphrase", "-o", self.app / "publisher")
        for name in ("README.md", "LICENSE.txt", "notes.txt", "map.bin", ".hidden"):
            (self.app / name).write_text(name)
        self.name_files("map.bin")
        shown = self.pack().stdout
        for name in ("README.md", "LICENSE.txt", "map.bin", "tiny.vg", "golden/image.npy"):
            self.assertIn(name, self.titles())
        for name in ("publisher.key", "publisher.pub", "notes.txt"):
            self.assertNotIn(name, self.titles())
            self.assertIn(f"left out: {name}", shown)
        self.assertNotIn(".hidden", self.titles())

    def test_refuses_secret_keys_even_when_named(self):
        run(BIN / "verge", "keys", "create", "--no-passphrase", "-o", self.app / "publisher")
        original = (self.app / "app.yaml").read_text()
        self.name_files("publisher.key")
        refused = self.pack(ok=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("publisher.key: looks like a secret key", refused.stderr)
        (self.app / "app.yaml").write_text(original)
        (self.app / "README.md").write_text("-----BEGIN EC " + "PRIVATE KEY-----\nAAAA\n")
        self.assertIn("README.md: looks like a secret key", self.pack(ok=False).stderr)
        self.assertFalse(self.out.exists())

    def test_a_card_must_be_about_the_packed_model(self):
        text = (self.app / "app.yaml").read_text()
        (self.app / "app.yaml").write_text(text.replace("file: tiny.vg", "file: tiny.vg, card: card.json"))
        run(BIN / "verge", "optimize", self.app / "tiny.vg", "-o", self.dir / "tiny.vg", "--report-json",
            self.app / "card.json")
        self.assertIn("card.json: is about another file", self.pack("--model", f"detector={BIN / 'verge'}", ok=False).stderr)
        self.pack("--model", f"detector={self.dir / 'tiny.vg'}")
        card = json.loads((self.out / "blobs/sha256" / self.titles()["card.json"]).read_text())
        self.assertEqual(card["file"]["sha256"], self.titles()["tiny.vg"])
        (self.app / "card.json").write_text("{}")
        self.assertIn("card.json: expected a model card", self.pack(ok=False).stderr)

    def test_an_app_calibrates_its_model(self):
        run(BIN / "verge", "optimize", self.app / "tiny.vg", "-o", self.dir / "tiny.vg", "--calibrate", self.app,
            "--samples", "4", "--report-json", self.dir / "report.json", "--cluster", "4")
        report = json.loads((self.dir / "report.json").read_text())
        self.assertIn("sqnr_db", report["trials"][0]["measured"])
        refused = run(BIN / "verge", "optimize", self.app / "tiny.vg", "-o", self.dir / "no.vg", "--calibrate",
                      f"{self.app}#other", ok=False)
        self.assertIn("#MODEL with one of: detector", refused.stderr)

    def test_renames_the_named_model_only(self):
        model = (self.app / "tiny.vg").read_bytes()
        (self.app / "my-ssd.vg").write_bytes(model)
        (self.app / "ssd.vg").write_bytes(model)
        text = (self.app / "app.yaml").read_text()
        (self.app / "app.yaml").write_text(text.replace(
            "models:\n", "models:\n  mine: {file: my-ssd.tflite}\n  other: {file: ssd.tflite}\n"))
        self.pack("--model", f"other={self.app / 'ssd.vg'}", "--model", f"mine={self.app / 'my-ssd.vg'}")
        titles = self.titles()
        self.assertIn("my-ssd.vg", titles)
        packed = (self.out / "blobs/sha256" / titles["app.yaml"]).read_text()
        self.assertIn("{file: my-ssd.vg}", packed)
        self.assertIn("{file: ssd.vg}", packed)

    def test_a_model_whose_name_ends_like_another(self):
        text = (self.app / "app.yaml").read_text()
        (self.app / "a-tiny.tflite").write_bytes(b"left alone")
        (self.app / "app.yaml").write_text(
            "description: 'file: a-tiny.tflite stays'\n" + text.replace("file: tiny.vg", "file: tiny.tflite"))
        self.pack("--model", f"detector={self.app / 'tiny.vg'}")
        packed = (self.out / "blobs/sha256" / self.titles()["app.yaml"]).read_text()
        self.assertIn("file: a-tiny.tflite stays", packed)
        self.assertIn("file: tiny.vg", packed)


if __name__ == "__main__":
    unittest.main()

"""The same inputs give the same package: in other folders, at other times, with other rights, umask, locale and zone."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from fleet import BIN, MAKE_APP, run

TFLITE = pathlib.Path(os.environ.get("VERGE_DATA", "/nonexistent")) / "models/mlperf-tiny/vww_96_int8.tflite"


def digests(folder):
    """Path -> SHA-256 of every file below a folder."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file()}


def pack(source, out, umask, env, *args):
    done = subprocess.run([BIN / "verge", "pack", source, "-o", out, *args], umask=umask, capture_output=True, text=True,
                          cwd=source.parent, env={**os.environ, **env})
    assert done.returncode == 0, done.stderr
    return digests(out)


class ReproducibleTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="verge-reproducible-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.one = self.dir / "one"
        run(MAKE_APP, self.one, 10)
        self.two = self.dir / "quite another" / "folder" / "two"
        self.two.mkdir(parents=True)
        # Created in the opposite order, with other times and rights.
        for path in sorted((p for p in self.one.rglob("*") if p.is_file()), reverse=True):
            copy = self.two / path.relative_to(self.one)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
            copy.chmod(0o700)
            os.utime(copy, (1, 1))

    def both(self, first_args=(), second_args=()):
        first = pack(self.one, self.dir / "out-1", 0o022, {"LC_ALL": "C", "TZ": "UTC", "HOME": "/"}, *first_args)
        second = pack(self.two, self.dir / "quite another" / "out-2", 0o077,
                      {"LC_ALL": "de_DE.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu",
                       "TMPDIR": str(self.two.parent)}, *second_args)
        self.assertEqual(first, second)
        return first

    def test_two_folders_give_one_package(self):
        files = self.both()
        self.assertIn("index.json", files)
        self.assertGreater(len(files), 5)
        (self.two / "app.yaml").write_text((self.two / "app.yaml").read_text() + "\n")
        self.assertNotEqual(files, pack(self.two, self.dir / "out-3", 0o022, {}))  # or nothing was compared

    @unittest.skipUnless(TFLITE.exists(), "VERGE_DATA has the model")
    def test_an_imported_model_too(self):
        copy = self.dir / "elsewhere.tflite"
        shutil.copy(TFLITE, copy)
        self.both(("--model", f"detector={TFLITE}"), ("--model", f"detector={copy}"))


if __name__ == "__main__":
    unittest.main()

"""The publisher's side: key files with passphrases, and a repository that several people sign. No hub is involved."""
import json
import pathlib
import shutil
import tempfile
import unittest

from fleet import BIN, run


class RepoTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="verge-repo-"))
        self.addCleanup(shutil.rmtree, self.dir)
        self.repo = self.dir / "repo"

    def key(self, name):
        run(BIN / "verge", "keys", "create", "--no-passphrase", "-o", self.dir / name)
        return self.dir / f"{name}.key"

    def verge(self, *args, env=None, ok=True):
        return run(BIN / "verge", *args, env=env, ok=ok)

    def init(self, *args):
        online = json.loads(self.verge("keys", "export", self.key("online")).stdout)
        (self.dir / "online.json").write_text(json.dumps({role: online for role in ("timestamp", "snapshot", "director")}))
        return self.verge("repo", "init", self.repo, "--online", self.dir / "online.json", *args)

    def states(self):
        documents = json.loads(self.verge("repo", "status", self.repo, "--json").stdout)["documents"]
        return {d["document"]: d for d in documents}

    def test_a_key_file_opens_with_its_passphrase_only(self):
        stem, good, bad, short = self.dir / "locked", self.dir / "good", self.dir / "bad", self.dir / "short"
        good.write_text("correct horse\n")
        bad.write_text("another horse\n")
        short.write_text("horse\n")
        self.assertIn("at least 8", self.verge("keys", "create", "-o", stem, "--passphrase-file", short, ok=False).stderr)
        self.assertIn("locked with the passphrase",
                      self.verge("keys", "create", "-o", stem, env={"VERGE_PASSPHRASE_FILE": str(good)}).stdout)
        self.assertEqual((self.dir / "locked.key").stat().st_mode & 0o777, 0o600)
        self.assertIn("secret, locked", self.verge("keys", "list", self.dir).stdout)
        self.assertIn("exists already", self.verge("keys", "create", "-o", stem, "--passphrase-file", good, ok=False).stderr)
        self.init("--key", f"{stem}.key", "--passphrase-file", good)
        self.verge("repo", "root", self.repo)
        refused = self.verge("repo", "sign", self.repo, "--key", f"{stem}.key", "--passphrase-file", bad, ok=False)
        self.assertIn("passphrase is wrong", refused.stderr)
        self.assertFalse(self.states()["root"]["complete"])
        self.verge("repo", "sign", self.repo, "--key", f"{stem}.key", "--passphrase-file", good)
        self.assertTrue(self.states()["root"]["complete"])

    def test_two_people_sign_a_root_and_a_key_is_replaced(self):
        first, second, targets, fresh = (self.key(name) for name in ("first", "second", "targets", "fresh"))
        self.init("--root-key", first, "--root-key", second, "--root-threshold", "2", "--targets-key", targets, "--key", first)
        self.assertFalse((self.repo / "root.json").exists(), "half a root is nothing for devices")
        self.verge("repo", "sign", self.repo, "--key", second, "--key", targets)
        self.assertEqual({d["document"] for d in self.states().values() if d["complete"]}, {"root", "targets"})
        rotated = self.verge("repo", "rotate", self.repo, "targets", "--new", self.dir / "fresh.pub", "--key", first)
        self.assertIn("still lacks 1 more signature of role root", rotated.stdout)
        self.assertIn("nothing here needs", self.verge("repo", "sign", self.repo, "--key", targets).stdout)
        self.verge("repo", "sign", self.repo, "--key", second, "--key", fresh)
        self.assertEqual({name: d["version"] for name, d in self.states().items()}, {"root": 2, "targets": 2})
        self.assertTrue(all(d["complete"] for d in self.states().values()))

    def test_a_key_that_never_leaves_its_token(self):
        (self.dir / "tokens").mkdir()
        (self.dir / "softhsm.conf").write_text(f"directories.tokendir = {self.dir / 'tokens'}\n")
        (self.dir / "pin").write_text("87654321\n")
        (self.dir / "wrong").write_text("11112222\n")
        env = {"SOFTHSM2_CONF": str(self.dir / "softhsm.conf"), "VERGE_PASSPHRASE_FILE": str(self.dir / "pin"),
               "VERGE_PKCS11_MODULE": "/usr/lib/softhsm/libsofthsm2.so"}
        run("softhsm2-util", "--init-token", "--free", "--label", "publisher", "--so-pin", "12345678", "--pin", "87654321", env=env)
        uri, targets = "pkcs11:token=publisher;object=root", self.key("targets")
        self.assertIn("keyid", self.verge("keys", "create", "--token", uri, env=env).stdout)
        online = json.loads(self.verge("keys", "export", self.key("online")).stdout)
        (self.dir / "online.json").write_text(json.dumps({role: online for role in ("timestamp", "snapshot", "director")}))
        init = ("repo", "init", self.repo, "--online", self.dir / "online.json", "--root-key", uri, "--targets-key", targets,
                "--key", uri, "--key", targets)
        self.verge(*init, env=env)
        self.assertTrue(all(d["complete"] for d in self.states().values()), self.states())
        root = json.loads((self.repo / "root.json").read_text())["signed"]
        self.assertIn(json.loads(self.verge("keys", "export", uri, env=env).stdout), root["keys"].values())
        self.verge("repo", "root", self.repo)
        wrong = self.verge("repo", "sign", self.repo, "--key", uri, "--passphrase-file", self.dir / "wrong", env=env, ok=False)
        self.assertIn("the PIN is wrong", wrong.stderr)
        self.assertIn("no key other", self.verge("keys", "export", "pkcs11:token=publisher;object=other", env=env, ok=False).stderr)

    def test_delegations(self):
        publisher = self.key("publisher")
        self.init("--key", publisher)
        self.key("vision")
        delegate = ("repo", "delegate", self.repo, "vision", "--role-key", self.dir / "vision.pub", "--key", publisher)
        self.assertIn("either --path", self.verge(*delegate, ok=False).stderr)
        self.assertIn("needs as many keys", self.verge(*delegate, "--path", "camera/*", "--threshold", "2", ok=False).stderr)
        self.verge(*delegate, "--path", "camera/*")
        targets = json.loads((self.repo / "metadata/targets.json").read_text())["signed"]
        self.assertEqual(targets["delegations"]["roles"][0]["paths"], ["camera/*"])
        self.verge("repo", "delegate", self.repo, "vision", "--remove", "--key", publisher)
        self.assertIn("no role vision", self.verge("repo", "delegate", self.repo, "vision", "--remove", ok=False).stderr)
        self.assertIn("has not published", self.verge("repo", "withdraw", self.repo, "tiny:1", ok=False).stderr)


if __name__ == "__main__":
    unittest.main()

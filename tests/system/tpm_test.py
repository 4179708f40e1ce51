"""A device whose key lies in a TPM: it enrols, works, and stops working when the machine starts something else."""
import pathlib
import subprocess
import tempfile
import unittest

from fleet import BIN, Fleet, run, wait_for


class Tpm:
    """swtpm with an empty state. Use as a context."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="verge-tpm-")
        socket = pathlib.Path(self.folder.name) / "tpm"
        self.tcti = f"swtpm:path={socket}"
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder.name}", "--server", f"type=unixio,path={socket}",
             "--ctrl", f"type=unixio,path={socket}.ctrl", "--flags", "not-need-init,startup-clear"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("swtpm listens", pathlib.Path(f"{socket}.ctrl").exists)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def extend(self, pcr):
        run("tpm2_pcrextend", "-T", self.tcti, f"{pcr}:sha256={'a' * 64}")


class TpmTest(unittest.TestCase):
    def test_a_sealed_key_works_until_the_boot_state_changes(self):
        with Tpm() as tpm, Fleet() as fleet:
            fleet.enrol("--tpm", tpm.tcti, "--pcrs", "0,7")
            for path in fleet.state.rglob("*"):
                if path.is_file():
                    self.assertNotIn(b"PRIVATE KEY", path.read_bytes(), path)
            fleet.publish(fleet.make_app(1))
            fleet.start_agent()
            fleet.deploy(1, "--wait")
            self.assertEqual(fleet.stop_agent(), 0)
            tpm.extend(7)
            refused = run(BIN / "verge-agent", "run", "--state", fleet.state, ok=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("PCR 0,7", refused.stderr)
            self.assertIn("is not what the secret was sealed to", refused.stderr)

    def test_a_missing_tpm_costs_no_token(self):
        with Fleet() as fleet:
            refused = fleet.enrol("--tpm", "swtpm:path=/nonexistent", ok=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("no TPM there", refused.stderr)
            self.assertFalse([r for r in fleet.requests() if r["path"] == "/api/v1/enrol"])

    def test_a_key_file_that_others_may_read_is_refused(self):
        with Fleet() as fleet:
            fleet.enrol()
            (fleet.state / "device.key").chmod(0o644)
            refused = run(BIN / "verge-agent", "run", "--state", fleet.state, ok=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("others may read or change it", refused.stderr)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""bench/compare.py: its arithmetic with engines of known speed, its page, and one real run against ONNX Runtime.

usage: bench_compare_test.py VERGE CACHE_DIR
"""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

VERGE, CACHE = (pathlib.Path(a) for a in sys.argv[1:3])
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "bench/compare.py"
LIBRARY = CACHE / "onnxruntime/libonnxruntime.so.1"


def check(is_true, message):
    if not is_true:
        sys.exit(f"FAILED: {message}")


def load_script():
    spec = importlib.util.spec_from_file_location("compare", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare = load_script()


class Engine:
    """Says what it is told to, one time a call, and keeps who was called when."""

    def __init__(self, name, times, calls, memory=100):
        self.name, self.times, self.calls, self.memory = name, list(times), calls, memory

    def measure(self, _model, _threads, _runs):
        self.calls.append(self.name)
        time = self.times.pop(0)
        return time and {"median_ms": time, "min_ms": time / 2, "load_ms": 3.0, "first_run_ms": 1.0, "macs": 4000000,
                         "peak_rss_bytes": self.memory}


def test_ratio_is_the_median_of_pairs():
    calls = []
    ours = Engine("a", [9, 2, 2, 2], calls)
    theirs = Engine("b", [9, 3, 4, 100], calls, memory=200)  # one disturbed run must not move the ratio
    found = compare.compare(ours, theirs, pathlib.Path("m"), 1, 3)
    check(found["ratio"] == 2.0, f"median of 1.5, 2 and 50, not {found['ratio']}")
    check((found["verge_ms"], found["peer_ms"]) == (1.0, 1.5), "the best times are kept")
    check((found["start_ratio"], found["rss_ratio"]) == (1.0, 0.5), "start and memory are Verge / peer")
    check("".join(calls) == "ab" + "ab" + "ba" + "ab", f"turns change their order: {calls}")


def test_a_peer_may_refuse_a_model():
    check(compare.compare(Engine("a", [1], []), Engine("b", [None], []), pathlib.Path("m"), 1, 3) is None, "no ratio")


def results(*ratios):
    return [{"name": f"m{i}", "peer": "P", "threads": 1, "is_int8": False, "ratio": r, "verge_ms": 1.0, "peer_ms": r, "macs": 1e6,
             "start_ratio": 0.5, "rss_ratio": 0.5} for i, r in enumerate(ratios)]


def test_summary():
    lines = compare.summary(results(1.0, 4.0))
    check(lines == ["P, fp32, 1 thread(s): geometric mean 2.00 over 2 models, worst 1.00"], str(lines))


def test_page(work):
    page = work / "page.md"
    page.write_text("before\n" + compare.BEGIN + "old\n" + compare.END + "after\n")
    compare.write_page(page, results(1.5))
    once = page.read_text()
    check(once.startswith("before\n" + compare.BEGIN) and once.endswith(compare.END + "after\n"), "the rest stays")
    check("old" not in once and "**1.50**" in once, "the table is a new one")
    compare.write_page(page, results(1.5))
    check(page.read_text() == once, "writing again changes nothing")
    page.write_text("no markers\n")
    check(not compare.has_markers(page), "a page without markers is noticed")


def test_the_page_of_the_repository_has_its_place():
    check(compare.has_markers(SCRIPT.parents[1] / "docs/performance.md"), "docs/performance.md has both markers")


def test_run(work):
    output = work / "results.json"
    command = [sys.executable, SCRIPT, VERGE, "--cache", CACHE / "models", "--only", "oww_alexa_v0.1.onnx", "--threads", "1",
               "--pairs", "1", "-o", output]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          env=dict(os.environ, VERGE_ONNXRUNTIME=str(LIBRARY)))
    check(done.returncode == 0, done.stderr)
    found = json.loads(output.read_text())
    check(len(found) == 1 and found[0]["peer"] == "ONNX Runtime", done.stdout)
    check(found[0]["ratio"] > 0 and found[0]["macs"] > 0 and found[0]["rss_ratio"] > 0, str(found))
    nothing = subprocess.run([*command[:3], "--only", "no such model"], capture_output=True, text=True, check=False)
    check(nothing.returncode == 2 and "none of the models" in nothing.stderr, "no models is a mistake, not an empty table")


def main():
    check(LIBRARY.exists(), f"{LIBRARY} is not there; ./x test fetches it")
    test_ratio_is_the_median_of_pairs()
    test_a_peer_may_refuse_a_model()
    test_summary()
    test_the_page_of_the_repository_has_its_place()
    with tempfile.TemporaryDirectory() as folder:
        test_page(pathlib.Path(folder))
        test_run(pathlib.Path(folder))


if __name__ == "__main__":
    main()

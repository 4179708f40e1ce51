#!/usr/bin/env python3
"""verge run, bench, profile, tune and compare, with both engines where they take one, as people call them.

usage: engines_test.py VERGE CACHE_DIR
"""
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

VERGE, CACHE = (pathlib.Path(a) for a in sys.argv[1:3])
LIBRARY = CACHE / "onnxruntime/libonnxruntime.so.1"
MODEL = pathlib.Path("/usr/share/libonnx-testdata/data/pytorch-converted/test_Conv2d/model.onnx")
INPUT, SHAPE = "0", (2, 3, 7, 5)
TFLITE = CACHE / "models/face_detection_short_range.tflite"


def check(is_true, message):
    if not is_true:
        sys.exit(f"FAILED: {message}")


def call(*arguments, library=LIBRARY, tuned="off"):
    environment = dict(os.environ, VERGE_ONNXRUNTIME=str(library), VERGE_TUNED=str(tuned))
    return subprocess.run([VERGE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def write_npy(path, shape, values):
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    text += " " * (64 - (len(text) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() +
                     struct.pack(f"<{len(values)}f", *values))


def read_floats(folder):
    files = sorted(folder.glob("*.npy"))
    check(len(files) == 1, f"one output in {folder}")
    raw = files[0].read_bytes()
    data = raw[10 + struct.unpack("<H", raw[8:10])[0]:]
    return struct.unpack(f"<{len(data) // 4}f", data)


def test_run(work):
    write_npy(work / "x.npy", SHAPE, [((i * 37) % 101) / 50 - 1 for i in range(math.prod(SHAPE))])
    results = []
    for backend in ("verge", "onnxruntime", "onnxruntime:cpu"):
        out = work / backend
        done = call("run", MODEL, "--backend", backend, "--input", f"{INPUT}={work}/x.npy", "--output-dir", out)
        check(done.returncode == 0, f"run with {backend}: {done.stderr}")
        results.append(read_floats(out))
    largest = max(abs(v) for v in results[1])
    check(largest > 0, "the output is not all zeros")
    check(results[1] == results[2], "the provider cpu is the default")
    check(all(abs(a - b) <= 1e-4 * largest for a, b in zip(*results[:2])), "both engines agree")


def test_run_says_what_is_wrong(work):
    missing = call("run", MODEL, "--backend", "onnxruntime", "--input", "x=x.npy", "--output-dir", work / "none",
                   library="/no/such/library.so")
    check(missing.returncode == 1 and "docs/guide/backends.md" in missing.stderr, "a missing library is explained")
    unknown = call("run", MODEL, "--backend", "tpu", "--input", "x=x.npy", "--output-dir", work / "none")
    check(unknown.returncode == 1 and "onnxruntime:PROVIDER" in unknown.stderr, "an unknown backend lists the known ones")
    without = call("run", MODEL, "--backend", "onnxruntime:qnn", "--input", "x=x.npy", "--output-dir", work / "none")
    check(without.returncode == 1 and "built without QNNExecutionProvider" in without.stderr, "a missing provider is named")
    lost = call("run", MODEL, "--ort-option", "device_id=0", "--input", "x=x.npy", "--output-dir", work / "none")
    check(lost.returncode == 1 and "--backend onnxruntime" in lost.stderr, "an option without its backend is a mistake")


def test_bench(_work):
    done = call("bench", MODEL, "--backend", "onnxruntime", "--runs", "2", "--warmup", "0", "--json")
    check(done.returncode == 0, done.stderr)
    report = json.loads(done.stdout)
    check(report["engine"].startswith("onnxruntime 1.") and report["min_ms"] > 0, "bench names its engine")


def test_bench_reports_everything(_work):
    done = call("bench", TFLITE, "--runs", "20", "--warmup", "1", "--json")
    check(done.returncode == 0, done.stderr)
    report = json.loads(done.stdout)
    check(0 < report["min_ms"] <= report["median_ms"] <= report["p95_ms"] <= report["p99_ms"], "times are ordered")
    check(report["load_ms"] > 0 and report["first_run_ms"] > 0, "loading and the first run are measured")
    check(0 < report["arena_lower_bound_bytes"] <= report["arena_bytes"], "the arena is told")
    held = report["arena_bytes"] + report["packed_bytes"]
    check(report["peak_rss_bytes"] > held > report["packed_bytes"] > 0, "peak memory holds arena and packed weights")
    check(report["file_bytes"] == TFLITE.stat().st_size and report["nodes"] > 0, "the model is told")
    rate = report["macs"] / report["median_ms"] / 1e6
    check(report["runs"] == 20 and report["threads"] == 1 and math.isclose(report["gmacs_per_s"], rate), "the rate follows")


def test_profile(work):
    page = work / "profile.html"
    done = call("profile", TFLITE, "--runs", "3", "--html", page, "--json")
    check(done.returncode == 0, done.stderr)
    report = json.loads(done.stdout)
    machine, nodes = report["machine"], report["nodes"]
    check(min(machine["f32_macs_per_s"], machine["int8_macs_per_s"], machine["copy_bytes_per_s"]) > 0, "the machine is measured")
    conv = max(nodes, key=lambda node: node["macs"])
    check(conv["macs"] > 0 and conv["ms"] > 0, "a convolution is there")
    check(math.isclose(conv["percent_of_peak"], conv["macs"] / conv["ms"] * 1e5 / machine["f32_macs_per_s"]), "% of peak")
    check(math.isclose(conv["percent_of_bandwidth"], conv["bytes"] / conv["ms"] * 1e5 / machine["copy_bytes_per_s"]), "% of copy")
    check(all(node["bytes"] > 0 for node in nodes), "every node moves bytes")
    html = page.read_text()
    check(html.count("<svg") == 2 and "src=" not in html and "<script" not in html, "the page has its pictures and stands alone")
    check(html.count("<circle") == sum(node["macs"] > 0 and node["ms"] > 0 for node in nodes), "a dot a node that multiplies")


def kernels_of(*arguments, tuned):
    done = call("profile", TFLITE, "--runs", "1", "--json", *arguments, tuned=tuned)
    check(done.returncode == 0, done.stderr)
    return [node["kernel"] for node in json.loads(done.stdout)["nodes"]], done.stderr


def test_tune(work):
    path = work / "cache" / "kernels.txt"
    done = call("tune", TFLITE, "--seconds", "0.1", tuned=path)
    check(done.returncode == 0 and str(path) in done.stdout, f"tune: {done.stderr}")
    header, cpu, *lines = path.read_text().splitlines()
    check(header == "verge kernels 1" and cpu.startswith("cpu ") and lines[-1] == f"end {len(lines) - 1}", "the file is whole")
    usual, said = kernels_of("--no-tuned", tuned=path)
    check(said == "", "nothing is said about a file that is not asked for")
    tuned = kernels_of(tuned=path)[0]
    check(len(tuned) == len(usual), "the same nodes")
    for line in lines[:-1]:
        check(line.split()[1] in tuned and line.split()[0] == "choice", f"the choice is used: {line}")
    path.write_text("\n".join([header, cpu, "choice broken"]) + "\n")
    ignored, said = kernels_of(tuned=path)
    check(ignored == usual and "warning" in said and str(path) in said and "line 3" in said, f"damage is said: {said}")
    again = call("tune", TFLITE, "--seconds", "0.1", tuned=path)
    check(again.returncode == 0 and "begins anew" in again.stderr, "tuning repairs the file")
    check(kernels_of(tuned=path)[1] == "", "and it is read again")
    check(call("tune", TFLITE, tuned="off").returncode == 1, "there must be a place for what is found")


def test_compare(work):
    page = work / "x.html"
    done = call("compare", MODEL, MODEL, "--b-backend", "onnxruntime", "--html", page, "--bound", "1e-4", "--json")
    check(done.returncode == 0, f"compare by engine: {done.stderr}")
    report = json.loads(done.stdout)
    check(report["first_exceeding"] is None and report["layers"][-1]["is_output"], "the output is compared")
    html = page.read_text()
    check("<svg" in html and "Layer by layer" in html and "src=" not in html, "the page stands alone")


def test_compare_decides_by_the_bound(_work):
    done = call("compare", TFLITE, TFLITE, "--a-no-optimize", "--a-reference", "--bound", "1e-4")
    check(done.returncode == 0 and "no layer is outside the bound" in done.stdout, f"kernels agree: {done.stderr}")
    strict = call("compare", TFLITE, TFLITE, "--a-no-optimize", "--a-reference", "--bound", "0")
    check(strict.returncode == 1 and "is the first outside the bound" in strict.stderr, "an exceeded bound fails")
    marked = call("compare", TFLITE, TFLITE, "--a-no-optimize", "--a-reference")
    check(marked.returncode == 0, "without a bound nothing fails")
    wrong = call("compare", TFLITE, MODEL)
    check(wrong.returncode == 1 and "different inputs" in wrong.stderr, "models with other inputs are refused")


def main():
    check(LIBRARY.exists(), f"{LIBRARY} is not there; ./x test fetches it")
    with tempfile.TemporaryDirectory() as folder:
        for test in (test_run, test_run_says_what_is_wrong, test_bench,
                     test_bench_reports_everything, test_profile, test_tune, test_compare, test_compare_decides_by_the_bound):
            test(pathlib.Path(folder))
            print(f"{test.__name__}: ok")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures Verge against other engines on the same models in turn: compare.py VERGE [--models FOLDER] [--data FOLDER] [--cache FOLDER]
    [--peer FILE.py ...] [--only NAME] [--threads 1,2] [--pairs 5] [-o FILE.json] [--page docs/performance.md]

A pair is one process of Verge and one of the peer, in turns that change their order; each warms up and gives the median of its
runs. The ratio of a model is the median over the pairs of peer / Verge: above 1 Verge is faster; start (load and first run) and
memory (peak resident) are Verge / peer. --page writes the table into a page, between markers. Nothing passes or fails.

A peer is a file of peers/: NAME, and measure(model, threads, runs) -> {"median_ms", "min_ms", "load_ms", "first_run_ms",
"peak_rss_bytes"}, or None where it cannot run the model.
"""
import argparse
import importlib.util
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
BEGIN, END = "<!-- table: bench/compare.py --page -->\n", "<!-- end of table -->\n"


def model_list(arguments):
    """(name, path, is_int8) of everything that is there."""
    found = []
    for line in (HERE / "models.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        kind, where, path = line.split()
        folder = {"export": arguments.models, "data": arguments.data, "cache": arguments.cache}[where]
        if folder is None or not (pathlib.Path(folder) / path).exists():
            continue
        if not arguments.only or any(part in path for part in arguments.only):
            found.append((pathlib.Path(path).stem, pathlib.Path(folder) / path, kind == "int8"))
    return found


def run_json(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def load_peer(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Verge:
    """Runs what a device would: a compiled file."""

    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)

    def measure(self, model, threads, runs):
        compiled = self.folder / (model.stem + ".vg")
        if not compiled.exists():
            subprocess.run([self.program, "import", model, "-o", compiled], check=True, capture_output=True)
        return run_json([self.program, "bench", compiled, "--threads", str(threads), "--runs", str(runs),
                         "--warmup", str(max(3, runs // 10)), "--json"])


def runs_for(first_ms):
    """As many runs as take some 0.3 s."""
    return int(min(2000, max(10, 300 / max(first_ms, 0.01))))


def compare(verge, peer, model, threads, pairs):
    """Medians of the pairs' ratios; None where the peer cannot run the model."""
    one = verge.measure(model, threads, 10)
    other = peer.measure(model, threads, 10)
    if other is None:
        return None
    runs = runs_for(max(one["median_ms"], other["median_ms"]))
    ours, theirs = [], []
    for pair in range(pairs):
        turns = [(verge, ours), (peer, theirs)]
        for engine, results in turns if pair % 2 == 0 else reversed(turns):
            results.append(engine.measure(model, threads, runs))
    ratio = statistics.median(b["median_ms"] / a["median_ms"] for a, b in zip(ours, theirs))
    best = {key: (min(r[key] for r in ours), min(r[key] for r in theirs))
            for key in ("min_ms", "peak_rss_bytes")}
    start = [min(r["load_ms"] + r["first_run_ms"] for r in results) for results in (ours, theirs)]
    return {"ratio": ratio, "verge_ms": best["min_ms"][0], "peer_ms": best["min_ms"][1], "runs": runs,
            "start_ratio": start[0] / start[1], "rss_ratio": best["peak_rss_bytes"][0] / best["peak_rss_bytes"][1],
            "macs": one.get("macs", 0)}


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(v) for v in values)) if values else float("nan")


def summary(results):
    lines = []
    for peer in sorted({r["peer"] for r in results}):
        for threads in sorted({r["threads"] for r in results}):
            for is_int8, label in ((False, "fp32"), (True, "int8")):
                ratios = [r["ratio"] for r in results
                          if (r["peer"], r["threads"], r["is_int8"]) == (peer, threads, is_int8)]
                if ratios:
                    lines.append(f"{peer}, {label}, {threads} thread(s): geometric mean {geometric_mean(ratios):.2f} over "
                                 f"{len(ratios)} models, worst {min(ratios):.2f}")
    return lines


def cpu_name():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    family = f", family {fields['cpu family']}" if "cpu family" in fields else ""
    return f"{fields.get('model name', 'an unnamed CPU')}{family}, {os.cpu_count()} cores"


def row(r):
    rate = r["macs"] / r["verge_ms"] / 1e6 if r["verge_ms"] else 0
    return (f"| {r['name']} | {'int8' if r['is_int8'] else 'fp32'} | {r['macs'] / 1e6:.1f} | {r['threads']} | {r['verge_ms']:.3f} | "
            f"{r['peer_ms']:.3f} | **{r['ratio']:.2f}** | {rate:.0f} | {r['start_ratio']:.2f} | {r['rss_ratio']:.2f} |")


def has_markers(path):
    text = path.read_text()
    return text.count(BEGIN) == 1 and END in text.split(BEGIN)[1]


def write_page(path, results):
    """Puts the table between the two markers of the page, in place of what stood there."""
    lines = ["| model | | MMAC | threads | Verge ms | peer ms | peer / Verge | GMAC/s | start | memory |",
             "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
    before, rest = path.read_text().split(BEGIN)
    text = f"Measured on {cpu_name()}.\n\n" + "\n".join(lines + [row(r) for r in results] + [""] + ["- " + line for line in summary(results)]) + "\n"
    path.write_text(before + BEGIN + text + END + rest.split(END, 1)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("verge", type=pathlib.Path)
    parser.add_argument("--models", help="what export_models.py wrote")
    parser.add_argument("--data", help="VERGE_DATA")
    parser.add_argument("--cache", help="the folder of the fetched models")
    parser.add_argument("--peer", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("-o", "--output", type=pathlib.Path)
    parser.add_argument("--page", type=pathlib.Path)
    arguments = parser.parse_args()
    os.environ.setdefault("VERGE_TUNED", "off")  # what `verge tune` found here once is not what others get
    os.environ["VERGE_BENCH"] = str(arguments.verge.resolve())
    if arguments.page and not has_markers(arguments.page):
        parser.error(f"{arguments.page} has no {BEGIN.strip()} before an {END.strip()}")
    models = model_list(arguments)
    if not models:
        parser.error("none of the models of models.txt is there: give --models, --data or --cache")
    peers = [load_peer(path) for path in arguments.peer or [HERE / "peers" / "onnxruntime.py"]]
    results = []
    with tempfile.TemporaryDirectory() as folder:
        verge = Verge(arguments.verge.resolve(), folder)
        for name, model, is_int8 in models:
            for peer in peers:
                for threads in map(int, arguments.threads.split(",")):
                    found = compare(verge, peer, model, threads, arguments.pairs)
                    if found is None:
                        print(f"{name}: {peer.NAME} cannot run it", flush=True)
                        break
                    results.append({"name": name, "peer": peer.NAME, "threads": threads, "is_int8": is_int8, **found})
                    print(row(results[-1]), flush=True)
    print("\n".join(summary(results)))
    if arguments.output:
        arguments.output.write_text(json.dumps(results, indent=1) + "\n")
    if arguments.page:
        write_page(arguments.page, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())

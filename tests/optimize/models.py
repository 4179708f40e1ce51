#!/usr/bin/env python3
"""Optimises real models with data and checks what is lost: models.py VERGE DATA CACHE [--only NAME] [--quick] [-o FILE] [--page FILE]

Every case of cases.py is made by `verge optimize`; the bounds are checked on its report. Exit status: 0 all hold, 1 not,
77 without data. --page writes the table of docs/optimization.md.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from cases import CASES

HERE = pathlib.Path(__file__).resolve().parent
BEGIN, END = "<!-- table: tests/optimize/models.py --page -->\n", "<!-- end of table -->\n"


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Runner:
    def __init__(self, verge, data, cache):
        self.verge, self.places = verge, {"data": data, "cache": cache}

    def fill(self, text):
        return text.format(**self.places)

    def params(self, case):
        pairs = [f"{name}={place}" for name, place in self.places.items()] + [self.fill(p) for p in case["params"]]
        return [word for pair in pairs for word in ("--param", pair)]

    def optimise(self, case, folder):
        command = [self.verge, "optimize", self.fill(case["model"]), "-o", f"{folder}/{case['name']}.vg", "--json",
                   "--samples", str(case["samples"])] + case["options"] + self.params(case)
        if case["spec"]:
            command += ["--eval", str(HERE / case["spec"])]
        if case["calibrate"]:
            command += ["--calibrate", self.fill(case["calibrate"]) if "{" in case["calibrate"]
                        else str(HERE / case["calibrate"])]
        return run(command)

    def figure_of(self, model, case, name):
        report = run([self.verge, "eval", self.fill(model), "--data", str(HERE / case["spec"]), "--json"] +
                     self.params(case))
        return report["evaluations"][0]["figures"][name]["value"]


def check(result, bounds):
    misses = []

    def need(holds, text):
        if not holds:
            misses.append(text)

    if "max_drop" in bounds:
        need(result["drop"] <= bounds["max_drop"] + 1e-9, f"lost {result['drop']:.2f} points of {bounds['max_drop']}")
    if "min_same" in bounds:
        need(result["same"] >= bounds["min_same"], f"{result['same']:.3f} equal answers of {bounds['min_same']}")
    if "min_sqnr" in bounds:
        need(result["sqnr_db"] >= bounds["min_sqnr"], f"{result['sqnr_db']:.1f} dB of {bounds['min_sqnr']}")
    if "max_distance" in bounds:
        need(result["distance"] <= bounds["max_distance"], f"shift {result['distance']:.4f} of {bounds['max_distance']}")
        need(result["found"] >= 5, f"only {result['found']} figures to measure on")
    if "max_ratio" in bounds:
        need(result["ratio"] <= bounds["max_ratio"], f"{result['ratio']:.3f} of the size, not {bounds['max_ratio']}")
    if "author" in result and "sqnr_db" in result["measured_by"]:
        need(result["sqnr_db"] >= result["author"],
             f"the authors' file has {result['author']:.1f} dB, ours {result['sqnr_db']:.1f}")
    elif "author" in result:
        slack = bounds.get("author_slack", 0)
        need(100 * (result["author"] - result["value"]) <= slack + 1e-9,
             f"the authors' file has {100 * result['author']:.2f}, ours {100 * result['value']:.2f}")
    return misses


def measure(runner, case, folder):
    report = runner.optimise(case, folder)
    trial, original = report["trials"][report["chosen"]], report["original"]
    measured, name = trial["measured"], report["figure"]
    result = {"name": case["name"], "options": " ".join(case["options"]), "figure": name,
              "ratio": measured["file_bytes"] / original["file_bytes"], "bytes": measured["file_bytes"],
              "original_bytes": original["file_bytes"], "sqnr_db": measured.get("sqnr_db"), "items": measured.get("items", 0)}
    figures = measured.get("figures", {})
    if name in figures:
        result["original"] = original["figures"][name]["value"]
        result["value"] = figures[name]["value"]
        result["drop"] = 100 * trial["drop"]
    if trial.get("paired"):
        result["same"] = trial["paired"]["same_answer"]
        result["interval"] = trial["paired"].get("interval")
    if "found" in figures:
        result["distance"], result["found"] = figures["distance"]["value"], figures["found"]["value"]
    if "sqnr_db" in figures:  # of the items that were set apart, not of those that calibrated
        result["sqnr_db"] = figures["sqnr_db"]["value"]
        name = "sqnr_db"
    if "author" in case["bounds"]:
        result["author"] = runner.figure_of(case["bounds"]["author"], case, name)
    result["measured_by"] = name
    result["misses"] = check(result, case["bounds"])
    return result


def words(result):
    parts = [result["name"], f"`{result['options']}`", str(result["items"] or "-")]
    if "distance" in result:
        parts += ["-", f"shift {100 * result['distance']:.2f} % of the figure ({result['found']:.0f} figures)"]
    elif "value" in result:
        change = f"{0.0 if abs(result['drop']) < 0.005 else -result['drop']:+.2f}"
        if result.get("interval"):
            change += " ({:+.2f} .. {:+.2f})".format(*(100 * x for x in result["interval"]))
        if "same" in result:
            change += f"; {100 * result['same']:.1f} % same answers"
        if "author" in result and result["measured_by"] == "sqnr_db":
            change += f"; authors' int8 {result['author']:.1f} dB"
        elif "author" in result:
            change += f"; authors' int8 {100 * result['author']:.1f}"
        parts += [f"{result['figure']} {100 * result['original']:.1f} -> {100 * result['value']:.1f}", change]
    else:
        parts += ["-", "-"]
    sqnr = result["sqnr_db"]
    parts += [f"{sqnr:.1f} dB" if sqnr is not None else "-", f"{result['ratio']:.3f}"]
    return "| " + " | ".join(parts) + " |"


def write_page(path, results):
    lines = ["| case | options | items | figure | change in points | SQNR | size |", "|---|---|---|---|---|---|---|"]
    before, rest = path.read_text().split(BEGIN)
    path.write_text(before + BEGIN + "\n".join(lines + [words(r) for r in results]) + "\n" + END + rest.split(END)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("verge")
    parser.add_argument("data", nargs="?", default="")
    parser.add_argument("cache", nargs="?", default="")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--quick", action="store_true", help="only cases that take seconds")
    parser.add_argument("-o", "--output")
    parser.add_argument("--page", type=pathlib.Path)
    arguments = parser.parse_args()
    if not arguments.data:
        print("not run: VERGE_DATA names no folder of models and data")
        return 77
    runner, results = Runner(arguments.verge, arguments.data, arguments.cache), []
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            if arguments.only and not any(part in case["name"] for part in arguments.only):
                continue
            if arguments.quick and not case["is_quick"]:
                continue
            results.append(measure(runner, case, folder))
            misses = results[-1]["misses"]
            print(words(results[-1]) + ("" if not misses else "  MISSES " + "; ".join(misses)), flush=True)
    if arguments.output:
        pathlib.Path(arguments.output).write_text(json.dumps(results, indent=2) + "\n")
    if arguments.page and not arguments.only and not arguments.quick:
        write_page(arguments.page, results)
    return 1 if any(result["misses"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())

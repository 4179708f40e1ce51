#!/usr/bin/env python3
"""Writes the table of docs/accuracy.md from a report of `./x eval`: accuracy_table.py [build/eval.json]."""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/accuracy.md"
BEGIN, END = "<!-- table: tools/accuracy_table.py -->\n", "<!-- end of table -->\n"
SHOWN = {"classify": ["top1", "top5"], "detect": ["map", "map50", "counts", "count_error"], "segment": ["miou", "pixels"],
         "keypoints": ["pck", "distance"], "anomaly": ["auc", "pauc"],
         "agreement": ["sqnr_db", "cosine", "steps", "share_off"]}
NUMBERS = {"cosine": "{:.4f}", "distance": "{:.3f}", "steps": "{:.0f}", "sqnr_db": "{:.1f} dB", "relative_error": "{:.2g}"}


def text(name, figure):
    if figure["value"] is None:
        return f"{name} no error" if figure.get("exact") else f"{name} -"
    if name in NUMBERS:
        return f"{name} " + NUMBERS[name].format(figure["value"])
    out = f"{name} {100 * figure['value']:.1f}"
    return out + f" ({100 * figure['lo']:.1f} .. {100 * figure['hi']:.1f})" if "lo" in figure else out


def row(evaluation):
    figures = evaluation["figures"]
    shown = [text(name, figures[name]) for name in SHOWN[evaluation["task"]] if name in figures]
    remarks = [evaluation[key] for key in ("published", "note") if key in evaluation]
    if evaluation["verdict"] != "passed":
        remarks.insert(0, f"**{evaluation['verdict']}**: " + evaluation.get("message", "").split(" (now: ")[0])
    model = evaluation["model"].split("/models/")[-1]
    return f"| {evaluation['name']} | {model} | {evaluation['items'] or '-'} | {'; '.join(shown) or '-'} | {'. '.join(remarks)} |"


def main():
    report = json.loads(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/eval.json").read_text())
    lines = ["| evaluation | model | items | figures | remarks |", "|---|---|---|---|---|"]
    lines += [row(evaluation) for evaluation in report["evaluations"]]
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + after)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Writes docs/ops.md from ops.def, the files in src/ops and the ONNX converters' tables. --check: says whether it is current."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OPS = ROOT / "src/ops"
HEAD = """# Operators

Made by `tools/ops_table.py`; do not edit. What each operator computes, its shapes, types and precision stand in its header,
`src/ops/<op>/<op>.h`. Every operator has a reference kernel for all types its rule accepts; *fast* says that there are
kernels for the CPU's vector units as well; *TFLite* that the importer makes it from a TFLite operator of that meaning.

| op | what it does | fast | TFLite |
|---|---|---|---|
"""


def summary(op):
    text = (OPS / op / f"{op}.h").read_text()
    return re.search(r'\.summary\s*=\s*"([^"]*)"', text).group(1)


def op_rows():
    rows = []
    for op in re.findall(r"^VERGE_OP\((\w+),", (OPS / "ops.def").read_text(), re.M):
        def has(suffix):
            return "yes" if (OPS / op / f"{op}_{suffix}.cc").exists() else ""
        rows.append(f"| `{op}` | {summary(op)} | {has('fast')} | {has('tflite')} |")
    return rows


def onnx_ops():
    names = set()
    for path in sorted((ROOT / "src/import/onnx/convert").glob("*.cc")):
        table = path.read_text().split("constexpr Converter kRows[]")[-1]
        names.update(re.findall(r'\{"(\w+)",', table))
    return sorted(names)


def tflite_ops():
    """Builtin operators and the names of custom ones, from the mappings of the ops and the converters' tables."""
    builtins, customs = set(), set()
    for path in [*OPS.glob("*/*_tflite.cc"), *(ROOT / "src/import/tflite/convert").glob("*.cc")]:
        if path.name.endswith("_test.cc"):
            continue
        text = path.read_text()
        builtins.update(re.findall(r"\{(?:tflite::schema::)?BuiltinOperator::(\w+),", text))
        customs.update(re.findall(r'nullptr, "(\w+)"\}', text))
    return sorted(builtins - {"CUSTOM"}), sorted(customs)


def name_lines(names):
    lines, line = [], ""
    for name in names:
        if len(line) + len(name) > 110:
            lines.append(line.rstrip())
            line = ""
        line += f"`{name}` "
    return [*lines, line.rstrip(), ""]


def page():
    names = onnx_ops()
    lines = [HEAD + "\n".join(op_rows()), "", "## ONNX", "",
             f"The importer reads these {len(names)} operators of ONNX's own domain, opset 7 to 18, and builds them from the",
             "operators above ([why and within which limits](adr/0004-onnx-by-partial-evaluation.md)):", ""]
    lines += name_lines(names)
    builtins, customs = tflite_ops()
    lines += ["## TFLite", "", f"The importer reads these {len(builtins)} builtin operators:", ""] + name_lines(builtins)
    lines += ["and these custom ones:", ""] + name_lines(customs)
    return "\n".join(lines)


def main():
    path = ROOT / "docs/ops.md"
    text = page()
    if sys.argv[1:] != ["--check"]:
        path.write_text(text)
        return 0
    if path.exists() and path.read_text() == text:
        print("docs/ops.md is current")
        return 0
    print("docs/ops.md is not current: run tools/ops_table.py")
    return 1


sys.exit(main())

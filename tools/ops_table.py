#!/usr/bin/env python3
"""Writes docs/ops.md: every operator, its element types and kernels, and what imports it and exports it.

usage: tools/ops_table.py [--check] DESCRIBE_OPS

DESCRIBE_OPS is the program build/<preset>/src/ops/describe_ops, which asks shape rules and kernel lists. What the importers
make of an ONNX or TFLite operator is read from their sources: the operators that a converter builds, itself or through the
functions it calls. --check says whether the page is current.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OPS = ROOT / "src/ops"
ONNX = ROOT / "src/import/onnx"
TFLITE = ROOT / "src/import/tflite"
TYPES = ["f32", "f16", "bf16", "f64", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "bool"]
DOMAINS = {"kMicrosoft": "com.microsoft", "kMl": "ai.onnx.ml", "kOnnx": ""}
SHOWN = 8  # names in a cell
HEAD = """# Operators

Made by `tools/ops_table.py`; do not edit. What each operator computes, its shapes, types and precision stand in its header,
`src/ops/<op>/<op>.h`.

- *types*: what the shape rule accepts, found by asking it; *quantised* integers with scale and zero point besides.
- *fast*: element types that have kernels for the CPU's vector units; the plain reference kernel takes every type.
- *ONNX*, *TFLite*: the foreign operators that the importers build it from, or how many they are; the lists below name them all.
- *export*: the formats that `verge export` writes it to.

| op | what it does | types | quantised | fast | ONNX | TFLite | export |
|---|---|---|---|---|---|---|---|
"""


def describe(program):
    out = subprocess.run([program, OPS], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def types_text(types):
    """Short names of the sets that are common."""
    types = [t for t in TYPES if t in types]
    floats, integers = TYPES[:4], TYPES[4:12]
    if types == TYPES:
        return "all"
    if types == floats + integers:
        return "all numbers"
    if types == floats:
        return "floats"
    return " ".join(types)


def functions_of(text):
    """{name: [bodies]} of the C++ functions that begin at the left margin, on one line or with their brace there too."""
    found = {}
    head = r"^(?!namespace|struct|class|constexpr|using|static|enum)[\w:<>,&*\s\[\]]*?([\w:~]+)\([^;{}]*\)[^;{}]*"
    for body in (r"\{\n(.*?)^\}", r"\{ ([^\n]*) \}$"):
        for match in re.finditer(head + body, text, re.M | re.S):
            found.setdefault(match[1].split("::")[-1], []).append(match[2])
    return found


def camel(op):
    return "".join(part.capitalize() for part in op.split("_"))


class Sources:
    """Which operators the functions of an importer build. A name means the function of its own file first."""

    def __init__(self, ops, builder_files, files):
        self.by_id = {camel(op): op for op in ops}
        self.shared = {}
        for path in builder_files:
            for name, bodies in functions_of(path.read_text()).items():
                self.shared.setdefault(name, []).extend(bodies)
        header = "\n".join(path.with_suffix(".h").read_text() for path in builder_files if path.with_suffix(".h").exists())
        for name, body in re.findall(r"^  ValueId (\w+)\(.*?\) \{ (return .*?) \}$", header, re.M):
            self.shared.setdefault(name, []).append(body)
        self.files = {path: functions_of(path.read_text()) for path in files}
        self.everywhere = {}
        self.home = {}
        for path, functions in self.files.items():
            for name, bodies in functions.items():
                self.everywhere.setdefault(name, []).extend(bodies)
                self.home[name] = path

    def ops_of(self, text, path, seen=None, context=""):
        """`context` is the text of all callers: a line for one kind only counts when a caller names that kind."""
        seen = set() if seen is None else seen
        found = set()
        for line in re.sub(r"\)\n\s+return", ") return", text).splitlines():
            kind = re.search(r"kind == (?:ops::)?\w*Kind::(k\w+)\)", line)
            if line.lstrip().startswith("case "):  # asks for an op, builds none
                continue
            if kind is None or re.search(rf"\b{kind[1]}\b", context):
                found |= {self.by_id[name] for name in re.findall(r"\bids::k(\w+)", line) if name in self.by_id}
        own = self.files.get(path, {})
        for member, name in re.findall(r"(\bb\.)?\b([A-Z]\w+)\s*(?:<[^;(]*>)?(?=\()", text):
            inside = path is None  # of the builder itself
            table = self.shared if member or inside else own if name in own else self.everywhere
            key = (name, path if table is own else None)
            if name in ("Op", "Ops") or name not in table or (table is not self.shared and key in seen):
                continue
            seen.add(key)
            for body in table[name]:
                next_path = None if table is self.shared else path if table is own else self.home[name]
                found |= self.ops_of(body, next_path, seen, context + text)
        return found


def onnx_rows(ops):
    """[(domain, op, since, until, operators)]"""
    files = sorted((ONNX / "convert").glob("*.cc"))
    sources = Sources(ops, [ONNX / "builder.cc"], files)
    lookup = (ONNX / "converters.cc").read_text()
    domain_of = {}
    for variable, tables in re.findall(r"static const std::array (k\w+) = \{(.*?)\};", lookup, re.S):
        for table in re.findall(r"k\w+", tables):
            domain_of[table] = DOMAINS[variable]
    rows = []
    for path in files:
        text = path.read_text()
        exported = re.search(r"const std::span<const Converter> (k\w+) = kRows;", text)
        if exported is None:
            continue
        table = text.split("constexpr Converter kRows[]")[1].split("};")[0]
        for op, function, since, until in re.findall(r'\{"(\w+)",\s*([^{}]+?),\s*(\d+)(?:,\s*(\d+))?\}', table):
            onnx_name = re.match(r"AsOnnx<(k\w+)>", function)
            if onnx_name:  # what its namesake of ONNX's own domain is
                built = {"": re.search(rf'{onnx_name[1]}\[\] = "(\w+)"', text)[1]}
            else:
                built = sources.ops_of(function + "()", path)
            rows.append((domain_of[exported[1]], op, int(since), until and int(until), built))
    own = {row[1]: row[4] for row in rows if not row[0]}
    return [row[:4] + (sorted(own[row[4][""]] if isinstance(row[4], dict) else row[4]),) for row in rows]


def tflite_rows(ops):
    """[(operator, operators)]: the mappings in the ops' folders and, where the importer has them, its converters."""
    rows = {}
    for op in ops:
        path = OPS / op / f"{op}_tflite.cc"
        for name in re.findall(r"\{(?:tflite::)?(?:schema::)?BuiltinOperator::(\w+),", path.read_text()) if path.exists() else []:
            rows.setdefault(name, set()).add(op)
    files = sorted(p for p in (TFLITE / "convert").glob("*.cc") if not p.stem.endswith("_test"))
    sources = Sources(ops, [ONNX / "builder.cc"], files)
    for path in files:
        table = path.read_text().split("constexpr Converter kTable[]")[-1].split("};")[0]
        for name, function, rest in re.findall(r"\{BuiltinOperator::(\w+),\s*([\w:]+(?:<[^{}]*>)?)([^{}]*)\}", table):
            custom = re.search(r'"(\w+)"', rest)
            key = f"{custom[1]} (custom)" if custom else name
            rows.setdefault(key, set()).update(sources.ops_of(function + "()", path))
    return sorted((name, sorted(built)) for name, built in rows.items())


def cell(names):
    if len(names) <= SHOWN:
        return " ".join(f"`{name}`" for name in names)
    return f"{len(names)} operators"


def isa_types(op, kernels):
    """f32 of conv2d_f32_nhwc__avx512."""
    types = {kernel[len(op) + 1:].split("__")[0].split("_")[0] for kernel in kernels if not kernel.endswith("__ref")}
    return " ".join(sorted(types))


def exported(op, name):
    """To ONNX each op says in its folder what it is; to TFLite the rows of the converters' tables do."""
    tables = "".join(path.read_text() for path in sorted((ROOT / "src/export/tflite/convert").glob("*.cc")))
    formats = ["ONNX"] if (OPS / op / f"{op}_to_onnx.cc").exists() else []
    return " ".join(formats + (["TFLite"] if f"{{ops::ids::k{name}," in tables else []))


def op_names():
    """folder -> Name, from ops.def."""
    return dict(re.findall(r"^VERGE_OP\((\w+), (\w+)\)", (OPS / "ops.def").read_text(), re.M))


def op_table(described, onnx, tflite):
    lines = []
    names = op_names()
    for row in described:
        op = row["op"]
        from_onnx = [f"{domain}.{name}".lstrip(".") for domain, name, _, _, built in sorted(onnx, key=lambda r: r[:2]) if op in built]
        from_tflite = [name for name, built in tflite if op in built]
        lines.append(f"| `{op}` | {row['summary']} | {types_text(row['types'])} | {types_text(row['quantised'])} | "
                     f"{isa_types(op, row['kernels'])} | {cell(from_onnx)} | {cell(from_tflite)} | {exported(op, names[op])} |")
    return lines


def built_text(built):
    return " ".join(f"`{op}`" for op in built) if built else "nothing: known at import"


def onnx_list(onnx):
    newest = re.search(r"kMaxOpset = (\d+)", (ONNX / "import.h").read_text())[1]
    lines = ["", "## From ONNX", "",
             f"Versions are those of the operator's domain that have it; models may state any opset of ONNX from 7 to {newest}. An",
             "operator is built from several of Verge's where its definition says so, and shapes and constants are computed at import",
             "([why and within which limits](adr/0004-onnx-by-partial-evaluation.md))."]
    for domain, title in (("", "ONNX's own domain"), ("com.microsoft", "com.microsoft"), ("ai.onnx.ml", "ai.onnx.ml")):
        rows = sorted(row for row in onnx if row[0] == domain)
        lines += ["", f"### {title}: {len(rows)} operators", "", "| operator | versions | may become |", "|---|---|---|"]
        for _, op, since, until, built in rows:
            versions = f"{since} to {until or newest}" if not domain else f"{since} on"
            lines.append(f"| `{op}` | {versions} | {built_text(built)} |")
    return lines


def tflite_list(tflite):
    lines = ["", f"## From TFLite: {len(tflite)} operators", "", "| operator | may become |", "|---|---|"]
    return lines + [f"| `{name}` | {built_text(built)} |" for name, built in tflite]


def page(program):
    described = describe(program)
    ops = [row["op"] for row in described]
    onnx, tflite = onnx_rows(ops), tflite_rows(ops)
    return HEAD + "\n".join(op_table(described, onnx, tflite) + onnx_list(onnx) + tflite_list(tflite)) + "\n"


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    path = ROOT / "docs/ops.md"
    text = page(arguments[0])
    if "--check" not in sys.argv:
        path.write_text(text)
        return 0
    if path.exists() and path.read_text() == text:
        print("docs/ops.md is current")
        return 0
    print("docs/ops.md is not current: run tools/ops_table.py build/release/src/ops/describe_ops")
    return 1


sys.exit(main())

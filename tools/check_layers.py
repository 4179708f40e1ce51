#!/usr/bin/env python3
"""Checks every #include "..." and restricted <...> against tools/layers.txt. Prints offenders; exit 1 if any."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)
SUFFIXES = {".h", ".cc", ".c", ".inl", ".def"}


def read_rules(path):
    allowed, only = {}, []
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        if line.startswith("only "):
            what, where = line[5:].split(":")
            only.append((what.strip(), where.split()))
        else:
            layer, rest = line.split(":")
            allowed[layer.strip()] = set(rest.split())
    return allowed, only


def layer_of(relative, layers):
    """A listed pattern with '*' that the path matches, else the longest listed prefix of it. Paths are relative to
    src/ (or, elsewhere, to the top)."""
    for name in layers:
        if "*" in name and relative.match(name):
            return name
    parts = relative.parts
    for n in range(len(parts) - 1, 0, -1):
        name = "/".join(parts[:n])
        if name in layers:
            return name
    return None


def may_include(layer, target, allowed):
    if target == layer or target.startswith(layer + "/") or layer.startswith(target + "/"):
        return True
    return any(target == a or target.startswith(a + "/") for a in allowed[layer])


def check_file(path, allowed, only):
    top = path.relative_to(ROOT)
    in_src = top.parts[0] == "src"
    relative = top.relative_to("src") if in_src else top
    layer = layer_of(relative, allowed)
    if layer is None:
        return [f"{top}: no layer listed in tools/layers.txt"]
    errors = []
    for quoted, angled in INCLUDE.findall(path.read_text(errors="replace")):
        if quoted:
            target = layer_of(pathlib.PurePath(quoted), allowed)
            if target and not may_include(layer, target, allowed):
                errors.append(f"{top}: {layer} may not include \"{quoted}\" ({target})")
        for what, where in only:
            name = angled or quoted
            if name.startswith(what) and not any(str(relative).startswith(w) for w in where):
                errors.append(f"{top}: <{name}> may be included only in {' '.join(where)}")
    return errors


def main():
    allowed, only = read_rules(ROOT / "tools/layers.txt")
    errors, files = [], 0
    for folder in ("src", "programs", "include", "tests", "fuzz"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                files += 1
                errors += check_file(path, allowed, only)
    print("\n".join(errors) if errors else f"layers hold in {files} files")
    return 1 if errors or files == 0 else 0


sys.exit(main())

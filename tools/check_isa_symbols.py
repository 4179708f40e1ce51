#!/usr/bin/env python3
"""Fails when an object file compiled for one instruction set defines a weak symbol.

The linker keeps one of several weak definitions for the whole program: were it the AVX-512 one, code that every CPU
runs would die on CPUs without it. Usage: check_isa_symbols.py NM OBJECT...
"""
import subprocess
import sys


def weak_symbols(nm, path):
    """Defined weak (V, W) and unique (u) symbols; raises when nm fails. Also returns how many symbols were seen."""
    out = subprocess.run([nm, "-C", path], check=True, capture_output=True, text=True).stdout
    rows = [line.split(None, 2) for line in out.splitlines()]
    bad = [row[2] for row in rows if len(row) == 3 and row[1] in "VWu"]
    return bad, len(rows)


def main(argv):
    if len(argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    failed = False
    for path in argv[2:]:
        bad, seen = weak_symbols(argv[1], path)
        if seen == 0:
            print(f"{path}: no symbols at all: is this an object file?")
            failed = True
        for name in bad:
            print(f"{path}: weak symbol {name}")
            failed = True
    print(f"{len(argv) - 2} objects looked at")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

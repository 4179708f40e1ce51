#!/usr/bin/env python3
"""Reads JSON from standard input. `get a.b.0.c` prints one value, `count a.b` the length of a list or object."""
import json
import sys


def walk(value, path):
    for part in [p for p in path.split(".") if p]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def main():
    verb, path = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    try:
        value = walk(json.load(sys.stdin), path)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        sys.exit(f"json_value: no '{path}' in the input: {error}")
    if verb == "count":
        print(len(value))
    elif isinstance(value, str):
        print(value)
    else:
        print(json.dumps(value))


main()

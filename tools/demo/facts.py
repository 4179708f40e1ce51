#!/usr/bin/env python3
"""Prints the facts that the demo kept, one a line. usage: facts.py facts.jsonl"""
import json
import pathlib
import sys

for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
    fact = json.loads(line)
    print(f"  {fact['step']:<12} {fact['result']}")

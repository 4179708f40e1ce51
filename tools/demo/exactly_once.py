#!/usr/bin/env python3
"""Compares the alerts that the device wrote on its own disk with the events at the hub: the same ones, none twice.

usage: verge events --json --limit 1000 | exactly_once.py alerts.jsonl
An alert may be newer than the hub's answer; every other difference is an error.
"""
import collections
import json
import pathlib
import sys


def key(record):
    return (record["kind"], record["media_ms"], record["data"]["track"])


def main():
    alerts = [json.loads(line) for line in pathlib.Path(sys.argv[1]).read_text().splitlines()]
    events = json.load(sys.stdin)["events"]
    at_hub = collections.Counter(key(e) for e in events)
    on_device = [key(a) for a in alerts]
    twice = [k for k, n in at_hub.items() if n > 1]
    if twice:
        sys.exit(f"these events are at the hub more than once: {twice}")
    unknown = set(at_hub) - set(on_device)
    if unknown:
        sys.exit(f"the device never raised these events: {sorted(unknown)}")
    newest = max((on_device.index(k) for k in at_hub), default=-1)
    lost = [k for k in on_device[: newest + 1] if k not in at_hub]
    if lost:
        sys.exit(f"these alerts never reached the hub: {lost}")
    numbers = sorted(e["seq"] for e in events)
    if numbers != list(range(1, len(numbers) + 1)):
        sys.exit(f"the hub's event numbers have holes: {numbers}")
    print(f"{len(events)} events at the hub are the device's first {newest + 1} alerts, each exactly once")


main()

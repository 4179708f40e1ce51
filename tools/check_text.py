#!/usr/bin/env python3
"""Checks what no compiler sees in the tracked text: check_text.py [ROOT]. Prints offenders; exit 1 if any.

  ascii     sources hold ASCII only (write "\\u00b5" where a program must show more)
  space     no tabs outside makefiles, no trailing spaces, a newline at the end
  todo      a TODO(#12): says why it waits, and every reminder carries such an issue number
  code      no commented-out statements
  path      no path of one machine: a home folder, /tmp, a folder beside the repository
  registry  lock files and npm settings name no registry host

A line that must break a rule ends with a comment `text-ok: RULE, reason`.
"""
import pathlib
import re
import subprocess
import sys

SOURCES = {".h", ".cc", ".c", ".inl", ".def", ".in", ".py", ".sh", ".ts", ".tsx", ".mjs", ".css", ".html", ".cmake", ".sql",
           ".fbs", ".service", ".svg", ".json", ".yaml", ".txt", ".cases"}
DATA = ("fuzz/corpus/", "tests/golden/")  # bytes that are meant to be odd
SLASHES = {".h", ".cc", ".c", ".inl", ".def", ".ts", ".tsx", ".mjs"}
MAY_NAME_DATA_FOLDER = {".ci/run", "tools/x/eval.sh"}  # hand the maintainers' folder over as VERGE_DATA

REMINDER = re.compile(r"\b(TO(?:DO)|FIX(?:ME)|X(?:XX))\b(?!\(#\d+\): \S)")
# One space after the slashes: examples in explanations are indented further.
DEAD_CODE = re.compile(r"^\s*// (?=\S)(return\b.*;|(if|for|while|switch) \(.*\) \{?|[\w:.>*-]+\([^)]*\);|"
                       r"[\w:<>&*. \[\]-]+ [+|&*/-]?= [^=].*;|#include .*|\}( else \{)?;?|using namespace .*)$")
MACHINE_PATH = re.compile(r"""(?:^|[\s"'`=(:,])(/home/\w|/root/|/Users/\w|/work/|/tmp/|(?:\.\./)+shared\b)""")
REGISTRY = re.compile(r'"resolved":\s*"https?://|^\s*(@[\w-]+:)?registry\s*=', re.M)


def line_errors(line, name, suffix):
    is_source = suffix in SOURCES
    if is_source and not line.isascii():
        yield "ascii", "a character outside ASCII"
    if is_source and (line != line.rstrip() or ("\t" in line and suffix != ".txt")):
        yield "space", "a tab or trailing space"
    if REMINDER.search(line):
        yield "todo", "a reminder without an issue"
    if suffix in SLASHES and DEAD_CODE.match(line):
        yield "code", "commented-out code"
    if MACHINE_PATH.search(line) and name not in MAY_NAME_DATA_FOLDER:
        yield "path", "a path of one machine"


def check_file(path, name):
    data = path.read_bytes()
    if b"\0" in data:
        return []
    text = data.decode("utf-8", errors="replace")
    errors = []
    for number, line in enumerate(text.split("\n"), 1):
        for rule, what in line_errors(line.removesuffix("\r"), name, path.suffix):
            if f"text-ok: {rule}," not in line:
                errors.append(f"{name}:{number}: {what} [{rule}]")
    if path.suffix in SOURCES and text and not text.endswith("\n"):
        errors.append(f"{name}: no newline at the end [space]")
    if path.name in ("package-lock.json", ".npmrc", "npm-shrinkwrap.json") and REGISTRY.search(text):
        errors.append(f"{name}: names a registry host [registry]")
    return errors


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else ".").resolve()
    names = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    errors, files = [], 0
    for name in names:
        path = root / name
        if path.is_file() and not name.startswith(DATA) and name != "LICENSE":
            files += 1
            errors += check_file(path, name)
    print("\n".join(errors) if errors else f"text is clean in {files} files")
    return 1 if errors or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Checks that the documents are true where a program can tell: check_docs.py [ROOT]. Prints offenders; exit 1 if any.

  link      every relative link in a .md file leads to a file
  depend    every package of tools/apt-packages*.txt and web/package.json is explained in docs/dependencies.md
  promise   every test that docs/promises.md names as `file` or `file: Name` exists, and holds that name
  command   every `./x WORD` in a document is a command that ./x help names
"""
import json
import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PROOF = re.compile(r"`([\w./-]+/[\w.-]+)(?:: ([^`]+))?`")
COMMAND = re.compile(r"\./x ([a-z]+)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def check_links(root, name, text):
    for target in LINK.findall(FENCE.sub("", text)):
        if "://" in target or target.startswith("mailto:"):
            continue
        if not (root / name).parent.joinpath(target).exists():
            yield f"{name}: the link to {target} leads nowhere [link]"


def packages(root):
    for path in sorted(root.glob("tools/apt-packages*.txt")):
        for line in path.read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                yield path.name, line.split("|")[0].strip()
    for source in ("web/package.json", "tests/interop/package.json"):
        parsed = json.loads((root / source).read_text()) if (root / source).exists() else {}
        for kind in ("dependencies", "devDependencies"):
            for name in parsed.get(kind, {}):
                yield source, name


def check_dependencies(root):
    path = root / "docs/dependencies.md"
    explained = set(re.findall(r"`([^`]+)`", path.read_text())) if path.exists() else set()
    for source, package in packages(root):
        if package not in explained:
            yield f"docs/dependencies.md: `{package}` of {source} is not explained [depend]"


def check_promises(root):
    path = root / "docs/promises.md"
    if not path.exists():
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.startswith("| ") or line.startswith("| behaviour"):
            continue
        proofs = PROOF.findall(line)
        if not proofs:
            yield f"docs/promises.md:{number}: names no test [promise]"
        for file, test in proofs:
            if not (root / file).is_file():
                yield f"docs/promises.md:{number}: there is no {file} [promise]"
            elif test and test not in (root / file).read_text(errors="replace"):
                yield f"docs/promises.md:{number}: {file} has no {test} [promise]"


def check_commands(root, name, text):
    scripts = "./x help\n" + "".join(path.read_text() for path in root.glob("tools/x/*.sh"))
    known = set(re.findall(r"^\./x (\w+)", scripts, re.M)) | set(re.findall(r"^\./x \w+ \| (\w+)", scripts, re.M))
    for command in COMMAND.findall(text):
        if command not in known:
            yield f"{name}: ./x has no command {command} [command]"


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else ".").resolve()
    names = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "*.md"], capture_output=True,
                           text=True, check=True).stdout.splitlines()
    errors = [*check_dependencies(root), *check_promises(root)]
    for name in names:
        if (root / name).is_file():
            text = (root / name).read_text()
            errors += [*check_links(root, name, text), *check_commands(root, name, text)]
    print("\n".join(errors) if errors else f"documents hold in {len(names)} files")
    return 1 if errors or not names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

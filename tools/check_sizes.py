#!/usr/bin/env python3
"""Checks the length of files and functions: check_sizes.py [--advisory] [ROOT].

Hard limits fail: 800 lines a file, 100 lines a function. --advisory also prints what is above 400 and 60 (no failure).
Functions of C++ are found with a brace scanner (comments, strings and preprocessor lines blanked), those of Python with
its parser; of other languages only the file is measured.
"""
import ast
import pathlib
import re
import subprocess
import sys

FILE_HARD, FILE_ADVISORY = 800, 400
FUNCTION_HARD, FUNCTION_ADVISORY = 100, 60
CPP = {".h", ".cc", ".c", ".inl"}
OTHER = {".def", ".py", ".sh", ".ts", ".tsx", ".mjs", ".css", ".cmake", ".sql", ".fbs"}

# What the scanner must not look into, longest first: raw strings, comments, strings, characters (not 1'000).
OPAQUE = re.compile(
    r'R"([^()\\ ]{0,16})\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\''
    r"|^[ \t]*#(?:\\\n|[^\n])*",
    re.S | re.M)
MEMBER_INIT = re.compile(r"\)[^;]*[:,]\s*[\w:<>]+$")  # `C::C(int a) : b_(1), c_` before its brace
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
NO_FUNCTION = re.compile(r"=\s*$|\breturn\s*$|^\s*(if|for|while|switch|catch|else|do|try)\b")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def opens_function(head):
    """Whether the text before a `{` outside of any function is the head of a function."""
    if ")" not in head or NO_FUNCTION.search(head):
        return False
    before_parameters = head.split("(")[0]
    return not SCOPE.search(before_parameters) or "operator" in before_parameters


def cpp_functions(text):
    """Yields (first line, number of lines, head) of every function body that is not inside another one."""
    code = OPAQUE.sub(blank, text)
    stack, head_start, line = [], 0, 1
    for i, c in enumerate(code):
        if c == "\n":
            line += 1
        elif c == "{":
            head = code[head_start:i]
            is_member_init = MEMBER_INIT.search(head) is not None
            is_inside = any(is_function for is_function, _, _ in stack)
            is_function = not is_inside and not is_member_init and opens_function(head)
            stack.append((is_function, line, None if is_member_init else " ".join(head.split())))
            head_start = head_start if is_member_init else i + 1
        elif c == "}":
            is_function, first, head = stack.pop() if stack else (False, 0, "")
            head_start = head_start if head is None else i + 1
            if is_function:
                yield first, line - first + 1, head
        elif c == ";":
            head_start = i + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1, node.name


def check_file(path, name):
    """Returns (errors, advice) for one file."""
    text = path.read_text(errors="replace")
    found = [(text.count("\n"), FILE_HARD, FILE_ADVISORY, f"{name}: the file")]
    functions = ()
    if path.suffix in CPP:
        functions = cpp_functions(text)
    elif path.suffix == ".py":
        functions = python_functions(text)
    for first, length, head in functions:
        found.append((length, FUNCTION_HARD, FUNCTION_ADVISORY, f"{name}:{first}: {head[-70:]}"))
    errors = [f"{what} has {n} lines, limit {hard}" for n, hard, _, what in found if n > hard]
    advice = [f"{what} has {n} lines, better {soft}" for n, hard, soft, what in found if soft < n <= hard]
    return errors, advice


def main(arguments):
    wants_advice = "--advisory" in arguments
    roots = [a for a in arguments if not a.startswith("--")]
    root = pathlib.Path(roots[0] if roots else ".").resolve()
    names = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    errors, advice, files = [], [], 0
    for name in names:
        path = root / name
        if path.is_file() and (path.suffix in CPP | OTHER or path.name == "CMakeLists.txt"):
            files += 1
            more_errors, more_advice = check_file(path, name)
            errors += more_errors
            advice += more_advice
    if wants_advice:
        for line in advice:
            print(f"advice: {line}")
    print("\n".join(errors) if errors else f"sizes hold in {files} files, {len(advice)} above the advised length")
    return 1 if errors or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

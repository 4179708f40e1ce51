#!/usr/bin/env python3
"""VERGE_OPS: a libverge with the ops of one model loads it, and refuses another by the name of the op it lacks.

usage: ops_subset_test.py SOURCE_DIR VERGE CXX CAPI_OBJECT ARCHIVE...   the archives in the order in which libverge is linked
"""
import ctypes
import json
import pathlib
import subprocess
import sys
import tempfile

SOURCE, VERGE, CXX, CAPI, *ARCHIVES = sys.argv[1:]
ONNX = pathlib.Path("/usr/share/libonnx-testdata/data")
MODEL, OTHER = (ONNX / "pytorch-converted" / name / "model.onnx" for name in ("test_Conv2d", "test_Softmax"))


def check(is_true, message):
    if not is_true:
        sys.exit(f"FAILED: {message}")


def call(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)


def configure(build, *options):
    return call("cmake", "-S", SOURCE, "-B", build, "-DCMAKE_BUILD_TYPE=Release", "-DVERGE_ENGINE_ONLY=ON", *options)


def test_mistakes_are_refused(work):
    done = configure(work / "a", "-DVERGE_TESTS=OFF", "-DVERGE_OPS=conv2d,warp")
    check(done.returncode != 0 and "does not have: warp" in done.stderr, f"an unknown op is named: {done.stderr}")
    done = configure(work / "b", "-DVERGE_OPS=conv2d")
    check(done.returncode != 0 and "VERGE_TESTS=OFF" in done.stderr, "the tests need all ops")


def build_library(work, ops):
    """The tables of a build with these ops, before the archives of the full one: the linker takes what the tables name."""
    done = configure(work / "c", "-DVERGE_TESTS=OFF", "-DVERGE_OPS=" + " ".join(ops))
    check(done.returncode == 0, done.stderr)
    objects = []
    for table in ("def_table", "kernel_table"):
        objects.append(work / f"{table}.o")
        done = call(CXX, "-std=c++20", "-O1", "-fPIC", "-DVERGE_STATUS_DETAIL=2", f"-I{SOURCE}/src", "-c",
                    work / "c/src/ops" / f"{table}.cc", "-o", objects[-1])
        check(done.returncode == 0, done.stderr)
    library = work / "libverge.so"
    done = call(CXX, "-shared", "-Wl,--no-undefined", "-o", library, CAPI, *objects, *ARCHIVES)
    check(done.returncode == 0, done.stderr)
    return ctypes.CDLL(str(library))


def load(library, path):
    library.verge_last_error.restype = ctypes.c_char_p
    model = ctypes.c_void_p()
    code = library.verge_model_load_file(str(path).encode(), None, ctypes.byref(model))
    return code, (library.verge_last_error() or b"").decode()


def test_a_small_library(work):
    for source, name in ((MODEL, "model.vg"), (OTHER, "other.vg")):
        done = call(VERGE, "import", source, "-o", work / name)
        check(done.returncode == 0, done.stderr)
    inspected = json.loads(call(VERGE, "inspect", work / "model.vg", "--json").stdout)
    library = build_library(work, sorted({op["op"] for op in inspected["ops"]}))
    check(load(library, work / "model.vg")[0] == 0, "the model whose ops are there loads: " + load(library, work / "model.vg")[1])
    code, message = load(library, work / "other.vg")
    check(code != 0 and "'softmax'" in message and "VERGE_OPS" in message, f"the op that is left out is named: {message}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_mistakes_are_refused(pathlib.Path(folder))
        test_a_small_library(pathlib.Path(folder))


if __name__ == "__main__":
    main()

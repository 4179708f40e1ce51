"""ONNX Runtime, its CPU provider, through `verge bench --backend onnxruntime`: the same loop and clock as Verge's own engine.

.onnx files go to it as they are, .tflite files as our own export of the same graph (QDQ where they are quantised).
VERGE_BENCH names the verge program, VERGE_ONNXRUNTIME the library.
"""
import json
import os
import subprocess

NAME = "ONNX Runtime"


def measure(model, threads, runs):
    command = [os.environ["VERGE_BENCH"], "bench", str(model), "--backend", "onnxruntime", "--threads", str(threads), "--runs",
               str(runs), "--warmup", str(max(3, runs // 10)), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None

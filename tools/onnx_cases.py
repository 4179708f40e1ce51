#!/usr/bin/env python3
"""Writes tests/conformance/onnx_cases/*.txt: small ONNX models with inputs and what ONNX Runtime computes for them.

usage: NODE_PATH=FOLDER/node_modules /usr/bin/python3 tools/onnx_cases.py [GROUP...]

Covers what the published suites of Debian's libonnx-testdata are too old for: opsets 18 and newer, and the domains
com.microsoft and ai.onnx.ml. Needs Debian's python3-onnx, node, and npm's onnxruntime-node (install it with
--ignore-scripts) in NODE_PATH. The files are protobuf's text form and are read by src/import/onnx/cases_test.cc.
"""
import base64
import json
import pathlib
import subprocess
import sys

import numpy as np
from google.protobuf import text_format
from onnx import TensorProto, ValueInfoProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests/conformance/onnx_cases"
TYPES = {"float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9, "float16": 10,
         "float64": 11}
MS, ML = "com.microsoft", "ai.onnx.ml"
RUN = r"""
const ort = require('onnxruntime-node');
const job = JSON.parse(require('fs').readFileSync(0));
const kinds = {float32: Float32Array, float64: Float64Array, uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array,
  int16: Int16Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array, float16: Uint16Array};
(async () => {
  const session = await ort.InferenceSession.create(Buffer.from(job.model, 'base64'), {graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3});
  const feeds = {};
  for (const x of job.inputs) {
    const bytes = Buffer.from(x.data, 'base64');
    const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    feeds[x.name] = new ort.Tensor(x.type, new kinds[x.type](copy), x.dims);
  }
  const results = await session.run(feeds, job.outputs);
  console.log(JSON.stringify(job.outputs.map(name => {
    const y = results[name];
    return {name, type: y.type, dims: y.dims, data: Buffer.from(y.data.buffer, y.data.byteOffset, y.data.byteLength).toString('base64')};
  })));
})().catch(error => { console.error(String(error)); process.exit(1); });
"""
rng = np.random.default_rng(1)  # begun anew for each group


def real(*shape):
    return np.round(rng.uniform(-2, 2, shape), 2).astype(np.float32)


def ints(low, high, *shape, dtype=np.int64):
    return rng.integers(low, high, shape).astype(dtype)


def i64(*values):
    return np.array(values, np.int64)


def f32(*values):
    return np.array(values, np.float32)


def scalar(value, dtype=np.float32):
    return np.array(value, dtype)


def node(op, inputs, outputs, domain="", **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), domain=domain, **attributes)


def packed4(name, values, signed):
    """A TensorProto of 4-bit numbers: two a byte, the first in the low half."""
    tensor = TensorProto(name=name, data_type=22 if signed else 21, dims=values.shape)
    flat = [int(v) & 15 for v in values.flatten()] + [0]
    tensor.raw_data = bytes(flat[i] | flat[i + 1] << 4 for i in range(0, values.size, 2))
    return tensor


class Group:
    """Cases of one file. Inputs are fed, constants are initialisers; outputs are the names of the last node's."""

    def __init__(self, name):
        self.name = name
        self.texts = []

    def case(self, name, nodes, inputs, constants=None, opset=23, outputs=None):
        nodes = nodes if isinstance(nodes, list) else [nodes]
        outputs = outputs or [o for o in nodes[-1].output if o]
        constants = [c if isinstance(c, TensorProto) else numpy_helper.from_array(c, n) for n, c in (constants or {}).items()]
        graph = helper.make_graph(
            nodes, name, [helper.make_tensor_value_info(n, TYPES[str(v.dtype)], v.shape) for n, v in inputs.items()],
            [ValueInfoProto(name=o) for o in outputs], constants)
        domains = [helper.make_opsetid("", opset)]
        domains += [helper.make_opsetid(d, 1 if d == MS else 3) for d in (MS, ML) if any(n.domain == d for n in nodes)]
        model = helper.make_model(graph, opset_imports=domains)
        model.ir_version = 10
        results = self.run(name, model, inputs, outputs)
        lines = [f"=== case {name}", "=== model", f"ir_version: {model.ir_version}"]
        lines += ["opset_import { " + text_format.MessageToString(o, as_one_line=True) + " }" for o in model.opset_import]
        lines.append(f'graph {{ name: "{name}"')
        for field in ("node", "initializer", "input", "output"):
            for message in getattr(graph, field):
                lines.append(f"  {field} {{ {text_format.MessageToString(message, as_one_line=True)} }}")
        lines.append("}")
        for kind, arrays in (("input", inputs.items()), ("output", results)):
            for key, array in arrays:
                tensor = numpy_helper.from_array(np.ascontiguousarray(array), key)
                lines += [f"=== {kind}", text_format.MessageToString(tensor, as_one_line=True)]
        self.texts.append("\n".join(lines))

    @staticmethod
    def run(name, model, inputs, outputs):
        job = {"model": base64.b64encode(model.SerializeToString()).decode(), "outputs": outputs,
               "inputs": [{"name": n, "type": str(v.dtype), "dims": list(v.shape),
                           "data": base64.b64encode(np.ascontiguousarray(v).tobytes()).decode()} for n, v in inputs.items()]}
        done = subprocess.run(["node", "-e", RUN], input=json.dumps(job), capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{name}: {done.stderr.strip()[-600:]}")
        return [(y["name"], np.frombuffer(base64.b64decode(y["data"]), y["type"]).reshape(y["dims"]))
                for y in json.loads(done.stdout)]

    def write(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        head = "# Made by tools/onnx_cases.py; the outputs are ONNX Runtime's.\n"
        (FOLDER / f"{self.name}.txt").write_text(head + "\n".join(self.texts) + "\n")
        print(f"{self.name}: {len(self.texts)} cases")


def opset18(g):
    x = real(2, 3, 4, 5)
    for op in ("ReduceMean", "ReduceSumSquare", "ReduceL1", "ReduceLogSumExp", "ReduceMax"):
        g.case(op.lower(), node(op, "x axes", "y", keepdims=0), {"x": x}, {"axes": i64(1, -1)}, opset=18)
    g.case("split_num_outputs", node("Split", "x", "a b c", axis=3, num_outputs=3), {"x": x}, opset=18)
    g.case("pad_axes", node("Pad", "x p v a", "y"), {"x": x}, {"p": i64(1, 2, 0, 1), "v": scalar(0.5), "a": i64(1, 3)}, opset=18)
    g.case("mish", node("Mish", "x", "y"), {"x": x}, opset=18)
    for op in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
        g.case(op.lower(), node(op, "a b", "y"), {"a": ints(-99, 99, 3, 4, dtype=np.int32), "b": ints(-99, 99, 4, dtype=np.int32)}, opset=18)
    g.case("bitwisenot", node("BitwiseNot", "x", "y"), {"x": ints(0, 255, 9, dtype=np.uint8)}, opset=18)
    g.case("center_crop_pad", node("CenterCropPad", "x s", "y", axes=[2, 3]), {"x": x}, {"s": i64(7, 2)}, opset=18)
    g.case("col2im", node("Col2Im", "x i b", "y", strides=[2, 1], pads=[1, 0, 0, 1], dilations=[1, 2]), {"x": real(2, 12, 6)},
           {"i": i64(4, 6), "b": i64(2, 3)}, opset=18)
    image = real(1, 2, 6, 7)
    for mode in ("linear", "cubic"):
        g.case(f"resize_antialias_{mode}", node("Resize", "x  s".replace("  ", " r "), "y", mode=mode, antialias=1), {"x": image},
               {"r": f32(), "s": f32(1, 1, 0.6, 0.5)}, opset=18)
    sizes = {"r": f32(), "s": f32(), "z": i64(4, 3)}
    for policy in ("not_larger", "not_smaller"):
        g.case(f"resize_{policy}", node("Resize", "x r s z", "y", mode="linear", axes=[2, 3], keep_aspect_ratio_policy=policy),
               {"x": image}, sizes, opset=18)
    g.case("lp_pool_dilated", node("LpPool", "x", "y", kernel_shape=[2, 2], dilations=[2, 1]), {"x": x}, opset=18)


def opset19_20(g):
    g.case("average_pool_dilated", node("AveragePool", "x", "y", kernel_shape=[2, 2], dilations=[2, 2], strides=[1, 2]), {"x": real(1, 2, 6, 7)}, opset=19)
    g.case("resize_symmetric", node("Resize", "x r s", "y", mode="linear", coordinate_transformation_mode="half_pixel_symmetric"),
           {"x": real(1, 2, 6, 7)}, {"r": f32(), "s": f32(1, 1, 0.45, 1.3)}, opset=19)
    q = [node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z", "y")]
    half = {"s": scalar(0.05, np.float16), "z": scalar(3, np.int8)}
    g.case("qdq_f16", q, {"x": real(3, 4).astype(np.float16)}, half, opset=19, outputs=["q", "y"])
    for kind in ("none", "tanh"):
        g.case(f"gelu_{kind}", node("Gelu", "x", "y", approximate=kind), {"x": real(3, 7) * 2}, opset=20)
    odd = f32(1, np.inf, -np.inf, np.nan, 0)
    g.case("is_inf", node("IsInf", "x", "y", detect_negative=0), {"x": odd}, opset=20)
    g.case("is_nan_f16", node("IsNaN", "x", "y"), {"x": odd.astype(np.float16)}, opset=20)
    for op in ("ReduceMax", "ReduceMin"):
        g.case(f"{op.lower()}_bool", node(op, "x a", "y"), {"x": ints(0, 2, 4, 3, dtype=bool)}, {"a": i64(1)}, opset=20)
    g.case("constant_of_shape", [node("ConstantOfShape", "s", "c", value=helper.make_tensor("v", 1, [1], [2.5])), node("Add", "c x", "y")],
           {"x": real(3)}, {"s": i64(2, 3)}, opset=20)
    for axis in (1, -2):
        g.case(f"dft_axis_{axis % 4}", node("DFT", "x n a", "y"), {"x": real(2, 4, 6, 2)}, {"n": scalar(5, np.int64), "a": scalar(axis, np.int64)}, opset=20)
    g.case("dft_default_axis", node("DFT", "x", "y", onesided=1), {"x": real(2, 4, 6, 1)}, opset=20)
    for corners in (0, 1):
        g.case(f"affine_grid_2d_{corners}", node("AffineGrid", "t s", "y", align_corners=corners), {"t": real(2, 2, 3)}, {"s": i64(2, 3, 3, 4)}, opset=20)
        g.case(f"affine_grid_3d_{corners}", node("AffineGrid", "t s", "y", align_corners=corners), {"t": real(1, 3, 4)}, {"s": i64(1, 2, 2, 3, 4)}, opset=20)
    grid = np.round(rng.uniform(-1.3, 1.3, (2, 2, 3, 2, 3)), 2).astype(np.float32)
    for mode in ("linear", "nearest"):
        for padding in ("zeros", "border", "reflection"):
            g.case(f"grid_sample_3d_{mode}_{padding}", node("GridSample", "x g", "y", mode=mode, padding_mode=padding, align_corners=int(padding == "border")),
                   {"x": real(2, 2, 3, 4, 3), "g": grid}, opset=20)
    g.case("grid_sample_cubic", node("GridSample", "x g", "y", mode="cubic"), {"x": real(1, 2, 4, 4), "g": grid[:1, 0, :, :, :2]}, opset=20)


def opset21_22(g):
    w = ints(-99, 99, 4, 6, dtype=np.int8)
    g.case("dequantize_blocks", node("DequantizeLinear", "w s z", "y", axis=1, block_size=4), {"w": w},
           {"s": np.abs(real(4, 2)) + 0.1, "z": ints(-9, 9, 4, 2, dtype=np.int8)}, opset=21)
    g.case("quantize_blocks", node("QuantizeLinear", "x s z", "y", axis=0, block_size=2), {"x": real(4, 3)},
           {"s": (np.abs(real(2, 3)) + 0.1) / 50, "z": ints(100, 150, 2, 3, dtype=np.uint8)}, opset=21)
    for dtype in (np.int16, np.uint16):
        name = np.dtype(dtype).name
        zero = {"s": scalar(0.0001), "z": scalar(77, dtype)}
        g.case(f"qdq_{name}", [node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z", "y")], {"x": real(3, 5)}, zero,
               opset=21, outputs=["q", "y"])
    g.case("quantize_output_dtype", node("QuantizeLinear", "x s", "y", output_dtype=3), {"x": real(9)}, {"s": scalar(0.02)}, opset=21)
    for signed in (True, False):
        low = -8 if signed else 0
        values = ints(low, low + 16, 3, 5)
        g.case(f"dequantize_{'int4' if signed else 'uint4'}", [node("DequantizeLinear", "w s", "d", axis=0), node("Mul", "d x", "y")],
               {"x": real(5)}, {"w": packed4("w", values, signed), "s": f32(0.5, 0.25, 2)}, opset=21)
    g.case("group_norm", node("GroupNormalization", "x s b", "y", num_groups=2), {"x": real(2, 4, 3, 2)}, {"s": real(4), "b": real(4)}, opset=21)
    g.case("identity_ops", [node("Flatten", "x", "a"), node("Shape", "x", "s"), node("Reshape", "a s", "y")], {"x": real(2, 3)}, opset=22)
    g.case("average_pool_ceil", node("AveragePool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1,
                                     count_include_pad=1), {"x": real(1, 1, 6, 6)}, opset=22)
    g.case("max_pool_ceil", node("MaxPool", "x", "y", kernel_shape=[3, 3], strides=[3, 2], ceil_mode=1), {"x": real(1, 2, 7, 6)}, opset=22)


def opset23(g):
    g.case("rms_norm", node("RMSNormalization", "x s", "y", epsilon=1e-4), {"x": real(2, 3, 5)}, {"s": real(5)})
    g.case("rms_norm_axis", node("RMSNormalization", "x s", "y", axis=1), {"x": real(2, 3, 5)}, {"s": real(3, 5)})
    for interleaved in (0, 1):
        g.case(f"rotary_{interleaved}", node("RotaryEmbedding", "x c s p", "y", interleaved=interleaved),
               {"x": real(2, 3, 4, 6), "p": ints(0, 9, 2, 4)}, {"c": real(9, 3), "s": real(9, 3)})
    g.case("rotary_flat_partial", node("RotaryEmbedding", "x c s", "y", num_heads=2, rotary_embedding_dim=4),
           {"x": real(2, 3, 12)}, {"c": real(2, 3, 2), "s": real(2, 3, 2)})
    qkv = {"q": real(2, 4, 3, 6), "k": real(2, 4, 5, 6), "v": real(2, 4, 5, 7)}
    g.case("attention", node("Attention", "q k v", "y"), qkv)
    g.case("attention_causal", node("Attention", "q k v", "y", is_causal=1), qkv)
    g.case("attention_mask", node("Attention", "q k v m", "y", scale=0.3), {**qkv, "m": real(3, 5)})
    g.case("attention_bool_mask", node("Attention", "q k v m", "y"), {**qkv, "m": np.tril(np.ones((3, 5), bool), 1)})
    g.case("attention_softcap", node("Attention", "q k v", "y", softcap=2.0), qkv)
    shared = {"q": real(2, 4, 3, 6), "k": real(2, 2, 5, 6), "v": real(2, 2, 5, 7)}
    g.case("attention_groups", node("Attention", "q k v", "y"), shared)
    flat = {"q": real(2, 3, 12), "k": real(2, 5, 6), "v": real(2, 5, 8)}
    g.case("attention_flat", node("Attention", "q k v", "y", q_num_heads=4, kv_num_heads=2), flat)
    past = {"q": real(1, 2, 3, 4), "k": real(1, 2, 3, 4), "v": real(1, 2, 3, 4), "pk": real(1, 2, 2, 4), "pv": real(1, 2, 2, 4)}
    cache = helper.make_node("Attention", ["q", "k", "v", "", "pk", "pv"], ["y", "nk", "nv"])
    g.case("attention_cache", cache, past)
    causal = helper.make_node("Attention", ["q", "k", "v", "", "pk", "pv"], ["y", "nk", "nv"], is_causal=1)
    g.case("attention_causal_cache", causal, past)
    for mode in range(4):
        kept = helper.make_node("Attention", ["q", "k", "v", "m"], ["y", "", "", "qk"], qk_matmul_output_mode=mode, softcap=3.0)
        g.case(f"attention_keeps_{mode}", kept, {**qkv, "m": real(3, 5)})


def opset24(g):
    g.case("swish", node("Swish", "x", "y", alpha=1.5), {"x": real(3, 5)}, opset=24)
    cache = {"c": real(2, 3, 6, 4), "u": real(2, 3, 2, 4)}
    g.case("tensor_scatter", node("TensorScatter", "c u w", "y"), {**cache, "w": i64(1, 4)}, opset=24)
    g.case("tensor_scatter_circular", node("TensorScatter", "c u w", "y", mode="circular", axis=2), {**cache, "w": i64(5, 0)}, opset=24)
    g.case("tensor_scatter_start", node("TensorScatter", "c u", "y"), cache, opset=24)
    attention = helper.make_node("Attention", ["q", "k", "v", "", "", "", "n"], ["y"])
    g.case("attention_key_counts", attention, {"q": real(2, 4, 3, 6), "k": real(2, 2, 5, 6), "v": real(2, 2, 5, 7), "n": i64(3, 5)}, opset=24)


def microsoft(g):
    x = real(2, 3, 8)
    b = real(8)
    conv = {"x": real(1, 2, 5, 5)}
    weights = {"w": real(3, 2, 3, 3), "b": real(3)}
    for activation, params in (("Relu", []), ("LeakyRelu", [0.2]), ("Clip", [-0.5, 1.5]), ("HardSigmoid", [0.3, 0.4]), ("Tanh", [])):
        extra = {"activation_params": params} if params else {}
        g.case(f"fused_conv_{activation.lower()}", node("FusedConv", "x w b", "y", MS, activation=activation, pads=[1, 1, 1, 1], **extra), conv, weights)
    g.case("fused_conv_sum", node("FusedConv", "x w b z", "y", MS, activation="Relu"), {**conv, "z": real(1, 3, 3, 3)}, weights)
    g.case("fused_matmul", node("FusedMatMul", "a b", "y", MS, transA=1, alpha=0.5), {"a": real(2, 4, 3), "b": real(2, 4, 5)})
    g.case("fused_gemm", node("FusedGemm", "a b c", "y", MS, transB=1, activation="Relu"), {"a": real(2, 4)}, {"b": real(3, 4), "c": real(3)})
    g.case("gelu", node("Gelu", "x", "y", MS), {"x": x})
    g.case("fast_gelu", node("FastGelu", "x b", "y", MS), {"x": x}, {"b": b})
    g.case("bias_gelu", node("BiasGelu", "x b", "y", MS), {"x": x}, {"b": b})
    g.case("quick_gelu", node("QuickGelu", "x", "y", MS), {"x": x})
    skip = {"x": x, "s": real(2, 3, 8)}
    g.case("skip_layer_norm", helper.make_node("SkipLayerNormalization", ["x", "s", "g", "b", "c"], ["y", "", "", "sum"], domain=MS, epsilon=1e-5),
           skip, {"g": real(8), "b": b, "c": real(8)})
    g.case("skip_simplified_layer_norm", node("SkipSimplifiedLayerNormalization", "x s g", "y", MS, epsilon=1e-5), skip, {"g": real(8)})
    g.case("simplified_layer_norm", node("SimplifiedLayerNormalization", "x g", "y", axis=-1, epsilon=1e-5), {"x": x}, {"g": real(8)}, opset=17)
    heads = {"q": x, "k": real(2, 4, 8), "v": real(2, 4, 8)}
    g.case("multi_head_attention", node("MultiHeadAttention", "q k v", "y", MS, num_heads=2), heads)
    biased = helper.make_node("MultiHeadAttention", ["q", "k", "v", "b", "", "m"], ["y"], domain=MS, num_heads=2)
    g.case("multi_head_attention_bias", biased, {**heads, "m": real(1, 2, 3, 4)}, {"b": real(24)})


def quantised(g):
    q = lambda *shape: ints(0, 255, *shape, dtype=np.uint8)
    # Scales without a common factor: halves between two steps, which may be rounded either way, do not occur.
    sz = {"as": scalar(0.0213), "az": scalar(120, np.uint8), "bs": scalar(0.0307), "bz": scalar(130, np.uint8), "ys": scalar(0.0411), "yz": scalar(125, np.uint8)}
    one = {k: sz[k] for k in ("as", "az", "ys", "yz")}
    for op in ("QLinearAdd", "QLinearMul"):
        g.case(op.lower(), node(op, "a as az b bs bz ys yz", "y", MS), {"a": q(2, 3, 4), "b": q(3, 1)}, sz)
    g.case("qlinearsigmoid", node("QLinearSigmoid", "x as az ys yz", "y", MS), {"x": q(4, 9)}, {**one, "ys": scalar(1 / 256), "yz": scalar(0, np.uint8)})
    g.case("qlinearleakyrelu", node("QLinearLeakyRelu", "x as az ys yz", "y", MS, alpha=0.2), {"x": q(4, 9)}, one)
    g.case("qlinearsoftmax", node("QLinearSoftmax", "x as az ys yz", "y", MS, opset=13), {"x": q(4, 9)}, {**one, "ys": scalar(1 / 256), "yz": scalar(0, np.uint8)})
    g.case("qlinearconcat", node("QLinearConcat", "ys yz a as az b bs bz", "y", MS, axis=1), {"a": q(2, 3), "b": q(2, 4)}, sz)
    g.case("qlinearglobalaveragepool", node("QLinearGlobalAveragePool", "x as az ys yz", "y", MS), {"x": q(2, 3, 5, 4)}, one)
    g.case("qlinearglobalaveragepool_nhwc", node("QLinearGlobalAveragePool", "x as az ys yz", "y", MS, channels_last=1), {"x": q(2, 5, 4, 3)}, one)
    g.case("qlinearaveragepool", node("QLinearAveragePool", "x as az ys yz", "y", MS, kernel_shape=[2, 2], strides=[2, 1]), {"x": q(1, 3, 6, 4)}, one)
    g.case("nhwcmaxpool", node("NhwcMaxPool", "x", "y", MS, kernel_shape=[2, 2], strides=[2, 2]), {"x": q(1, 4, 6, 3)})
    # Small enough for sums of two products in 16 bits, where ONNX Runtime saturates on some CPUs.
    w = ints(-60, 60, 6, 5, dtype=np.int8)
    gemm = {"as": scalar(0.02), "az": scalar(120, np.uint8), "w": w, "bs": scalar(0.01), "bz": scalar(3, np.int8),
            "c": ints(-500, 500, 5, dtype=np.int32), "ys": scalar(0.05), "yz": scalar(100, np.uint8)}
    g.case("qgemm", node("QGemm", "x as az w bs bz c ys yz", "y", MS), {"x": q(3, 6)}, gemm)
    del gemm["ys"], gemm["yz"]
    g.case("qgemm_real", node("QGemm", "x as az w bs bz c", "y", MS), {"x": q(3, 6)}, gemm)
    g.case("dynamicquantizematmul", node("DynamicQuantizeMatMul", "x w bs bz c", "y", MS), {"x": real(2, 3, 6)},
           {"w": w, "bs": scalar(0.01), "bz": scalar(3, np.int8), "c": real(5)})
    g.case("matmulintegertofloat", node("MatMulIntegerToFloat", "x w as bs az bz c", "y", MS), {"x": q(3, 6)},
           {"w": w, "as": scalar(0.02), "bs": np.abs(real(5)) + 0.01, "az": scalar(120, np.uint8), "bz": np.zeros(5, np.int8), "c": real(5)})

    # 4-bit weights in blocks, as ONNX Runtime's quantiser writes them: two a byte, the first in the low half.
    nbits = dict(N=6, K=40, bits=4, block_size=16)
    packed, scales, zeros = ints(0, 255, 6, 3, 8, dtype=np.uint8), np.abs(real(18)) + 0.01, ints(0, 255, 12, dtype=np.uint8)
    g.case("matmulnbits", node("MatMulNBits", "x w s", "y", MS, **nbits), {"x": real(2, 3, 40)}, {"w": packed, "s": scales})
    g.case("matmulnbits_zeros", node("MatMulNBits", "x w s z", "y", MS, **nbits), {"x": real(5, 40)},
           {"w": packed, "s": scales, "z": zeros})
    with_bias = node("MatMulNBits", "x w s z g b", "y", MS, **nbits)
    with_bias.input[4] = ""
    g.case("matmulnbits_bias", with_bias, {"x": real(1, 40)}, {"w": packed, "s": scales, "z": zeros, "b": real(6)})

def ml(g):
    x = real(4, 3)
    g.case("array_feature_extractor", node("ArrayFeatureExtractor", "x i", "y", ML), {"x": x}, {"i": i64(2, 0)})
    g.case("binarizer", node("Binarizer", "x", "y", ML, threshold=0.5), {"x": x})
    g.case("scaler", node("Scaler", "x", "y", ML, offset=[1.0, 2.0, 3.0], scale=[0.5, 2.0, 1.0]), {"x": x})
    for norm in ("MAX", "L1", "L2"):
        g.case(f"normalizer_{norm.lower()}", node("Normalizer", "x", "y", ML, norm=norm), {"x": np.concatenate([x, np.zeros((1, 3), np.float32)])})
    holes = x.copy()
    holes[1, 2] = np.nan
    g.case("imputer", node("Imputer", "x", "y", ML, imputed_value_floats=[1.0, 2.0, 3.0], replaced_value_float=float("nan")), {"x": holes})
    g.case("imputer_ints", node("Imputer", "x", "y", ML, imputed_value_int64s=[7], replaced_value_int64=2), {"x": ints(0, 4, 4, 3)})
    g.case("label_encoder", node("LabelEncoder", "x", "y", ML, keys_int64s=[1, 2, 5], values_floats=[0.5, 1.5, 2.5], default_float=-1.0), {"x": ints(0, 6, 9)})
    g.case("one_hot_encoder", node("OneHotEncoder", "x", "y", ML, cats_int64s=[1, 3, 4], zeros=1), {"x": ints(0, 5, 6)})
    g.case("feature_vectorizer", node("FeatureVectorizer", "a b", "y", ML, inputdimensions=[3, 2]), {"a": x, "b": real(4, 2)})
    g.case("linear_regressor", node("LinearRegressor", "x", "y", ML, coefficients=[1.0, 2.0, 3.0, -1.0, 0.5, 0.25], intercepts=[0.5, -0.5], targets=2), {"x": x})
    three = dict(coefficients=[float(v) for v in real(9)], intercepts=[0.1, 0.2, 0.3], classlabels_ints=[3, 5, 9], multi_class=0)
    for transform in ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"):
        g.case(f"linear_classifier_{transform.lower()}", node("LinearClassifier", "x", "l s", ML, post_transform=transform, **three), {"x": x})
    g.case("linear_classifier_binary", node("LinearClassifier", "x", "l s", ML, coefficients=[1.0, -1.0, 0.5], intercepts=[0.25], classlabels_ints=[0, 1],
                                            post_transform="NONE"), {"x": x})


# Two trees over three features; leaves 3, 4, 2 and 1, 2.
TREES = dict(nodes_treeids=[0, 0, 0, 0, 0, 1, 1, 1], nodes_nodeids=[0, 1, 2, 3, 4, 0, 1, 2], nodes_featureids=[0, 1, 0, 0, 0, 2, 0, 0],
             nodes_modes=["BRANCH_LEQ", "BRANCH_GT", "LEAF", "LEAF", "LEAF", "BRANCH_LT", "LEAF", "LEAF"],
             nodes_values=[0.3, -0.2, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0], nodes_truenodeids=[1, 3, 0, 0, 0, 1, 0, 0],
             nodes_falsenodeids=[2, 4, 0, 0, 0, 2, 0, 0], nodes_hitrates=[1.0] * 8,
             nodes_missing_value_tracks_true=[1, 0, 0, 0, 0, 0, 0, 0])


def trees(g):
    x = real(12, 3)
    x[3, 0] = np.nan
    leaves = dict(treeids=[0, 0, 0, 1, 1], nodeids=[3, 4, 2, 1, 2])

    def of(stem, ids, weights):
        return {f"{stem}_{k}": v for k, v in leaves.items()} | {f"{stem}_ids": ids, f"{stem}_weights": weights}

    for name in ("SUM", "AVERAGE", "MIN", "MAX"):
        g.case(f"regressor_{name.lower()}", node("TreeEnsembleRegressor", "x", "y", ML, n_targets=1, aggregate_function=name, **TREES,
                                                **of("target", [0] * 5, [1.0, 2.0, -3.0, 0.5, 0.25])), {"x": x})
    g.case("regressor_base", node("TreeEnsembleRegressor", "x", "y", ML, n_targets=2, base_values=[10.0, 20.0], **TREES,
                                 target_treeids=[0, 0, 0, 1, 1, 1, 1], target_nodeids=[3, 4, 2, 1, 1, 2, 2], target_ids=[0, 1, 0, 0, 1, 0, 1],
                                 target_weights=[1.0, 2.0, -3.0, 0.5, 0.25, 4.0, 3.0]), {"x": x})
    for transform in ("NONE", "SOFTMAX", "LOGISTIC"):
        g.case(f"classifier_{transform.lower()}", node("TreeEnsembleClassifier", "x", "l s", ML, classlabels_int64s=[4, 6, 8], post_transform=transform,
                                                      **TREES, **of("class", [0, 1, 2, 1, 2], [1.0, 2.0, 3.0, 0.5, 0.25])), {"x": x})
    for transform in ("NONE", "LOGISTIC"):
        for kind, weights in (("shares", [0.1, 0.4, 0.3, 0.2, 0.6]), ("mixed", [1.0, 2.0, -3.0, 0.5, -0.25])):
            g.case(f"two_classes_{kind}_{transform.lower()}", node("TreeEnsembleClassifier", "x", "l s", ML, classlabels_int64s=[0, 1],
                   post_transform=transform, **TREES, **of("class", [0] * 5, weights)), {"x": x})
    g.case("two_classes_base", node("TreeEnsembleClassifier", "x", "l s", ML, classlabels_int64s=[0, 1], post_transform="LOGISTIC", base_values=[0.4],
                                   **TREES, **of("class", [0] * 5, [1.0, 2.0, -3.0, 0.5, -0.25])), {"x": x})


GROUPS = [opset18, opset19_20, opset21_22, opset23, opset24, microsoft, quantised, ml, trees]


def main():
    for make in GROUPS:
        if len(sys.argv) == 1 or make.__name__ in sys.argv[1:]:
            global rng
            rng = np.random.default_rng(1)
            group = Group(make.__name__)
            make(group)
            group.write()


main()

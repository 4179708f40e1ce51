"""The models that are optimised for the table of docs/optimization.md, and the bounds that each must keep.

A case: what `verge optimize` is told, and what must hold. Bounds:
  max_drop      points of the main figure that may be lost
  min_same      share of equal answers, item by item
  min_sqnr      dB of the worst output on the samples
  max_distance  mean shift of key points, in sizes of the figure
  max_ratio     file size over that of the same model in f32
  author        the int8 file that ships beside the float model: ours may not lose more than `author_slack` points more
"""

INT8 = ["--int8"]
PACKED = ["--int8", "--storage", "all"]
TINY = "{data}/models/mlperf-tiny/"
MOBILENET = "{data}/models/tflite-support/mobilenet_v1_0.25_224_1_default_1.tflite"
IMAGES = "{data}/datasets/coco-val2017-80/images"


def case(name, model, options, spec=None, calibrate=None, params=(), samples=100, is_quick=False, **bounds):
    return {"name": name, "model": model, "options": options, "spec": spec, "calibrate": calibrate,
            "params": list(params), "samples": samples, "is_quick": is_quick, "bounds": bounds}


CASES = [
    case("kws-int8", TINY + "kws_ref_model_float32.tflite", INT8, "kws.yaml", is_quick=True, max_drop=0.5,
         author=TINY + "kws_ref_model.tflite"),
    case("vww-int8", TINY + "vww_96_float.tflite", PACKED, "vww.yaml", is_quick=True, max_drop=0.5, max_ratio=0.27,
         author=TINY + "vww_96_int8.tflite", author_slack=0.5),
    case("cifar10-int8", TINY + "pretrainedResnet.tflite", PACKED, "cifar10.yaml", is_quick=True, max_drop=0.5,
         max_ratio=0.28, author=TINY + "pretrainedResnet_quant.tflite"),
    case("imagenet-mobilenet-v1-025-int8", MOBILENET, PACKED, "imagenet-mobilenet-v1-025.yaml",
         "calibrate-imagenet-mobilenet-v1-025.yaml", samples=80, is_quick=True, min_same=0.92, max_ratio=0.27),
    case("imagenet-mobilenet-v1-025-int16x8", MOBILENET, ["--int16x8", "--adaround", "--storage", "all"],
         "imagenet-mobilenet-v1-025.yaml", "calibrate-imagenet-mobilenet-v1-025.yaml", samples=80, min_same=0.95,
         max_ratio=0.27),
    case("anomaly-ad01-int8", TINY + "ad01_fp32.tflite", INT8, "anomaly-ad01.yaml", is_quick=True, min_sqnr=20,
         author=TINY + "ad01_int8.tflite"),
    case("digits-lstm-int8", "{data}/models/tflite-micro/trained_lstm.tflite", INT8, "digits-lstm.yaml", is_quick=True,
         min_sqnr=30, author="{data}/models/tflite-micro/trained_lstm_int8.tflite"),
    # Their samples only measure: dynamic range needs none to calibrate.
    case("dtln-1-dynamic", "{data}/models/dtln/model_1.tflite", ["--dynamic"],
         calibrate="{data}/goldens/dtln/model_1.npz", is_quick=True, min_sqnr=30),
    case("dtln-2-dynamic", "{data}/models/dtln/model_2.tflite", ["--dynamic"],
         calibrate="{data}/goldens/dtln/model_2.npz", is_quick=True, min_sqnr=30),
    # Its activations have few large values among many small ones: 8 bits lose too much, 16 do not.
    case("coco-yolox-nano-int8", "{data}/models/yolox/yolox_nano.onnx", INT8, "coco-yolox-nano.yaml",
         "calibrate-coco-yolox-nano.yaml", samples=48, max_drop=4.0),
    case("coco-yolox-nano-int16x8", "{data}/models/yolox/yolox_nano.onnx", ["--int16x8"], "coco-yolox-nano.yaml",
         "calibrate-coco-yolox-nano.yaml", samples=16, max_drop=0.5),
    case("coco-nanodet-m-int8", "{data}/models/nanodet/nanodet_m.onnx", INT8 + ["--calibrator", "min_max", "--no-equalise"],
         "coco-nanodet-m.yaml",
         "calibrate-coco-nanodet-m.yaml", samples=48, max_drop=0.5),
    case("faces-blazeface-int16x8", "{cache}/models/face_detection_short_range.tflite", ["--int16x8", "--adaround"],
         "faces.yaml", "calibrate-faces.yaml", params=["pictures=" + IMAGES], max_distance=0.01),
    case("pose-blazepose-lite-fp16", "{cache}/models/pose_landmark_lite.tflite", ["--fp16"], "pose.yaml",
         "calibrate-pose.yaml", samples=8, params=["pictures=" + IMAGES], max_distance=0.01),
    # Its depthwise weights nearly cancel: 8 bits of weights are too few for the target of 1 %.
    case("pose-blazepose-lite-int16x8", "{cache}/models/pose_landmark_lite.tflite", ["--int16x8"], "pose.yaml",
         "calibrate-pose.yaml", samples=16, params=["pictures=" + IMAGES], max_distance=0.06),
    case("vww-clustered-32", TINY + "vww_96_float.tflite", ["--cluster", "32"], "vww.yaml", is_quick=True, max_drop=1.0,
         max_ratio=0.15),
    case("vww-fp16", TINY + "vww_96_float.tflite", ["--fp16"], "vww.yaml", is_quick=True, max_drop=0.2, max_ratio=0.5),
    case("vww-pruned-50", TINY + "vww_96_float.tflite", ["--prune", "50%", "--reconstruct"], "vww.yaml", max_drop=1.5,
         max_ratio=0.6),
    case("vww-2-of-4", TINY + "vww_96_float.tflite", ["--sparsity", "2:4", "--reconstruct"], "vww.yaml", max_drop=3.0,
         max_ratio=0.6),
    case("cifar10-clustered-64", TINY + "pretrainedResnet.tflite", ["--cluster", "64"], "cifar10.yaml", max_drop=2.5,
         max_ratio=0.25),
]

#!/usr/bin/env python3
"""Exports standard architectures as ONNX backend test cases, with PyTorch's own results, for `verge conformance`.

usage: /usr/bin/python3 tools/export_torchvision.py FOLDER [NAME...]      then: verge conformance FOLDER --of-largest 1e-4

Needs Debian's python3-torchvision. Weights are random with a fixed seed; batch normalisations take the moments of a random
batch, so that activations keep an ordinary size through the depth of a network and a wrong one cannot hide.
"""
import pathlib
import sys
import warnings

import torch
import torchvision.models as models
from torch import nn

warnings.filterwarnings("ignore")
OPSET = 16
CLASSIFIERS = ["mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "resnet18", "resnet50",
               "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "squeezenet1_1", "densenet121", "mnasnet0_5", "regnet_y_400mf",
               "convnext_tiny", "swin_t"]


class Recurrent(nn.Module):
    """Two bidirectional layers and a linear one."""

    def __init__(self, kind):
        super().__init__()
        self.layers = kind(10, 16, 2, bidirectional=True)
        self.head = nn.Linear(32, 5)

    def forward(self, x):
        return self.head(self.layers(x)[0])


def vision_transformer():
    model = models.VisionTransformer(image_size=64, patch_size=16, num_layers=3, num_heads=4, hidden_dim=64, mlp_dim=128)
    nn.init.normal_(model.heads.head.weight)  # made as zeros, which would hide everything before it
    return model


def segmentation():
    net = models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)

    class Out(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, x):
            return self.net(x)["out"]

    return Out()


class Detector(nn.Module):
    """A detector up to the scores and boxes of its anchors; what follows (suppression) is the app's pipeline."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        features = list(self.net.backbone(x).values())
        out = self.net.head(features)
        return out["cls_logits"], out["bbox_regression"]


def ssdlite():
    return Detector(models.detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=21))


def retinanet():
    return Detector(models.detection.retinanet_resnet50_fpn(weights=None, weights_backbone=None, num_classes=21))


class Keyword(nn.Module):
    """A small speech net: convolutions over time, a GRU or LSTM cell, the last step's scores."""

    def __init__(self, kind):
        super().__init__()
        self.front = nn.Sequential(nn.Conv1d(40, 32, 5, padding=2), nn.BatchNorm1d(32), nn.ReLU())
        self.cell = kind(32, 24, batch_first=True)
        self.head = nn.Linear(24, 12)

    def forward(self, x):
        steps, _ = self.cell(self.front(x).transpose(1, 2))
        return self.head(steps[:, -1]).softmax(-1)


def cases():
    image = torch.rand(1, 3, 64, 64)
    for name in CLASSIFIERS:
        yield name, lambda name=name: getattr(models, name)(weights=None), image
    yield "googlenet", lambda: models.googlenet(weights=None, init_weights=False, aux_logits=False), image
    yield "vit", vision_transformer, image
    yield "lraspp", segmentation, image
    yield "ssdlite_head", ssdlite, torch.rand(1, 3, 160, 160)
    yield "retinanet_head", retinanet, torch.rand(1, 3, 96, 96)
    yield "encoder_layer", lambda: nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), torch.rand(1, 9, 32)
    for kind in (nn.LSTM, nn.GRU, nn.RNN):
        yield kind.__name__.lower(), lambda kind=kind: Recurrent(kind), torch.rand(7, 1, 10)
        yield f"keyword_{kind.__name__.lower()}", lambda kind=kind: Keyword(kind), torch.rand(1, 40, 20)


def settle(model, example):
    """Gives every batch normalisation the moments of a random batch."""
    norms = [m for m in model.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    if not norms:
        return
    for norm in norms:
        norm.momentum = 1.0
    model.train()
    with torch.no_grad():
        model(torch.rand(8, *example.shape[1:]))


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def tensor_bytes(tensor):
    """A TensorProto: dims (field 1), data_type FLOAT (2), raw_data (9)."""
    raw = tensor.detach().contiguous().numpy().astype("<f4").tobytes()
    dims = b"".join(b"\x08" + varint(d) for d in tensor.shape)
    return dims + b"\x10\x01" + b"\x4a" + varint(len(raw)) + raw


def export(folder, name, make, example):
    torch.manual_seed(1)
    model = make()
    settle(model, example)
    model.eval()
    case = folder / f"test_{name}"
    data = case / "test_data_set_0"
    data.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(model, example, str(case / "model.onnx"), opset_version=OPSET)
    with torch.no_grad():
        result = model(example)
    (data / "input_0.pb").write_bytes(tensor_bytes(example))
    results = result if isinstance(result, tuple) else (result,)
    for i, tensor in enumerate(results):
        (data / f"output_{i}.pb").write_bytes(tensor_bytes(tensor))
    largest = max(tensor.abs().max().item() for tensor in results)
    print(f"{name}: largest result {largest:.3g}", flush=True)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    torch.manual_seed(0)
    for name, make, example in cases():
        if len(sys.argv) == 2 or name in sys.argv[2:]:
            export(pathlib.Path(sys.argv[1]), name, make, example)
    return 0


sys.exit(main())

#!/usr/bin/env python3
"""Exports standard architectures with random weights as ONNX, to be measured: /usr/bin/python3 bench/export_models.py FOLDER

Needs Debian's python3-torchvision. How fast a network is does not depend on what its weights were trained to.
"""
import pathlib
import sys
import warnings

import torch
import torchvision.models as models
from torch import nn

warnings.filterwarnings("ignore")
OPSET = 16


def conv(inputs, outputs, kernel, stride=1, groups=1, kind=nn.Conv2d, norm=nn.BatchNorm2d):
    return nn.Sequential(kind(inputs, outputs, kernel, stride, padding=kernel // 2 if isinstance(kernel, int) else
                              tuple(k // 2 for k in kernel), groups=groups, bias=False), norm(outputs), nn.ReLU())


class DsCnn(nn.Module):
    """Hello Edge: Keyword Spotting on Microcontrollers, 2017 (arXiv:1711.07128), the small one."""

    def __init__(self):
        super().__init__()
        blocks = [conv(1, 64, (10, 4), 2)]
        for _ in range(4):
            blocks += [conv(64, 64, 3, groups=64), conv(64, 64, 1)]
        self.features = nn.Sequential(*blocks)
        self.head = nn.Linear(64, 12)

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3))).softmax(-1)


class EcgConv1d(nn.Module):
    """Beats of a thousand samples by convolutions over time."""

    def __init__(self):
        super().__init__()
        widths, layers, inputs = [32, 64, 64, 128, 128], [], 1
        for outputs in widths:
            layers += [conv(inputs, outputs, 7, 2, kind=nn.Conv1d, norm=nn.BatchNorm1d)]
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(inputs, 5)

    def forward(self, x):
        return self.head(self.features(x).mean(-1))


class LstmAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(8, 64, batch_first=True)
        self.decoder = nn.LSTM(64, 64, batch_first=True)
        self.head = nn.Linear(64, 8)

    def forward(self, x):
        steps, _ = self.encoder(x)
        last = steps[:, -1:].expand(-1, x.shape[1], -1)
        return self.head(self.decoder(last)[0])


class GruClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.GRU(16, 64, 2, batch_first=True)
        self.head = nn.Linear(64, 6)

    def forward(self, x):
        return self.head(self.cells(x)[0][:, -1])


def dense_autoencoder():
    widths, layers = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640], []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def cases():
    image = torch.rand(1, 3, 224, 224)
    for name in ("mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "shufflenet_v2_x1_0",
                 "squeezenet1_1", "resnet18"):
        yield name, lambda name=name: getattr(models, name)(weights=None), image
    yield "vit_6_blocks", lambda: models.VisionTransformer(image_size=224, patch_size=16, num_layers=6, num_heads=3,
                                                           hidden_dim=192, mlp_dim=768), image
    yield "lstm_autoencoder", LstmAutoencoder, torch.rand(1, 50, 8)
    yield "gru_classifier", GruClassifier, torch.rand(1, 50, 16)
    yield "ecg_conv1d", EcgConv1d, torch.rand(1, 1, 1000)
    yield "ds_cnn", DsCnn, torch.rand(1, 1, 49, 10)
    yield "dense_autoencoder", dense_autoencoder, torch.rand(1, 640)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make, example in cases():
        torch.manual_seed(1)
        torch.onnx.export(make().eval(), example, str(folder / f"{name}.onnx"), opset_version=OPSET)
        print(name, flush=True)
    return 0


sys.exit(main())

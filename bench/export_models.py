#!/usr/bin/env python3
"""Exports standard architectures with random weights as ONNX, to be measured: /usr/bin/python3 bench/export_models.py FOLDER [NAME...]

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


def silu_conv(inputs, outputs, kernel=1, stride=1, padding=None):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2 if padding is None else padding, bias=False),
                         nn.BatchNorm2d(outputs, eps=1e-3), nn.SiLU())


class Bottleneck(nn.Module):
    def __init__(self, width, is_residual):
        super().__init__()
        self.layers = nn.Sequential(silu_conv(width, width), silu_conv(width, width, 3))
        self.is_residual = is_residual

    def forward(self, x):
        return x + self.layers(x) if self.is_residual else self.layers(x)


class C3(nn.Module):
    """Half of the channels go through bottlenecks, half around them (CSPNet, 2019, arXiv:1911.11929): three convolutions."""

    def __init__(self, inputs, outputs, depth, is_residual=True):
        super().__init__()
        half = outputs // 2
        self.through, self.around = silu_conv(inputs, half), silu_conv(inputs, half)
        self.bottlenecks = nn.Sequential(*(Bottleneck(half, is_residual) for _ in range(depth)))
        self.join = silu_conv(2 * half, outputs)

    def forward(self, x):
        return self.join(torch.cat((self.bottlenecks(self.through(x)), self.around(x)), 1))


class Sppf(nn.Module):
    """Pyramid pooling (2014, arXiv:1406.4729) with windows of 5, 9 and 13 made of one window of 5, used up to three times."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.reduce, self.join = silu_conv(inputs, inputs // 2), silu_conv(2 * inputs, outputs)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        parts = [self.reduce(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.join(torch.cat(parts, 1))


class YoloHead(nn.Module):
    """Boxes of three anchors at each place of one scale: centre, size, objectness and class scores."""

    def __init__(self, inputs, classes, stride, anchors, size):
        super().__init__()
        self.predict = nn.Conv2d(inputs, 3 * (5 + classes), 1)
        self.stride, self.places, self.fields = stride, size // stride, 5 + classes
        rows, columns = torch.meshgrid(torch.arange(self.places), torch.arange(self.places), indexing="ij")
        self.register_buffer("grid", torch.stack((columns, rows), -1).float() - 0.5)
        self.register_buffer("anchors", torch.tensor(anchors).float().view(1, 3, 1, 1, 2))

    def forward(self, x):
        x = self.predict(x).view(1, 3, self.fields, self.places, self.places).permute(0, 1, 3, 4, 2).sigmoid()
        centre, box, scores = x.split((2, 2, self.fields - 4), -1)
        centre, box = (centre * 2 + self.grid) * self.stride, (box * 2) ** 2 * self.anchors
        return torch.cat((centre, box, scores), -1).view(1, -1, self.fields)


class YoloV5n(nn.Module):
    """YOLOv5n 6.0 from its published description: C3 backbone, SPPF, a path down and one up again (PANet, 2018,
    arXiv:1803.01534), three heads; widths times 0.25, depths times 0.33. 1.9 million parameters."""

    def __init__(self, classes=80, size=640):
        super().__init__()
        self.stem = nn.Sequential(silu_conv(3, 16, 6, 2, 2), silu_conv(16, 32, 3, 2), C3(32, 32, 1), silu_conv(32, 64, 3, 2),
                                  C3(64, 64, 2))
        self.middle = nn.Sequential(silu_conv(64, 128, 3, 2), C3(128, 128, 3))
        self.deep = nn.Sequential(silu_conv(128, 256, 3, 2), C3(256, 256, 1), Sppf(256, 256), silu_conv(256, 128))
        self.down_middle = nn.Sequential(C3(256, 128, 1, False), silu_conv(128, 64))
        self.down_fine = C3(128, 64, 1, False)
        self.up_middle, self.join_middle = silu_conv(64, 64, 3, 2), C3(128, 128, 1, False)
        self.up_deep, self.join_deep = silu_conv(128, 128, 3, 2), C3(256, 256, 1, False)
        self.enlarge = nn.Upsample(scale_factor=2, mode="nearest")
        anchors = ([10, 13, 16, 30, 33, 23], [30, 61, 62, 45, 59, 119], [116, 90, 156, 198, 373, 326])
        self.heads = nn.ModuleList(YoloHead(width, classes, stride, a, size)
                                   for width, stride, a in zip((64, 128, 256), (8, 16, 32), anchors))

    def forward(self, x):
        fine = self.stem(x)
        middle = self.middle(fine)
        deep = self.deep(middle)
        middle = self.down_middle(torch.cat((self.enlarge(deep), middle), 1))
        fine = self.down_fine(torch.cat((self.enlarge(middle), fine), 1))
        middle = self.join_middle(torch.cat((self.up_middle(fine), middle), 1))
        deep = self.join_deep(torch.cat((self.up_deep(middle), deep), 1))
        return torch.cat([head(x) for head, x in zip(self.heads, (fine, middle, deep))], 1)


def cases():
    image = torch.rand(1, 3, 224, 224)
    for name in ("mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "shufflenet_v2_x1_0",
                 "squeezenet1_1", "resnet18"):
        yield name, lambda name=name: getattr(models, name)(weights=None), image
    yield "vit_6_blocks", lambda: models.VisionTransformer(image_size=224, patch_size=16, num_layers=6, num_heads=3,
                                                           hidden_dim=192, mlp_dim=768), image
    yield "yolov5n", YoloV5n, torch.rand(1, 3, 640, 640)
    yield "lstm_autoencoder", LstmAutoencoder, torch.rand(1, 50, 8)
    yield "gru_classifier", GruClassifier, torch.rand(1, 50, 16)
    yield "ecg_conv1d", EcgConv1d, torch.rand(1, 1, 1000)
    yield "ds_cnn", DsCnn, torch.rand(1, 1, 49, 10)
    yield "dense_autoencoder", dense_autoencoder, torch.rand(1, 640)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make, example in cases():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        torch.manual_seed(1)
        torch.onnx.export(make().eval(), example, str(folder / f"{name}.onnx"), opset_version=OPSET)
        print(name, flush=True)
    return 0


sys.exit(main())

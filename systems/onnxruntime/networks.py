"""Networks as ONNX files: `python networks.py KIND SIDE FOLDER` writes one for images of SIDE x SIDE in three forms.

`none.onnx` computes in float. `static.onnx` has weights of eight bits and quantises what flows at scales that are known
before, for every activation is cut at 6 (ReLU6). `dynamic.onnx` finds these scales anew in every run. Weights are drawn
from a seed, the same in every run; the bytes follow the protocol buffers of ONNX 1.8 (opset 13), field by field.
"""

import math
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np

FORMS = ("none", "static", "dynamic")
N_CLASSES, CUT = 10, 6.0
TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
"""Numbers that ONNX has for types of elements."""


def field(number: int, value: float | str | bytes) -> bytes:
    """One field of a protocol buffer: a whole number, a float, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(n: int) -> bytes:
    """A whole number, seven bits in each byte."""
    parts = bytearray()
    while n > 127:
        parts.append(n & 127 | 128)
        n >>= 7
    return bytes([*parts, n])


def attribute(name: str, value: int | tuple[int, ...]) -> bytes:
    """A number or some numbers that a node is given."""
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    return field(1, name) + b"".join(field(8, n) for n in value) + field(20, 7)


def described(name: str, shape: tuple[int | str, ...]) -> bytes:
    """An input or output of floats; a length that is a word is free."""
    lengths = b"".join(field(1, field(1 if isinstance(n, int) else 2, n)) for n in shape)
    return field(1, name) + field(2, field(1, field(1, TYPES["float32"]) + field(2, lengths)))


class Network:
    """A network that grows layer by layer; what a layer gives is named by a text.

    Parameters
    ----------
    form
        One of FORMS.
    side
        Pixels along an edge of the images.
    """

    def __init__(self, form: str, side: int) -> None:
        self.form, self.side = form, side
        self.nodes: list[bytes] = []
        self.tensors: list[bytes] = []
        self.chance = np.random.default_rng(7)
        self.channels = {"images": 3}
        self.scale = {"images": 1 / 255}
        self.start = self.requantised("images", 1 / 255, 3)

    def node(self, kind: str, inputs: tuple[str, ...], n_outputs: int = 1, **attributes: Any) -> tuple[str, ...]:
        """A node, and the names of what it gives."""
        outputs = tuple(f"{kind}{len(self.nodes)}_{k}" for k in range(n_outputs))
        told = b"".join(field(5, attribute(*pair)) for pair in attributes.items())
        places = b"".join(field(1, name) for name in inputs) + b"".join(field(2, name) for name in outputs)
        self.nodes.append(places + field(4, kind) + told)
        return outputs

    def tensor(self, values: Any, dtype: str = "float32") -> str:
        """A constant, and its name."""
        array, name = np.asarray(values, dtype), f"t{len(self.tensors)}"
        lengths = b"".join(field(1, n) for n in array.shape)
        self.tensors.append(lengths + field(2, TYPES[dtype]) + field(8, name) + field(9, array.tobytes()))
        return name

    def requantised(self, name: str, scale: float, channels: int) -> str:
        """What flows, through eight bits where their scale is known before."""
        self.channels[name], self.scale[name] = channels, scale
        if self.form != "static":
            return name
        how = (self.tensor(scale), self.tensor(0, "uint8"))
        (small,) = self.node("QuantizeLinear", (name, *how))
        (large,) = self.node("DequantizeLinear", (small, *how))
        self.channels[large], self.scale[large] = channels, scale
        return large

    def drawn(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, float]:
        """Weights and bias (He et al. 2015), and the scale of weights of eight bits."""
        weights = self.chance.normal(0, math.sqrt(2 / math.prod(shape[1:])), shape)
        return weights, self.chance.normal(0, 0.1, shape[0]), float(np.abs(weights).max() / 127)

    def layer(self, kind: str, x: str, shape: tuple[int, ...], **attributes: Any) -> str:
        """Weights times what flows, plus a bias: `kind` is Conv or Gemm."""
        weights, bias, scale = self.drawn(shape)
        small = np.round(weights / scale)
        if self.form == "none":
            return self.node(kind, (x, self.tensor(weights), self.tensor(bias)), **attributes)[0]
        if self.form == "static":
            fine = self.scale[x] * scale
            how = (self.tensor(scale), self.tensor(0, "int8"))
            (w,) = self.node("DequantizeLinear", (self.tensor(small, "int8"), *how))
            whole = (self.tensor(np.round(bias / fine), "int32"), self.tensor(fine), self.tensor(0, "int32"))
            (b,) = self.node("DequantizeLinear", whole)
            return self.node(kind, (x, w, b), **attributes)[0]
        values, step, zero = self.node("DynamicQuantizeLinear", (x,), 3)
        if kind == "Gemm":
            w, integer, attributes = self.tensor(small.T, "int8"), "MatMulInteger", {}
        else:
            w, integer = self.tensor(small + 128, "uint8"), "ConvInteger"
            bias = bias.reshape(1, -1, 1, 1)
        middle = (self.tensor(0, "int8"),) if kind == "Gemm" else (self.tensor(128, "uint8"),)
        (sums,) = self.node(integer, (values, w, zero, *middle), **attributes)
        (sums,) = self.node("Cast", (sums,), to=TYPES["float32"])
        (step,) = self.node("Mul", (step, self.tensor(scale)))
        (product,) = self.node("Mul", (sums, step))
        return self.node("Add", (product, self.tensor(bias)))[0]

    def cut(self, x: str, channels: int) -> str:
        """ReLU6, after which values lie between 0 and 6."""
        (y,) = self.node("Clip", (x, self.tensor(0.0), self.tensor(CUT)))
        return self.requantised(y, CUT / 255, channels)

    def conv(self, x: str, channels: int, kernel: int = 3, *, stride: int = 1, depthwise: bool = False) -> str:
        """A convolution and its activation; a depthwise one keeps its channels apart."""
        groups = self.channels[x] if depthwise else 1
        pads, window = (kernel // 2,) * 4, (kernel, kernel)
        shape = (channels, self.channels[x] // groups, *window)
        y = self.layer("Conv", x, shape, kernel_shape=window, pads=pads, strides=(stride, stride), group=groups)
        return self.cut(y, channels)

    def pool(self, x: str) -> str:
        """The largest of each two by two."""
        (y,) = self.node("MaxPool", (x,), kernel_shape=(2, 2), strides=(2, 2))
        return self.requantised(y, self.scale[x], self.channels[x])

    def add(self, x: str, y: str) -> str:
        """The sum of two."""
        (z,) = self.node("Add", (x, y))
        return self.requantised(z, self.scale[x] + self.scale[y], self.channels[x])

    def join(self, *parts: str) -> str:
        """Channels of several side by side; all of one scale."""
        (y,) = self.node("Concat", parts, axis=1)
        return self.requantised(y, self.scale[parts[0]], sum(self.channels[part] for part in parts))

    def flat(self, x: str, *, mean: bool = True) -> str:
        """One row for each image: the mean of each channel, or every pixel."""
        n, y = self.channels[x], x
        if mean:
            (y,) = self.node("GlobalAveragePool", (x,))
        else:
            n *= self.side**2
        (y,) = self.node("Flatten", (y,), axis=1)
        return self.requantised(y, self.scale[x], n)

    def dense(self, x: str, n: int) -> str:
        """A layer without activation."""
        return self.layer("Gemm", x, (n, self.channels[x]), transB=1)

    def content(self, x: str) -> bytes:
        """The file of a network whose last features are `x`."""
        self.nodes.append(field(1, self.dense(x, N_CLASSES)) + field(2, "scores") + field(4, "Identity"))
        graph = b"".join(field(1, node) for node in self.nodes) + field(2, "network")
        graph += b"".join(field(5, tensor) for tensor in self.tensors)
        graph += field(11, described("images", ("n", 3, self.side, self.side)))
        graph += field(12, described("scores", ("n", N_CLASSES)))
        return field(1, 8) + field(2, "transferperf") + field(7, graph) + field(8, field(1, "") + field(2, 13))


def vgg(net: Network) -> str:
    """Pairs of convolutions, and pools between them (Simonyan and Zisserman 2014)."""
    x = net.start
    for channels in (16, 32, 64):
        x = net.pool(net.conv(net.conv(x, channels), channels))
    return net.flat(x)


def mobile(net: Network) -> str:
    """Convolutions of each channel by itself, and of each pixel by itself, in turn (Howard et al. 2017)."""
    x = net.conv(net.start, 16, stride=2)
    for channels, stride in ((32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (128, 1)):
        x = net.conv(x, net.channels[x], stride=stride, depthwise=True)
        x = net.conv(x, channels, 1)
    return net.flat(x)


def residual(net: Network) -> str:
    """Pairs of convolutions that are added to what they were given (He et al. 2015)."""
    x = net.conv(net.start, 16)
    for channels, stride in ((16, 1), (32, 2), (64, 2)):
        around = net.conv(x, channels, 1, stride=stride)
        x = net.add(around, net.conv(net.conv(x, channels, stride=stride), channels))
    return net.flat(x)


def branches(net: Network) -> str:
    """Three ways beside one another, joined, and again: what can run at the same time (Szegedy et al. 2014)."""
    x = net.conv(net.start, 16, stride=2)
    for channels in (16, 24, 32):
        wide = net.conv(net.conv(x, channels // 2, 1), channels, 5)
        x = net.join(net.conv(x, channels, 1), net.conv(net.conv(x, channels // 2, 1), channels), wide)
    return net.flat(x)


def dense(net: Network) -> str:
    """Three layers of neurons that each see all before: many weights, each used once for an image."""
    x = net.flat(net.start, mean=False)
    for n in (512, 512, 256):
        x = net.cut(net.dense(x, n), n)
    return x


KINDS = {"vgg": vgg, "mobile": mobile, "residual": residual, "branches": branches, "dense": dense}


def main(kind: str, side: str, folder: str) -> None:
    """Write a network in all its forms."""
    for form in FORMS:
        network = Network(form, int(side))
        Path(folder, f"{form}.onnx").write_bytes(network.content(KINDS[kind](network)))


if __name__ == "__main__":
    main(*sys.argv[1:])

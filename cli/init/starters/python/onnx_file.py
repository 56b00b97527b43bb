"""Writes a small ONNX file with nothing but Python. For a model of a framework use its own exporter instead:
`torch.onnx.export`, `skl2onnx.to_onnx`, `onnxmltools.convert_xgboost`.
"""

import struct

FLOAT, INT_ATTRIBUTE = 1, 2


def softmax_regression(weights, bias, source, target):
    """The bytes of a model that gives softmax(x · weights + bias): float32[rows, features] in, float32[rows, classes] out.

    `weights` has a list for each feature with a number for each class; `source` and `target` name input and output.
    """
    features, classes = len(weights), len(bias)
    axis = _field(1, "axis") + _field(3, 1) + _field(20, INT_ATTRIBUTE)
    graph = [
        _field(1, _node("Gemm", [source, "weights", "bias"], "logits")),
        _field(1, _node("Softmax", ["logits"], target) + _field(5, axis)),
        _field(2, "softmax_regression"),
        _field(5, _tensor("weights", [features, classes], [value for row in weights for value in row])),
        _field(5, _tensor("bias", [classes], bias)),
        _field(11, _rows_of(source, features)),
        _field(12, _rows_of(target, classes)),
    ]
    return _field(1, 8) + _field(7, b"".join(graph)) + _field(8, _field(2, 17))


def _node(operator, inputs, output):
    return b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, operator)


def _tensor(name, dims, values):
    shape = b"".join(_field(1, dim) for dim in dims)
    return shape + _field(2, FLOAT) + _field(8, name) + _field(9, struct.pack(f"<{len(values)}f", *values))


def _rows_of(name, width):
    """An input or output of any number of rows."""
    dims = _field(1, _field(2, "rows")) + _field(1, _field(1, width))
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, dims)))


def _field(number, value):
    """One field of a Protocol Buffers message: a whole number, a text, or bytes."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)

"""A network as an ONNX file, which many other programs open."""
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..ops.arguments import shown, whole
from .evaluation import predict
from .onnx_layers import WRITERS

OPSET, IR_VERSION = 17, 8       # of 2022: newer programs read them, and programs of that time too


def to_onnx(model, path, shape=None):
    """Write a network to an ONNX file, as it is in inference mode: float32, batches of any size.

    Parameters
    ----------
    model : Layer
    path : str or Path
        ".onnx" is added when missing.
    shape : sequence of int, optional
        Of one input, such as (3, 224, 224), for programs that must know it beforehand; the model is called
        once with zeros to see that it fits. When left out, the file takes images (N, C, H, W) of all sizes
        that the layers allow.

    Returns
    -------
    Path

    Raises
    ------
    ImportError
        When the package onnx is not installed.
    ValueError
        When a layer has no equal in ONNX, or `shape` does not fit the model.

    Notes
    -----
    The graph has one input, "input", and one output, "output". Weights are named as in `state_dict`.
    A layer of your own can be written once `onnx_layers.WRITERS` has a function for it.

    Examples
    --------
    Another runtime (``pip install onnxruntime``) opens the file and reads three digits::

        import onnxruntime
        from cnnlesson import datasets, nn

        nn.to_onnx(nn.trained("digits"), "digits.onnx")
        session = onnxruntime.InferenceSession("digits.onnx")
        (logits,) = session.run(None, {"input": datasets.mnist().test.images[:3]})
        print(logits.argmax(1))     # [7 2 1]
    """
    onnx, path = _package(), Path(path)
    place = Place(onnx)
    place.node("Identity", place.write(model, "input"), output="output")
    path = path if path.suffix == ".onnx" else path.with_name(path.name + ".onnx")
    onnx.save(_file(onnx, place, _input_sizes(model, shape)), path)
    return path


def _package():
    try:
        import onnx  # here, because nothing else needs it
    except ImportError:
        raise ImportError('to_onnx needs the package onnx: pip install "cnnlesson[onnx]"') from None
    return onnx


def _input_sizes(model, shape):
    """Numbers where they are known, names elsewhere."""
    if shape is None:
        return "N", "C", "H", "W"
    if np.ndim(shape) != 1:
        raise ValueError(f"shape must be a sequence of whole numbers, such as (3, 224, 224), got {shown(shape)}")
    sizes = [whole("shape", size, 1) for size in shape]
    predict(model, np.zeros((1, *sizes), np.float32))       # refuses what does not fit
    return "N", *sizes


def _file(onnx, place, sizes):
    """What the file holds; with the shape of every value, so that viewers can show them."""
    def value(name, shape):
        return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)

    # Weights are inputs until the shapes are known, and come in afterwards: their numbers are not copied so often.
    inputs = [value("input", sizes), *(value(array.name, array.dims) for array in place.arrays)]
    graph = onnx.helper.make_graph(place.nodes, "cnnlesson", inputs, [value("output", None)], place.settings)
    opset = onnx.helper.make_opsetid("", OPSET)
    proto = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="cnnlesson")
    try:
        proto = onnx.shape_inference.infer_shapes(proto, strict_mode=True)
    except onnx.shape_inference.InferenceError:
        raise ValueError("shape must be given for a model that takes no images (N, C, H, W), got None") from None
    del proto.graph.input[1:]
    proto.graph.initializer.extend(place.arrays)
    return proto


@dataclass
class Place:
    """Where a layer writes its nodes and arrays: its full name, as "layer1.0", goes before theirs."""
    onnx: object
    name: str = ""
    nodes: list = field(default_factory=list)
    arrays: list = field(default_factory=list)
    settings: list = field(default_factory=list)

    def full(self, key):
        return f"{self.name}.{key}" if self.name else key

    def write(self, layer, x):
        """Write a layer that takes the value of name x; the name of what it gives."""
        kind = next((kind for kind in type(layer).__mro__ if "forward" in vars(kind)), None)    # whose forward it is
        if kind not in WRITERS:
            where = f" as layer {self.name}" if self.name else ""
            raise ValueError(f"model must be of layers that to_onnx can write, got {shown(layer)}{where}")
        return WRITERS[kind](self, layer, x)

    def part(self, parent, name, x):
        """Write one part of a container."""
        inside = self if name in parent.inlined else replace(self, name=self.full(name))
        return inside.write(parent.parts[name], x)

    def node(self, kind, *inputs, output=None, **settings):
        """Write a node; the name of what it gives."""
        output = output or self.full(kind)
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [output], output, **settings))
        return output

    def array(self, key, values):
        """Write an array of float32; its name."""
        return self._keep(self.arrays, key, np.asarray(values, np.float32))

    def setting(self, key, values):
        """Write whole numbers that a node takes as an input; their name."""
        return self._keep(self.settings, key, np.array(values, np.int64))

    def _keep(self, kept, key, values):
        kept.append(self.onnx.numpy_helper.from_array(values, self.full(key)))
        return self.full(key)

    def own(self, layer, *keys):
        """Write those of these arrays that the layer has; their names."""
        return [self.array(key, values) for key, values in layer.own_arrays(keys).items()]

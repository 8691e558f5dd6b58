"""Convolutional neural networks in NumPy, small enough to read, beneath the lessons in ``notebooks/``.

Import what you need: ``from cnnlesson import datasets, plot`` or ``from cnnlesson.ops import conv2d``.

ops         arrays in, arrays out: convolution, pooling, activations, losses, forward and backward
nn          layers that hold weights, networks made of them, and what trains them
datasets    the digits, clothes and photos in ``data/``, and made-up patterns
inspection  looking into a network: what excites a unit, which pixels decide
plot        pictures of arrays
explore     interactive explorers, for a notebook
practice    predictions, checks of exercises, hints

Nothing is imported until you ask for it.
"""

__version__ = "0.1.0"

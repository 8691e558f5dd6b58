"""Explorers: pictures to touch. Each is one call in a lesson; what you set is on its attributes."""
from .activation_explorer import activation
from .channel_explorer import channels
from .deep_stack_explorer import deep_stack
from .digit_explorer import digit
from .iteration_explorer import iteration
from .kernel_explorer import kernel
from .output_size_explorer import output_size
from .pooling_explorer import pooling
from .reliability_explorer import reliability
from .shift_explorer import shift
from .softmax_explorer import softmax
from .weight_explorer import weights

__all__ = [
    "activation", "channels", "deep_stack", "digit", "iteration", "kernel", "output_size", "pooling", "reliability",
    "shift", "softmax", "weights",
]

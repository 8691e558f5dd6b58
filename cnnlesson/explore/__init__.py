"""Explorers: pictures to touch. Each is one call in a lesson; what you set is on its attributes."""
from .digit_explorer import digit
from .kernel_explorer import kernel
from .weight_explorer import weights

__all__ = ["digit", "kernel", "weights"]

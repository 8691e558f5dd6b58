"""Explorers: pictures to touch. Each is one call in a lesson; what you set is on its attributes."""
from .channel_explorer import channels
from .digit_explorer import digit
from .kernel_explorer import kernel

__all__ = ["channels", "digit", "kernel"]

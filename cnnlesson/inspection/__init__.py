"""Looking into a network: what its units see and seek, which pixels decide, how far its answers can be trusted.

Every function takes a model and leaves it as it was: weights, gradients, mode, and what its layers remember.
"""
from .adversarial import fast_gradient
from .attribution import grad_cam, occlusion, saliency
from .calibration import Reliability, calibration_error, fit_temperature, reliability
from .layers import layer_names, split
from .patches import Patches, exciting_patches
from .receptive import influence, receptive_field
from .robustness import accuracy_curve, noisy, rotated, scaled, shifted
from .sampling import upsampled
from .synthesis import visualise

__all__ = [
    "Patches", "Reliability", "accuracy_curve", "calibration_error", "exciting_patches", "fast_gradient",
    "fit_temperature", "grad_cam", "influence", "layer_names", "noisy", "occlusion", "receptive_field",
    "reliability", "rotated", "saliency", "scaled", "shifted", "split", "upsampled", "visualise"]

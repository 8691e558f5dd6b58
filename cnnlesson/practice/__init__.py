"""What a lesson asks of you: predictions to lock in, exercises that are checked, hints on demand."""
from .checks import check
from .colour_edge import COLOUR_PICTURES, colour_responses
from .conv_backward import check_conv_backward, gradient_heat_map
from .diagonal import diagonal_responses, diagonal_score
from .hints import hint
from .lesson00 import check_count, check_environment, check_most_likely, check_paint
from .lesson01 import check_count_weights, check_robust, check_shift
from .lesson02 import READ_WINDOWS, check_convolve, check_diagonal, check_read_kernel
from .lesson03 import UNSEEN_ROWS, check_map_size, check_unseen, check_wide_view
from .lesson04 import check_colour_edge, check_layer, check_read_layer
from .lesson05 import check_anywhere, check_equivariance, check_moves
from .lesson06 import Absolute, check_leaky, check_profiles, check_start_scale, gradient_profiles, start_ratios
from .lesson07 import POOL_GRID, check_not_scale_invariant, check_pool, check_read_pooling, numbers_at_scales
from .lesson09 import READ_LABELS, READ_PROBABILITIES, check_loss_gradient, check_read_loss, check_stable_loss
from .lesson10 import check_memorise, check_update, memorise, tiny_digits, tiny_network
from .prompts import predict, predictions, reveal

__all__ = [
    "Absolute", "COLOUR_PICTURES", "POOL_GRID", "READ_LABELS", "READ_PROBABILITIES", "READ_WINDOWS", "UNSEEN_ROWS",
    "check", "check_anywhere", "check_colour_edge", "check_conv_backward", "check_convolve", "check_count",
    "check_count_weights", "check_diagonal", "check_environment", "check_equivariance", "check_layer",
    "check_leaky", "check_loss_gradient", "check_map_size", "check_memorise", "check_most_likely", "check_moves",
    "check_not_scale_invariant", "check_paint", "check_pool", "check_profiles", "check_read_kernel",
    "check_read_layer", "check_read_loss", "check_read_pooling", "check_robust", "check_shift", "check_stable_loss",
    "check_start_scale", "check_unseen", "check_update", "check_wide_view", "colour_responses",
    "diagonal_responses", "diagonal_score", "gradient_heat_map", "gradient_profiles", "hint", "memorise",
    "numbers_at_scales", "predict", "predictions", "reveal", "start_ratios", "tiny_digits", "tiny_network",
]

"""What a lesson asks of you: predictions to lock in, exercises that are checked, hints on demand."""
from .checks import check
from .diagonal import diagonal_responses, diagonal_score
from .hints import hint
from .lesson00 import check_count, check_environment, check_most_likely, check_paint
from .lesson01 import check_count_weights, check_robust, check_shift
from .lesson02 import READ_WINDOWS, check_convolve, check_diagonal, check_read_kernel
from .prompts import predict, predictions, reveal

__all__ = [
    "READ_WINDOWS", "check", "check_convolve", "check_count", "check_diagonal", "check_environment",
    "check_most_likely", "check_paint", "check_read_kernel",
    "check_count_weights", "check_robust", "check_shift",
    "diagonal_responses", "diagonal_score", "hint", "predict", "predictions", "reveal",
]

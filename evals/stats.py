"""Bootstrap intervals with a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

SEED = 20_260_807
DRAWS = 1_000
LEVEL = 0.95


def interval(
    units: Sequence[T], score: Callable[[Sequence[T]], float], *, draws: int = DRAWS, seed: int = SEED
) -> tuple[float, float]:
    """The percentile bootstrap interval (95 %) of a score over units that are drawn with replacement.

    Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3. The same units give the same interval.
    """
    if not units:
        return 0.0, 0.0
    rng = random.Random(seed)
    size = len(units)
    values = sorted(score([units[rng.randrange(size)] for _ in range(size)]) for _ in range(draws))
    tail = (1 - LEVEL) / 2
    return values[int(tail * draws)], values[min(draws - 1, int((1 - tail) * draws))]

"""The range of a number: from the 0.1 to the 99.9 % quantile, and a little wider."""

import numpy as np

WIDER = 0.1
"""Of the range between the quantiles: labels that lie no further outside are covered, too."""


def number_range(labels: np.ndarray, least: float | None = None, most: float | None = None) -> tuple[float, float, str]:
    """``low``, ``high`` and what they are, in words, for finite ``labels`` [N] of which not all are equal;
    ``least`` and ``most`` are ends that a person chose.

    The quantiles keep one wrong price of a million from stretching the range. Where the smallest or the largest label
    is near its quantile the range reaches to it; both ends are rounded outwards. Answers stay within the range, labels
    outside of it count as they are.
    """
    smallest, largest = float(labels.min()), float(labels.max())
    low, high = (float(end) for end in np.quantile(labels, (0.001, 0.999)))
    margin = WIDER * (high - low)
    low = smallest if smallest >= low - margin or margin == 0 else low
    high = largest if largest <= high + margin or margin == 0 else high
    step = 10.0 ** (np.floor(np.log10(high - low)) - 1)
    low, high = float(np.floor(round(low / step, 6)) * step), float(np.ceil(round(high / step, 6)) * step)
    low, high = float(f"{low:.12g}"), float(f"{high:.12g}")
    low, high = low if least is None else least, high if most is None else most
    outside = int(((labels < low) | (labels > high)).sum())
    words = f"answers are kept within {low:g} to {high:g}"
    if outside:
        few = f"{outside:,} label{' is' if outside == 1 else 's are'}"
        words += f" ({few} outside, from {smallest:g} to {largest:g})"
    return low, high, words

"""Many classes as few rows or columns: the most frequent ones, and one for all others."""

import numpy as np

MOST = 24
"""Classes that have a row or a column of their own, with that of the others."""
OTHERS = "others"


def grouped_classes(counts: np.ndarray, classes: list[str]) -> tuple[np.ndarray, list[str]]:
    """The group [C] of each class and the groups' names [G]: the classes as they are, or of more than ``MOST`` those
    with the largest ``counts`` [C] in their order, and last the others."""
    if len(classes) <= MOST:
        return np.arange(len(classes)), classes
    frequent = np.sort(np.argsort(-counts, kind="stable")[: MOST - 1])
    group = np.full(len(classes), len(frequent))
    group[frequent] = np.arange(len(frequent))
    return group, [*(classes[index] for index in frequent), OTHERS]

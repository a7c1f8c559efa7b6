"""Proper scores of answers: how far probabilities are from what came true. Lower is better.

A count of right answers moves by chance where two ways of asking differ little; these scores see every probability, so
a choice between the ways needs fewer pictures. Gneiting and Raftery, Strictly Proper Scoring Rules, Prediction, and
Estimation, JASA 2007.
"""

from typing import NamedTuple

import numpy as np

from mtldemo.predict.predictor import RawAnswers
from mtldemo.tasks import REGRESSION, Task

LEAST = 1e-6
"""No class is taken for less likely than this: one answer can't be infinitely wrong."""


class Truth(NamedTuple):
    """What is known of N pictures: their labels ``target`` [N], and which of these are ``present`` [N] (bool)."""

    target: np.ndarray
    present: np.ndarray


def loss(task: Task, raw: RawAnswers, truth: Truth) -> float:
    """The mean score of the answers ``raw`` [N] to the labels of N pictures, those without one left out.

    It is the log loss of classes, the continuous ranked probability score of a distribution (in the task's unit), or
    the absolute error of a plain regression, which is the score of a sure answer. NaN without any label.
    """
    target, present = truth
    if not present.any():
        return float("nan")
    wanted, shares = target[present], raw.probabilities[present]
    if task.kind != REGRESSION:
        likelihood = shares[np.arange(len(wanted)), wanted.astype(int)]
        return float(-np.log(np.maximum(likelihood, LEAST)).mean())
    if not shares.shape[1]:
        return float(np.abs(raw.values[present] - wanted).mean())
    # The square of what lies between the two cumulated distributions, summed over the bins of this width.
    width = (task.high - task.low) / (shares.shape[1] - 1)
    reached = task.low + width * np.arange(shares.shape[1]) >= wanted[:, None]
    return float(width * np.square(shares.cumsum(axis=1) - reached).sum(axis=1).mean())

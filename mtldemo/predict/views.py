"""Slightly different views of one crop, whose answers are averaged: test-time augmentation. Imports torch.

Two views are the crop and its mirror image. Four add the crop a little closer and its mirror image a little further
away, which a model trained with changes of scale answers as well, with errors of its own.
"""

import torch
from torch import Tensor
from torch.nn import functional

from mtldemo.model.heads import Prediction, decode, head_of
from mtldemo.tasks import Task

CLOSER, FURTHER = 1.06, 0.94
"""Scales of the third and fourth view, well inside those of training."""


def views_of(images: Tensor, count: int) -> Tensor:
    """The first ``count`` (1, 2 or 4) views of ``images`` [N, 3, S, S]: [count * N, 3, S, S], view by view."""
    views = [images]
    if count > 1:
        views.append(images.flip(3))
    if count > 2:
        views += [_scaled(images, CLOSER), _scaled(views[1], FURTHER)]
    return torch.cat(views)


def together(task: Task, output: Tensor, count: int) -> Prediction:
    """What a head says about N crops from its ``output`` [count * N, out] about their views: the mean probability, or
    the mean value where there is none."""
    prediction = decode(task, output)
    return prediction if count == 1 else head_of(task).averaged(task, prediction, count)


def _scaled(images: Tensor, scale: float) -> Tensor:
    """Images seen ``scale`` times as large; what they don't cover is filled by reflection, as in training."""
    matrix = images.new_tensor([[[1 / scale, 0, 0], [0, 1 / scale, 0]]])
    grid = functional.affine_grid(matrix, [1, *images.shape[1:]], align_corners=False)
    grids = grid.expand(images.shape[0], -1, -1, -1)
    return functional.grid_sample(images, grids, padding_mode="reflection", align_corners=False)

"""The judge of a config: whether a run can be made of it."""

import dataclasses

from mtldemo.config import RunConfig
from mtldemo.tasks import tasks_named


def checked(config: RunConfig) -> RunConfig:
    """``config`` with the strategy's settings in their declared types.

    Raises ``MtlDemoError`` for a task, loss, backbone, strategy or setting that doesn't exist. Imports torch.
    """
    from mtldemo import weighting
    from mtldemo.model.catalogue import backbone_named

    tasks = tasks_named(config.tasks, config.losses)
    tasks_named(config.loss_scales or config.tasks)
    backbone_named(config.model.backbone)
    options = weighting.check_options(config.weighting, tasks)
    return dataclasses.replace(config, weighting=dataclasses.replace(config.weighting, options=options))

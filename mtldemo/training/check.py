"""The judge of a config: whether a run can be made of it."""

import dataclasses

from mtldemo.config import RunConfig


def checked(config: RunConfig) -> RunConfig:
    """``config`` with the strategy's settings in their declared types.

    Raises ``MtlDemoError`` for a task, loss, backbone, strategy or setting that doesn't exist.
    """
    from mtldemo import weighting
    from mtldemo.model.catalogue import backbone_named

    tasks = config.learned_tasks()
    for name in config.loss_scales:
        config.task_set.named(name)
    backbone_named(config.model.backbone)
    options = weighting.check_options(config.weighting, tasks)
    return dataclasses.replace(config, weighting=dataclasses.replace(config.weighting, options=options))

"""The one judge of whether a config may be a run: for the command line, the pages, studies and the run itself."""

import dataclasses

from mtldemo.config import RunConfig
from mtldemo.model.catalogue import backbone_named
from mtldemo.weighting import check_options


def checked(config: RunConfig, *, resumed: bool = False) -> RunConfig:
    """``config`` with the strategy's settings in their declared types.

    Raises ``MtlDemoError`` for a task, loss, backbone, strategy or setting that doesn't exist or doesn't fit, and for
    initial weights that can't be read or are of another backbone; a ``resumed`` run needs these no more.
    """
    tasks = config.learned_tasks()
    for name in config.loss_scales:
        config.task_set.named(name)
    backbone_named(config.model.backbone)
    options = check_options(config.weighting, tasks)
    if config.model.init_from and not resumed:
        # Reading another model's file takes torch.
        from mtldemo.model import initial

        initial.check(config.model)
    return dataclasses.replace(config, weighting=dataclasses.replace(config.weighting, options=options))

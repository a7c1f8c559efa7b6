"""The one judge of whether a config may be a run: for the command line, the pages, studies and the run itself."""

import dataclasses

from mtldemo.config import RunConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model import Plan, sharing
from mtldemo.model.catalogue import backbone_named
from mtldemo.weighting import check_options, costs, strategy_named


def checked(config: RunConfig, *, resumed: bool = False) -> RunConfig:
    """``config`` with the strategy's settings in their declared types.

    Raises ``MtlDemoError`` for a task, loss, backbone, strategy or setting that doesn't exist or doesn't fit, and for
    initial weights that can't be read or are of another backbone; a ``resumed`` run needs these no more.
    """
    tasks = config.learned_tasks()
    for name in config.loss_scales:
        config.task_set.named(name)
    plan = Plan(config.model, tuple(tasks), config.data.image_size)
    backbone_named(config.model.backbone)
    shared = dataclasses.replace(config.sharing, options=sharing.check_options(config.sharing, plan))
    options = check_options(config.weighting, tasks)
    _check_together(config)
    if config.model.init_from and not resumed:
        # Reading another model's file takes torch.
        from mtldemo.model import initial

        initial.check(config.model)
    weighting = dataclasses.replace(config.weighting, options=options)
    return dataclasses.replace(config, sharing=shared, weighting=weighting)


def _check_together(config: RunConfig) -> None:
    """Raises ``MtlDemoError`` where a strategy looks at task gradients in a place that this way of sharing lacks."""
    way, strategy = sharing.sharing_named(config.sharing.sharing), strategy_named(config.weighting.strategy)
    usable = [place for place in costs.places(strategy) if place in way.places]
    if not costs.places(strategy) or config.weighting.gradients_at in usable:
        return
    if not way.places:
        others = ", ".join(each.name for each in sharing.SHARINGS if each.places)
        raise MtlDemoError(
            f"{strategy.title} looks at the task gradients where they meet, and with {way.title.lower()} they meet "
            f"nowhere; choose a weighting by losses, such as uncertainty, or another way of sharing: {others}."
        )
    if not usable:
        raise MtlDemoError(
            f"{strategy.title} has no place to take the task gradients with {way.title.lower()}; choose another way of "
            "sharing, such as hard."
        )
    raise MtlDemoError(
        f"gradients_at: with {way.title.lower()} there is no one last block that all tasks share; choose "
        f"{' or '.join(usable)}."
    )

"""A run whose numbers are no longer finite: what that is, and what can truly be advised then. Knows no file."""

from collections.abc import Sequence

from torch import nn

from mtldemo.config import RunConfig
from mtldemo.errors import DivergedError, MtlDemoError
from mtldemo.sentences import listed
from mtldemo.tasks import Task
from mtldemo.training.compute import ResolvedCompute


class NotFiniteError(MtlDemoError):
    """A number of ``step`` isn't finite; ``what`` it is begins a sentence, such as ``The loss of age is no ...``."""

    def __init__(self, what: str, step: int) -> None:
        super().__init__(f"{what}.")
        self.what, self.step = what, step


def unsound_weights(network: nn.Module) -> str:
    """What of ``network`` is no finite number, as a sentence's subject and verb; empty where all is sound. Averaged
    weights and BatchNorm's running statistics belong to it: none of them ever comes back once it is lost."""
    buffers = {name for name, _ in network.named_buffers()}
    lost = [name for name, value in network.state_dict().items() if not bool(value.isfinite().all())]
    if not lost:
        return ""
    kind = "running statistics of BatchNorm" if set(lost) <= buffers else "weights"
    return f"Some {kind} are no longer finite numbers"


def unsound_answers(tasks: Sequence[str], split: str) -> str:
    """The sentence's beginning for a split whose answers or losses in ``tasks`` aren't finite."""
    return f"The answers to the {split} pictures are no finite numbers in {listed(tasks)}"


def unsound_step(tasks: Sequence[Task], losses: Sequence[bool], step: int) -> NotFiniteError:
    """The error for a step at which not all of ``losses`` (whether each is finite, by task) or the gradient is."""
    bad = [task.name for task, finite in zip(tasks, losses, strict=True) if not finite]
    what = f"The loss of {listed(bad)}" if bad else f"The gradient of {listed([task.name for task in tasks])}"
    return NotFiniteError(f"{what} is no longer a finite number at step {step}", step)


def diverged(
    what: str,
    step: int,
    config: RunConfig,
    compute: ResolvedCompute,
    *,
    best_epoch: int,
    saved_step: int,
    tested: bool = False,
) -> DivergedError:
    """The run's end in words: ``what`` isn't finite after ``step``. ``best_epoch`` is the best sound one (0: none),
    ``saved_step`` that of the last checkpoint (0: none); ``tested`` says that it is the best epoch's test that failed.
    """
    if not best_epoch:
        left = "No epoch before was sound, so there is no model to use."
    elif tested:
        left = f"The model of epoch {best_epoch} is of no use: its answers aren't numbers for all pictures."
    else:
        left = f"The model of epoch {best_epoch}, the best before, stays usable."
    again = f"goes on from step {saved_step}" if saved_step else "begins anew, as there is no checkpoint,"
    return DivergedError(
        f"{what} (learning rate {config.optim.lr:g}, {compute.precision}), so the run has diverged. {left} Resuming it "
        f"{again} and leads to the same point: start a new run with {_remedy(step, config, compute)}."
    )


def _remedy(step: int, config: RunConfig, compute: ResolvedCompute) -> str:
    if step <= 1:  # the learning rate has done nothing yet
        ways = ["other initial weights"] if config.model.init_from else []
        ways += ["smaller loss scales"] if config.loss_scales else []
    else:
        ways = [f"a learning rate below {config.optim.lr:g}"]
    ways += [] if config.optim.clip else ["gradient clipping"]
    ways += [] if compute.precision == "fp32" else ["fp32"]
    return " or ".join(ways or [f"a learning rate below {config.optim.lr:g}"])

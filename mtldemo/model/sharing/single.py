"""No sharing: a network of its own for each task."""

from collections.abc import Sequence

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.model.sharing.base import Network, Plan, Representation
from mtldemo.tasks import Task


class SingleTask(Network):
    r"""K networks that share nothing but the batch: the baseline that every way of sharing has to beat.

    .. math:: \hat y_k = h_k(f_{\theta_k}(x))

    Images [B, 3, S, S] -> features [B, F] a task, K backbones with equal first weights. With the plain sum each learns
    what it would learn in a run of its own, as no gradient is mixed.

    Paper: none; the single-task baseline of the literature, for instance of Vandenhende et al., Multi-Task Learning for
    Dense Prediction Tasks: A Survey, TPAMI 2022.
    """

    name = "single"
    title = "Single-task networks"
    idea = (
        "Each task has a whole network of its own and learns nothing from the others. It costs as much as all the "
        "networks together, and is what sharing has to beat."
    )
    formula = r"\hat y_k = h_k(f_{\theta_k}(x))"
    paper = (
        "The baseline of the literature, for instance of Vandenhende et al., Multi-Task Learning for Dense Prediction "
        "Tasks: A Survey, TPAMI 2022"
    )
    meeting = "Nowhere: no parameter is shared."
    places = ()

    def __init__(self, plan: Plan) -> None:
        from mtldemo.model.by_task import ByTask
        from mtldemo.model.sharing.copies import copies, new_trunk

        super().__init__(plan)
        self.trunks = ByTask(copies(new_trunk(plan).from_(0), plan.names))

    def represent(self, images: Tensor) -> Representation:
        """Images [B, 3, S, S] -> the features [B, F] of each task's own backbone."""
        return Representation({name: trunk(images).float() for name, trunk in self.trunks.items()}, ())

    def own_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The task's backbone."""
        return (self.trunks[task.name],)

    def map_parts(self, task: Task) -> "Sequence[torch.nn.Module]":
        """The task's backbone."""
        return (self.trunks[task.name],)

"""GradDrop: each shared parameter follows the tasks that agree on a sign."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import GradientMerge
from mtldemo.weighting.draws import Draws
from mtldemo.weighting.solvers.inner_products import CHUNK, SMALLEST, gramian


class GradientSignDropout(GradientMerge):
    r"""Picks a sign for each shared parameter, by lot, and drops the gradients of the other sign.

    .. math:: P = \tfrac12 \Big(1 + \frac{\sum_k g_k}{\sum_k |g_k|}\Big), \qquad
        d = \sum_k \big(l + (1 - l)\, M_k\big)\, g_k, \qquad
        M_k = [P > U]\,[g_k > 0] + [P < U]\,[g_k < 0]

    element by element, U uniform on 0 to 1. Gradients [K, P] -> direction [P], and ones [K]: no weight of a task gives
    this direction, and each head gets its own gradient, as published. ``leak`` l: 0 to 1 (the plain sum), default 0.
    ``learned`` tells the share of each task's squared gradient that was kept. State: that, and the count of ``draws``.

    Paper: Chen, Ngiam, Huang, Luong, Kretzschmar, Chai, Anguelov, Just Pick a Sign, NeurIPS 2020. Departures: taken at
    the parameters, or at the shared features as they are; the paper multiplies feature gradients by the features' sign
    and adds them up over the batch first. One leak for all tasks.
    """

    name = "graddrop"
    title = "Gradient sign dropout (GradDrop)"
    idea = (
        "Where tasks disagree whether a parameter should rise or fall, it draws one sign by lot, the likelier the more "
        "the tasks lean to it, and drops the rest. Parameters thus settle where all tasks agree."
    )
    formula = (
        r"P = \tfrac{1}{2} \left(1 + \frac{\sum_k g_k}{\sum_k |g_k|}\right), \qquad "
        r"d = \sum_k \left([P > U][g_k > 0] + [P < U][g_k < 0]\right) g_k"
    )
    paper = (
        "Chen, Ngiam, Huang, Luong, Kretzschmar, Chai, Anguelov, Just Pick a Sign: Optimizing Deep Multitask Models "
        "with Gradient Sign Dropout, NeurIPS 2020"
    )
    cost = "K backward passes, and as many random numbers as shared parameters"

    kept: Tensor

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        leak: Annotated[
            float, Setting("Leak", "Share of each gradient that is never dropped; 1 is the plain sum.", low=0, high=1)
        ] = 0.0,
    ) -> None:
        super().__init__(tasks)
        self.leak = leak
        self.draws = Draws(tasks)
        self.register_buffer("kept", torch.ones(len(self.tasks)))

    def forward(self, gradients: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients [K, P] and losses [K] (not read) -> the direction [P], and ones [K]."""
        generator = self.draws.generator()
        norms = gramian([[row] for row in gradients]).diagonal().sqrt()
        unit = norms.clamp(min=SMALLEST).to(gradients)[:, None]
        direction, signed = gradients.new_empty(gradients.shape[1]), torch.zeros_like(unit[:, 0])
        own = (1 - self.leak) / 2
        for start in range(0, gradients.shape[1], CHUNK):
            block = gradients[:, start : start + CHUNK]
            lot = torch.rand(block.shape[1], generator=generator).to(block)
            size = block.abs()
            total, whole = block.sum(dim=0), size.sum(dim=0)
            # P > U with the fraction multiplied out: where all gradients are zero nothing is left to choose.
            sign = torch.addcmul(total, lot.mul_(-2).add_(1), whole).sign_()
            signed += size.div_(unit).mul_(block / unit) @ sign
            # The positive parts of the gradients sum to (whole + total) / 2, the negative ones to (total - whole) / 2.
            direction[start : start + CHUNK] = total.mul_(1 - own).add_(whole.mul_(sign), alpha=own)
        # The squares of one sign are half of: all squares, and all squares by their sign. Both are in their own unit.
        squares = (norms.to(gradients) / unit[:, 0]).square()
        self.kept.copy_(torch.where(squares > 0, (squares + signed) / (2 * squares), 1.0))
        return direction, torch.ones_like(losses)

    def learned(self) -> dict[str, Tensor]:
        """``kept`` [K]: the share of each task's squared gradient that the last step kept."""
        return {"kept": self.kept.clone()}

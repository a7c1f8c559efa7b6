"""Side by side with TorchJD 0.18 on random gradients, wherever both implement the same rule.

Where they differ, and which of the two follows the paper:

| strategy | TorchJD | here | follows the paper |
|---|---|---|---|
| mgda | Frank-Wolfe, stops after 100 steps or at 1e-3 | exact | both, to their accuracy |
| cagrad | interior point; weights 0 at a Pareto point | exact; the mean gradient there | here |
| nash_mtl | convex programs in turn; shortened to length 1 | exact; length sqrt(K) | here |
| fairgrad | least squares from 1/K, any alpha | exact, alpha from 0.5 | both, to their accuracy |
| upgrad, dualproj | 1e-4 added to the normalised Gramian's diagonal | exact | here |
| aligned_mtl | times 1/K; rank by the largest eigenvalue | plain sum; rank by the gradients in it | here |
| imtl_g | 0 where the weights sum to zero | 1/K there | neither: there is no solution |
| gradvac | 1e-8 added below fractions | cosine aimed at is at most 1 - 1e-6 | neither, there |
| sdmgrad | given a cross-Gramian; momentum | crosses with the batch before | TorchJD |
| excess_mtl | first excess as it is, or from a warm-up | relative to itself from the start | here |
| graddrop | 0/0 where all gradients are zero | zero there | both elsewhere |
| gradnorm, imtl, moco, db_mtl | none | | |

All random orders and lots are drawn by other generators, so that PCGrad, GradVac and GradDrop are compared where these
make no difference.
"""

import warnings

import pytest
import torch
from torch import Tensor

from mtldemo.config import WeightingConfig
from mtldemo.tasks import UTKFACE
from mtldemo.weighting import GradientMerge, build

torchjd = pytest.importorskip("torchjd.aggregation")

LOSSES = torch.tensor([2.0, 3, 4])
SEEDS = range(12)


def rows(seed: int, count: int = 3, size: int = 10) -> Tensor:
    """Random gradients of length about 1 to 3; every other seed leans them against each other."""
    drawn = torch.randn(count, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return drawn - 0.8 * drawn.mean(dim=0) if seed % 2 else drawn


def direction(name: str, gradients: Tensor, **options: float) -> Tensor:
    tasks = UTKFACE if len(gradients) == 3 else UTKFACE.chosen(["age", "gender"])
    strategy = build(WeightingConfig(name, dict(options)), tasks)
    return strategy(gradients @ gradients.T, LOSSES[: len(gradients)]) @ gradients


def compare(found: Tensor, theirs: Tensor, tolerance: float) -> None:
    """The difference of two directions is at most ``tolerance`` of their length."""
    assert (found - theirs).norm() <= tolerance * theirs.norm()


@pytest.mark.parametrize("seed", SEEDS)
def test_imtl_g_and_config_are_alike(seed: int) -> None:
    gradients = rows(seed)
    compare(direction("imtl_g", gradients), torchjd.IMTLG()(gradients), 1e-8)
    compare(direction("config", gradients), torchjd.ConFIG()(gradients), 1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_aligned_mtl_is_k_times_theirs(seed: int) -> None:
    gradients = rows(seed)
    compare(direction("aligned_mtl", gradients), 3 * torchjd.AlignedMTL()(gradients), 1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_upgrad_and_dualproj_are_theirs_without_their_ridge(seed: int) -> None:
    gradients = rows(seed)
    try:
        projector = torchjd.UPGrad().projector
    except ImportError:
        pytest.skip("needs torchjd[quadprog_projector]")
    projector.reg_eps = 1e-10
    compare(direction("upgrad", gradients), torchjd.UPGrad(projector=projector)(gradients), 1e-6)
    compare(direction("dualproj", gradients), torchjd.DualProj(projector=projector)(gradients), 1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_mgda_is_never_longer_and_close(seed: int) -> None:
    gradients = rows(seed)
    found, theirs = direction("mgda", gradients), torchjd.MGDA(epsilon=1e-8, max_iters=5000)(gradients)
    assert found.norm() <= theirs.norm() * (1 + 1e-12)
    compare(found, theirs, 0.02)


@pytest.mark.parametrize("c", [0.3, 0.5, 1.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_cagrad_is_alike_and_serves_the_worst_task_no_less(seed: int, c: float) -> None:
    gradients = rows(seed)
    try:
        solver = torchjd.CAGrad(c=c, norm_eps=0.0)
    except ImportError:
        pytest.skip("needs torchjd[cagrad]")
    found, theirs = direction("cagrad", gradients, c=c), solver(gradients)
    compare(found, theirs, 1e-3)
    assert (gradients @ found).min() >= (gradients @ theirs).min() - 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_nash_is_alike_where_theirs_solves_the_equations(seed: int) -> None:
    gradients = rows(seed)
    try:
        solver = torchjd.NashMTL(n_tasks=3, max_norm=1.0, update_weights_every=1, optim_niter=100)
    except ImportError:
        pytest.skip("needs torchjd[nash_mtl]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = solver(gradients) * 3**0.5
    found = direction("nash_mtl", gradients)

    def wrong(towards: Tensor) -> float:
        weights = torch.linalg.lstsq(gradients.T, towards).solution
        return ((gradients @ towards) * weights - 1).abs().max().item()

    # About every fifth of theirs is off by more than a hundredth, the worst by more than the whole.
    assert wrong(found) <= 1e-9
    if wrong(theirs) <= 1e-3:
        compare(found, theirs, 2e-3)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_fairgrad_is_alike(seed: int, alpha: float) -> None:
    gradients = rows(seed)
    try:
        theirs = torchjd.FairGrad(alpha=alpha)
    except ImportError:
        pytest.skip("needs torchjd[fairgrad]")
    compare(direction("fairgrad", gradients, alpha=alpha), theirs(gradients), 1e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_tasks_leave_pcgrad_and_gradvac_no_choice(seed: int) -> None:
    gradients = rows(seed, count=2)
    compare(direction("pcgrad", gradients), torchjd.PCGrad()(gradients), 1e-8)
    ours = build(WeightingConfig("gradvac"), UTKFACE.chosen(["age", "gender"]))
    theirs = torchjd.GradVac(beta=0.5)
    for step in range(4):
        gradients = rows(100 * seed + step, count=2)
        found = ours(gradients @ gradients.T, LOSSES[:2]) @ gradients
        compare(found, theirs(gradients), 1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_graddrop_agrees_where_nothing_is_drawn(seed: int) -> None:
    gradients = rows(seed).abs().float()
    strategy = build(WeightingConfig("graddrop"), UTKFACE)
    assert isinstance(strategy, GradientMerge)
    compare(strategy(gradients.clone(), LOSSES)[0], torchjd.GradDrop()(gradients), 1e-6)


def test_excess_mtl_agrees_after_a_like_start() -> None:
    ours = build(WeightingConfig("excess_mtl", {"rate": 0.3}), UTKFACE)
    assert isinstance(ours, GradientMerge)
    ours.prepare(10)
    # One step of warm-up takes that step's excess for the first; ours moves by e^rate for all, which cancels.
    theirs = torchjd.ExcessMTL(robust_step_size=0.3, n_warmup_steps=1)
    for step in range(6):
        gradients = rows(step).float()
        found = theirs(gradients)
        compare(ours(gradients.clone(), LOSSES)[0], found, 1e-4)

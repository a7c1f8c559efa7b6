"""What the runs of a comparison have recorded, each beside its arm, as the charts of many runs take them."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from mtldemo import cores
from mtldemo.charts.comparison.arms import ArmRun
from mtldemo.runs.frames import Part, read_frame
from mtldemo.study.divergence import diverged_runs
from mtldemo.study.info import RunInfo

AT_ONCE = min(8, cores.usable())
"""Runs that are read side by side."""


def arm_runs(infos: Iterable[RunInfo], part: Part = "all") -> list[ArmRun]:
    """A part of what the runs have recorded, with their arms; runs without a record are left out."""
    infos = list(infos)
    diverged = diverged_runs(infos)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="frames") as pool:
        frames = list(pool.map(lambda info: read_frame(info.folder, part), infos))
    return [
        ArmRun(info.arm, info.seed, frame, info.name, diverged=info.path in diverged)
        for info, frame in zip(infos, frames, strict=True)
        if len(frame.steps) or len(frame.gradients) or frame.epochs
    ]

"""How the arithmetic of a run is done, and why so, as a person reads it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from mtldemo.config import ComputeConfig
from mtldemo.ui.plain import plain
from mtldemo.ui.words import count

DEVICES = {"cpu": "Processor (CPU)", "cuda": "Graphics card (CUDA)", "mps": "Graphics card (Apple)"}
PRECISIONS = {
    "fp32": "32-bit floating point (fp32)",
    "bf16": "16-bit (bfloat16) in the backbone, 32-bit in heads and losses",
}
LAYOUTS = {"contiguous": "One channel after the other (contiguous)", "channels_last": "Pixel by pixel (channels last)"}


def arithmetic(compute: Mapping[str, Any], wanted: ComputeConfig) -> None:
    """Draw what a run computes with, as recorded in ``compute``, who chose it, and what was measured for it."""
    st.table(
        {title: plain(words) for title, words in in_words(compute, wanted).items()},
        border="horizontal",
        alt="Chosen arithmetic",
    )
    measured = compute.get("measured")
    if isinstance(measured, Mapping) and measured:
        st.markdown("**Measured on this machine, training images a second**")
        st.table(
            {plain(_choice(str(name))): plain(_speed(speed)) for name, speed in measured.items()},
            border="horizontal",
            alt="Measured speeds",
        )


def in_words(compute: Mapping[str, Any], wanted: ComputeConfig) -> dict[str, str]:
    """What a run computes with, by title; ``wanted`` is what its config leaves open."""
    device, threads = str(compute.get("device", "")), compute.get("threads")
    rows = {
        "Device": DEVICES.get(device, device),
        "Precision": _named(PRECISIONS, compute.get("precision")),
        "Memory layout": _named(LAYOUTS, compute.get("layout")),
    }
    if device == "cpu":
        most = count(threads, "thread") if isinstance(threads, int) else str(threads)
        rows["Threads"] = f"Up to {most}, fewer while other programs are busy" if compute.get("adapts") else most
        beside = "On another core, beside the rest of the backward pass, where one is free"
        rows["Weight gradients"] = beside if compute.get("overlap") else "By the same threads"
    changes = compute.get("changes")
    if changes:
        rows["Changes"] = changes_in_words(changes, threads)
    rows["Chosen"] = _chosen_by(compute, wanted)
    return rows


def changes_in_words(changes: object, most: object) -> str:
    """The changes of the number of threads, (step, threads) each, from ``most`` at first."""
    parts, before = [], most
    for change in changes if isinstance(changes, list | tuple) else ():
        match change:
            case [int(step), int(threads)]:
                fewer = isinstance(before, int) and threads < before
                why = "other programs were busy" if fewer else "cores were free again"
                parts.append(f"from step {step:,}: {count(threads, 'thread')}, {why}")
                before = threads
            case _:
                parts.append(str(change))
    return "; ".join(parts)


def _chosen_by(compute: Mapping[str, Any], wanted: ComputeConfig) -> str:
    if wanted.repeatable:
        return "By rule, as the run is repeatable: nothing is measured, and other programs change nothing"
    if compute.get("measured"):
        return "The fastest as measured once on this machine for this network and size, and remembered"
    return "By the settings of the run and the kind of device; nothing had to be measured"


def _choice(name: str) -> str:
    """A measured choice, such as ``bf16 channels_last`` or ``2 threads``."""
    precision, _, layout = name.partition(" ")
    if precision in PRECISIONS and layout in LAYOUTS:
        return f"{precision}, {layout.replace('_', ' ')}"
    return name.removesuffix("s") if name == "1 threads" else name


def _named(titles: Mapping[str, str], name: object) -> str:
    return titles.get(str(name), str(name))


def _speed(speed: object) -> str:
    return f"{speed:,.0f}" if isinstance(speed, int | float) else str(speed)

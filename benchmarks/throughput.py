"""How fast training is, side by side with two other loops on the same pictures.

    python -m benchmarks.throughput --source UTKFace.tar.gz --json

`blog`: ResNet-18 without augmentation against the loop of the HydraNet tutorial as published: the backbone is run
once a task, each picture is opened by Pillow within the loop, fp32, plain SGD. At 64 px and at the tutorial's 32 px.
`bare`: the default recipe, with and without augmentation, against a bare loop of the same network, precision, layout,
optimizer and batch on tensors that lie in memory.

The loops take turns, some steps each, so that another program's load weighs on all of them; ratios are medians over the
rounds. Ours is the generator that runs use, records and averaged weights included; validation isn't counted anywhere.
"""

import argparse
import dataclasses
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision import transforms

from mtldemo import model as models
from mtldemo.config import AugmentConfig, ComputeConfig, DataConfig, ModelConfig, RunConfig
from mtldemo.data import Dataset, load
from mtldemo.data.batches import Batches
from mtldemo.data.open_path import open_path
from mtldemo.model.heads import task_loss
from mtldemo.presets import preset_named
from mtldemo.tasks import UTKFACE
from mtldemo.training.compute import ResolvedCompute, resolve_compute
from mtldemo.training.loop import Checkpoint, train

LONG = 100
"""Epochs: more than any measurement takes."""


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = os.environ.get("MTLDEMO_DATA", "../shared/data")
    parser.add_argument(
        "--source", type=Path, default=Path(data, "utkface", "UTKFace.tar.gz"), help="folder or archive"
    )
    parser.add_argument("--limit", type=int, default=4000, help="use the first N pictures only")
    parser.add_argument("--steps", type=int, default=6, help="steps of each loop in a round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=("blog", "bare"), help="one of the two comparisons")
    parser.add_argument("--image-sizes", type=int, nargs="+", default=[64, 32], help="of the comparison with the blog")
    parser.add_argument("--backbone", default=ModelConfig().backbone, help="of the comparison with the bare loop")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(prefix="mtldemo-benchmark-") as place:
        os.environ["MTLDEMO_CACHE"] = str(Path(place, "cache"))
        folder = _unpack(chosen.source, Path(place, "pictures"), chosen.limit)
        if chosen.only != "bare":
            results += [against_blog(folder, size, chosen.steps, chosen.rounds) for size in chosen.image_sizes]
        if chosen.only != "blog":
            results += [
                against_bare(folder, chosen.backbone, augment, chosen.steps, chosen.rounds) for augment in (False, True)
            ]
    if chosen.json:
        print(json.dumps(results, indent=2))
        return
    for result in results:
        print("  ".join(f"{name} {value}" for name, value in result.items()))


def against_blog(folder: Path, size: int, steps: int, rounds: int) -> dict[str, object]:
    """Ours and the tutorial's loop, both with ResNet-18, SGD and batches of 64; ours computes as measured here."""
    preset = preset_named("blog").config
    config = dataclasses.replace(
        preset,
        epochs=LONG,
        data=DataConfig(source=str(folder), image_size=size),
        compute=ComputeConfig(),
    )
    dataset = load(config.data)
    compute = _as_on_an_idle_machine(config, dataset)
    torch.set_num_threads(compute.threads)
    with _apart(_blog, config, folder, compute.threads) as blog:
        loops = {"ours": _ours(config, dataset, compute), "blog": blog}
        return {
            "name": f"ours to the blog's loop, {size} px",
            **_take_turns(loops, config.batch_size, steps, rounds),
            "target": 5.0 if size >= 64 else 4.0,
            "compute": f"{compute.precision} {compute.layout}, {compute.threads} threads",
        }


def against_bare(folder: Path, backbone: str, augment: bool, steps: int, rounds: int) -> dict[str, object]:
    """Ours by the default recipe and a bare loop of the same network on tensors in memory."""
    config = RunConfig(
        epochs=LONG,
        checkpoint_every=86_400,
        data=DataConfig(source=str(folder)),
        model=ModelConfig(backbone=backbone),
        augment=AugmentConfig(augment=augment),
    )
    dataset = load(config.data)
    compute = _as_on_an_idle_machine(config, dataset)
    loops = {"ours": _ours(config, dataset, compute), "bare": _bare(config, dataset, compute)}
    return {
        "name": f"ours to a bare loop, {backbone}, {'default' if augment else 'no'} augmentation",
        **_take_turns(loops, config.batch_size, steps, rounds),
        "target": 0.85 if augment else 0.95,
        "compute": f"{compute.precision} {compute.layout}, {compute.threads} threads",
    }


def _as_on_an_idle_machine(config: RunConfig, dataset: Dataset) -> ResolvedCompute:
    """As a run computes beside no other program: the loop whose turn it isn't would be taken for one."""
    return dataclasses.replace(resolve_compute(config, dataset), adapts=False)


def _take_turns(loops: dict[str, Callable[[], float]], batch: int, steps: int, rounds: int) -> dict[str, object]:
    """The median over the rounds of the second loop's time as a multiple of the first's, and both speeds."""
    for step in loops.values():
        step()
    taken: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(rounds):
        # Who goes first changes, so that neither always finds the caches as the other left them.
        for name in sorted(loops, reverse=bool(turn % 2)):
            taken[name].append(sum(loops[name]() for _ in range(steps)))
    ours, other = taken.values()
    ratios = [theirs / mine for mine, theirs in zip(ours, other, strict=True)]
    speeds = {
        f"{name}_images_per_second": round(batch * steps / statistics.median(seconds), 1)
        for name, seconds in taken.items()
    }
    return {"ratio": round(statistics.median(ratios), 3), "ratios": [round(ratio, 2) for ratio in ratios], **speeds}


def _ours(config: RunConfig, dataset: Dataset, compute: ResolvedCompute) -> Callable[[], float]:
    """One step of the real loop, in seconds, with whatever else it does between two step records but validation."""
    events = train(config, dataset, compute=compute)
    last = 0

    def step() -> float:
        nonlocal last
        seconds = 0.0
        while True:
            started = time.perf_counter()
            event = next(events)
            took = time.perf_counter() - started
            if isinstance(event, Checkpoint) or event["kind"] == "epoch":
                continue
            seconds += took
            if event["kind"] == "step":
                # A long run records each stride-th step alone.
                steps, last = event["step"] - last, event["step"]
                return seconds / steps

    return step


@contextmanager
def _apart(make: Callable[..., Callable[[], float]], *arguments: Any) -> Iterator[Callable[[], float]]:
    """The loop that ``make`` gives, in a process of its own: what ours sets for its whole process doesn't help it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, make, arguments), daemon=True)
    process.start()

    def step() -> float:
        here.send(True)
        return here.recv()

    try:
        yield step
    finally:
        here.send(False)
        process.join()


def _serve(asked: Connection, make: Callable[..., Callable[[], float]], arguments: tuple[Any, ...]) -> None:
    step = make(*arguments)
    while asked.recv():
        asked.send(step())


def _blog(config: RunConfig, folder: Path, threads: int) -> Callable[[], float]:
    """A step of the tutorial's loop: pictures opened one by one, the backbone run for each task on its own."""
    torch.set_num_threads(threads)
    dataset, size = load(config.data), config.data.image_size
    prepare: Any = transforms.Compose(
        [
            transforms.Resize((size, size)),
            transforms.ToTensor(),
            transforms.Normalize(list(dataset.mean), list(dataset.std)),
        ]
    )
    rows = dataset.table[dataset.table["split"] == "train"]
    labelled_rows = {task.name: dataset.present(task.name, dataset.indices("train")) for task in UTKFACE}

    class Opened(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return len(rows)

        def __getitem__(self, place: int) -> tuple[Tensor, dict[str, float], dict[str, bool]]:
            row, there = rows.iloc[place], {name: bool(labelled[place]) for name, labelled in labelled_rows.items()}
            with Image.open(folder / row["file"]) as image:
                return prepare(image.convert("RGB")), {task.name: row[task.name] for task in UTKFACE}, there

    loader = DataLoader(Opened(), config.batch_size, shuffle=True, drop_last=True)
    model = models.build(config.model, UTKFACE, size).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=config.optim.lr, momentum=config.optim.momentum)

    def steps() -> Iterator[None]:
        while True:
            for images, targets, present in loader:
                optimizer.zero_grad()
                losses = [
                    task_loss(
                        task, model.heads[task.name](model.backbone(images)), targets[task.name], present[task.name]
                    )
                    for task in UTKFACE
                ]
                torch.stack(losses).sum().backward()
                optimizer.step()
                yield

    return _timed(steps())


def _bare(config: RunConfig, dataset: Dataset, compute: ResolvedCompute) -> Callable[[], float]:
    """A step of the shortest loop that trains the same network, on batches made beforehand."""
    model = models.build(config.model, UTKFACE, config.data.image_size).train()
    compute.move(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=config.optim.weight_decay, fused=True)
    source = Batches(dataset, "train", UTKFACE, config.batch_size, channels_last=compute.channels_last)
    batches = [batch for batch, _ in zip(source.epoch(0), range(8), strict=False)]

    def steps() -> Iterator[None]:
        while True:
            for batch in batches:
                optimizer.zero_grad()
                with compute.autocast():
                    outputs = model(batch.images)
                losses = [
                    task_loss(task, outputs[task.name], batch.targets[task.name], batch.present[task.name])
                    for task in UTKFACE
                ]
                torch.stack(losses).sum().backward()
                optimizer.step()
                yield

    return _timed(steps())


def _timed(steps: Iterator[None]) -> Callable[[], float]:
    def step() -> float:
        started = time.perf_counter()
        next(steps)
        return time.perf_counter() - started

    return step


def _unpack(source: Path, folder: Path, limit: int) -> Path:
    """Copies of the pictures in one flat folder, since the tutorial's loop reads files."""
    folder.mkdir()
    for number, picture in enumerate(open_path(str(source)).pictures()):
        if number == limit:
            break
        (folder / picture.name.rpartition("/")[2]).write_bytes(picture.read())
    return folder


if __name__ == "__main__":
    main()

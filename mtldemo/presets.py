"""Whole configs to start from, each with a reason to exist. Imports no torch."""

import dataclasses
from dataclasses import dataclass

from mtldemo.config import (
    AugmentConfig,
    ComputeConfig,
    DataConfig,
    ModelConfig,
    OptimConfig,
    RunConfig,
    SyntheticConfig,
    WeightingConfig,
)
from mtldemo.errors import MtlDemoError


@dataclass(frozen=True)
class Preset:
    """A ``config`` with a ``name`` for the command line, and a ``title`` and ``description`` for the page. One for
    ``photographs`` names no data set: it is for real faces, and means nothing on the built-in drawings."""

    name: str
    title: str
    description: str
    config: RunConfig
    photographs: bool = False


UTKFACE = RunConfig(
    losses={"age": "distribution"},
    label_smoothing=0.05,
    epochs=24,
    batch_size=64,
    data=DataConfig(image_size=64),
    model=ModelConfig(backbone="resnet18_small", dropout=0.1),
    weighting=WeightingConfig(strategy="fixed", options={"weights": {"age": 0.6}}),
    optim=OptimConfig(optimizer="adamw", lr=2e-3, schedule="cosine", warmup=0.15, weight_decay=0.05, ema=0.998),
    augment=AugmentConfig(rotate=8.0),
)
"""What the presets for real faces share."""
UTKFACE_96 = dataclasses.replace(
    UTKFACE,
    epochs=30,
    data=DataConfig(image_size=96, val_share=0.05, test_share=0.07),
    augment=AugmentConfig(rotate=10.0, zoom=0.16, shift=0.08),
)
"""What a finer one begins with."""

PRESETS: tuple[Preset, ...] = (
    Preset(
        name="default",
        title="Plain start",
        description="All settings as they are, on the data that you choose: 64 px, ten epochs, equal weights.",
        config=RunConfig(),
    ),
    Preset(
        name="demo",
        title="Small demo",
        description=(
            "The built-in portraits at 48 px with uncertainty weighting: about a minute on two cores, in which the "
            "tasks are learned one after the other and their weights drift apart."
        ),
        config=RunConfig(
            epochs=12,
            batch_size=64,
            gradients_every=10,
            data=DataConfig(source="synthetic", image_size=48, synthetic=SyntheticConfig(images=3000, difficulty=0.1)),
            weighting=WeightingConfig(strategy="uncertainty"),
            optim=OptimConfig(ema=0.98),
            compute=ComputeConfig(repeatable=True),
        ),
    ),
    Preset(
        name="utkface",
        title="UTKFace at 64 px",
        description=(
            "A recipe for real faces from random weights: age as a distribution over years, AdamW with warm-up and "
            "cosine, averaged weights, light augmentation. Twenty-four epochs are about a quarter of an hour on two "
            "cores."
        ),
        config=UTKFACE,
        photographs=True,
    ),
    Preset(
        name="utkface-96",
        title="UTKFace at 96 px",
        description=(
            "The first half of the recipe of the model that comes along: more pixels, wider changes of scale and "
            "place, thirty epochs, and a smaller share held out. About an hour on two cores."
        ),
        config=UTKFACE_96,
        photographs=True,
    ),
    Preset(
        name="utkface-128",
        title="UTKFace, fine-tuned at 128 px",
        description=(
            "The second half of that recipe: choose a run of 'UTKFace at 96 px' as its initial weights, under Network. "
            "It goes on with more pixels and a lower rate for twenty-four epochs, about an hour and a quarter on two "
            "cores, and is kept from learning labels by heart: more dropout and smoothing, wider changes, and parts of "
            "pictures hidden."
        ),
        config=dataclasses.replace(
            UTKFACE_96,
            epochs=24,
            label_smoothing=0.1,
            data=dataclasses.replace(UTKFACE_96.data, image_size=128),
            model=dataclasses.replace(UTKFACE_96.model, dropout=0.3),
            optim=dataclasses.replace(UTKFACE_96.optim, lr=1e-3, warmup=0.06),
            augment=AugmentConfig(rotate=14.0, zoom=0.2, shift=0.09, colour=0.3, grey=0.08, erase=0.4),
        ),
        photographs=True,
    ),
    Preset(
        name="blog",
        title="The blog's recipe",
        description=(
            "The HydraNet tutorial's training: ResNet-18 at 32 px, plain sum, SGD at 1e-4 with momentum 0.09, fp32, no "
            "schedule, no augmentation, no averaging. Slow to learn, and a fair baseline."
        ),
        config=RunConfig(
            epochs=10,
            batch_size=64,
            data=DataConfig(image_size=32),
            model=ModelConfig(backbone="resnet18"),
            weighting=WeightingConfig(strategy="equal"),
            optim=OptimConfig(
                optimizer="sgd", lr=1e-4, schedule="constant", warmup=0.0, weight_decay=0.0, momentum=0.09, ema=0.0
            ),
            augment=AugmentConfig(augment=False),
            compute=ComputeConfig(precision="fp32", repeatable=True),
        ),
    ),
)
"""Every preset, in the order in which they are shown."""


def preset_named(name: str) -> Preset:
    """The preset called ``name``; raises ``MtlDemoError`` with the choices where there is none."""
    for preset in PRESETS:
        if preset.name == name:
            return preset
    raise MtlDemoError(f"There is no preset {name!r}; choose from {', '.join(preset.name for preset in PRESETS)}.")

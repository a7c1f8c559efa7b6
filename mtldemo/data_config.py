"""Which pictures a run learns from, how their labels are read and how they are split."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from mtldemo.settings import Setting

OWN_SPLIT = "own_split"
"""What some settings need: a data set that brings a split, or folds, of its own."""
PORTRAITS = "portraits"
"""What others need: the tasks of the drawn portraits, which are UTKFace's."""


@dataclass(frozen=True)
class SyntheticConfig:
    """The built-in drawn portraits: how many, how hard, how noisy."""

    images: Annotated[
        int, Setting("Portraits", "How many are drawn.", low=60, high=50_000, step=500, needs=PORTRAITS)
    ] = 3000
    age_noise: Annotated[
        float,
        Setting(
            "Age noise",
            "Spread of the random error added to each age label.",
            low=0,
            high=40,
            unit="years",
            needs=PORTRAITS,
        ),
    ] = 4.0
    gender_noise: Annotated[
        float,
        Setting("Gender noise", "Share of gender labels replaced by the other.", low=0, high=0.5, needs=PORTRAITS),
    ] = 0.02
    ethnicity_noise: Annotated[
        float,
        Setting("Ethnicity noise", "Share of ethnicity labels replaced by another.", low=0, high=0.8, needs=PORTRAITS),
    ] = 0.05
    difficulty: Annotated[
        float,
        Setting(
            "Difficulty",
            "How faint the signs of each task are: 0 is plain, 1 is barely visible.",
            low=0,
            high=1,
            needs=PORTRAITS,
        ),
    ] = 0.3
    draw_seed: Annotated[
        int, Setting("Drawing seed", "Another seed draws other portraits.", low=0, advanced=True, needs=PORTRAITS)
    ] = 0


@dataclass(frozen=True)
class DataConfig:
    """Which pictures, at which size, and how they are split."""

    source: Annotated[
        str, Setting("Data set", "A folder, an archive, a list of pictures with their labels, or a built-in set.")
    ] = "synthetic"
    image_size: Annotated[
        int, Setting("Image size", "Side of the square the network sees.", low=16, high=256, step=16, unit="px")
    ] = 64
    val_share: Annotated[
        float, Setting("Validation share", "Held out to choose the best epoch.", low=0.02, high=0.4, advanced=True)
    ] = 0.1
    test_share: Annotated[
        float, Setting("Test share", "Held out and used once, at the end.", low=0.02, high=0.4, advanced=True)
    ] = 0.1
    split_seed: Annotated[
        int, Setting("Split seed", "Same seed, same split, on every machine.", low=0, advanced=True)
    ] = 0
    split: Annotated[
        str,
        Setting(
            "Split",
            "given: the data set's own, where it brings one; drawn: always drawn by the split seed.",
            choices=("given", "drawn"),
            advanced=True,
            needs=OWN_SPLIT,
        ),
    ] = "given"
    fold: Annotated[
        int,
        Setting(
            "Fold",
            "Of a data set that brings folds: which one is the test; the next one validates.",
            low=0,
            advanced=True,
            needs=OWN_SPLIT,
        ),
    ] = 0
    copies: Annotated[
        str,
        Setting(
            "Identical copies",
            "once: byte-identical pictures with the same labels count as one picture; all: each of them counts, as in "
            "runs from before there was this setting.",
            choices=("once", "all"),
            advanced=True,
            before="all",
        ),
    ] = "once"
    labels: dict[str, Any] = field(default_factory=dict)
    """What a person chose on how labels are read, such as a column's kind; see ``labels.choices.TaskChoices``."""
    synthetic: SyntheticConfig = field(default_factory=SyntheticConfig)

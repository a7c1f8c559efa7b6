from pathlib import Path

from mtldemo.config import DataConfig, RunConfig, WeightingConfig
from mtldemo.runs import RunFolder
from mtldemo.study import scalars


def test_each_kind_of_record_gives_its_numbers() -> None:
    step = {"kind": "step", "losses": {"age": 2}, "weights": {"age": 0.5}, "lr": 1e-3, "objective": None}
    assert scalars.numbers_of(step) == {"train/age/loss": 2, "train/age/weight": 0.5, "train/lr": 1e-3}
    gradients = {"kind": "gradients", "norms": {"age": 1.0}, "cosines": {"age|gender": -0.5}}
    assert scalars.numbers_of(gradients) == {"gradients/age/norm": 1, "gradients/age-gender/cosine": -0.5}
    epoch = {
        "kind": "epoch",
        "train_losses": {"age": 3.0},
        "val_losses": {"age": 4.0},
        "metrics": {"gender": {"accuracy": 0.9, "confusion": [[1, 2], [3, 4]]}},
        "learned": {"sigma": {"age": 4.1}},
        "score": 0.5,
        "best": True,
    }
    assert scalars.numbers_of(epoch) == {
        "train/age/mean_loss": 3,
        "val/age/loss": 4,
        "val/gender/accuracy": 0.9,
        "val/score": 0.5,
        "learned/sigma/age": 4.1,
    }
    assert scalars.numbers_of({"kind": "test", "losses": {"age": 5}, "metrics": {"age": {"mae": 6}}}) == {
        "test/age/loss": 5,
        "test/age/mae": 6,
    }


def test_what_is_no_number_is_left_out() -> None:
    foreign = {"kind": "step", "losses": {"age": "high", "gender": float("inf")}, "weights": [1, 2], "lr": True}
    assert scalars.numbers_of(foreign) == {}
    assert scalars.numbers_of({"kind": "epoch", "metrics": {"age": 3}, "learned": {"sigma": None}}) == {}
    assert scalars.numbers_of({"kind": "unheard of", "losses": {"age": 1.0}}) == {}


def test_settings_have_their_paths() -> None:
    config = RunConfig(
        tasks=("age", "gender"),
        loss_scales={"age": 0.1},
        data=DataConfig(image_size=48),
        weighting=WeightingConfig("uncertainty", {"form": "half"}),
    )
    told = scalars.settings(config)
    assert told["tasks"] == "age,gender"
    assert told["loss_scales.age"] == 0.1
    assert told["data.image_size"] == 48
    assert told["data.synthetic.images"] == 3000
    assert (told["weighting.strategy"], told["weighting.options.form"]) == ("uncertainty", "half")
    assert all(isinstance(value, str | bool | int | float) for value in told.values())


def test_titles_are_unique_on_every_system(tmp_path: Path) -> None:
    runs = [RunFolder(tmp_path / name) for name in ("one/a", "two/A", "two/b", "three/one/a")]
    assert scalars.titles(runs) == ["one-a", "two-A", "b", "one-a-2"]

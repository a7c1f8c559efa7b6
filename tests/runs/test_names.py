import dataclasses

import pytest

from mtldemo.config import ModelConfig, RunConfig, SharingConfig, WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.runs import checked_name, generated_name


@pytest.mark.parametrize("name", ["a", "UTKFace 64 px", "dwa-1.2_(b)", "läuft", "x" * 80, "console"])
def test_names_that_every_system_can_have(name: str) -> None:
    assert checked_name(f" {name} ") == name


@pytest.mark.parametrize(
    "name", ["", " ", "a/b", "a\\b", "..", ".hidden", "-x", "end.", "CON", "nul.txt", "com1", "x" * 81, "a:b", "a\nb"]
)
def test_names_that_some_system_refuses(name: str) -> None:
    with pytest.raises(MtlDemoError, match="name"):
        checked_name(name)


def test_a_generated_name_says_what_the_run_is() -> None:
    config = RunConfig(weighting=WeightingConfig("uw_so"), model=ModelConfig(backbone="a/b c"))
    name = generated_name(config, now=0)
    assert name.startswith("uw_so-a_b_c-19")
    shared = dataclasses.replace(config, sharing=SharingConfig("mmoe", {"experts": 4}))
    assert generated_name(shared, now=0).startswith("uw_so-mmoe-experts_4-a_b_c-19")
    assert checked_name(name) == name

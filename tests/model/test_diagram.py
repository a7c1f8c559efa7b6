"""The parts of a network as a drawing shows them, over all ways of sharing."""

import pytest

from mtldemo import model as models
from mtldemo.config import ModelConfig, SharingConfig
from mtldemo.model.diagram import PICTURE, Part, parts_of
from mtldemo.model.sharing import SHARINGS, Plan
from mtldemo.tasks import Task

MODEL, SIZE = ModelConfig(head_hidden=8), 32
TASKS = tuple(Task(name, name, kind="binary", classes=("no", "yes")) for name in ("one", "two", "three"))


def parts(name: str, **options: object) -> dict[str, Part]:
    found = parts_of(Plan(MODEL, TASKS, SIZE), SharingConfig(name, options))
    return {part.path: part for part in found}


def readers(found: dict[str, Part], path: str) -> set[str]:
    """Which parts read the one at ``path``."""
    number = list(found).index(path)
    return {part.path for part in found.values() if number in part.reads}


@pytest.mark.parametrize("name", [way.name for way in SHARINGS])
def test_the_parts_are_the_whole_network_in_its_order(name: str) -> None:
    found = list(parts(name).values())
    network = models.build(MODEL, TASKS, SIZE, SharingConfig(name))
    assert sum(part.parameters for part in found) == sum(parameter.numel() for parameter in network.parameters())
    shared = sum(part.parameters for part in found if not part.owners)
    assert shared == sum(parameter.numel() for parameter in network.shared_parameters())
    for part in found:
        assert part.reads
        assert part.column == 1 + max(PICTURE if number == PICTURE else found[number].column for number in part.reads)
    heads = [part for part in found if part.label == "head"]
    assert [part.lane for part in heads] == ["one", "two", "three"]
    assert {part.column for part in heads} == {max(part.column for part in found)}


def test_what_reads_what() -> None:
    hard = parts("hard", split="stage2")
    assert readers(hard, "backbone") == {"later.one", "later.two", "later.three"}
    experts = parts("mmoe", experts=2)
    assert readers(experts, "experts.0") == {"heads.one", "heads.two", "heads.three"}
    assert readers(experts, "gates.two") == {"heads.two"}
    stitched = parts("cross_stitch")
    assert readers(stitched, "stages.0.one") == {"units.0"}
    assert stitched["units.2"].owners == ("one", "two", "three")
    assert stitched["stages.0.one"].owners == ()


def test_what_the_penalty_holds_together_is_said() -> None:
    assert [part.path for part in parts("soft").values() if part.pulled] == ["trunks.one", "trunks.two", "trunks.three"]
    assert not any(part.pulled for part in parts("single").values())

import pytest

from mtldemo.config import RunConfig, with_value
from mtldemo.titles import short_title, weights_title, without_paths


@pytest.mark.parametrize("start", ["/home/someone/runs", r"C:\Users\someone\runs"])
def test_of_paths_others_see_the_last_name_only(start: str) -> None:
    sign = "\\" if "\\" in start else "/"
    config = with_value(RunConfig(), ("data", "source"), f"{start}{sign}UTKFace.tar.gz")
    config = with_value(config, ("model", "init_from"), f"{start}{sign}first{sign}model.safetensors")
    shown = without_paths(config)
    assert (shown.data.source, shown.model.init_from) == ("UTKFace.tar.gz", "first")
    assert without_paths(RunConfig()) == RunConfig()
    assert weights_title(f"{start}{sign}mine.safetensors") == "mine.safetensors"


@pytest.mark.parametrize(("source", "shown"), [("/mine/synthetic", "./synthetic"), ("/", "pictures")])
def test_no_folder_becomes_the_built_in_set(source: str, shown: str) -> None:
    once = without_paths(with_value(RunConfig(), ("data", "source"), source))
    assert once.data.source == shown
    assert without_paths(once) == once


def test_a_short_title_is_the_methods_own_name() -> None:
    assert short_title("Multiple gradient descent (MGDA)") == "MGDA"
    assert short_title("Uncertainty weighting (Kendall)") == "Uncertainty weighting (Kendall)"

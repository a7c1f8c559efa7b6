"""Home: five lines, a demo run by one button, the latest runs."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo import launch
from mtldemo.config import RunConfig
from mtldemo.errors import MtlDemoError
from mtldemo.presets import preset_named
from mtldemo.runs import RunFolder, list_runs

HEAVY = ("torch", "pandas", "plotly.graph_objects")


def test_empty_home_names_the_next_action(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert app.button(key="start_demo").label == "Start a demo run"
    assert any("Start the demo" in caption.value for caption in app.caption)


def test_the_demo_starts_and_is_shown(app: AppTest, own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[RunConfig] = []

    def start(config: RunConfig, *, runs_dir: Path, name: str | None = None) -> RunFolder:
        started.append(config)
        return RunFolder.create(runs_dir, config, name)

    monkeypatch.setattr(launch, "start", start)
    app.run()
    app.button(key="start_demo").click().run()
    assert not app.exception
    assert started == [preset_named("demo").config]
    assert app.query_params["run"] == list_runs(own_folders / "runs")[0].name
    assert app.title[0].value == "Train"


def test_a_refused_start_is_said_in_words(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(config: RunConfig, *, runs_dir: Path) -> RunFolder:
        raise MtlDemoError("No room left on the disk.")

    monkeypatch.setattr(launch, "start", refuse)
    app.run()
    app.button(key="start_demo").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == ["No room left on the disk."]


def test_latest_runs_show_state_and_metrics(app: AppTest, make_run: Callable[..., RunFolder]) -> None:
    make_run("done")
    make_run("lost", state="crashed")
    app.run()
    assert not app.exception
    words = " ".join(item.value for item in app.markdown)
    assert "**done**" in words
    assert "Finished" in words
    assert "Crashed" in words
    assert "Age **6.00 years**" in words


def test_a_damaged_run_is_told_and_the_others_shown(
    app: AppTest, make_run: Callable[..., RunFolder], own_folders: Path
) -> None:
    make_run("sound")
    (own_folders / "runs" / "broken").mkdir()
    app.run()
    assert not app.exception
    assert {"**sound**", "**broken**"} <= {item.value for item in app.markdown}


def test_home_opens_without_what_it_does_not_need(own_folders: Path) -> None:
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
before = set(sys.modules)
app = AppTest.from_file("dashboard.py", default_timeout=200).run()
assert not app.exception
print([name for name in {HEAVY!r} if name in sys.modules and name not in before])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=250, check=True)
    assert told.stdout.strip().splitlines()[-1] == "[]"

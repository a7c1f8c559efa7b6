"""The report: one file with everything in it, and nothing in it that anyone could put there."""

import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mtldemo.config import DataConfig, RunConfig, WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.study import StudyConfig
from mtldemo.study.collect import collect
from mtldemo.study.folder import create_study
from mtldemo.study.info import RunInfo
from mtldemo.study.report import LIMITATIONS, report, write_report
from tests.study.made_up import records_of, run_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

BASE = RunConfig(epochs=3, data=DataConfig(source="/home/someone/pictures/UTKFace.tar.gz", image_size=48))
GAINS = {"equal": 0.0, "uncertainty": 0.5, "dwa": -0.4}


@pytest.fixture
def infos(tmp_path: Path) -> list[RunInfo]:
    """Three strategies and each task alone, two seeds each; their results differ by ``GAINS`` in all seeds alike."""
    runs = []
    for seed in (0, 1):
        for strategy, gain in GAINS.items():
            config = dataclasses.replace(BASE, weighting=WeightingConfig(strategy), seed=seed)
            run = run_in(tmp_path / "runs", f"{strategy}-{seed}", config)
            records = records_of(config)
            records[-1]["metrics"]["age"]["mae"] = 6.0 - gain + 0.1 * seed
            run.truncate(0)
            run.append(records)
            runs.append(run)
        runs += [
            run_in(tmp_path / "runs", f"single-{task}-{seed}", dataclasses.replace(BASE, tasks=(task,), seed=seed))
            for task in BASE.tasks
        ]
    return collect(runs)


def body_of(text: str) -> str:
    """The page without its scripts and styles."""
    return re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)


def titles(text: str) -> list[str]:
    return re.findall(r"<h[23]>(.*?)</h[23]>", body_of(text))


def test_says_what_was_compared_and_what_came_out(infos: list[RunInfo]) -> None:
    text = report(infos, title="My study", compute={"device": "cpu", "precision": "bf16", "measured": {}})
    body = body_of(text)
    assert "<h1>My study</h1>" in body
    assert "UTKFace at 48 px" in body
    assert "10 % validation, 10 % test, split seed 0" in body
    assert "device cpu, precision bf16" in body
    assert "3 and 3 tasks alone" in body
    assert "2: 0, 1" in body
    assert titles(text)[:2] == ["What was compared", "Results"]
    assert {"Better or worse than equal?", "Ranks", "What each task has learned"} <= set(titles(text))
    assert all(limit.split(".")[0] in body for limit in LIMITATIONS)


def test_the_best_comes_first_and_the_baseline_is_found(infos: list[RunInfo]) -> None:
    body = body_of(report(infos))
    table = body[body.index("<h2>Results</h2>") :].split("</table>")[0]
    rows = re.findall(r'<tr(.*?)><th scope="row">(.*?)</th>', table)
    assert [name for _, name in rows[:3]] == ["uncertainty", "equal", "dwa"]
    assert [name for kind, name in rows if "baseline" in kind] == ["equal"]
    assert '<span class="best">5.55</span>' in table
    assert "−0.50</small>" in table


def test_every_figure_has_words_and_data(infos: list[RunInfo]) -> None:
    text = report(infos)
    figures = re.findall(r"<figure.*?</figure>", text, flags=re.DOTALL)
    assert len(figures) > 8
    for figure in figures:
        assert re.search(r'role="img" aria-label="[^"]+\."', figure)
        assert 'href="data:text/csv;base64,' in figure
        drawn = re.search(r'<script type="application/json">(.*?)</script>', figure, flags=re.DOTALL)
        assert drawn is not None
        assert json.loads(drawn[1])["data"]


def test_names_are_escaped_and_folders_stay_at_home(infos: list[RunInfo], tmp_path: Path) -> None:
    bad = "</script><script>alert(1)</script>"
    broken = tmp_path / "runs" / "broken"
    broken.mkdir()
    named = [dataclasses.replace(info, arm=bad if info.arm == "dwa" else info.arm) for info in infos]
    whole = [*named, *collect([type(infos[0].folder)(broken)])]
    text = report(whole, title=bad)
    assert bad not in text
    assert "alert(1)" in text
    assert "broken" in text
    assert str(tmp_path) not in text
    assert "/home/someone" not in text


def test_one_seed_concludes_nothing(infos: list[RunInfo]) -> None:
    text = report([info for info in infos if info.seed == 0])
    assert "Nothing can be concluded from one seed" in text
    assert "nan" not in re.sub(r"base64,[^\"]*", "", body_of(text))


@pytest.mark.parametrize("chosen", [slice(0, 0), slice(0, 1)])
def test_few_runs_and_none(infos: list[RunInfo], chosen: slice) -> None:
    assert report(infos[chosen]).endswith("</html>\n")


def test_runs_on_other_data_are_told_of(infos: list[RunInfo], tmp_path: Path) -> None:
    other = run_in(tmp_path / "runs", "other", dataclasses.replace(BASE, data=DataConfig(source="faces.zip")))
    text = body_of(report(collect([*(info.folder for info in infos), other])))
    assert "different data sets" in text
    assert "The figures are of 12 runs like" in text


def test_writes_a_study_to_a_file(tmp_path: Path, tiny: StudyConfig, infos: list[RunInfo]) -> None:
    study = create_study(tmp_path / "studies", tiny, "mine")
    file = tmp_path / "report.html"
    write_report(study, file)
    assert "<title>mine</title>" in file.read_text(encoding="utf-8")
    with pytest.raises(MtlDemoError, match="there is no folder"):
        write_report(study, tmp_path / "nowhere" / "report.html")


@pytest.mark.browser
def test_draws_by_itself_in_a_browser(chromium_page: "Page", infos: list[RunInfo], tmp_path: Path) -> None:
    file, problems, asked = tmp_path / "report.html", [], []
    file.write_text(report(infos), encoding="utf-8")
    chromium_page.on("pageerror", lambda error: problems.append(str(error)))
    chromium_page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    chromium_page.on("request", lambda request: asked.append(request.url))
    for width in (1280, 390):
        chromium_page.set_viewport_size({"width": width, "height": 900})
        chromium_page.goto(file.as_uri())
        chromium_page.locator("figure").first.scroll_into_view_if_needed()
        chromium_page.wait_for_selector("figure .main-svg")
        assert chromium_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert problems == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)


def test_a_long_runs_report_is_hardly_longer(infos: list[RunInfo]) -> None:
    sizes = []
    for steps in (100, 1000):
        for info in infos:
            assert info.config is not None
            info.folder.truncate(0)
            info.folder.append(records_of(info.config, epochs=3, steps=steps))
        sizes.append(len(report(infos)))
    assert sizes[1] < 1.25 * sizes[0]

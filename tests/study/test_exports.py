"""Runs as files of other tools; TensorBoard's own reader reads the event files."""

import dataclasses
import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mtldemo.config import RunConfig, WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder, notes
from mtldemo.study import exports

CREATED = 1_700_000_000.0


def made(runs_dir: Path, name: str, steps: int = 6, offset: float = 0.0) -> RunFolder:
    run = RunFolder.create(runs_dir, RunConfig(weighting=WeightingConfig("dwa", {"temperature": 2.0})), name)
    records = []
    for step in range(1, steps + 1):
        common = {"step": step, "epoch": step / 3, "time": 0.5 * step}
        losses = {"age": 10 / step + offset, "gender": 0.5}
        records.append({"kind": "step", **common, "losses": losses, "weights": {"age": 1.0, "gender": 2.0}, "lr": 0.1})
        if step % 3 == 0:
            metrics = {"age": {"mae": 7 - step / 3}, "gender": {"accuracy": 0.9, "confusion": [[3, 1], [0, 4]]}}
            records.append({"kind": "epoch", **common, "epoch": step // 3, "metrics": metrics, "val_losses": losses})
    records.append(
        {"kind": "test", "step": steps, "epoch": 2, "time": 0.5 * steps + 1, "metrics": {"age": {"mae": 5.5}}}
    )
    run.append(records)
    run.write_status(dataclasses.replace(run.stored_status(), state="finished", created=CREATED))
    return run


@pytest.fixture
def runs(tmp_path: Path) -> list[RunFolder]:
    return [made(tmp_path / "runs", "first"), made(tmp_path / "runs", "second run", steps=3, offset=1.0)]


@pytest.fixture
def read() -> Callable[[Path], Any]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def read(file: Path) -> EventAccumulator:
        return EventAccumulator(str(file), size_guidance={"scalars": 0}).Reload()

    return read


def test_tensorboard_reads_every_number_at_its_step_and_time(
    runs: list[RunFolder], tmp_path: Path, read: Callable[[Path], Any]
) -> None:
    files = exports.tensorboard(runs, tmp_path / "out")
    assert [file.parent.name for file in files] == ["first", "second run"]
    events = read(files[0])
    losses = events.Scalars("train/age/loss")
    assert [event.step for event in losses] == [1, 2, 3, 4, 5, 6]
    assert [event.value for event in losses] == pytest.approx([10, 5, 10 / 3, 2.5, 2, 10 / 6])
    assert [event.wall_time for event in losses] == [CREATED + 0.5 * step for step in range(1, 7)]
    assert [(event.step, event.value) for event in events.Scalars("val/age/mae")] == [(3, 6), (6, 5)]
    assert events.Scalars("test/age/mae")[0].value == 5.5
    assert events.Scalars("epoch")[-1].value == 2
    assert read(files[1]).Scalars("train/age/loss")[0].value == 11


def test_tensorboard_has_the_settings_as_text_and_as_hyper_parameters(
    runs: list[RunFolder], tmp_path: Path, read: Callable[[Path], Any]
) -> None:
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData  # pyright: ignore

    metadata = read(exports.tensorboard(runs, tmp_path / "out")[0])
    text = metadata.Tensors("config/text_summary")[0].tensor_proto.string_val[0].decode()
    assert "| weighting.strategy | dwa |" in text
    assert "| weighting.options.temperature | 2.0 |" in text
    content = metadata.PluginTagToContent("hparams")
    started = HParamsPluginData.FromString(content["_hparams_/session_start_info"]).session_start_info
    assert started.hparams["optim.lr"].number_value == 2e-3
    experiment = HParamsPluginData.FromString(content["_hparams_/experiment"]).experiment
    assert "test/age/mae" in {info.name.tag for info in experiment.metric_infos}


def test_a_second_export_replaces_the_first(runs: list[RunFolder], tmp_path: Path) -> None:
    assert exports.tensorboard(runs, tmp_path / "out") == exports.tensorboard(runs, tmp_path / "out")
    assert len(list((tmp_path / "out").rglob("*tfevents*"))) == 2


def test_the_tables_have_a_row_a_step_an_epoch_and_a_run(runs: list[RunFolder], tmp_path: Path) -> None:
    notes.write(runs[0].path, "good", ["a", "b"])
    told = []
    files = exports.csv(runs, tmp_path / "out", lambda *progress: told.append(progress))
    assert told[-1] == ("Reading runs", 2, 2)
    history, epochs, summary = (pd.read_csv(file) for file in files)
    assert history.columns[0] == "Step"
    assert history["Step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert history["first - train/age/loss"].iloc[1] == 5
    assert history["second run - train/age/loss"].isna().tolist() == [False] * 3 + [True] * 3
    assert history["first - epoch"].iloc[-1] == 2
    assert epochs["Step"].tolist() == [3, 6]
    assert epochs["first - val/age/mae"].tolist() == [6, 5]
    assert "first - train/age/loss" not in epochs
    row = summary.set_index("Name").loc["first"]
    assert (row["State"], row["Notes"], row["Tags"], row["Step"]) == ("finished", "good", "a,b", 6)
    assert row["Created"] == "2023-11-14T22:13:20"
    assert row["Runtime"] == 4
    assert (row["weighting.strategy"], row["weighting.options.temperature"]) == ("dwa", 2)
    assert row["test/age/mae"] == 5.5
    assert row["train/age/loss"] == pytest.approx(10 / 6)


def test_a_run_without_records_has_empty_columns(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, RunConfig(), "empty")
    assert exports.history_table([run]).columns.tolist() == ["Step"]
    assert exports.summary_table([run])["Step"].tolist() == [0]


@pytest.mark.parametrize(("kind", "names"), [("tensorboard", 2), ("csv", 3)])
def test_the_archive_holds_the_files_and_is_the_same_each_time(runs: list[RunFolder], kind: str, names: int) -> None:
    data = exports.zipped(runs, kind)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == names
    assert exports.zipped(runs, kind) == data


def test_what_cannot_be_exported_is_said(
    runs: list[RunFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MtlDemoError, match="nothing to export"):
        exports.csv([], tmp_path)
    (runs[1].path / "config.json").write_text("{half")
    with pytest.raises(MtlDemoError, match=r"'second run' can't be exported\. .*config\.json is damaged"):
        exports.tensorboard(runs, tmp_path)
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(MtlDemoError, match="pip install tensorboardX"):
        exports.tensorboard(runs[:1], tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MtlDemoError, match="file"):
        exports.csv(runs[:1], tmp_path / "file")

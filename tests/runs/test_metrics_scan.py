import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mtldemo.config import RunConfig
from mtldemo.runs.metrics_scan import Scan, scan
from mtldemo.tasks import UTKFACE
from tests.study.made_up import records_of

KEY = {task.name: task.metric for task in UTKFACE}


def written(path: Path, records: Iterable[dict[str, Any]], mode: str = "w") -> None:
    with path.open(mode) as file:
        file.writelines(json.dumps(record, separators=(",", ":")) + "\n" for record in records)


def test_piece_by_piece_is_the_same_as_at_once(tmp_path: Path) -> None:
    path, data = tmp_path / "m", tmp_path / "whole"
    written(data, records_of(RunConfig()))
    content, known = data.read_bytes(), Scan()
    for end in range(0, len(content) + 97, 97):
        path.write_bytes(content[:end])
        known = scan(path, known, KEY)
    assert known == scan(data, Scan(), KEY)
    assert (known.epochs_done, known.cut, known.skipped, known.offset) == (3, 0, 0, len(content))
    assert Scan.from_json(json.loads(json.dumps(known.to_json()))) == known


def test_a_file_that_was_cut_back_or_replaced_is_read_anew(tmp_path: Path) -> None:
    path, records = tmp_path / "m", records_of(RunConfig())
    written(path, records)
    known = scan(path, Scan(), KEY)
    written(path, records[:6])
    assert scan(path, known, KEY) == scan(path, Scan(), KEY)
    assert scan(path, known, KEY).test is None
    written(path, [{**record, "time": 7} for record in records * 2])
    assert scan(path, known, KEY) == scan(path, Scan(), KEY)


def test_an_epoch_that_is_told_again_replaces_what_followed(tmp_path: Path) -> None:
    path, records = tmp_path / "m", records_of(RunConfig())
    written(path, records + [record for record in records if record["kind"] == "epoch"][1:2])
    found = scan(path, Scan(), KEY)
    assert [epoch[1] for epoch in found.epochs] == [1, 2]
    assert found.test is None
    assert found.best is not None
    assert found.best["epoch"] == 2


def test_records_that_make_no_sense_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "m"
    odd = [{"kind": "epoch"}, {"kind": "epoch", "step": 3, "metrics": [1]}, {"kind": "test"}, {"kind": "later"}]
    odd += [{"kind": "epoch", "step": 9, "epoch": 2, "metrics": {"age": {"mae": None}}}]
    odd += [{"kind": "epoch", "step": 12, "epoch": 3, "metrics": {"age": {"mae": 5.0}, "gender": 4}}]
    written(path, odd)
    found = scan(path, Scan(), KEY)
    assert len(found.epochs) == 2
    assert found.epochs_done == 2
    assert found.skipped == 2, "metrics that are a list, and a task's that are a number"
    assert str(found.sparkline()) == "{'age': [nan, nan]}"


def test_an_earlier_scan_is_not_changed(tmp_path: Path) -> None:
    path, records = tmp_path / "m", records_of(RunConfig())
    written(path, records[:5])
    known = scan(path, Scan(), KEY)
    before = len(known.epochs)
    written(path, records)
    scan(path, known, KEY)
    assert len(known.epochs) == before


def test_rare_records_are_found_wherever_their_kind_stands(tmp_path: Path) -> None:
    path = tmp_path / "m"
    written(path, [{"step": 1, "kind": "step"}, {"step": 1, "epoch": 1, "kind": "epoch"}, {"kind": "gradients"}])
    written(path, [{"kind": "test", "time": 3}], "a")
    found = scan(path)
    assert (found.last, found.test) == ({"step": 1, "epoch": 1, "kind": "epoch"}, {"kind": "test", "time": 3})

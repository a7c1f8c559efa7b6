import json
from pathlib import Path
from typing import Any

from mtldemo.runs import metrics


def step(number: int, **more: object) -> dict[str, Any]:
    return {"kind": "step", "step": number, **more}


def test_reads_on_from_an_offset(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    assert metrics.follow(file) == metrics.Reading([], 0)
    metrics.append(file, [step(1), step(2)])
    first = metrics.follow(file)
    assert [record["step"] for record in first.records] == [1, 2]
    metrics.append(file, [step(3)])
    second = metrics.follow(file, first.next_offset)
    assert second.records == [step(3)]
    assert second.next_offset == file.stat().st_size
    assert metrics.follow(file, second.next_offset).records == []


def test_half_a_line_is_left_for_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    metrics.append(file, [step(1)])
    with file.open("a") as handle:
        handle.write('{"kind":"step","st')
    reading = metrics.follow(file)
    assert reading.records == [step(1)]
    with file.open("a") as handle:
        handle.write('ep":2}\n')
    assert metrics.follow(file, reading.next_offset).records == [step(2)]


def test_numbers_that_are_not_finite_become_null(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    metrics.append(file, [step(1, losses={"age": float("nan"), "gender": float("inf"), "ethnicity": 0.5})])
    assert json.loads(file.read_text())["losses"] == {"age": None, "gender": None, "ethnicity": 0.5}


def test_damaged_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    file.write_bytes(b'{"kind":"step","step":1}\nrubbish\n[1]\n\xff\xfe\n\n{"kind":"step","step":2}\n')
    reading = metrics.follow(file)
    assert [record["step"] for record in reading.records] == [1, 2]
    assert reading.skipped == 3


def test_a_file_that_was_cut_back_starts_over(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    metrics.append(file, [step(1)])
    size = file.stat().st_size
    metrics.append(file, [step(2), step(3)])
    offset = metrics.follow(file).next_offset
    metrics.truncate(file, size)
    reading = metrics.follow(file, offset)
    assert reading.restarted
    assert reading.records == [step(1)]
    metrics.append(file, [step(2, time=1.25), step(3, time=1.5), step(4, time=1.75)])
    assert metrics.follow(file, offset).restarted, "it has grown past the offset with lines of another length"


def test_truncating_never_lengthens(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    metrics.truncate(file, 10)
    assert not file.exists()
    metrics.append(file, [step(1)])
    size = file.stat().st_size
    metrics.truncate(file, size + 100)
    assert file.stat().st_size == size

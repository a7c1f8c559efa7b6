"""Whatever the bytes of a file are, they are read or refused in words."""

import os
from pathlib import Path

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.files import LARGEST_JSON, ChangedError, read_json, write_json
from mtldemo.json_text import CHECKSUM, checksum, is_shallow, loads, sealed, unsealed
from mtldemo.records.lines import is_sound
from mtldemo.runs import metrics

REFUSED: dict[str, tuple[bytes, str]] = {
    "deep": (b"[" * 100_000, "nest more than 64 deep"),
    "rather deep": (b"[" * 65 + b"]" * 65, "nest more than 64 deep"),
    "a long number": (b"1" + b"0" * 400, "whole number in it has 401 digits"),
    "a very long number": (b"1" * 5000, "whole number in it has 5000 digits"),
    "half a pair": (b'["\\ud800"]', "surrogates not allowed"),
    "no JSON": (b"{half", "Expecting"),
    "another encoding": (b'["\xfc"]', "codec can't decode"),
    "large": (b" " * (LARGEST_JSON + 1), "4 MB, more than 4"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_json_of_ours_is_refused_in_words(case: str, tmp_path: Path) -> None:
    content, words = REFUSED[case]
    file = tmp_path / "status.json"
    file.write_bytes(content)
    with pytest.raises(MtlDemoError, match=words) as caught:
        read_json(file)
    assert str(file) in str(caught.value)


def test_what_is_json_is_read() -> None:
    assert loads(b'\xef\xbb\xbf{"a": [1, 2.5, "\\ud83d\\ude00", 9223372036854775807]}') == {
        "a": [1, 2.5, "😀", 2**63 - 1]
    }
    assert loads("[" * 64 + "]" * 64)
    assert is_shallow([[1]], 2)
    assert not is_shallow([[1]], 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no name here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MtlDemoError, match="no ordinary file"):
        read_json(tmp_path / "pipe")
    with pytest.raises(MtlDemoError, match="no ordinary file"):
        metrics.follow(tmp_path / "pipe")


def test_a_checksum_tells_a_change_of_values_and_not_of_layout(tmp_path: Path) -> None:
    file, values = tmp_path / "notes.json", {"text": "Grüße", "tags": ["a"], "share": 0.1}
    write_json(file, values)
    assert read_json(file) == values
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("  ", "\t"), encoding="utf-8")
    assert read_json(file) == values
    file.write_text(text.replace("0.1", "0.3"), encoding="utf-8")
    with pytest.raises(ChangedError, match="delete its entry 'checksum'") as caught:
        read_json(file)
    assert caught.value.values == {**values, "share": 0.3}
    file.write_text(text.replace("0.1", "0.3").replace(CHECKSUM, "other"), encoding="utf-8")
    assert read_json(file)["share"] == 0.3
    assert unsealed(sealed(sealed(values))) == (values, True)
    assert unsealed([1]) == ([1], True)
    assert checksum({"a": 1}) == "crc32:561bacaf"


SOUND: tuple[dict, ...] = (
    {"kind": "later", "what": {"ever": ["it", "is"]}},
    {"kind": "epoch", "metrics": {"age": {"mae": None}, "race": {"confusion": [[1, 0], [0, 2]], "accuracy": 1}}},
    {"kind": "test", "images": 3, "best_epoch": 1, "learned": {"sigma": {"age": float("nan")}}, "best": True},
)
UNSOUND: tuple[object, ...] = (
    {"kind": "test", "metrics": {"gender": {"confusion": [[1, float("nan")], [0, 1]]}}},
    *(
        [],
        None,
        {},
        {"kind": 1},
        {"kind": "step", "step": None},
        {"kind": "step", "step": -1},
        {"kind": "step", "time": 1e13},
    ),
    *({"kind": "step", "losses": {"age": "1"}}, {"kind": "step", "losses": [1]}, {"kind": "step", "lr": True}),
    *({"kind": "test", "metrics": {"age": {"mae": [1]}}}, {"kind": "test", "metrics": {"age": 3}}),
    *(
        {"kind": "test", "metrics": {"a": {"confusion": [[1, 2]]}}},
        {"kind": "test", "metrics": {"a": {"confusion": 1}}},
    ),
    *(
        {"kind": "epoch", "learned": {"sigma": 1}},
        {"kind": "epoch", "best": 1},
        {"kind": "a", "b": [[[[[[[[[1]]]]]]]]]},
    ),
)


@pytest.mark.parametrize("record", SOUND, ids=str)
def test_a_sound_record_is_taken(record: dict) -> None:
    assert is_sound(record)


@pytest.mark.parametrize("record", UNSOUND, ids=str)
def test_a_record_of_other_types_is_damage(record: object) -> None:
    assert not is_sound(record)


def test_a_confusion_matrix_is_square_whatever_the_task() -> None:
    line = b'{"kind":"test","metrics":{"smile":{"confusion":%s}}}\n'
    assert metrics.parsed_record(line % b"[[1,0],[0,1]]") is not None
    assert metrics.parsed_record(line % b"[[1,0]]") is None

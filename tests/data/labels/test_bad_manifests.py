"""What is wrong with a manifest is said with file and line; the rest loads where that is safe."""

from collections.abc import Callable

import pytest

from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.recognise import recognise
from mtldemo.errors import MtlDemoError
from tests.data.labels.conftest import Written
from tests.data.labels.reading import by_name, columns, names, opened

PICTURES = [f"images/{number}.jpg" for number in range(12)]
HEADER = "path,type,price"


def lines(change: Callable[[int], str | None] = lambda _: None, count: int = 12) -> str:
    """Rows of which some are changed: row N stands in line N + 2, as a header comes first."""
    rows = [change(n) or f"images/{n}.jpg,{n % 3},{1.5 * n}" for n in range(count)]
    return "\n".join([HEADER, *rows]) + "\n"


REJECTED = {
    "images/99.jpg,1,2": "there is no picture images/99.jpg",
    "images/4.jpg,1,2,3": "it has 4 values, where 3 are expected",
    "images/4.jpg,1": "it has 2 values, where 3 are expected",
    "justone": "it has 1 value, where 3 are expected",
    "../../4.jpg,1,2": "leads out of the folder",
    "/etc/4.jpg,1,2": "leads out of the folder",
    "C:\\other\\44.jpg,1,2": "leads out of the folder",
    "https://example.org/4.jpg,1,2": "is an address",
    ",1,2": "it names no picture",
    "images/4.jpg,\0,2": "it holds a byte (\\x00) that no text has",
}


@pytest.mark.parametrize("row", REJECTED)
@pytest.mark.parametrize("quoted", [False, True])
def test_a_row_that_names_no_picture(written: Written, row: str, quoted: bool) -> None:
    found = opened(
        written(
            {"m.csv": lines(lambda n: row if n == 4 else '"images/0.jpg",0,0' if quoted and not n else None)}, PICTURES
        )
    )
    ((where, reason),) = found.labels.notes.rejected
    assert where == "m.csv, line 6"
    assert REJECTED[row] in reason
    assert len(names(found)) == 11


def test_neighbours_with_one_reason_are_one(written: Written) -> None:
    found = opened(written({"m.csv": lines(lambda n: "a,b" if 3 <= n <= 5 else None)}, PICTURES))
    assert found.labels.notes.rejected == (("m.csv, lines 5 to 7", "it has 2 values, where 3 are expected"),)


def test_another_number_of_columns_in_val(written: Written) -> None:
    files = {
        "train.txt": "".join(f"images/{n}.jpg,{n % 3},{n % 2}\n" for n in range(9)),
        "val.txt": "images/9.jpg,1\nimages/10.jpg,2\n",
        "test.txt": "images/11.jpg,2,1\n",
    }
    found = opened(written(files, PICTURES))
    assert found.labels.notes.rejected == (("val.txt, lines 1 to 2", "it has 2 values, where train.txt has 3"),)
    assert len(names(found)) == 10


def test_a_label_that_is_no_number(written: Written) -> None:
    found = opened(written({"m.csv": lines(lambda n: "images/4.jpg,1,dear" if n == 4 else None)}, PICTURES))
    assert "4.jpg" not in by_name(found, "price")
    assert by_name(found, "type")["4.jpg"] == 1
    repairs = dict(zip(names(found), columns(found).repairs, strict=True))
    assert repairs["images/4.jpg"] == "m.csv, line 6: price 'dear' is no number, so that label is missing"
    assert not any(columns(found).problems)


def test_a_picture_without_any_label(written: Written) -> None:
    found = opened(written({"m.csv": lines(lambda n: "images/4.jpg,,nan" if n == 4 else None)}, PICTURES))
    problems = dict(zip(names(found), columns(found).problems, strict=True))
    assert problems.pop("images/4.jpg") == "m.csv, line 6: it has no label"
    assert not any(problems.values())


def test_a_class_that_training_lacks(written: Written) -> None:
    files = {
        "train.csv": lines(count=8),
        "test.csv": f"{HEADER}\nimages/8.jpg,0,1\nimages/9.jpg,7,1\n",
    }
    found = opened(written(files, PICTURES))
    assert found.labels.tasks.named("type").classes == ("0", "1", "2")
    repairs = dict(zip(names(found), columns(found).repairs, strict=True))
    assert repairs["images/9.jpg"].startswith("test.csv, line 3: type '7' is the label of no training picture")
    assert "9.jpg" not in by_name(found, "type")


def test_two_rows_for_one_picture(written: Written) -> None:
    more = "images/1.jpg,1,1.5\nimages/2.jpg,0,3\nimages/3.jpg,,4.5\n"
    found = opened(written({"m.csv": lines() + more}, PICTURES))
    known = columns(found)
    problems = {name: problem for name, problem in zip(names(found), known.problems, strict=True) if problem}
    repairs = {name: repair for name, repair in zip(names(found), known.repairs, strict=True) if repair}
    assert problems == {"images/2.jpg": "m.csv, line 4 and m.csv, line 15 name it and disagree about Type"}
    assert list(repairs) == ["images/1.jpg", "images/3.jpg"]
    assert "m.csv, line 3 and m.csv, line 14" in repairs["images/1.jpg"]
    assert by_name(found, "type")["3.jpg"] == 0


def test_a_picture_in_two_splits_is_tested_on(written: Written) -> None:
    files = {"train.csv": lines(), "test.csv": f"{HEADER}\nimages/8.jpg,2,12.0\n"}
    found = opened(written(files, PICTURES))
    assert dict(zip(names(found), columns(found).split or (), strict=True))["images/8.jpg"] == "test"


FAULTS = {
    "dear": "price 'dear' is no number",
    "inf": "price 'inf' is no number",
    "1e300": "price '1e300' is beyond 1e+18, the most that is learned",
}


@pytest.mark.parametrize("price", FAULTS)
def test_a_number_that_cannot_be_learned(written: Written, price: str) -> None:
    found = opened(written({"m.csv": lines(lambda n: f"images/4.jpg,1,{price}" if n == 4 else None)}, PICTURES))
    repairs = dict(zip(names(found), columns(found).repairs, strict=True))
    assert repairs["images/4.jpg"] == f"m.csv, line 6: {FAULTS[price]}, so that label is missing"
    assert found.labels.tasks.named("price").high < 20


def test_a_text_that_is_too_long_for_a_class(written: Written) -> None:
    rows = [f"images/{n}.jpg,{'x' * 5000 if n == 4 else 'ab'[n % 2]},{n % 3}" for n in range(12)]
    found = opened(written({"m.csv": "path,type,kind\n" + "\n".join(rows)}, PICTURES))
    assert found.labels.tasks.named("type").classes == ("a", "b")
    repairs = dict(zip(names(found), columns(found).repairs, strict=True))
    assert "… has 5,000 letters, too many for a class" in repairs["images/4.jpg"].replace("'", "")


MENDED = {
    "a delimiter behind each row": ("path,type,price\n", "{path},{n},{price},\n"),
    "a delimiter and empty cells": ("path,type,price\n", '"{path}",{n},,\n'),
    "R's row names": ('"path","type","price"\n', '"{line}","{path}",{n},{price}\n'),
}


@pytest.mark.parametrize("what", MENDED)
def test_a_header_that_is_shorter_than_its_rows(written: Written, what: str) -> None:
    header, row = MENDED[what]
    rows = (row.format(path=path, n=n % 2, price=1.5 * n, line=n + 1) for n, path in enumerate(PICTURES))
    found = opened(written({"m.csv": header + "".join(rows)}, PICTURES))
    assert found.labels.tasks.names[:1] == ("type",)
    assert (len(names(found)), found.labels.notes.rejected) == (12, ())


def test_a_column_of_paths_with_another_name_in_val(written: Written) -> None:
    files = {"train.csv": lines(count=8), "val.csv": "file,type,price\nimages/8.jpg,0,1\nimages/9.jpg,1,1\n"}
    found = opened(written({**files, "test.csv": "a,type\n1,2\n2,1\n"}, PICTURES))
    assert dict(zip(names(found), columns(found).split or (), strict=True))["images/9.jpg"] == "val"
    assert "file of val.csv holds the pictures' paths, as path does elsewhere." in found.labels.notes.choices


def test_another_word_in_the_column_of_the_split(written: Written) -> None:
    rows = (f"{path},{n % 2},{('train', 'Test', 'unused')[n // 4]}\n" for n, path in enumerate(PICTURES))
    found = opened(written({"m.csv": "path,type,split\n" + "".join(rows)}, PICTURES))
    assert columns(found).split == [("train", "test", "")[int(name[7:-4]) // 4] for name in names(found)]
    assert any("None is unused (4 x); those pictures are in no split" in note for note in found.labels.notes.choices)


LEFT_OUT = {
    "only missing": (["", "nan"], "only missing values"),
    "one class": (["x"], "every label is 'x'"),
    "dates": ([f"2020-01-{day:02d}" for day in range(1, 13)], "dates"),
    "days": ([f"{day}.3.2020" for day in range(1, 13)], "dates"),
    "names": ([f"someone {number}" for number in range(12)], "hardly any"),
    "nearly equal": ([f"{10**9 + number * 1e-3}" for number in range(12)], "no two numbers that can be told apart"),
}


@pytest.mark.parametrize("column", LEFT_OUT)
def test_a_column_that_is_no_label(written: Written, column: str) -> None:
    texts, reason = LEFT_OUT[column]
    rows = [f"images/{n}.jpg,{texts[n % len(texts)]},{n % 2}" for n in range(12)]
    found = opened(written({"m.csv": "path,odd,kind\n" + "\n".join(rows)}, PICTURES))
    assert found.labels.tasks.names == ("kind",)
    odd = next(summary for summary in found.columns if summary.name == "odd")
    assert (odd.kind, reason in odd.reason) == ("", True)


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "m.csv is empty"),
    "spaces": (" \n\n", "m.csv is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), "no text file"),
    "a spreadsheet": (b"PK\x03\x04" + bytes(99), "save the sheet as .csv"),
    "bytes": (bytes(range(256)), "no text file"),
    "columns": ("path" + ",a" * 1_000_000 + "\n", "1,000,001 columns in a line; a manifest may have 1,000"),
    "a damaged table": (b"PAR1" + bytes(99), "give it that ending"),
    "a header alone": (HEADER + "\n", "a header and no row"),
    "one row, which has too much": (
        HEADER + "\nimages/1.jpg,1,2,3\n",
        "no line that is a row as its header says; m.csv, line 2: it has 4 values, where 3 are expected",
    ),
    "no paths": ("a,b\n1,2\n3,4\n", "no column whose cells name pictures"),
    "no picture": ("path,a\nx/y.jpg,1\nx/z.jpg,2\n", "No row of m.csv names a picture that is there; m.csv, line 2"),
    "no label": ("path\nimages/1.jpg\nimages/2.jpg\n", "no label that can be learned"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_is_no_manifest(written: Written, what: str) -> None:
    content, words = REFUSED[what]
    root = written({"m.csv": content}, PICTURES)
    with pytest.raises(MtlDemoError, match=words):
        recognise(root / "m.csv")


def test_names_of_tasks(written: Written) -> None:
    titles = ["skin.type", "skin|type", "score", "x" * 200, "年龄", "Großes Tier"]
    rows = [f"images/{n}.jpg," + ",".join([str(n % 2)] * len(titles)) for n in range(12)]
    tasks = opened(written({"m.csv": ",".join(["path", *titles]) + "\n" + "\n".join(rows)}, PICTURES)).labels.tasks
    assert tasks.names == ("skin_type", "skin_type_2", "score_label", "x" * 64, "label_5", "grosses_tier")
    assert [task.title for task in tasks] == ["skin.type", "skin|type", "Score", "X" + "x" * 199, "年龄", "Großes Tier"]


def test_names_of_tasks_that_tables_have_columns_for(written: Written) -> None:
    titles = ["file", "hash", "given_split", "given_fold", "pictures"]
    rows = [f"images/{n}.jpg," + ",".join([str(n % 2)] * len(titles)) for n in range(12)]
    root = written({"m.csv": ",".join(["path", *titles]) + "\n" + "\n".join(rows)}, PICTURES)
    assert opened(root).labels.tasks.names == tuple(f"{title}_label" for title in titles)
    for name, words in (("box", "can't be called box"), ("hash_label", "can't both be called hash_label")):
        with pytest.raises(MtlDemoError, match=words):
            opened(root, TaskChoices({"pictures": ColumnChoice(name=name)}))


def test_two_manifests_are_a_question(written: Written) -> None:
    with pytest.raises(MtlDemoError, match=r"a\.csv, b\.csv all name pictures"):
        recognise(written({"a.csv": lines(), "b.csv": lines()}, PICTURES))

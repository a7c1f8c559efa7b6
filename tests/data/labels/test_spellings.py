"""Numbers, paths and files as people and spreadsheets write them."""

import gzip

import pyarrow
import pytest

from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.column import Column
from mtldemo.data.labels.infer import infer
from mtldemo.data.labels.numbers import plain_numbers
from tests.data.labels.conftest import Written
from tests.data.labels.reading import by_name, columns, names, opened

PICTURES = [f"images/{number}.jpg" for number in range(12)]

NUMBERS = {
    ("1,5", "2,25"): ("", [1.5, 2.25]),
    ("1,500", "2,250,000.5"): ("", [1500, 2250000.5]),
    ("1.234,50", "7,5", "1.000"): ("", [1234.5, 7.5, 1000]),
    ("1.234.567", "2.000"): ("", [1234567, 2000]),
    ("12 000", "1\u202f250,5"): ("", [12000, 1250.5]),
    ("12'000.5", "3’400"): ("", [12000.5, 3400]),
    ("12%", "7.5 %", "3"): ("%", [12, 7.5, 3]),
    ("€ 3,50", "€12", "-€4"): ("€", [3.5, 12, -4]),
    ("−4.5", "3"): ("", [-4.5, 3]),
    ("12 cm", "3.5cm", "4"): ("cm", [12, 3.5, 4]),
    ("1 year", "20 years", "3 years"): ("years", [1, 20, 3]),
    ("1,5 km/h", "1e2 km/h", "-3 km/h"): ("km/h", [1.5, 100, -3]),
    ("20°C", "-3.5 °C"): ("°C", [20, -3.5]),
    ("USD 1,200", "USD12"): ("USD", [1200, 12]),
}


@pytest.mark.parametrize("texts", NUMBERS)
def test_numbers(texts: tuple[str, ...]) -> None:
    sign, values = NUMBERS[texts]
    plain, found = plain_numbers(texts)
    assert (found, [float(text) for text in plain]) == (sign, values)


def test_what_is_no_number() -> None:
    texts = [
        "1,2,3",
        "3 4",
        "5% of 6",
        "$5",
        "1.2.3",
        "grade 3",
        "%",
        "€5%",
        "3 cm",
        "5 kg",
        "a1b2",
        "4 m of 5",
        "3a",
        "2a",
    ]
    assert plain_numbers(texts) == (texts, "")
    # A price in another currency is none of these prices.
    assert plain_numbers(["$1", "$2", "€3"]) == (["1", "2", "€3"], "$")


def test_a_sign_is_the_unit(written: Written) -> None:
    rows = "".join(f"{path},{1.5 * n}%\n" for n, path in enumerate(PICTURES))
    found = opened(written({"m.csv": "path,share\n" + rows}, PICTURES))
    assert found.labels.tasks.named("share").unit == "%"
    assert by_name(found, "share")["3.jpg"] == 4.5


def test_a_unit_is_the_unit(written: Written) -> None:
    cells = ["0.2 m", *(f"{1.5 * n} cm" for n in range(1, 12))]
    rows = "".join(f"{path},{cell}\n" for path, cell in zip(PICTURES, cells, strict=True))
    found = opened(written({"m.csv": "path,size\n" + rows}, PICTURES))
    assert found.labels.tasks.named("size").unit == "cm"
    assert by_name(found, "size")["3.jpg"] == 4.5
    assert columns(found).problems[0] == "m.csv, line 2: size '0.2 m' is no number in cm"


@pytest.mark.parametrize("header", ["", "path kind size\n"])
def test_spaces_in_paths_between_spaces(written: Written, header: str) -> None:
    pictures = [f"my {'two  ' if n % 2 else ''}pictures/{n} a.JPG" for n in range(12)]
    rows = "".join(f"{path}  {n % 3} {1.5 * n}\n" for n, path in enumerate(pictures))
    found = opened(written({"m.txt": header + rows}, pictures))
    first, second = found.labels.tasks
    assert (len(names(found)), found.labels.notes.rejected) == (12, ())
    assert (by_name(found, first.name)["4 a.JPG"], by_name(found, second.name)["4 a.JPG"]) == (1, 6)


FOUND = {
    "upper and lower case": ("Images/{n}.JPG", "path", "differ from the paths in upper and lower case"),
    "no ending": ("images/{n}", "path", "have endings that the paths leave out"),
    "no ending, no folder": ("{n}", "image_id", "have endings that the paths leave out"),
    "an address's signs": ("images%2F{n}.jpg", "path", "are written in the paths as in web addresses"),
}


@pytest.mark.parametrize("what", FOUND)
def test_a_picture_that_goes_by_another_name(written: Written, what: str) -> None:
    path, header, note = FOUND[what]
    rows = "".join(f"{path.format(n=n)},{n % 3}\n" for n in range(12))
    found = opened(written({"m.csv": f"{header},kind\n{rows}"}, PICTURES))
    assert len(names(found)) == 12
    assert by_name(found, "kind")["4.jpg"] == 1
    assert any(note in sentence and "12 rows" in sentence for sentence in found.labels.notes.choices)


def test_accents_however_they_are_composed(written: Written) -> None:
    rows = "".join(f"ü{n}.jpg,{n % 2}\n" for n in range(6))
    found = opened(written({"m.csv": f"path,kind\n{rows}"}, [f"u\u0308{n}.jpg" for n in range(6)]))
    assert len(names(found)) == 6


def test_of_two_pictures_with_one_name_none_is_chosen(written: Written) -> None:
    rows = "".join(f"images/{n},{n % 3}\n" for n in range(12))
    found = opened(written({"m.csv": f"path,kind\n{rows}"}, [*PICTURES, "images/4.png"]))
    assert found.labels.notes.rejected == (("m.csv, line 6", "there is no picture images/4"),)


PACKED = {
    "gzip": ("m.csv.gz", gzip.compress),
    "UTF-32": ("m.csv", lambda data: data.decode().encode("utf-32")),
    "Excel's first line": ("m.csv", lambda data: b'"sep=,"\r\n' + data),
    "bars": ("m.csv", lambda data: data.replace(b",", b"|")),
}


@pytest.mark.parametrize("what", PACKED)
def test_other_files(written: Written, what: str) -> None:
    file, change = PACKED[what]
    rows = "".join(f"{path},{n % 3}\n" for n, path in enumerate(PICTURES))
    found = opened(written({file: change(f"path,kind\n{rows}".encode())}, PICTURES))
    assert (len(names(found)), found.labels.notes.rejected) == (12, ())


@pytest.mark.parametrize("last", ["", '"x"'])
def test_a_quote_that_is_not_closed_costs_its_own_row(written: Written, last: str) -> None:
    rows = [f"{path},{n % 3},{last if n == 11 else 'x'}" for n, path in enumerate(PICTURES)]
    rows[4] = 'images/4.jpg,"1,x'
    found = opened(written({"m.csv": "path,kind,remark\n" + "\n".join(rows) + "\n"}, PICTURES))
    assert found.labels.notes.rejected == (("m.csv, line 6", "it has a quote that is not closed"),)
    assert len(names(found)) == 11


ONE = {
    ("Rose", "rose", "ROSE ", "daisy", "light  red", "Light red"): ("daisy", "light  red", "Rose"),
    ("TRUE", "True", "false", "FALSE"): ("false", "TRUE"),
    ("yes", "no", "1", "0", "True", "N"): ("no", "yes"),
    ("0", "1", "yes", "maybe"): ("0", "1", "maybe", "yes"),
    ("m", "F", "M", "f"): ("F", "m"),
}


@pytest.mark.parametrize("texts", ONE)
def test_spellings_of_one_class_are_a_question(written: Written, texts: tuple[str, ...]) -> None:
    rows = "".join(f"{path},{texts[n % len(texts)]}\n" for n, path in enumerate(PICTURES))
    root = written({"m.csv": "path,kind\n" + rows}, PICTURES)
    found = opened(root)
    (task,) = found.labels.tasks
    assert task.classes == ONE[texts]
    questions = found.labels.notes.questions
    assert (len(questions) == 1 and "taken for one class" in questions[0]) == (len(task.classes) < len(texts))
    chosen = opened(root, TaskChoices({"kind": ColumnChoice(values=tuple(text.strip() for text in texts))}))
    assert (len(chosen.labels.tasks.named("kind").classes), chosen.labels.notes.questions) == (len(texts), ())


DATES = [
    ("01 Jan 2020", "3 March 2021"),
    ("Jan 5, 2020", "Feb. 7, 2021"),
    ("10:30", "23:59"),
    ("1.3.2020 10:00:05", "2.4.2020"),
]


@pytest.mark.parametrize("texts", DATES)
def test_dates_are_no_classes(texts: tuple[str, ...]) -> None:
    inferred = infer(Column.of("x", pyarrow.array([*texts] * 3)), ColumnChoice())
    assert (inferred.kind, "dates" in inferred.reason) == ("", True)


@pytest.mark.parametrize("mark", ["-1", "-9", "-99", "-999", "-9999"])
def test_a_lone_negative_mark_is_a_question(mark: str) -> None:
    inferred = infer(Column.of("x", pyarrow.array([mark, *(str(1.5 * n) for n in range(9))])), ColumnChoice())
    assert (inferred.low, inferred.missing.tolist()[0]) == (0, True)
    assert f"{mark} is taken for a label that is unknown" in inferred.question

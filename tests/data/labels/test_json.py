"""Lists of pictures in JSON, as they are found."""

import json

import pytest

from mtldemo.data.labels.recognise import recognise
from mtldemo.errors import MtlDemoError
from tests.data.labels.conftest import Written
from tests.data.labels.reading import by_name, columns, names, opened

PICTURES = [f"images/{number}.jpg" for number in range(12)]
KINDS = [("rose", "daisy", "tulip")[number % 3] for number in range(12)]
ROWS = [{"path": path, "kind": kind} for path, kind in zip(PICTURES, KINDS, strict=True)]
SHAPES = {
    "a list": ROWS,
    "a list in an object": {"version": 1, "data": ROWS},
    "objects by name": {row["path"]: {"kind": row["kind"]} for row in ROWS},
    "lists by column": {"path": PICTURES, "kind": KINDS},
    "objects by column and row": {"path": dict(enumerate(PICTURES)), "kind": dict(enumerate(KINDS))},
}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_list_in_its_shapes(written: Written, shape: str, indent: int | None) -> None:
    found = opened(written({"m.json": json.dumps(SHAPES[shape], indent=indent)}, PICTURES))
    assert found.labels.tasks.named("kind").classes == ("daisy", "rose", "tulip")
    assert by_name(found, "kind")["3.jpg"] == 1
    assert len(names(found)) == 12


def test_labels_by_the_pictures_names_with_or_without_classes(written: Written) -> None:
    plain = {path: n % 3 for n, path in enumerate(PICTURES)}
    assert by_name(opened(written({"m.json": json.dumps(plain)}, PICTURES)), "label")["4.jpg"] == 1
    fiftyone = {"classes": ["rose", "daisy"], "labels": {str(n): n % 2 for n in range(12)}}
    found = opened(written({"m.json": json.dumps(fiftyone)}, PICTURES))
    assert found.labels.tasks.named("label").classes == ("daisy", "rose")
    assert by_name(found, "label")["4.jpg"] == 1


def test_objects_in_objects_and_lists(written: Written) -> None:
    rows = [{**row, "of": {"size": n * 1.5, "marks": ["a", "b"][: 1 + n % 2]}} for n, row in enumerate(ROWS)]
    for file, text in (("m.json", json.dumps(rows)), ("m.jsonl", "\n".join(map(json.dumps, rows)))):
        root = written({file: text}, PICTURES)
        found = opened(root / file)
        assert found.labels.tasks.names == ("kind", "of_size", "of_marks_a", "of_marks_b")
        assert by_name(found, "of_size")["4.jpg"] == 6


def test_what_is_no_object_is_said_with_its_line(written: Written) -> None:
    text = json.dumps(ROWS, indent=1).replace('"kind": "rose"\n },', '"kind": "rose"\n },\n 7,', 1)
    found = opened(written({"m.json": text}, PICTURES))
    assert found.labels.notes.rejected == (("m.json, line 6", "it is no JSON object"),)
    cut = opened(written({"m.json": json.dumps(ROWS, indent=1)[:-60]}, PICTURES))
    ((where, reason),) = cut.labels.notes.rejected
    assert (where, "nothing is read from here on" in reason) == ("m.json, line 44", True)
    assert len(names(cut)) == 10


REFUSED = {
    '{"images": [], "annotations": [], "categories": []}': "is COCO's: it has boxes",
    "[]": "no JSON object in its list",
    '{"a": ': "m.json, line 1, can't be read as JSON",
    '"text"': "neither a JSON list nor an object",
    "[" * 100_000: "no JSON object in its list",
    '{"a":' * 100_000: "nested too deeply",
    '{"settings": [1, 2]}': "holds no list of objects",
}


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_list(written: Written, text: str) -> None:
    root = written({"m.json": text}, PICTURES)
    for place in (root, root / "m.json"):
        with pytest.raises(MtlDemoError, match=REFUSED[text]):
            recognise(place)


@pytest.mark.parametrize("file", ["m.xlsx", "m.xls"])
def test_a_spreadsheet_is_refused(written: Written, file: str) -> None:
    root = written({file: b"PK\x03\x04" + bytes(99)}, PICTURES)
    for place in (root, root / file):
        with pytest.raises(MtlDemoError, match=rf"{file} is a spreadsheet, which isn't read; save .* as \.csv"):
            recognise(place)


def test_mmpretrain_with_one_label(written: Written) -> None:
    files = {
        f"{split}.json": json.dumps(
            {
                "metainfo": {"classes": ["rose", "daisy", "tulip"]},
                "data_list": [{"img_path": PICTURES[n], "gt_label": n % 3} for n in range(first, first + 4)],
            }
        )
        for split, first in (("train", 0), ("val", 4), ("test", 8))
    }
    found = opened(written(files, PICTURES))
    (task,) = found.labels.tasks
    assert task.classes == ("rose", "daisy", "tulip")
    assert by_name(found, task.name)["4.jpg"] == 1
    assert columns(found).split == ["train"] * 4 + ["val"] * 4 + ["test"] * 4 or set(columns(found).split or ()) == {
        "train",
        "val",
        "test",
    }


TASKS = [
    {"name": "gender", "type": "single-label", "categories": ["male", "female"]},
    {"name": "wear", "type": "multi-label", "categories": ["hat", "tie", "bag"]},
]


@pytest.mark.parametrize("beside", [False, True])
def test_mmpretrain_with_tasks(written: Written, beside: bool) -> None:
    def item(n: int) -> dict[str, object]:
        gender, wear = n % 2, [n % 2, n % 3 % 2, 0 if n else 1]
        labels = (
            {"gender_img_label": gender, "wear_img_label": wear}
            if beside
            else {"gt_label": {"gender": gender, "wear": wear}}
        )
        return {"img_path": PICTURES[n], **labels}

    text = json.dumps({"metainfo": {"tasks": TASKS}, "data_list": [item(n) for n in range(12)] + ["x"]})
    found = opened(written({"m.json": text}, PICTURES))
    tasks = found.labels.tasks
    assert tasks.names == ("gender", "wear_hat", "wear_tie", "wear_bag")
    assert (tasks.named("gender").classes, tasks.named("wear_hat").classes) == (("male", "female"), ("no", "yes"))
    assert by_name(found, "wear_tie") == {f"{n}.jpg": n % 3 % 2 for n in range(12)}
    assert found.labels.notes.rejected == (("m.json, data_list, line 13", "it is no JSON object"),)

"""Manifests as they are found: one content in every spelling gives the same labels."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.errors import MtlDemoError
from tests.data.labels.conftest import Written
from tests.data.labels.reading import by_name, columns, names, opened

ROWS = [(f"images/{number}.jpg", number % 3, ("red", "blue")[number % 2], 1.5 * number) for number in range(12)]
PICTURES = [row[0] for row in ROWS]
HEADER = ("path", "type", "colour", "price")


def table(delimiter: str = ",", header: bool = True, prefix: str = "images/") -> str:
    lines = [delimiter.join(HEADER)] if header else []
    lines += [delimiter.join((path.replace("images/", prefix), *map(str, rest))) for path, *rest in ROWS]
    return "\n".join(lines) + "\n"


def parquet() -> bytes:
    file = io.BytesIO()
    pd.DataFrame(ROWS, columns=["file_name", *HEADER[1:]]).to_parquet(file)
    return file.getvalue()


def json_lines() -> str:
    return "".join(json.dumps(dict(zip(("file_name", *HEADER[1:]), row, strict=True))) + "\n" for row in ROWS)


SPELLINGS: dict[str, tuple[str, str | bytes]] = {
    "commas": ("m.csv", table()),
    "semicolons": ("m.csv", table(";")),
    "a decimal comma": ("m.csv", table(";").replace(".5", ",5")),
    "tabs": ("m.tsv", table("\t")),
    "spaces": ("m.txt", table("  ")),
    "a comma and a space": ("m.txt", table(", ")),
    "quotes": ("m.csv", table().replace("red", '"red"').replace("type", '"type"')),
    "line ends of Windows": ("m.csv", table().replace("\n", "\r\n")),
    "backslashes": ("m.csv", table(prefix="images\\")),
    "a dot before": ("m.csv", table(prefix="./images/")),
    "another folder before": ("m.csv", table(prefix="C:\\Users\\someone\\pictures\\")),
    "no folder": ("m.csv", table(prefix="")),
    "in a folder": ("labels/m.csv", table(prefix="../images/")),
    "UTF-16": ("m.csv", table().encode("utf-16")),
    "UTF-16 without a mark": ("m.csv", table().encode("utf-16-le")),
    "a mark of UTF-8": ("m.csv", table().encode("utf-8-sig")),
    "empty lines": ("m.csv", table().replace("\n", "\n\n")),
    "Excel's first line": ("m.csv", "sep=;\n" + table(";")),
    "JSON lines": ("metadata.jsonl", json_lines()),
    "Parquet": ("metadata.parquet", parquet()),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_content_in_any_spelling(written: Written, spelling: str) -> None:
    name, content = SPELLINGS[spelling]
    found = opened(written({name: content}, PICTURES))
    assert [(task.name, task.kind) for task in found.labels.tasks] == [
        ("type", "classes"),
        ("colour", "binary"),
        ("price", "regression"),
    ]
    assert found.labels.tasks.named("colour").classes == ("blue", "red")
    assert by_name(found, "type") == {f"{number}.jpg": number % 3 for number in range(12)}
    assert by_name(found, "price") == {f"{number}.jpg": 1.5 * number for number in range(12)}
    assert not found.labels.notes.rejected


def test_flowers_as_they_are(written: Written) -> None:
    """Path and two labels without a header, divided by a comma and a space, in three files."""
    lines = [f"images/{number}.jpg, {number % 2}, {number % 3}\n" for number in range(12)]
    files = {"train.txt": "".join(lines[:6]), "val.txt": "".join(lines[6:9]), "test.txt": "".join(lines[9:])}
    root = written(files, PICTURES)
    found = opened(root)
    assert found.labels.tasks.names == ("label_1", "label_2")
    split = dict(zip(names(found), columns(found).split or (), strict=True))
    assert split == {path: ("train", "val", "test")[max(0, number // 3 - 1)] for number, path in enumerate(PICTURES)}
    (root / "tasks.toml").write_text('[data]\nnames = ["path", "type", "colour"]\n')
    assert opened(root).labels.tasks.names == ("type", "colour")


@pytest.mark.parametrize("folder", ["img_align/img_align", "data/pictures"])
def test_pictures_in_a_folder_that_the_manifest_leaves_out(written: Written, folder: str) -> None:
    found = opened(written({"m.csv": table(prefix="")}, [path.replace("images", folder) for path in PICTURES]))
    assert len(names(found)) == 12
    assert any(f"{folder}/" in note for note in found.labels.notes.choices)


def test_metadata_in_a_folder_for_each_split(written: Written) -> None:
    part = "file_name,mask_file_name,kind\n" + "".join(f"{n}.jpg,m/{n}.jpg,{n % 2}\n" for n in range(4))
    files = {f"{split}/metadata.csv": part for split in ("train", "validation", "test")}
    pictures = [f"{split}/{number}.jpg" for split in ("train", "validation", "test") for number in range(4)]
    found = opened(written(files, [path for path in pictures if path != "test/3.jpg"]))
    assert found.labels.tasks.names == ("kind",)
    assert set(columns(found).split or ()) == {"train", "val", "test"}
    # A picture of the same name in another split is another picture.
    assert found.labels.notes.rejected == (("test/metadata.csv, line 5", "there is no picture 3.jpg"),)


def test_columns_for_split_group_and_fold(written: Written) -> None:
    rows = [
        f"{path},{n % 2},{('Training', 'valid', 'TEST')[n % 3]},p{n // 2},{n % 4}" for n, path in enumerate(PICTURES)
    ]
    found = opened(written({"m.csv": "path,kind,split,person,fold\n" + "\n".join(rows)}, PICTURES))
    known, place = columns(found), names(found).index("images/4.jpg")
    assert found.labels.tasks.names == ("kind",)
    assert known.split is not None
    assert known.group is not None
    assert known.fold is not None
    assert (known.split[place], known.group[place], known.fold[place]) == ("val", "p2", 0)


def test_class_folders(written: Written) -> None:
    pictures = [f"{split}/{kind}/{n}.jpg" for split in ("train", "val") for kind in ("cat", "dog") for n in range(3)]
    found = opened(written({"README.txt": "These are, as they say, pictures.\n"}, pictures))
    assert found.labels.tasks.named("class").classes == ("cat", "dog")
    assert columns(found).split == [name.partition("/")[0] for name in names(found)]
    assert columns(found).values["class"].tolist() == [float("dog" in name) for name in names(found)]


def test_a_chosen_manifest_and_a_root_elsewhere(written: Written) -> None:
    root = written({"labels/m.csv": table(prefix="")}, PICTURES)
    found = opened(root / "labels" / "m.csv", TaskChoices(root="../images"))
    assert len(names(found)) == 12
    assert all(picture.read() == b"picture" for picture in found.source.pictures())


def test_choices_go_before_the_file_and_the_file_before_what_is_inferred(written: Written) -> None:
    toml = '[tasks.type]\nclasses = ["a", "b", "c"]\ntitle = "Sort"\n[tasks.price]\nunit = "EUR"\nlow = -1\nhigh = 99\n'
    root = written({"m.csv": table(), "tasks.toml": toml}, PICTURES)
    chosen = TaskChoices({"type": ColumnChoice(title="Kind"), "colour": ColumnChoice(left_out=True)})
    tasks = opened(root, chosen).labels.tasks
    assert tasks.names == ("type", "price")
    assert (tasks[0].title, tasks[0].classes) == ("Kind", ("a", "b", "c"))
    assert (tasks[1].low, tasks[1].high, tasks[1].unit) == (-1, 99, "EUR")


def test_the_mark_changes_with_a_label_a_task_and_a_split(written: Written) -> None:
    root = written({"m.csv": table()}, PICTURES)
    first = opened(root).labels.mark()
    assert opened(root).labels.mark() == first
    marks = {first, opened(root, TaskChoices({"type": ColumnChoice(title="Other")})).labels.mark()}
    (root / "m.csv").write_text(table().replace("16.5", "16.25"))
    marks.add(opened(root).labels.mark())
    (root / "m.csv").write_text(table().replace("blue", "green"))
    assert len(marks | {opened(root).labels.mark()}) == 4


def test_pictures_named_as_utkface_are_left_to_it(written: Written) -> None:
    pictures = [f"{20 + n}_{n % 2}_{n % 5}_2017010910245{n:04d}.jpg.chip.jpg" for n in range(6)]
    from mtldemo.data.labels.recognise import recognise

    assert recognise(written({"age_gender.csv": "age\n1\n"}, [f"UTKFace/{name}" for name in pictures])) is None
    assert recognise(written({}, [f"copy/UTKFace/{name}" for name in pictures])) is None


def test_nothing_to_read(tmp_path: Path) -> None:
    from mtldemo.data.labels.recognise import recognise

    assert recognise(tmp_path) is None
    assert recognise(tmp_path / "none.csv") is None


def test_a_choice_that_cannot_be_is_an_error(written: Written) -> None:
    root = written({"m.csv": table()}, PICTURES)
    for choice, words in (
        (TaskChoices({"type": ColumnChoice(kind="binary")}), "type can't be one of two classes, as was chosen"),
        (TaskChoices({"colour": ColumnChoice(kind="regression")}), "colour can't be a number, as was chosen"),
        (TaskChoices({"typo": ColumnChoice(kind="binary")}), "no column or task 'typo'"),
        (TaskChoices(path="typo"), "no column 'typo' for the path"),
        (TaskChoices(root="typo"), "typo isn't there"),
        (TaskChoices(names=("a", "b"), header=False), "2 names are given for 4 columns"),
    ):
        with pytest.raises(MtlDemoError, match=words):
            opened(root, choice)


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz"])
def test_a_manifest_in_an_archive(written: Written, tmp_path: Path, ending: str) -> None:
    root = written({"m.csv": table(), "tasks.toml": '[tasks.type]\ntitle = "Sort"\n'}, [*PICTURES, "images/more.jpg"])
    packed = tmp_path / f"set.{ending}"
    files = sorted(root.rglob("*.*"))
    if ending == "zip":
        with zipfile.ZipFile(packed, "w") as archive:
            for file in files:
                archive.write(file, file.relative_to(root))
    else:
        with tarfile.open(packed, "w:gz" if ending == "tar.gz" else "w") as archive:
            for file in files:
                archive.add(file, file.relative_to(root))
    found = opened(packed)
    assert found.labels.tasks[0].title == "Sort"
    assert sorted(names(found)) == sorted(PICTURES)
    assert by_name(found, "price")["3.jpg"] == 4.5
    assert all(picture.read() == b"picture" for picture in found.source.pictures())


def test_a_folder_whose_manifest_has_no_row(written: Written) -> None:
    root = written({"train.csv": table(), "test.csv": "path,type,price,colour\n"}, PICTURES)
    note = "test.csv has a header and no row; a manifest has a line for each picture."
    assert note in opened(root).labels.notes.choices
    (root / "train.csv").unlink()
    with pytest.raises(MtlDemoError, match=note):
        opened(root)


def test_a_table_whose_paths_lead_nowhere_is_named(written: Written) -> None:
    with pytest.raises(MtlDemoError, match=r"column image_id of m\.csv name no picture that is there"):
        opened(written({"m.csv": "image_id,kind\nx1,a\nx2,b\n"}, PICTURES))

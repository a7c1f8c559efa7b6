"""Published data sets, generated as they are handed out."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.recognise import FORMATS
from mtldemo.tasks import UTKFACE
from tests.data.labels.conftest import Written
from tests.data.labels.reading import by_name, columns, names, opened

ATTRIBUTES = ("5_o_Clock_Shadow", "Male", "Young")


def lines(row: Callable[[int], str], count: int = 12, header: str = "") -> str:
    return (f"{header}\n" if header else "") + "".join(row(number) + "\n" for number in range(count))


def signs(number: int, delimiter: str) -> str:
    return delimiter.join("1" if number % (place + 2) else "-1" for place in range(3))


CELEBA = {
    "official": (
        {
            "celeba/list_attr_celeba.txt": "12\n"
            + lines(lambda n: f"{n:06d}.jpg {signs(n, '  ')}", header=" ".join(ATTRIBUTES) + " "),
            "celeba/list_eval_partition.txt": lines(lambda n: f"{n:06d}.jpg {n % 3}"),
            "celeba/identity_CelebA.txt": lines(lambda n: f"{n:06d}.jpg {n // 3}"),
        },
        "celeba/img_align_celeba",
    ),
    **{
        f"kaggle {delimiter}": (
            {
                "list_attr_celeba.csv": lines(
                    lambda n, d=delimiter: f"{n:06d}.jpg{d}{signs(n, d)}",
                    header=delimiter.join(("image_id", *ATTRIBUTES)),
                ),
                "list_eval_partition.csv": lines(lambda n: f"{n:06d}.jpg,{n % 3}", header="image_id,partition"),
                "list_bbox_celeba.csv": lines(lambda n: f"{n:06d}.jpg,1,2", header="image_id,x_1,y_1"),
            },
            "img_align_celeba/img_align_celeba",
        )
        for delimiter in (",", ";")
    },
}


@pytest.mark.parametrize("variant", CELEBA)
def test_celeba(written: Written, variant: str) -> None:
    files, folder = CELEBA[variant]
    found = opened(written(files, [f"{folder}/{n:06d}.jpg" for n in range(12)]))
    tasks, known = found.labels.tasks, columns(found)
    assert tasks.names == ("5_o_clock_shadow", "male", "young")
    assert {(task.kind, task.classes) for task in tasks} == {("binary", ("no", "yes"))}
    assert known.values["male"].tolist() == [float(n % 3 > 0) for n in range(12)]
    assert known.split == ["train", "val", "test"] * 4
    assert known.group == ([str(n // 3) for n in range(12)] if variant == "official" else None)
    assert not found.labels.notes.questions


def test_fairface(written: Written) -> None:
    ages = ("more than 70", "0-2", "10-19", "3-9")
    row = "{}/{}.jpg,{},{},{},True".format
    files = {
        f"fairface_label_{split}.csv": lines(
            lambda n, split=split: row(
                split, n, ages[n % 4], ("Male", "Female")[n % 2], ("White", "Black", "Indian")[n % 3]
            ),
            header="file,age,gender,race,service_test",
        )
        for split in ("train", "val")
    }
    found = opened(written(files, [f"margin025/{split}/{n}.jpg" for split in ("train", "val") for n in range(12)]))
    tasks = found.labels.tasks
    assert tasks.names == ("age", "gender", "race")
    assert tasks.named("age").classes == ("0-2", "3-9", "10-19", "more than 70")
    assert tasks.named("gender").classes == ("male", "female")
    assert tasks.named("race").sensitive
    assert set(columns(found).split or ()) == {"train", "val"}


def test_utkface_as_a_table_of_pixels(written: Written, tmp_path: Path) -> None:
    pixels = [np.random.default_rng(n).integers(0, 256, 2304) for n in range(5)]
    texts = [" ".join(map(str, values)) for values in pixels]
    texts[3] = texts[3].rpartition(" ")[0]
    ages = (26, 1, 116, 5, 150)
    table = lines(
        lambda n: f'{ages[n]},{n},{n % 2},2016{n}.jpg.chip.jpg,"{texts[n]}"', 5, "age,ethnicity,gender,img_name,pixels"
    )
    found = opened(written({"age_gender.csv": table}))
    pictures, known = list(found.source.pictures()), columns(found)
    assert found.labels.tasks == UTKFACE
    assert known.values["age"][:3].tolist() == [26, 1, 116]
    assert known.values["ethnicity"].tolist() == [0, 1, 2, 3, 4]
    assert (np.asarray(Image.open(io.BytesIO(pictures[0].read()))) == pixels[0].reshape(48, 48)).all()
    assert pictures[3].problem == "it has 2,303 pixels, which is no square"
    assert known.problems[4] == "age_gender.csv, line 6: the age '150' is not within 0 to 116"
    assert not any(known.problems[:4])
    packed = tmp_path / "archive.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("age_gender.csv", table)
    assert len(opened(packed).source.fingerprint()) == 64


@pytest.mark.parametrize("cropped", [False, True])
def test_appa_real(written: Written, cropped: bool) -> None:
    files = {
        f"gt_avg_{split}.csv": lines(
            lambda n, first=first: f"{first + n:06d}.jpg,36,{n + 0.25},3.27,{n}",
            4,
            "file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age",
        )
        for split, first in (("train", 0), ("valid", 4), ("test", 8))
    }
    files["gt_train.csv"] = lines(lambda n: f"{n % 4:06d}.jpg,{n}", 8, "file_name,rating")
    folders = ("train", "valid", "test")
    endings = ("", "_face.jpg") if cropped else ("",)
    found = opened(written(files, [f"{folders[n // 4]}/{n:06d}.jpg{end}" for n in range(12) for end in endings]))
    assert found.labels.tasks.names == ("apparent_age", "real_age")
    assert all(name.endswith("_face.jpg") == cropped for name in names(found))
    assert found.pictures == ("faces" if cropped else "whole")
    assert by_name(found, "apparent_age")["000009.jpg" + endings[-1]] == 1.25
    assert dict(zip(names(found), columns(found).split or (), strict=True))["valid/000004.jpg" + endings[-1]] == "val"


@pytest.mark.parametrize(
    "aligned", ["faces/{}/coarse_tilt_aligned_face.{}.{}", "aligned/{}/landmark_aligned_face.{}.{}"]
)
def test_adience(written: Written, aligned: str) -> None:
    ages = ("(25, 32)", "13", "None", "(38, 42)", "(8, 23)", "(60, 100)")
    header = "user_id original_image face_id age gender x y dx dy tilt_ang fiducial_yaw_angle fiducial_score"
    row = "{}@N03\t{}{}_o.jpg\t{}\t{}\t{}\t0\t414\t1086\t1383\t-115\t30\t17".format
    files = {
        f"fold_{fold}_data.txt": lines(
            lambda n, fold=fold: row(n // 3, fold, n, n, ages[n % 6], ("f", "m", "u", "")[n % 4]),
            header=header.replace(" ", "\t"),
        )
        for fold in range(5)
    }
    pictures = [aligned.format(f"{n // 3}@N03", n, f"{fold}{n}_o.jpg") for fold in range(5) for n in range(12)]
    found = opened(written(files, pictures))
    age, known = found.labels.tasks.named("age"), columns(found)
    labels = [by_name(found, task).get(pictures[n].rpartition("/")[2]) for task in ("age", "gender") for n in range(6)]
    assert [None if label is None else age.classes[int(label)] for label in labels[:6]] == [
        "(25, 32)",
        "(8, 13)",
        None,
        "(38, 43)",
        None,
        "(60, 100)",
    ]
    assert labels[6:] == [1, 0, None, None, 1, 0]
    assert known.fold is not None
    assert known.group is not None
    assert sorted(set(known.fold.tolist())) == [0, 1, 2, 3, 4]
    assert set(known.group) == {f"{n}@N03" for n in range(4)}


def test_maad_face(written: Written) -> None:
    table = lines(
        lambda n: f"n{n // 4:06d}/{n:04d}_01.jpg,{n // 4},{n % 3 - 1},{n // 3 % 3 - 1}",
        header="Filename,Identity,Male,Young",
    )
    found = opened(written({"MAAD_Face.csv": table}, [f"train/n{n // 4:06d}/{n:04d}_01.jpg" for n in range(12)]))
    assert found.labels.tasks.names == ("male", "young")
    np.testing.assert_array_equal(columns(found).values["male"], [0, np.nan, 1] * 4)
    assert columns(found).group == [str(n // 4) for n in range(12)]
    assert not found.labels.notes.questions


@pytest.mark.parametrize("folder", ["", "AgeDB/{}/"])
def test_agedb(written: Written, folder: str) -> None:
    people = ("MariaCallas", "GaryCooper")
    pictures = [f"{folder.format(people[n % 2])}{n}_{people[n % 2]}_{30 + n}_{'fm'[n % 2]}.jpg" for n in range(12)]
    found = opened(written({}, [*pictures, "logo.png"]))
    assert by_name(found, "age")["5_GaryCooper_35_m.jpg"] == 35
    assert by_name(found, "gender")["5_GaryCooper_35_m.jpg"] == 0
    assert set(columns(found).group or ()) == set(people)
    assert found.labels.notes.rejected[0][0] == "logo.png"


@pytest.mark.parametrize("tables", [False, True])
def test_afad(written: Written, tables: bool) -> None:
    pictures = [f"{20 + n}/{111 + n % 2}/{n}-0.jpg" for n in range(12)]
    # CORAL's ages are counted from 15 on; the folder has the true one.
    row = "{}-0.jpg,{},{},{}".format
    files = {
        f"afad_{split}.csv": lines(
            lambda n, first=first: row(
                first + n, pictures[first + n], 5 + first + n, ("male", "female")[(first + n) % 2]
            ),
            4,
            "file,path,age,gender",
        )
        for split, first in (("train", 0), ("valid", 4), ("test", 8))
    }
    found = opened(written(files if tables else {}, [f"AFAD-Full/{name}" for name in pictures]))
    assert found.labels.tasks.names == ("age", "gender")
    assert by_name(found, "age") == {f"{n}-0.jpg": 20 + n for n in range(12)}
    assert by_name(found, "gender") == {f"{n}-0.jpg": n % 2 for n in range(12)}
    assert (columns(found).split is not None) == tables


@pytest.mark.parametrize("tables", [False, True])
def test_cacd(written: Written, tables: bool) -> None:
    pictures = [f"{20 + n}_Bill_Pull{'ab'[n % 2]}_{n:04d}.jpg" for n in range(12)]
    files = {
        f"cacd_{split}.csv": lines(
            lambda n, first=first: f"{99 + n},{pictures[first + n]},{6 + first + n}", 4, ",file,age"
        )
        for split, first in (("train", 0), ("valid", 4), ("test", 8))
    }
    found = opened(written(files if tables else {}, [f"CACD2000/{name}" for name in pictures]))
    assert found.labels.tasks.names == ("age",)
    assert by_name(found, "age") == {name: 20 + n for n, name in enumerate(pictures)}
    assert set(columns(found).group or ()) == {"Bill_Pulla", "Bill_Pullb"}
    assert (columns(found).split is not None) == tables


def test_published_faces_are_faces_unless_it_is_chosen_otherwise(written: Written) -> None:
    assert {one.title for one in FORMATS if one.pictures != "faces"} == {
        "a manifest",
        "a folder for each class",
        "mmpretrain's annotations",
        "pictures inside Parquet files",
        "WebDataset",
    }
    root = written(
        {}, [f"{n}_GaryCooper_{30 + n}_m.jpg" for n in range(6)] + [f"{n}_Ann_{40 + n}_f.jpg" for n in range(6)]
    )
    found, chosen = opened(root), opened(root, TaskChoices(pictures="whole"))
    assert (found.pictures, chosen.pictures) == ("faces", "whole")
    # How a model is asked changes nothing that is prepared.
    assert found.labels.mark() == chosen.labels.mark()
    wild = {"list_attr_celeba.csv": lines(lambda n: f"{n}.jpg,{signs(n, ',')}", header="image_id,a,b,c")}
    assert opened(written(wild, [f"img_celeba/{n}.jpg" for n in range(30)])).pictures == "whole"


def test_every_format_is_listed_once_and_says_what_it_is() -> None:
    import importlib
    import pkgutil

    from mtldemo.data import labels
    from mtldemo.data.labels.format import Format

    for module in pkgutil.iter_modules(labels.__path__):
        importlib.import_module(f"{labels.__name__}.{module.name}")
    assert sorted(kind.__name__ for kind in Format.__subclasses__()) == sorted(type(one).__name__ for one in FORMATS)
    assert len({one.title for one in FORMATS}) == len(FORMATS)

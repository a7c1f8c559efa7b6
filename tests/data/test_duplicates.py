"""Groups: identical, re-saved, mirrored and faded pictures belong together, others don't."""

import io

import numpy as np
import pandas as pd
from PIL import Image, ImageEnhance, ImageOps

from mtldemo.data.duplicates import disagreements, find_groups, joined
from mtldemo.tasks import UTKFACE
from tests.data.pictures import jpeg


def thumb(image: Image.Image) -> np.ndarray:
    return np.asarray(image.resize((64, 64)).convert("L").reduce(2))


def picture(seed: int) -> Image.Image:
    return Image.open(io.BytesIO(jpeg(seed, 128)))


def groups_of(*images: Image.Image) -> list[int]:
    thumbs = np.stack([thumb(image) for image in images])
    return find_groups([str(number) for number in range(len(images))], thumbs).tolist()


def test_identical_files_are_one_group_without_thumbnails() -> None:
    assert find_groups(["b", "a", "b", "c", "a"], None).tolist() == [0, 1, 0, 2, 1]


def test_changed_copies_are_found() -> None:
    first, other = picture(1), picture(2)
    saved = io.BytesIO()
    first.resize((90, 90)).save(saved, "JPEG", quality=30)
    copies = [
        Image.open(saved),
        ImageOps.mirror(first),
        ImageEnhance.Brightness(first).enhance(0.7),
        ImageOps.grayscale(first),
    ]
    assert groups_of(first, other, *copies) == [0, 1, 0, 0, 0, 0]


def test_different_and_plain_pictures_stay_alone() -> None:
    plain = [Image.new("RGB", (64, 64), colour) for colour in ("black", "white", "grey")]
    different = [picture(seed) for seed in range(300)]
    assert groups_of(*plain, *different) == list(range(303))


def test_groups_don_t_depend_on_the_order() -> None:
    thumbs = np.stack([thumb(picture(seed % 40)) for seed in range(120)])
    hashes = [f"{number:03d}" for number in range(120)]
    order = np.random.default_rng(0).permutation(120)
    there = find_groups(hashes, thumbs)
    back = find_groups([hashes[place] for place in order], thumbs[order])
    assert (there == np.arange(120) % 40).all()
    same = there[order][:, None] == there[order][None]
    assert (same == (back[:, None] == back[None])).all()


def test_thousands_of_alike_pictures_end_soon() -> None:
    base = thumb(picture(3)).astype(float)
    noise = np.random.default_rng(0).normal(0, 3, (3000, 32, 32))
    thumbs = np.clip(base + noise, 0, 255).astype(np.uint8)
    assert find_groups([str(number) for number in range(3000)], thumbs).max() == 0


def test_disagreements_are_counted_by_group() -> None:
    table = pd.DataFrame(
        {
            "file": ["a", "b", "c", "d", "e", "f"],
            "hash": ["1", "1", "2", "3", "4", "5"],
            "age": [20.0, 45.0, 7.0, np.nan, 30.0, 31.0],
            "gender": [0, 0, 1, 1, 0, np.nan],
            "ethnicity": [2, 2, 0, 0, 1, 3],
            "group": [0, 0, 1, 1, 2, 2],
        }
    )
    found = disagreements(table, UTKFACE).set_index("group")
    assert found["pictures"].tolist() == [2, 2, 2]
    assert found["identical"].tolist() == [True, False, False]
    assert found["files"].tolist() == ["a | b", "c | d", "e | f"]
    assert found["age_spread"].tolist() == [25.0, 0.0, 1.0]
    assert found["gender_disagrees"].tolist() == [False, False, False]
    assert found["ethnicity_disagrees"].tolist() == [False, False, True]


def test_no_groups_are_an_empty_table() -> None:
    table = pd.DataFrame({"file": ["a"], "hash": ["1"], "age": [1.0], "gender": [0], "ethnicity": [0], "group": [0]})
    assert disagreements(table, UTKFACE).empty


def test_groups_join_those_that_the_data_set_brings() -> None:
    groups = np.array([0, 1, 0, 2, 3, 4])
    assert joined(groups, ["", "ann", "", "", "", ""]).tolist() == [0, 1, 0, 2, 3, 4]
    assert joined(groups, ["ann", "bob", "", "ann", "bob", ""]).tolist() == [0, 1, 0, 0, 1, 2]

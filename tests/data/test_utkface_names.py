"""What is read from a name, what is repaired, and what is refused with which words."""

import pytest

from mtldemo.data.labels.utkface import NameLabels, Rejection, parse
from mtldemo.data.picture_files import is_picture


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("26_1_2_20170116171048641.jpg.chip.jpg", (26, 1, 2)),
        ("1_0_0_20170109150557335.jpg", (1, 0, 0)),
        ("116_1_4_20170112213500903.JPG", (116, 1, 4)),
        ("0_0_3_20170112213500903.png", (0, 0, 3)),
    ],
)
def test_plain_names_are_read_without_a_note(name: str, labels: tuple[int, int, int]) -> None:
    assert parse(name) == NameLabels(*labels)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("24_0_1_20170116220224657 .jpg.chip.jpg", "space"),
        ("55_0_0_20170116232725357jpg.chip.jpg", "dot"),
        ("14_0_0_2017011022340900.jpg.chip.jpg", "16 digits"),
        ("28_1_2_201701161846515488.jpg.chip.jpg", "18 digits"),
        ("28_1_2_20170116184651548 (1).jpg", "copy mark"),
    ],
)
def test_readable_names_are_repaired_with_a_note(name: str, note: str) -> None:
    labels = parse(name)
    assert isinstance(labels, NameLabels)
    assert note in labels.repair
    assert (labels.age, labels.gender, labels.ethnicity) == tuple(int(part) for part in name.split("_")[:3])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("39_1_20170116174525125.jpg.chip.jpg", "the gender or the ethnicity is not in the name"),
        ("39_20170116174525125.jpg", "the gender and the ethnicity are not in the name"),
        ("53__0_20170116184028385.jpg", "the gender is empty"),
        ("_1_0_20170116184028385.jpg", "the age is empty"),
        ("130_1_0_20170116184028385.jpg", "the age 130 is not within 0 to 116"),
        ("30_2_0_20170116184028385.jpg", "the gender code 2 is unknown; known are 0 male, 1 female"),
        ("30_1_5_20170116184028385.jpg", "the ethnicity code 5 is unknown"),
        ("thirty_1_0_20170116184028385.jpg", "the age 'thirty' is not a number"),
        ("holiday.jpg", "the name is not [age]_[gender]_[race]_[date&time].jpg"),
        ("2017_01_02_0001.jpg", "the name is not"),
    ],
)
def test_other_names_are_refused_with_the_reason(name: str, reason: str) -> None:
    refused = parse(name)
    assert isinstance(refused, Rejection)
    assert reason in refused.reason


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b/1_0_0_20170109150557335.jpg", True),
        ("x.PNG", True),
        ("Thumbs.db", False),
        ("__MACOSX/1_0_0_20170109150557335.jpg", False),
        ("a/._1_0_0_20170109150557335.jpg", False),
        (".trash/1.jpg", False),
        ("landmarks.txt", False),
    ],
)
def test_what_is_taken_for_a_picture(path: str, expected: bool) -> None:
    assert is_picture(path) is expected

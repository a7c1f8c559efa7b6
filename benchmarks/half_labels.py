"""Writes UTKFace as a list in which half of the ages are missing, to see what tasks learn from each other's pictures.

    python -m benchmarks.half_labels FOLDER [--archive UTKFace.tar.gz] [--share 0.5]

The pictures are those whose names have all three labels in the usual form; which ages are left out is drawn with a
fixed seed. Then `compare --data FOLDER/labels.csv ... --baseline` trains one network for all tasks against one a task,
on the same labels.
"""

import argparse
import csv
import random
import re
import tarfile
from pathlib import Path, PurePosixPath

from mtldemo.data import known_faces
from mtldemo.tasks import UTKFACE

NAME = re.compile(r"(\d{1,3})_([01])_([0-4])_\d{17}\.jpg\.chip\.jpg")


def main() -> None:
    """Write ``FOLDER/images``, ``FOLDER/labels.csv`` and ``FOLDER/tasks.toml``, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--archive", type=Path, default=known_faces(), help="a .tar or .tar.gz of UTKFace")
    parser.add_argument("--share", type=float, default=0.5, help="of the ages that are left out")
    chosen = parser.parse_args()
    names = extract(chosen.archive, chosen.folder / "images")
    hidden = set(random.Random(1).sample(names, int(chosen.share * len(names))))
    write_labels(chosen.folder, names, hidden)
    print(f"{len(names):,} pictures, {len(hidden):,} of them without an age, in {chosen.folder / 'labels.csv'}")


def extract(archive: Path, folder: Path) -> list[str]:
    """Write the pictures with all labels to ``folder``; their names, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    with tarfile.open(archive) as pictures:
        for member in pictures:
            name = PurePosixPath(member.name).name
            if NAME.fullmatch(name) and (content := pictures.extractfile(member)):
                (folder / name).write_bytes(content.read())
                names.append(name)
    return sorted(names)


def write_labels(folder: Path, names: list[str], hidden: set[str]) -> None:
    """The list of ``names``, with an empty age for those that are ``hidden``, and what its columns mean."""
    _, gender, ethnicity = UTKFACE
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["path", *UTKFACE.names])
        for name in names:
            match = NAME.fullmatch(name)
            assert match is not None
            age = "" if name in hidden else match[1]
            rows.writerow([f"images/{name}", age, gender.classes[int(match[2])], ethnicity.classes[int(match[3])]])
    meaning = '[tasks.age]\nkind = "regression"\nlow = 0\nhigh = 116\nunit = "years"\n'
    (folder / "tasks.toml").write_text(meaning, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Which format a data set is in."""

import dataclasses
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mtldemo.data.labels.adience import Adience
from mtldemo.data.labels.afad import Afad
from mtldemo.data.labels.agedb import AgeDb
from mtldemo.data.labels.appa_real import AppaReal
from mtldemo.data.labels.archive_listing import TarListing, ZipListing
from mtldemo.data.labels.cacd import Cacd
from mtldemo.data.labels.celeba import CelebA
from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.class_folders import ClassFolders
from mtldemo.data.labels.embedded import EmbeddedPictures
from mtldemo.data.labels.fairface import FairFace
from mtldemo.data.labels.folder_listing import FolderListing
from mtldemo.data.labels.format import DataLocation, Format
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.listing import Listing
from mtldemo.data.labels.maad_face import MaadFace
from mtldemo.data.labels.manifest import Manifest
from mtldemo.data.labels.mmpretrain import MmPretrain
from mtldemo.data.labels.parts_listing import PartsListing
from mtldemo.data.labels.pixel_table import PixelTable
from mtldemo.data.labels.tabular import ENDINGS
from mtldemo.data.labels.tasks_toml import FILE_NAME, from_toml
from mtldemo.data.labels.utkface import NameLabels, parse
from mtldemo.data.labels.web_dataset import WebDataset
from mtldemo.data.open_archive import open_archive
from mtldemo.data.source import ARCHIVES
from mtldemo.data.tar_archive import TarSource
from mtldemo.errors import MtlDemoError, readable

__all__ = ["FORMATS", "LabelledSource", "TaskChoices", "format_titles", "recognise"]

FORMATS: tuple[Format, ...] = (
    PixelTable(),
    CelebA(),
    FairFace(),
    AppaReal(),
    Adience(),
    MaadFace(),
    Afad(),
    Cacd(),
    AgeDb(),
    MmPretrain(),
    EmbeddedPictures(),
    WebDataset(),
    Manifest(),
    ClassFolders(),
)
"""Every format whose labels don't stand in UTKFace's names, the most specific first."""
SAMPLE = 200


def format_titles() -> str:
    """What the formats are called, in words: ``UTKFace, CelebA ... or a folder for each class``."""
    *titles, last = ("UTKFace", *(one.title for one in FORMATS))
    return f"{', '.join(titles)} or {last}"


def recognise(path: Path, choices: TaskChoices | None = None) -> LabelledSource | None:
    """The labelled pictures at ``path``, a folder, an archive or a manifest, as far as ``choices`` and a ``tasks.toml``
    beside them don't say it by what is there; None where no format fits, as for pictures that have UTKFace's names.

    Raises ``MtlDemoError`` for a manifest that can't be read.
    """
    location = _location(path, choices or TaskChoices())
    if location is None or (
        not location.file and location.choices.of_labels == TaskChoices() and _is_utkface(location.listing)
    ):
        # UTKFace comes with lists of landmarks beside its pictures; another list counts where it is said what it means.
        return None
    chosen = next((one for one in FORMATS if one.matches(location)), None)
    if chosen is not None:
        opened = chosen.open(location)
        pictures = location.choices.pictures or opened.pictures or chosen.pictures
        return dataclasses.replace(opened, pictures=pictures)
    if unreadable := location.unreadable():
        raise MtlDemoError(f"No labels are found beside the pictures: {unreadable[0]}")
    if reason := location.naming_nothing():
        raise MtlDemoError(f"No labels are found beside the pictures: {reason}; choose the column with their paths.")
    return None


def _location(path: Path, choices: TaskChoices) -> DataLocation | None:
    packed = _archive(path, choices)
    if packed is not None:
        if FILE_NAME in packed.others:
            choices = choices.over(from_toml(packed.read(FILE_NAME), FILE_NAME))
        base = f"{choices.root.strip('/')}/" if choices.root else ""
        return DataLocation(packed, packed, readable(path.name.partition(".")[0] or path.name), choices, base=base)
    if path.is_dir():
        folder, file = path, ""
    elif path.is_file() and path.name.lower().endswith(ENDINGS):
        folder, file = path.parent, readable(path.name)
    else:
        return None
    listing = FolderListing(folder)
    title = readable(folder.resolve().name) or "pictures"
    if FILE_NAME in listing.others:
        choices = choices.over(from_toml(listing.read(FILE_NAME), FILE_NAME))
    pictures, base = listing, ""
    if choices.root:
        root = (folder / choices.root).resolve()
        if not root.is_dir():
            raise MtlDemoError(
                f"The chosen folder of the pictures {choices.root} isn't there; it is looked for in {folder}."
            )
        if root.is_relative_to(folder.resolve()):
            inside = root.relative_to(folder.resolve()).as_posix()
            base = "" if inside == "." else f"{inside}/"
        else:
            pictures = FolderListing(root)
    location = DataLocation(listing, pictures, title, choices, file, base)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(location.read_ahead)
        listing.list_below()
        pictures.list_below()
        reading.result()
    return location if file or len(pictures.array) else _shards(location, listing) or location


def _shards(location: DataLocation, folder: FolderListing) -> DataLocation | None:
    """The archives of a ``folder`` without pictures, where they are WebDataset's shards; None for others, such as the
    three of UTKFace."""
    archives = sorted((name, folder.file_of(name)) for name in folder.others if name.lower().endswith(ARCHIVES))
    if len(archives) < 2:
        return None
    parts = PartsListing(folder.path, archives, _is_utkface)
    inside = dataclasses.replace(location, listing=parts, pictures=parts)
    return inside if WebDataset().matches(inside) else None


def _archive(path: Path, choices: TaskChoices) -> Listing | None:
    """What the archive at ``path`` holds; None where it is none. A stream of UTKFace is not read to its end."""
    if not path.is_file() or path.name.lower().endswith(ENDINGS):
        return None
    if zipfile.is_zipfile(path):
        return ZipListing(path)
    try:
        source = open_archive(path)
    except MtlDemoError:
        return None
    if not isinstance(source, TarSource):
        return None
    unchosen = choices.of_labels == TaskChoices()
    return TarListing(source, lambda listing: unchosen and _is_utkface(listing))


def _is_utkface(listing: Listing) -> bool:
    """Whether most of the pictures, of a sample, have UTKFace's names."""
    sample = [name.rpartition("/")[2] for name in listing.sample(SAMPLE)]
    return 2 * sum(isinstance(parse(name), NameLabels) for name in sample) > len(sample)

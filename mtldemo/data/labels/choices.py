"""What a person chose about a data set's labels: on the page, by option, or in a ``tasks.toml``."""

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union, get_args, get_origin, get_type_hints

from mtldemo.data.labels.base import FACES, WHOLE
from mtldemo.errors import MtlDemoError
from mtldemo.settings import shown
from mtldemo.tasks import kind_named

DELIMITER_WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": " "}


@dataclass(frozen=True)
class ColumnChoice:
    """What was chosen for one column; what is left empty is inferred.

    ``classes`` are the class names in the order of their indices: either the values as they stand in the column, or as
    many names for the ``values``, or for the inferred ones where ``values`` is empty. ``missing`` are the texts that
    stand for no label, beside an empty cell. ``offset`` is added to every number. ``name`` is the task's. ``names`` are
    those of classes by the column's values, such as ``{"0": "rose"}``; the others keep their own. With ``replaces`` it
    is all that is chosen for the column, so that what a ``tasks.toml`` says of it can be undone, too.
    """

    kind: str = ""
    classes: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    unit: str = ""
    low: float | None = None
    high: float | None = None
    missing: tuple[str, ...] | None = None
    title: str = ""
    name: str = ""
    offset: float = 0.0
    left_out: bool = False
    sensitive: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    replaces: bool = False

    def __post_init__(self) -> None:
        if self.kind:
            kind_named(self.kind)

    def over(self, other: "ColumnChoice") -> "ColumnChoice":
        """This choice, and ``other`` where this one says nothing."""
        if self.replaces:
            return self
        default, given = ColumnChoice(), dataclasses.asdict(self)
        changed = {name: value for name, value in given.items() if value != getattr(default, name)}
        return dataclasses.replace(other, **changed)


@dataclass(frozen=True)
class TaskChoices:
    """What was chosen for a data set.

    ``columns`` by the column's name, or the task's. ``path``, ``split``, ``group`` and ``fold`` name the columns that
    say where a picture is, which split it belongs to, whose it is and which fold it belongs to. ``root`` is the folder
    below which pictures lie, from the manifest's on; ``names`` are the columns' names where there is no header.
    ``pictures`` is ``FACES`` or ``WHOLE``, or empty for what the format says: how a model is asked, not how labels are
    read.
    """

    columns: Mapping[str, ColumnChoice] = field(default_factory=dict)
    path: str = ""
    root: str = ""
    delimiter: str = ""
    header: bool | None = None
    split: str = ""
    group: str = ""
    fold: str = ""
    names: tuple[str, ...] = ()
    pictures: str = ""

    def __post_init__(self) -> None:
        if self.pictures not in ("", FACES, WHOLE):
            raise MtlDemoError(f"What the pictures are must be {FACES} or {WHOLE}, found {shown(self.pictures)}.")
        if not self.root.isprintable():
            raise MtlDemoError(f"The folder of the pictures can't be {shown(self.root)}.")
        delimiter = DELIMITER_WORDS.get(self.delimiter.lower(), self.delimiter)
        if len(delimiter) > 1 or delimiter in ('"', "\n", "\r"):
            known = "tab, comma, semicolon or space"
            raise MtlDemoError(f"A delimiter is one character, or {known}; found {shown(self.delimiter)}.")

    @property
    def of_labels(self) -> "TaskChoices":
        """What concerns the labels alone."""
        return dataclasses.replace(self, pictures="")

    def of(self, *keys: str) -> ColumnChoice:
        """The choice for what is known by any of ``keys``; of several the first one that was chosen counts most."""
        chosen = ColumnChoice()
        for key, choice in self.columns.items():
            if key in keys:
                chosen = chosen.over(choice)
        return chosen

    def over(self, other: "TaskChoices") -> "TaskChoices":
        """These choices, and ``other`` where these say nothing."""
        # These come first, as a column may go by its own name here and by its task's there.
        own = {name: choice.over(other.columns.get(name, ColumnChoice())) for name, choice in self.columns.items()}
        columns = own | {name: choice for name, choice in other.columns.items() if name not in own}
        default = TaskChoices()
        changed = {
            item.name: getattr(self, item.name)
            for item in dataclasses.fields(self)
            if item.name != "columns" and getattr(self, item.name) != getattr(default, item.name)
        }
        return dataclasses.replace(other, columns=columns, **changed)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; what is empty is left out."""
        values = _plain(self)
        values["columns"] = {name: _plain(choice) for name, choice in self.columns.items()}
        return {name: value for name, value in values.items() if value or value is False}

    @staticmethod
    def from_dict(values: Any) -> "TaskChoices":
        """The choices that ``to_dict`` wrote. Raises ``MtlDemoError`` where they are none."""
        if not isinstance(values, Mapping):
            raise MtlDemoError(f"Choices for tasks must be named values, found {shown(values)}.")
        given = {**values}
        columns = given.pop("columns", {})
        if not isinstance(columns, Mapping):
            raise MtlDemoError(f"Choices for columns must be named values, found {shown(columns)}.")
        read = {str(name): column_choice(str(name), choice) for name, choice in columns.items()}
        return TaskChoices(columns=read, **_checked(TaskChoices, given, "A data set"))


def column_choice(name: str, values: Any) -> ColumnChoice:
    """The choice for the column or task called ``name``. Raises ``MtlDemoError``."""
    if not isinstance(values, Mapping):
        raise MtlDemoError(f"The choice for {shown(name)} must be named values, found {shown(values)}.")
    return ColumnChoice(**_checked(ColumnChoice, values, f"The task {shown(name)}"))


def _plain(choice: Any) -> dict[str, Any]:
    values = {}
    for item in dataclasses.fields(choice):
        value = getattr(choice, item.name)
        default = item.default if item.default is not dataclasses.MISSING else {}
        if item.name != "columns" and value != default:
            values[item.name] = list(value) if isinstance(value, tuple) else value
    return values


def _checked(owner: type, values: Mapping[str, Any], what: str) -> dict[str, Any]:
    hints = get_type_hints(owner)
    checked = {}
    for name, value in values.items():
        if name not in hints or name == "columns":
            known = ", ".join(sorted(set(hints) - {"columns"}))
            raise MtlDemoError(f"{what} has no setting {shown(name)}; it has: {known}.")
        checked[name] = _typed(hints[name], value, f"{what}: {name}")
    return checked


def _typed(hint: Any, value: Any, what: str) -> Any:
    kinds = get_args(hint) if get_origin(hint) in (types.UnionType, Union) else (hint,)
    if value is None and type(None) in kinds:
        return None
    if bool in kinds and isinstance(value, bool):
        return value
    if float in kinds and isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300:
        return float(value)
    if str in kinds and isinstance(value, str):
        return value
    if any(get_origin(kind) is Mapping for kind in kinds) and isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    if any(get_origin(kind) is tuple for kind in kinds) and isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    raise MtlDemoError(f"{what} can't be {shown(value)}.")

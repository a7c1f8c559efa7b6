"""The kinds of label: one a file, all of them listed once, here."""

from mtldemo.errors import MtlDemoError
from mtldemo.settings import shown
from mtldemo.tasks.kinds.base import Kind
from mtldemo.tasks.kinds.binary import Binary
from mtldemo.tasks.kinds.classes import Classes
from mtldemo.tasks.kinds.regression import Regression

__all__ = ["KINDS", "Kind", "kind_named"]

KINDS: tuple[Kind, ...] = (Regression(), Binary(), Classes())
"""Every kind, in the order in which they are shown."""


def kind_named(name: str) -> Kind:
    """The kind called ``name``; raises ``MtlDemoError`` with the choices where there is none."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    raise MtlDemoError(f"There is no kind of task {shown(name)}; choose from {', '.join(kind.name for kind in KINDS)}.")

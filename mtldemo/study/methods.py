"""What the strategies' own files say of them, read as text: importing them takes torch, and torch takes seconds.

A comparison needs no more than this: what a strategy is called, and which value each of its settings has at first.
"""

import ast
import functools
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "mtldemo.weighting"


@dataclass(frozen=True)
class Method:
    """A strategy's ``title``, and the ``defaults`` of its settings by name."""

    title: str
    defaults: dict[str, Any]


@functools.cache
def methods() -> dict[str, Method]:
    """Every strategy by its name. The same as ``weighting.STRATEGIES`` says, without importing it."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    found = {}
    for folder in folders or ():
        for file in sorted(Path(folder).glob("*.py")):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    said = dict(_texts(node))
                    if {"name", "title"} <= said.keys():
                        found[said["name"]] = Method(said["title"], _defaults(node))
    return found


def _texts(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """What a class's body assigns plain texts to, such as ``title = "FAMO"``."""
    for line in node.body:
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str):
            yield from ((target.id, line.value.value) for target in line.targets if isinstance(target, ast.Name))


def _defaults(node: ast.ClassDef) -> dict[str, Any]:
    """The keyword-only arguments of a class's ``__init__``, which are its settings, with their defaults."""
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            pairs = zip(part.args.kwonlyargs, part.args.kw_defaults, strict=True)
            return {argument.arg: ast.literal_eval(default) for argument, default in pairs if default is not None}
    return {}

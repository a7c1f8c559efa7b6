"""What a package's modules define, read when it is first asked for: the package opens without pandas and Plotly."""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any


def lazily(package: str, path: list[str]) -> Callable[[str], Any]:
    """The ``__getattr__`` of ``package``, whose folders are ``path``: a public name of any of its modules, and the
    module itself by its own name, so that a new function is written once and needs no list."""

    def find(name: str) -> Any:
        modules = {module.name for module in pkgutil.iter_modules(path)}
        if name in modules:
            return import_module(f"{package}.{name}")
        if not name.startswith("_"):
            for module in sorted(modules):
                opened = import_module(f"{package}.{module}")
                if name in vars(opened) and not isinstance(vars(opened)[name], ModuleType):
                    return vars(opened)[name]
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find

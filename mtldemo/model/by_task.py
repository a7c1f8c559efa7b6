"""Modules kept by task."""

from collections.abc import ItemsView, Iterator, KeysView
from typing import Any

from torch import nn


class ByTask(nn.ModuleDict):
    """Modules by the name of their task. A task may be called as it likes, such as ``keys`` or ``training``: its module
    is kept beside the attributes that modules have, so that neither hides the other."""

    def add_module(self, name: str, module: nn.Module | None) -> None:
        """Keep ``module`` under ``name``, without ``ModuleDict``'s refusal of names that are attributes."""
        self._modules[name] = module  # type: ignore[assignment]

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def __getitem__(self, name: str) -> Any:
        numbers = self.__dict__.get("numbers")
        return super().__getitem__(name if numbers is None else numbers[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def keys(self) -> KeysView[str]:
        """The tasks' names."""
        return self.__dict__.get("numbers", self._modules).keys()  # type: ignore[no-any-return]

    def items(self) -> ItemsView[str, Any]:
        """The tasks' names with their modules."""
        return {name: self[name] for name in self.keys()}.items()

    def by_number(self) -> None:
        """Give the modules numbers for names, and go on to find them by task: an exported program looks each up as an
        attribute, where a task's name may be another one's."""
        numbers = {name: str(number) for number, name in enumerate(self._modules)}
        modules = list(self._modules.values())
        self._modules.clear()
        self._modules.update(zip(numbers.values(), modules, strict=True))
        self.numbers = numbers

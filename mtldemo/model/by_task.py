"""Modules kept by task."""

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

"""torch for files that also say something which needs no torch: it is imported when something is computed.

What a strategy says (its words, settings and cost) and what it computes are one class in one file, and reading what it
says must not take the seconds that importing torch takes. So its file writes

    from mtldemo.lazy_torch import Tensor, nn, torch

and its base is ``Module``. To a type checker these are torch's own names. PEP 810's ``lazy import`` will be this in
Python 3.15; the standard library's ``LazyLoader`` is not, as it puts the module that isn't loaded into ``sys.modules``,
where others take it for torch, and ``lazy_loader`` is built on it.

Annotations may name ``Tensor``; any other name of torch's in one, or at a file's top level, would import it, so
write it in quotes.
"""

import functools
import importlib
from abc import ABCMeta
from typing import TYPE_CHECKING, Any

__all__ = ["Module", "Tensor", "nn", "torch"]

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import Module
else:

    class LazyModule:
        """Stands for the module ``name``, which is imported when an attribute of it is asked for."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            value = getattr(importlib.import_module(self._name), attribute)
            # The next look-up finds it here, and costs what that of a module's attribute does.
            setattr(self, attribute, value)
            return value

    class LazyTensor:
        """Stands for ``torch.Tensor`` in annotations; ``isinstance`` refuses it, as it isn't a class."""

        def __or__(self, other: Any) -> "LazyTensor":
            return self

        __ror__ = __or__

        def __repr__(self) -> str:
            return "Tensor"

    torch = LazyModule("torch")
    nn = LazyModule("torch.nn")
    Tensor = LazyTensor()

    class Module:
        """A ``torch.nn.Module`` whose class statement needs no torch.

        An object made of a class below this one is of that class and of ``torch.nn.Module``: it is made of the class
        that joins the two. ``state_dict``, ``parameters`` and all else are torch's own.
        """

        def __new__(cls, *_: Any, **__: Any) -> Any:
            return object.__new__(_with_torch(cls))

        def __reduce_ex__(self, protocol: Any) -> Any:
            # The joined class has no module to be looked up in; the class of the file has.
            return _unfilled, (type(self).__bases__[0],), self.__getstate__()

    def _unfilled(cls: type) -> Any:
        return cls.__new__(cls)

    @functools.cache
    def _with_torch(cls: type) -> type:
        if issubclass(cls, nn.Module):
            return cls
        names = {name: getattr(cls, name) for name in ("__module__", "__qualname__", "__doc__")}
        return ABCMeta(cls.__name__, (cls, nn.Module), names)

"""What a person calls methods and the files that a config names, and a config that tells others no more of these."""

import dataclasses
import re

from mtldemo.config import DataConfig, RunConfig
from mtldemo.errors import readable


def source_title(source: str) -> str:
    """A data source as a person calls it: the built-in set by its name, a path by its last part, ``readable``."""
    return {"synthetic": "Built-in portraits", "shapes": "Built-in shapes"}.get(source) or last_part(source)


def weights_title(path: str) -> str:
    """A file of initial weights as a person calls it: by its run, where it is a run's; ``readable``."""
    return last_part(path.replace("\\", "/").removesuffix("/model.safetensors"))


def short_title(title: str) -> str:
    """A title's name in parentheses where that is the method's own, such as ``MGDA``; else the title."""
    method = re.search(r"\(([^)\s]*[A-Z][^)\s]*[A-Z][^)\s]*)\)$", title)
    return method.group(1) if method else title


def without_paths(config: RunConfig) -> RunConfig:
    """``config`` for others' eyes and machines: of each path only the last name is left, which says enough."""
    source = config.data.source
    if source != DataConfig.source:
        source = _last_part(source) or "pictures"
        # A folder of that name isn't the built-in set.
        source = f"./{source}" if source == DataConfig.source else source
    return dataclasses.replace(
        config,
        data=dataclasses.replace(config.data, source=source),
        model=dataclasses.replace(config.model, init_from=weights_title(config.model.init_from)),
    )


def last_part(path: str) -> str:
    """The last part of a path, ``readable``."""
    return readable(_last_part(path))


def _last_part(path: str) -> str:
    # A path may come from Windows, whose separators mean nothing to other systems.
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]

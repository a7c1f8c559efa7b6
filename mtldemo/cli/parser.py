"""argparse with the project's manners: one line for a mistake, no abbreviations that change meaning later."""

import argparse
from typing import Any, NoReturn

from mtldemo.errors import MtlDemoError


class Parser(argparse.ArgumentParser):
    """Raises ``MtlDemoError`` instead of printing its usage and exiting."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("allow_abbrev", False)
        settings.setdefault("formatter_class", Help)
        super().__init__(**settings)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is."""
        raise MtlDemoError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


class Help(argparse.HelpFormatter):
    """Help with room for the options' names."""

    def __init__(self, prog: str, **settings: Any) -> None:
        settings.setdefault("max_help_position", 34)
        super().__init__(prog, **settings)

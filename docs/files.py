"""Writes files.md: a line for each file of the package, the first sentence of what it says of itself.

python docs/files.py
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = Path(__file__).with_name("files.md")


def sentence(file: Path) -> str:
    """The first sentence of a module's docstring; empty where it has none."""
    words = " ".join((ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split())
    return re.split(r"(?<=\.) (?=[A-Z])", words, maxsplit=1)[0]


def lines() -> Iterator[str]:
    """The list, a line at a time: folders as headings, files below them."""
    yield "# The files of mtldemo"
    yield ""
    yield "Made by `python docs/files.py` from what each file says of itself."
    folder = None
    for file in sorted((ROOT / "mtldemo").rglob("*.py"), key=lambda file: (file.parent.as_posix(), file.name)):
        if file.parent != folder:
            folder = file.parent
            yield from ("", f"## {folder.relative_to(ROOT).as_posix()}/", "")
        if words := sentence(file):
            yield f"- `{file.name}` {words}"


if __name__ == "__main__":
    LIST.write_text("\n".join(lines()) + "\n", encoding="utf-8")

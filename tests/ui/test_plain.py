"""What isn't the program's own words is shown as it is."""

import ast
from pathlib import Path

import pytest

from mtldemo.ui.plain import plain, plain_badge

ROOT = Path(__file__).parents[2]
SOURCES = [*sorted((ROOT / "mtldemo" / "ui").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py"))]
ALERTS = {"error", "warning", "info", "success", "toast"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_*b*_$x$_:red[c]<b>", r"a\_\*b\*\_\$x\$\_\:red\[c\]\<b>"),
        ("[age]_[gender].jpg", r"\[age\]\_\[gender\].jpg"),
        ("image_size: expected 16", "image_size: expected 16"),
        (r"C:\data", r"C:\\data"),
        ("http://a.b, www.c.d, me@e.f; mgda@block", "http:\u2060//a.b, www\u2060.c.d, me\u2060@e.f; mgda@block"),
        (":smile: at 12:30:45", "\\:smile\u2060: at 12:30:45"),
        ("&lt; & `x` ~y~", r"\&lt; & \`x\` \~y\~"),
        ("# a\n- b\n1. c", "\\# a  \n\\- b  \n1\u2060. c"),
    ],
)
def test_signs_of_markdown_are_shown_and_words_stay_as_they_are(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_badge_escapes_brackets_by_itself() -> None:
    assert plain_badge("a_[b]_*") == r"a\_[b]\_\*"


def _own_words(node: ast.expr) -> bool:
    """Whether a text is the program's own, or made plain: literals, ``plain(...)``, and what is joined of such."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        return all(_own_words(part) or _counts(part) for part in parts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id == "plain"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
        return "plain" in ast.unparse(node)
    if isinstance(node, ast.IfExp):
        return all(_own_words(part) or _counts(part) for part in (node.body, node.orelse))
    return False


def _counts(node: ast.expr) -> bool:
    """Numbers of things, and words that are the program's own by their name."""
    return ast.unparse(node).startswith(("count(", "len(", "doubts", "MOST", "'run", "DRAWINGS.warning("))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_alerts_show_plain_text(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"st.{name}" for name in ALERTS}:
            said = node.args[0]
            text = ast.unparse(said)
            own = _own_words(said) or text.isupper() or ("_" not in text and text in ("dataset.notice",))
            own = own or _counts(said) or (isinstance(said, ast.Name) and said.id == "gone")
            assert own, f"line {node.lineno}: {text} may be Markdown; say plain(...)"

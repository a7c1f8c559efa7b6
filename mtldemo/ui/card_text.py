"""A model card's text: its parts under a page's titles, and Markdown whose tables fit a phone."""

import pandas as pd
import streamlit as st

from mtldemo.predict.card_tables import BAR

ABOUT, ERRORS, CALIBRATION, MADE, LIMITS = "What it is", "Errors", "How sure", "How it was made", "Limits and terms"
SECTIONS = {"": ABOUT, "Measured": ERRORS, "Calibration": CALIBRATION, "Data": MADE, "How it was made": MADE,
            "Limits": LIMITS, "Terms": LIMITS}  # fmt: skip
"""Where each section of a card is shown."""


def written(text: str, key: str) -> None:
    """Draw Markdown whose tables scroll on their own: on a phone they are wider than the page."""
    rest: list[str] = []
    for number, block in enumerate(text.split("\n\n")):
        table = markdown_table(block)
        if table is None:
            rest.append(block)
            continue
        st.markdown("\n\n".join(rest))
        rest = []
        alt = f"Errors: {table.columns[0]}"
        st.dataframe(table, hide_index=True, height="content", key=f"{key}.{number}", alt=alt)
    st.markdown("\n\n".join(rest))


def markdown_table(block: str) -> pd.DataFrame | None:
    """A table of Markdown as it is written; None for a block that is none."""
    lines = block.strip().splitlines()
    if len(lines) < 3 or not all(line.startswith("|") for line in lines):
        return None
    head, _, *rows = [
        [cell.strip().replace(BAR, "|") for cell in line.strip().strip("|").split(" | ")] for line in lines
    ]
    return pd.DataFrame([row for row in rows if len(row) == len(head)], columns=head)


def of_card(text: str) -> dict[str, str]:
    """A card's sections under the titles of this view, in its order; sections it doesn't know come with the first."""
    by_title: dict[str, list[str]] = {title: [] for title in (ABOUT, ERRORS, CALIBRATION, MADE, LIMITS)}
    title, inside = "", False
    lines: list[str] = []

    def close() -> None:
        body = "\n".join(lines).strip()
        if body:
            by_title[SECTIONS.get(title, ABOUT)].append(body)

    for line in text.splitlines():
        # What looks like a heading in a block of code is none.
        inside ^= line.startswith("```")
        if line.startswith("## ") and not inside:
            close()
            title, lines = line.removeprefix("## ").strip(), []
        elif not (line.startswith("# ") and not inside):
            lines.append(line)
    close()
    return {title: "\n\n".join(parts) for title, parts in by_title.items() if parts}

"""The dashboard's sign: one trunk, three heads in three colours."""

from urllib.parse import quote

from mtldemo.charts.colours import BLUE, GREEN, NEUTRAL, VERMILLION

HEADS = ((10, 16, BLUE), (32, 9, VERMILLION), (54, 16, GREEN))
"""Where the heads are on a field of 64 x 64, and their colours."""


def icon() -> str:
    """A ``data:`` address of the sign as SVG: Streamlit would fetch an icon called by its name from the internet."""
    trunk = "".join(f'<path d="M32 58V40Q32 30 {x} {y}"/>' for x, y, _ in HEADS)
    heads = "".join(f'<circle cx="{x}" cy="{y}" r="9" fill="{colour}"/>' for x, y, colour in HEADS)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<g fill="none" stroke="{NEUTRAL}" stroke-width="6" stroke-linecap="round">{trunk}</g>{heads}</svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"

"""Filling the dashboard's forms as a person does."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def fill(page: "Page", label: str, number: int) -> None:
    """Write a number into the field called ``label``."""
    field = page.get_by_role("spinbutton", name=label, exact=True)
    field.fill(str(number))
    field.press("Tab")


def fill_tiny(page: "Page", name: str, epochs: int) -> None:
    """Fill the form of a run or study for runs of some seconds, called ``name``."""
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    fill(page, "Image size (px)", 16)
    fill(page, "Epochs", epochs)
    fill_details(page, portraits=60)


def fill_details(page: "Page", portraits: int = 0) -> None:
    """Fill what is folded away in the form: how many ``portraits`` are drawn, where they are, and a tiny run's rest."""
    page.get_by_text("More settings", exact=True).click()
    if portraits:
        page.get_by_role("tab", name="Data and split").click()
        fill(page, "Portraits", portraits)
    page.get_by_role("tab", name="Optimizer").click()
    fill(page, "Batch size", 16)
    # Chosen, so that no time goes into measuring which is fastest.
    page.get_by_role("tab", name="Computing").click()
    page.get_by_role("radio", name="fp32").click()
    page.get_by_role("radio", name="contiguous").click()
    fill(page, "CPU threads", 1)

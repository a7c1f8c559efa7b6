"""``python -m mtldemo sharings``: the ways in which the tasks can share a network, and what each costs."""

import argparse
import dataclasses
from typing import Any

from mtldemo.cli.output import settings_text, table_console
from mtldemo.config import DataConfig, ModelConfig, RunConfig, SharingConfig, leaves
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import strict_json
from mtldemo.model.catalogue import BACKBONES, backbone_named

WIDE = 160


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser = commands.add_parser(
        "sharings",
        help="list the ways of sharing a network",
        description="List the ways in which the tasks can share a network, with their settings and what each costs "
        "with its defaults: parameters and multiply-adds of one picture on its way forward, for UTKFace's three tasks.",
    )
    names = ", ".join(backbone.name for backbone in BACKBONES)
    parser.add_argument(
        "--backbone", metavar="NAME", default=ModelConfig.backbone, help=f"one of {names} (default: %(default)s)"
    )
    parser.add_argument(
        "--image-size",
        metavar="N",
        default=str(DataConfig.image_size),
        help="of the pictures in px (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list, with formulas and papers")
    return parser


def run(chosen: argparse.Namespace) -> int:
    """Print the list."""
    described = _described(chosen.backbone, dict(leaves(RunConfig))["data", "image_size"].parse(chosen.image_size))
    if chosen.json:
        print(strict_json(described, indent=2, ensure_ascii=False))
    else:
        _print(described)
    return 0


def _described(backbone: str, image_size: int) -> list[dict[str, Any]]:
    """What is said of each way, with its ``cost``; ``problem`` says why this network can't be shared so."""
    from mtldemo.model.cost import network_cost
    from mtldemo.model.sharing_words import describe

    backbone_named(backbone)
    model = ModelConfig(backbone=backbone)
    plain = network_cost(model, image_size)
    rows = []
    for way in describe():
        try:
            cost = network_cost(model, image_size, SharingConfig(way["name"]))
        except MtlDemoError as error:
            rows.append({**way, "cost": None, "problem": str(error)})
            continue
        parameters, multiply_adds = cost.beside(plain)
        beside = {"parameters_beside_hard": parameters, "multiply_adds_beside_hard": multiply_adds}
        rows.append({**way, "cost": {**dataclasses.asdict(cost), "memory": cost.memory, **beside}, "problem": ""})
    return rows


def _print(described: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("Name", "Way of sharing", "Idea", "Settings (--set)", "Gradients at", show_lines=True)
    for title in ("Parameters", "Multiply-adds"):
        table.add_column(title, justify="right")
    for way in described:
        cost = way["cost"]
        figures = [way["problem"]]
        if cost is not None:
            figures = [
                f"{(cost['shared'] + cost['own']) / 1e6:.1f} M\n{cost['parameters_beside_hard']:.1f} x",
                f"{cost['multiply_adds'] / 1e6:,.0f} M\n{cost['multiply_adds_beside_hard']:.1f} x",
            ]
        settings = settings_text(way["settings"], "sharing.")
        table.add_row(way["name"], way["title"], way["idea"], settings, "\n".join(way["gradients_at"]) or "-", *figures)
    table_console(WIDE).print(table, markup=False)

"""The picture with its faces marked: a numbered box each, and the answers where they are wanted. Imports no torch."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mtldemo.predict.answers import Answers, PictureAnswer, RegressionAnswer, self_explanatory
from mtldemo.tasks import Task

LINE, PAPER, INK = "#0B5C8A", "#FFFFFF", "#1B2733"
"""Of the boxes and numbers, around and behind them, and of the words."""
THIN, LETTERS = 1 / 300, 1 / 30
"""A box's line and the height of letters, as shares of the picture's longer side."""
MOST_LINES = 8
"""Answers that are written below a box."""
SMALLEST = 11
"""Height of letters in pixels, at least."""


def annotated(
    pixels: np.ndarray, answer: PictureAnswer, *, words: bool = False, longest: int | None = None, least: int = 0
) -> Image.Image:
    """The picture ``pixels`` uint8 [H, W, 3] with the boxes of ``answer`` and their numbers, from 1.

    ``words`` adds what the first model says below each box. ``longest`` and ``least`` are the most and the fewest
    pixels of the longer side; another picture is made smaller or larger before it is drawn on, so that lines and
    letters suit what is seen.
    """
    image = Image.fromarray(pixels)
    scale = max(min(1.0, (longest or math.inf) / max(image.size)), least / max(image.size))
    if scale != 1:
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    draw = ImageDraw.Draw(image)
    line = max(2, round(max(image.size) * THIN))
    font = ImageFont.load_default(max(SMALLEST, max(image.size) * LETTERS))
    boxes = [tuple(scale * end for end in item.face.box) for item in answer.faces]
    # A box around the whole picture would mark nothing.
    for x, y, w, h in (box for box, item in zip(boxes, answer.faces, strict=True) if not item.whole):
        box = (x, y, x + w, y + h)
        # White around the line, so that it is seen on any picture.
        draw.rectangle(_wider(box, line // 2 + 1), outline=PAPER, width=2 * line + 1)
        draw.rectangle(box, outline=LINE, width=line)
    # Labels come last: a box of a neighbour mustn't cross them out.
    for number, (item, (x, y, _, h)) in enumerate(zip(answer.faces, boxes, strict=True), 1):
        if not item.whole:
            _label(draw, (x, y), str(number), font, PAPER, LINE, above=True)
        if words:
            model, answers = next(iter(item.answers.items()), ("", {}))
            lines = answer_lines(answers, answer.tasks.get(model, ()))
            if len(lines) > MOST_LINES:
                lines = [*lines[: MOST_LINES - 1], f"and {len(lines) - MOST_LINES + 1} more"]
            _label(draw, (x, y + h + line), "\n".join(lines), font, INK, PAPER)
    return image


def answer_lines(answers: Answers, tasks: Sequence[Task] = ()) -> list[str]:
    """A model's answers about a face in short lines, such as ``34 years (28 to 41)`` and ``female 97 %``; one that
    isn't sure has a question mark. Those that aren't ``self_explanatory`` among the model's ``tasks`` begin with their
    task's title: ``Smiling: yes 97 %``."""
    titles = {task.name: task.title for task in tasks if not self_explanatory(task, tasks)}
    lines = []
    for name, answer in answers.items():
        if isinstance(answer, RegressionAnswer):
            line = f"{answer.amount} ({answer.span})" if answer.span else answer.amount
        else:
            line = f"{answer.label}{'' if answer.sure else '?'} {100 * answer.p[answer.label]:.0f} %"
        lines.append(f"{titles[name]}: {line}" if name in titles else line)
    return lines


def _label(
    draw: ImageDraw.ImageDraw,
    corner: tuple[float, float],
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    colour: str,
    paper: str,
    *,
    above: bool = False,
) -> None:
    """Text on paper with its left upper (or, ``above``, left lower) corner at ``corner``, moved into the picture."""
    if not text:
        return
    room = draw.textbbox((0, 0), text, font=font)
    pad = max(3.0, 0.25 * getattr(font, "size", SMALLEST))
    width, height = room[2] - room[0] + 2 * pad, room[3] - room[1] + 2 * pad
    left, top = corner[0], corner[1] - height if above else corner[1]
    left = min(max(0.0, left), max(0.0, draw.im.size[0] - width))
    top = min(max(0.0, top), max(0.0, draw.im.size[1] - height))
    draw.rectangle((left, top, left + width, top + height), fill=paper)
    draw.multiline_text((left + pad - room[0], top + pad - room[1]), text, fill=colour, font=font)


def _wider(box: tuple[float, float, float, float], by: float) -> tuple[float, float, float, float]:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by

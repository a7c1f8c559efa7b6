"""Steady boxes and answers over the frames of a video. Pure: time comes from the caller. Imports no torch."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from mtldemo.predict.answers import Answer, Answers, ClassAnswer, RegressionAnswer
from mtldemo.predict.detect import Face

OVERLAP = 0.25
"""Boxes of two frames that share at least this of their joint area are the same face."""
MEMORY, LONG_MEMORY = 1.0, 5.0
"""Seconds that a face may be unseen and still be the same one; the second where frames come that seldom."""
BOX_TIME, ANSWER_TIME = 0.15, 1.5
"""Seconds over which boxes and answers are averaged."""


@dataclass(eq=False)
class Track:
    """One face over time: its ``number`` (from 1, never used again), its steadied ``face``, when it was ``last_seen``
    and in how many ``frames``. ``answers`` holds the steadied answers by model, once ``steadied`` was called."""

    number: int
    face: Face
    last_seen: float
    frames: int = 1
    answers: dict[str, Answers] = field(default_factory=dict)
    _answered: dict[str, tuple[float, int]] = field(default_factory=dict)

    def steadied(self, model: str, answers: Answers, now: float) -> Answers:
        """The ``answers`` of a model about this face at the time ``now``, averaged with those before.

        The first few count alike, so that the average settles at once; later ones fade over ``ANSWER_TIME``.
        """
        before = self.answers.get(model)
        last, count = self._answered.get(model, (now, 0))
        share = max(_share(now - last, ANSWER_TIME), 1 / (count + 1))
        self._answered[model] = now, count + 1
        if before is None or list(before) != list(answers):
            self.answers[model] = answers
        else:
            self.answers[model] = {name: _mixed(before[name], answer, share) for name, answer in answers.items()}
        return self.answers[model]


class Tracker:
    """Tells which face of a frame is which of the frames before, by how much their boxes overlap."""

    def __init__(self) -> None:
        self._tracks: list[Track] = []
        self._last_number = 0
        self._last = -math.inf

    def update(self, faces: Sequence[Face], now: float) -> list[Track]:
        """The track of each of ``faces``, in their order, at the time ``now`` in seconds, which never goes back."""
        self._tracks = [track for track in self._tracks if self._known(track, now)]
        self._last = now
        pairs = sorted(
            ((overlap(track.face, face), index, track) for track in self._tracks for index, face in enumerate(faces)),
            key=lambda pair: -pair[0],
        )
        tracks: dict[int, Track] = {}
        for shared, index, track in pairs:
            if shared < OVERLAP:
                break
            if index in tracks or track in tracks.values():
                continue
            # A face that moves is followed at once; one that stays doesn't tremble.
            share = max(_share(now - track.last_seen, BOX_TIME), 1 - shared)
            track.face = _between(track.face, faces[index], share)
            track.last_seen, track.frames = now, track.frames + 1
            tracks[index] = track
        for index, face in enumerate(faces):
            if index not in tracks:
                self._last_number += 1
                tracks[index] = Track(self._last_number, face, now)
                self._tracks.append(tracks[index])
        return [tracks[index] for index in range(len(faces))]

    def _known(self, track: Track, now: float) -> bool:
        """Whether a face is still remembered: one of the frame before is, on a machine that is slow, for longer."""
        return now - track.last_seen <= (LONG_MEMORY if track.last_seen == self._last else MEMORY)


def overlap(one: Face, other: Face) -> float:
    """Shared area of two boxes as a share of their joint area (intersection over union), 0 to 1."""
    across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / (one.w * one.h + other.w * other.h - across * down)


def _share(passed: float, period: float) -> float:
    """How much of the average is new after ``passed`` seconds."""
    return 1 - math.exp(-max(0.0, passed) / period)


def _between(old: Face, new: Face, share: float) -> Face:
    """``share`` of the way from the old box to the new one; the new one's landmarks move with it."""
    x, y, w, h = (before + share * (after - before) for before, after in zip(old.box, new.box, strict=True))
    points = new.points
    if points and len(old.points) == len(points):
        points = tuple(before + share * (after - before) for before, after in zip(old.points, points, strict=True))
    return Face(x, y, w, h, new.score, points)


def _mixed(old: Answer, new: Answer, share: float) -> Answer:
    if isinstance(old, RegressionAnswer) and isinstance(new, RegressionAnswer):
        value = old.value + share * (new.value - old.value)
        interval = new.interval
        if interval and old.interval:
            low, high = (
                before + share * (after - before) for before, after in zip(old.interval, interval, strict=True)
            )
            interval = low, high
        distribution = old.distribution + share * (new.distribution - old.distribution)
        return dataclasses.replace(new, value=value, interval=interval, distribution=distribution)
    if isinstance(old, ClassAnswer) and isinstance(new, ClassAnswer):
        p = {label: before + share * (new.p[label] - before) for label, before in old.p.items()}
        return dataclasses.replace(new, label=max(p, key=p.__getitem__), p=p)
    return new

"""Pictures in, answers out: read, detect, crop and ask, one at a time or thousands at batch speed.

Many pictures are shared out to threads in small lots, each from the file to the answers: Pillow, OpenCV and torch all
let go of the interpreter. Within a thread each of them works alone, so that no core waits for another one.
"""

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from mtldemo import cores
from mtldemo.errors import MtlDemoError
from mtldemo.predict import crop, quality
from mtldemo.predict.answers import Answers, FaceAnswer, PictureAnswer
from mtldemo.predict.detect import WHOLE, Detector, Face, whole_picture
from mtldemo.predict.notes import NO_FACE, Note, NoteCode
from mtldemo.predict.pictures import DecodedPicture, PictureLike, read
from mtldemo.predict.predictor import Predictor
from mtldemo.predict.threads import alone_in_torch, single_threaded_opencv

LOT_PIXELS, LEAST_LOT, MOST_LOT = 4 * 4 * 128**2, 4, 64
"""A thread takes as many pictures at once as have so many pixels in all views: enough for a pass of the model, few
enough that its work stays in the cache."""
MANY = 100
"""Pictures from which on the answers are quick ones, unless they are to be exact."""


@dataclass(frozen=True, eq=False)
class CutPicture:
    """A picture that was read and looked at, before any model is asked. ``faces`` are what is asked about: faces, and
    the picture as a whole for models of whole pictures. ``askers`` holds for each of them the places of the models that
    are asked about it, ``crops`` for each model uint8 [F, S, S, 3], one for each of the F that it is asked about."""

    image: str
    size: tuple[int, int] = (0, 0)
    faces: tuple[Face, ...] = ()
    warnings: tuple[tuple[str, ...], ...] = ()
    askers: tuple[tuple[int, ...], ...] = ()
    crops: tuple[np.ndarray, ...] = ()
    notes: tuple[Note, ...] = ()
    error: str = ""


class CropRequest(NamedTuple):
    """A ``face``, how its box is cut (the detector's name, or ``WHOLE``), and the places of the models asked."""

    face: Face
    how: str
    askers: tuple[int, ...]


class Pipeline:
    """Some models and one detector; without a detector the whole picture is taken as the face. Models of whole pictures
    are asked about each picture once, as a whole, and need no detector.

    ``keep_crops`` keeps in each answer what the models saw. Raises ``MtlDemoError`` where two models share a name.
    """

    def __init__(
        self, predictors: Sequence[Predictor], detector: Detector | None = None, *, keep_crops: bool = False
    ) -> None:
        names = [predictor.name for predictor in predictors]
        if not names or len(set(names)) < len(names):
            raise MtlDemoError(f"Choose models with names of their own, found {', '.join(names) or 'none'}.")
        self.predictors, self.keep_crops = tuple(predictors), keep_crops
        self.of_faces = tuple(index for index, one in enumerate(predictors) if one.domain.faces)
        self.of_wholes = tuple(index for index, one in enumerate(predictors) if not one.domain.faces)
        self.detector = detector if self.of_faces else None

    def predict(self, source: PictureLike, name: str = "") -> PictureAnswer:
        """What the models say about one picture. Raises ``MtlDemoError`` where it can't be read."""
        cut = self.look(source, name)
        if cut.error:
            raise MtlDemoError(cut.error)
        return self.ask([cut])[0]

    def predict_many(
        self, sources: Iterable[tuple[str, PictureLike]], *, threads: int = 0, exact: bool = False
    ) -> Generator[PictureAnswer, None, None]:
        """What the models say about each (name, picture), in order. One that can't be read has its ``error``.

        ``threads`` share the work; 0 means one for each core. ``MANY`` pictures are asked about in bfloat16 where the
        processor has it, unless they are to be ``exact``: then, as with fewer, each answer is what ``predict`` gives.
        """
        count = threads or cores.usable()
        rest = iter(sources)
        first = list(islice(rest, MANY))
        quick = not exact and len(first) == MANY
        waiting: deque[Future[list[PictureAnswer]]] = deque()
        with single_threaded_opencv(), ThreadPoolExecutor(count, "predict", initializer=alone_in_torch) as pool:
            try:
                for lot in _lots(chain(first, rest), count, self._lot):
                    waiting.append(pool.submit(self._all_of, lot, quick))
                    if len(waiting) > 2 * count:
                        yield from waiting.popleft().result()
                while waiting:
                    yield from waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    @property
    def _lot(self) -> int:
        """Pictures that a thread takes at once."""
        most = max(predictor.usage.views * predictor.image_size**2 for predictor in self.predictors)
        return min(MOST_LOT, max(LEAST_LOT, LOT_PIXELS // most))

    def _all_of(self, lot: Sequence[tuple[str, PictureLike]], quick: bool) -> list[PictureAnswer]:
        return self.ask([self.look(source, name) for name, source in lot], quick=quick)

    def look(self, source: PictureLike, name: str = "") -> CutPicture:
        """Read a picture, find its faces and cut them for each model; what can't be read has its ``error``."""
        try:
            picture = read(source, name)
        except MtlDemoError as error:
            return CutPicture(
                name or (os.fspath(source) if isinstance(source, str | os.PathLike) else ""), error=str(error)
            )
        return self.look_at(picture, name=picture.name)

    def look_at(
        self,
        picture: DecodedPicture,
        *,
        name: str = "",
        whole: bool = False,
        added: Sequence[Face] = (),
        notes: Sequence[Note] = (),
    ) -> CutPicture:
        """The same for a picture that was read; ``name`` is what its answer is called by.

        ``whole`` takes the whole picture as the face, whatever the detector. ``added`` are faces that a person marked,
        which come after the others and are cut as they are; ``notes`` join those of the picture.
        """
        pixels = picture.pixels
        faces, how = self.find(pixels, whole=whole)
        known = [*(Note(NoteCode.DECODED, sentence) for sentence in picture.notes), *notes]
        if how == WHOLE:
            boxes = [CropRequest(face, how, self.of_faces + self.of_wholes) for face in faces]
        else:
            boxes = [CropRequest(face, how, self.of_faces) for face in faces]
        if self.of_faces:
            boxes += [CropRequest(face, WHOLE, self.of_faces) for face in added]
        if not boxes:
            known.append(NO_FACE)
        if how != WHOLE and self.of_wholes:
            boxes.append(CropRequest(whole_picture(pixels), WHOLE, self.of_wholes))
        return self._cut(pixels, boxes, name, tuple(known))

    def find(self, pixels: np.ndarray, *, whole: bool = False) -> tuple[list[Face], str]:
        """The faces in pixels uint8 [H, W, 3], the largest first, and the name by which ``cut_out`` knows them."""
        if whole or self.detector is None:
            return [whole_picture(pixels)], WHOLE
        return self.detector.find(pixels), self.detector.name

    def cut_out(self, pixels: np.ndarray, faces: Sequence[Face], how: str) -> CutPicture:
        """Cut ``faces`` of pixels uint8 [H, W, 3] as boxes of the detector ``how`` are cut, or, for ``WHOLE``, as they
        are."""
        askers = self.of_faces + self.of_wholes
        return self._cut(pixels, [CropRequest(face, how, askers) for face in faces], "", ())

    def _cut(self, pixels: np.ndarray, boxes: Sequence[CropRequest], name: str, notes: tuple[Note, ...]) -> CutPicture:
        crops, size = [], (pixels.shape[1], pixels.shape[0])
        warned: dict[int, tuple[str, ...]] = {}
        for index, predictor in enumerate(self.predictors):
            side, cuts = predictor.image_size, []
            for number, box in ((number, box) for number, box in enumerate(boxes) if index in box.askers):
                square = crop.square_of(box.face, predictor.crop_for(box.how))
                cuts.append(crop.cut(pixels, square, side))
                if number not in warned:
                    warned[number] = quality.quality_warnings(square, cuts[-1], size, face=predictor.domain.faces)
            crops.append(np.stack(cuts) if cuts else np.empty((0, side, side, 3), np.uint8))
        faces, askers = tuple(box.face for box in boxes), tuple(tuple(sorted(box.askers)) for box in boxes)
        return CutPicture(
            name, size, faces, tuple(warned[number] for number in range(len(boxes))), askers, tuple(crops), notes
        )

    def ask(self, pictures: Sequence[CutPicture], *, quick: bool = False) -> list[PictureAnswer]:
        """Ask every model about all faces at once; ``quick`` where that is any faster."""
        by_model: dict[str, Iterator[Answers]] = {}
        for number, predictor in enumerate(self.predictors):
            stacks = [item.crops[number] for item in pictures if item.faces and len(item.crops[number])]
            answers = predictor.ask(np.concatenate(stacks), quick=quick and predictor.may_be_quick) if stacks else []
            by_model[predictor.name] = iter(answers)
        lapsed = [Note(NoteCode.LAPSED, one.usage.lapsed) for one in self.predictors if one.usage.lapsed]
        return [
            PictureAnswer(
                item.image,
                self._answered(item, by_model),
                item.size,
                (*item.notes, *lapsed) if item.faces else item.notes,
                item.error,
                {} if item.error else {predictor.name: predictor.domain for predictor in self.predictors},
                {} if item.error else {predictor.name: tuple(predictor.tasks) for predictor in self.predictors},
            )
            for item in pictures
        ]

    def _answered(self, item: CutPicture, by_model: dict[str, Iterator[Answers]]) -> tuple[FaceAnswer, ...]:
        """The answers about each face of ``item``; each model's crops and answers come in the faces' order."""
        stacks = [iter(stack) for stack in item.crops]
        faces = []
        for face, askers, warned in zip(item.faces, item.askers, item.warnings, strict=True):
            names = {index: self.predictors[index].name for index in askers}
            answers = {name: next(by_model[name]) for name in names.values()}
            crops = {name: next(stacks[index]) for index, name in names.items()} if self.keep_crops else {}
            whole = all(index in self.of_wholes for index in askers)
            faces.append(FaceAnswer(face, answers, warned, crops, whole=whole))
        return tuple(faces)


def _lots(sources: Iterable[tuple[str, PictureLike]], count: int, most: int) -> Iterator[list[tuple[str, PictureLike]]]:
    """The sources in lots of up to ``most`` for ``count`` threads: single ones at first, so that a handful is shared
    out as well."""
    rest = iter(sources)
    size = 1
    while True:
        for _ in range(count):
            lot = list(islice(rest, size))
            if not lot:
                return
            yield lot
        size = min(most, 2 * size)

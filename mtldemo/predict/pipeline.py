"""Pictures in, answers out: read, detect, crop and ask, one at a time or thousands at batch speed.

Reading and detecting are done by threads, since Pillow and OpenCV let go of the interpreter; the models are asked in
the calling thread, with as many faces at once as have come together.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from mtldemo.errors import MtlDemoError
from mtldemo.predict import crop, quality
from mtldemo.predict.answers import Answers, FaceAnswer, PictureAnswer
from mtldemo.predict.detect import WHOLE, Detector, Face, whole_picture
from mtldemo.predict.pictures import Source, read
from mtldemo.predict.predictor import BATCH, Predictor

NO_FACE = "No face was found; the whole picture can be used as one (--whole-image)."
AHEAD = 2 * BATCH
"""Pictures that are read ahead of the model; a large photo takes tens of megabytes while it is looked at."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture that was read and looked at, before any model is asked. ``crops`` holds for each model uint8 [F, S, S,
    3], one for each of the F ``faces``."""

    image: str
    size: tuple[int, int] = (0, 0)
    faces: tuple[Face, ...] = ()
    warnings: tuple[tuple[str, ...], ...] = ()
    crops: tuple[np.ndarray, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""


class Pipeline:
    """Some models and one detector; without a detector the whole picture is taken as the face.

    ``keep_crops`` keeps in each answer what the models saw. Raises ``MtlDemoError`` where two models share a name.
    """

    def __init__(
        self, predictors: Sequence[Predictor], detector: Detector | None = None, *, keep_crops: bool = False
    ) -> None:
        names = [predictor.name for predictor in predictors]
        if not names or len(set(names)) < len(names):
            raise MtlDemoError(f"Choose models with names of their own, found {', '.join(names) or 'none'}.")
        self.predictors, self.detector, self.keep_crops = tuple(predictors), detector, keep_crops

    def predict(self, source: Source, name: str = "") -> PictureAnswer:
        """What the models say about one picture. Raises ``MtlDemoError`` where it can't be read."""
        seen = self.look(source, name)
        if seen.error:
            raise MtlDemoError(seen.error)
        return self.ask([seen])[0]

    def predict_many(self, sources: Iterable[tuple[str, Source]], *, threads: int = 0) -> Iterator[PictureAnswer]:
        """What the models say about each (name, picture), in order. One that can't be read has its ``error``.

        ``threads`` read and detect; 0 means one for each core.
        """
        count = threads or usable_cores()
        waiting: deque[Future[Seen]] = deque()
        ready: list[Seen] = []
        with ThreadPoolExecutor(count, thread_name_prefix="predict") as pool, _one_thread_each():
            try:
                for name, source in sources:
                    waiting.append(pool.submit(self.look, source, name))
                    if len(waiting) < AHEAD:
                        continue
                    ready.append(waiting.popleft().result())
                    if len(ready) >= BATCH:
                        yield from self.ask(ready)
                        ready = []
                while waiting:
                    ready.append(waiting.popleft().result())
                    if len(ready) >= BATCH or not waiting:
                        yield from self.ask(ready)
                        ready = []
            finally:
                for future in waiting:
                    future.cancel()

    def look(self, source: Source, name: str = "") -> Seen:
        """Read a picture, find its faces and cut them for each model; what can't be read has its ``error``."""
        try:
            picture = read(source, name)
        except MtlDemoError as error:
            return Seen(name or (os.fspath(source) if isinstance(source, str | os.PathLike) else ""), error=str(error))
        return self.look_at(picture.pixels, picture.name, picture.notes)

    def look_at(self, pixels: np.ndarray, name: str = "", notes: tuple[str, ...] = ()) -> Seen:
        """The same for pixels uint8 [H, W, 3], such as a camera's."""
        faces, how = self.find(pixels)
        notes = notes if faces else (*notes, NO_FACE)
        return self.cut_out(pixels, faces, how, name=name, notes=notes)

    def find(self, pixels: np.ndarray) -> tuple[list[Face], str]:
        """The faces in pixels uint8 [H, W, 3], the largest first, and the name by which ``cut_out`` knows them."""
        if self.detector is None:
            return [whole_picture(pixels)], WHOLE
        return self.detector.find(pixels), self.detector.name

    def cut_out(
        self, pixels: np.ndarray, faces: Sequence[Face], how: str, *, name: str = "", notes: tuple[str, ...] = ()
    ) -> Seen:
        """Cut ``faces`` as boxes of the detector ``how`` are cut, or, for ``WHOLE`` and a crop by hand, as they are."""
        crops, warned, size = [], [], (pixels.shape[1], pixels.shape[0])
        for predictor in self.predictors:
            squares = [crop.square_of(face, predictor.crop_for(how)) for face in faces]
            side = predictor.image_size
            cuts = [crop.cut(pixels, square, side) for square in squares]
            crops.append(np.stack(cuts) if cuts else np.empty((0, side, side, 3), np.uint8))
            if not warned:
                warned = [quality.warnings(*pair, size) for pair in zip(squares, cuts, strict=True)]
        return Seen(name, size, tuple(faces), tuple(warned), tuple(crops), notes)

    def ask(self, seen: Sequence[Seen]) -> list[PictureAnswer]:
        """Ask every model about all faces at once."""
        said: dict[str, Iterator[Answers]] = {}
        for number, predictor in enumerate(self.predictors):
            stacks = [item.crops[number] for item in seen if item.faces]
            said[predictor.name] = iter(predictor.ask(np.concatenate(stacks)) if stacks else [])
        return [
            PictureAnswer(
                item.image,
                tuple(self._face(item, number, said) for number in range(len(item.faces))),
                item.size,
                item.notes,
                item.error,
            )
            for item in seen
        ]

    def _face(self, item: Seen, number: int, said: dict[str, Iterator[Answers]]) -> FaceAnswer:
        answers = {name: next(answers) for name, answers in said.items()}
        crops = (
            {predictor.name: stack[number] for predictor, stack in zip(self.predictors, item.crops, strict=True)}
            if self.keep_crops
            else {}
        )
        return FaceAnswer(item.faces[number], answers, item.warnings[number], crops)


def usable_cores() -> int:
    """Processor cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return max(1, len(affinity(0)) if affinity else os.cpu_count() or 1)


class _one_thread_each:  # noqa: N801 - used like a function
    """OpenCV's own threads off while several pictures are looked at at once: they would get in each other's way."""

    def __enter__(self) -> None:
        import cv2

        self._before = cv2.getNumThreads()
        cv2.setNumThreads(1)

    def __exit__(self, *_: object) -> None:
        import cv2

        cv2.setNumThreads(self._before)

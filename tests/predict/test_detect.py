import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import cv2
import numpy as np
import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.predict import detectors, haar_refine
from mtldemo.predict.detect import Detector, Face, HaarDetector
from tests.predict.conftest import FACE


@pytest.fixture(scope="module")
def haar() -> Detector:
    return detectors.haar()


def centre(face: Face) -> tuple[float, float]:
    return face.x + face.w / 2, face.y + face.h / 2


def test_the_face_of_a_portrait(haar: Detector, portrait: np.ndarray) -> None:
    face = max(haar.find(portrait), key=lambda face: face.score)
    x, y, w, h = FACE
    assert centre(face) == pytest.approx((x + w / 2, y + h / 2), abs=15)
    assert 80 < face.w < 150
    assert face.score > 0.5


def test_all_faces_of_a_group_the_largest_first(haar: Detector, group: np.ndarray) -> None:
    faces = haar.find(group)
    assert len(faces) == 3
    assert [face.w for face in faces] == sorted((face.w for face in faces), reverse=True)
    assert [round(centre(face)[0] / 100) for face in faces] == [3, 7, 1]


def test_a_large_picture_gives_the_same_place(haar: Detector, portrait: np.ndarray) -> None:
    large = portrait.repeat(4, axis=0).repeat(4, axis=1)
    small, big = (max(haar.find(pixels), key=lambda face: face.score) for pixels in (portrait, large))
    assert np.array(big.box) / 4 == pytest.approx(np.array(small.box), abs=6)


def test_nothing_to_find_and_the_smallest_picture(haar: Detector) -> None:
    assert haar.find(np.zeros((300, 400, 3), np.uint8)) == []
    assert haar.find(np.zeros((16, 16, 3), np.uint8)) == []
    assert haar.find(np.zeros((16, 3000, 3), np.uint8)) == []


def test_live_looks_at_a_small_copy(portrait: np.ndarray) -> None:
    live = detectors.haar(live=True)
    assert {look.longest for look in live.looks} == {320}
    assert len(live.find(portrait)) >= 1


def test_a_face_that_fills_the_picture(haar: Detector, portrait: np.ndarray) -> None:
    x, y, w, h = FACE
    cut = portrait[y : y + h, x - 10 : x + w + 10]
    (face,) = haar.find(cut)
    whole = max(haar.find(portrait), key=lambda face: face.score)
    assert centre(face) == pytest.approx((centre(whole)[0] - x + 10, centre(whole)[1] - y), abs=6)
    assert face.w == pytest.approx(whole.w, rel=0.1)
    assert face.y < 8


def test_threads_do_not_disturb_each_other(haar: Detector, portrait: np.ndarray, group: np.ndarray) -> None:
    wanted = [haar.find(portrait), haar.find(group)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(haar.find, [portrait, group] * 4))
    assert found == wanted * 4


def test_what_takes_long_to_make_goes_from_one_thread_to_the_next(
    monkeypatch: pytest.MonkeyPatch, portrait: np.ndarray
) -> None:
    made: list[object] = []
    plain = HaarDetector._made
    monkeypatch.setattr(HaarDetector, "_made", lambda self: made.append(plain(self)) or made[-1])
    detector = detectors.haar()
    for _ in range(3):
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(detector.find, portrait).result()
    assert len(made) == 1
    with detector._lent() as first, detector._lent() as second:
        assert first is not second
    assert list(detector._free) == [second, first]
    with pytest.raises(cv2.error):
        detector.find(np.zeros((64, 64), np.uint8))
    # What failed isn't used again.
    assert list(detector._free) == [second]


def test_windows_come_in_an_order_of_their_own(portrait: np.ndarray) -> None:
    class Shuffled:
        def detectMultiScale(self, *_: object, **__: object) -> np.ndarray:  # noqa: N802
            return np.random.default_rng(len(asked)).permutation(np.arange(40).reshape(10, 4))

    asked: list[np.ndarray] = []
    for _ in range(3):
        asked.append(haar_refine._windows(Shuffled(), portrait, 1.1, 1, 2))
        assert np.array_equal(asked[-1], asked[0])


def test_the_next_size_is_looked_at_only_for_small_faces(portrait: np.ndarray) -> None:
    asked: list[tuple[int, int]] = []

    class Counting(HaarDetector):
        def _find(self, inner: object, pixels: np.ndarray, least: int) -> list[Face]:
            asked.append((max(pixels.shape), least))
            return [Face(0, 0, 10, pixels.shape[0] * share[0])]

    share = [0.5]
    Counting().find(portrait)
    assert asked == [(320, 64)]
    share[0] = 0.2
    Counting().find(portrait)
    assert asked == [(320, 64), (320, 64), (480, 160), (512, 13)]
    small = Counting()
    small.looks = small.looks[2:] * 2
    asked.clear()
    small.find(portrait)
    assert asked == [(512, 13)]


def test_boxes_are_cut_at_the_border() -> None:
    assert Face(-10.4, 5, 30, 300).inside(100, 200) == (0, 5, 20, 195)


def test_which_detector(monkeypatch: pytest.MonkeyPatch, own_folders: Path) -> None:
    assert detectors.chosen("auto")[0].name == "haar"
    assert detectors.chosen("haar")[1] == ""
    with pytest.raises(MtlDemoError, match="no detector 'eyes'; choose auto, haar, yunet or the path"):
        detectors.chosen("eyes")
    bad = own_folders / "bad.onnx"
    for content, words in ((b"", "empty"), (b"no network", r"bad\.onnx can't be read by OpenCV")):
        bad.write_bytes(content)
        with pytest.raises(MtlDemoError, match=words):
            detectors.chosen(str(bad))
    monkeypatch.setenv("MTLDEMO_YUNET", str(own_folders / "gone.onnx"))
    with pytest.raises(MtlDemoError, match=r"gone\.onnx can't be opened"):
        detectors.chosen("auto")


class Answer:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, limit: int) -> bytes:
        return self.content[:limit]


@pytest.mark.parametrize("error", [OSError, HTTPException])
def test_without_network_the_cascade_goes_on(
    monkeypatch: pytest.MonkeyPatch, own_folders: Path, error: type[Exception]
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise error("Name or service not known")

    monkeypatch.setattr(detectors.urllib.request, "urlopen", refused)
    detector, sentence = detectors.chosen("yunet")
    assert detector.name == "haar"
    assert "could not be downloaded" in sentence
    assert "Name or service not known" in sentence
    assert sentence.endswith("The built-in detector goes on.")


def test_another_file_than_the_expected_one_is_refused(monkeypatch: pytest.MonkeyPatch, own_folders: Path) -> None:
    monkeypatch.setattr(detectors.urllib.request, "urlopen", lambda *_, **__: Answer(b"<html>"))
    with pytest.raises(MtlDemoError, match=r"isn't the YuNet file.*SHA-256"):
        detectors.download_yunet()
    assert detectors.yunet_file() is None


def test_a_download_is_kept(monkeypatch: pytest.MonkeyPatch, own_folders: Path) -> None:
    import hashlib

    monkeypatch.setattr(detectors, "YUNET_SHA256", hashlib.sha256(b"network").hexdigest())
    monkeypatch.setattr(detectors.urllib.request, "urlopen", lambda *_, **__: Answer(b"network"))
    kept = detectors.download_yunet()
    assert kept.read_bytes() == b"network"
    assert detectors.yunet_file() == kept
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_two_that_download_at_once_both_have_it(monkeypatch: pytest.MonkeyPatch, own_folders: Path) -> None:
    import hashlib

    both, plain = threading.Barrier(2, timeout=60), Path.write_bytes
    monkeypatch.setattr(detectors, "YUNET_SHA256", hashlib.sha256(b"network").hexdigest())
    monkeypatch.setattr(detectors.urllib.request, "urlopen", lambda *_, **__: Answer(b"network"))
    monkeypatch.setattr(Path, "write_bytes", lambda self, data: (plain(self, data), both.wait())[0])
    with ThreadPoolExecutor(2) as pool:
        kept = [pool.submit(detectors.download_yunet) for _ in range(2)]
    assert {one.result().read_bytes() for one in kept} == {b"network"}
    assert len(list(kept[0].result().parent.iterdir())) == 1

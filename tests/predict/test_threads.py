from concurrent.futures import ThreadPoolExecutor

import cv2
import pytest
import torch

from mtldemo.predict import threads
from mtldemo.predict.threads import alone_in_torch, as_load_allows, single_threaded_opencv


def test_opencv_has_its_threads_back_once_the_last_one_is_done() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    try:
        first, second = single_threaded_opencv(), single_threaded_opencv()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert cv2.getNumThreads() == 1
        second.__exit__(None, None, None)
        assert cv2.getNumThreads() == 3
        with pytest.raises(ZeroDivisionError), single_threaded_opencv():
            _ = 1 / 0
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(before)


def test_a_thread_that_is_alone_leaves_those_that_come_later_theirs() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with ThreadPoolExecutor(1, initializer=alone_in_torch) as alone:
            assert alone.submit(torch.get_num_threads).result() == 1
            with ThreadPoolExecutor(1) as later:
                assert later.submit(torch.get_num_threads).result() == 3
            alone.submit(torch.mm, torch.ones(64, 64), torch.ones(64, 64)).result()
            assert alone.submit(torch.get_num_threads).result() == 1
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_an_answer_takes_one_thread_while_other_programs_are_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    before, loads = torch.get_num_threads(), iter([1.0, 0.5, 0.9])
    monkeypatch.setattr(threads, "_others", lambda: next(loads))
    monkeypatch.setattr(threads, "_all", 3)

    def count(seconds: float) -> int:
        setattr(threads._others, "seconds", seconds)  # noqa: B010 - a function has no such attribute of its own
        as_load_allows()
        return torch.get_num_threads()

    try:
        assert count(1.0) == 1
        assert count(0.1) == 1, "it is too soon to look again"
        assert count(1.0) == 3
        assert count(1.0) == 1
    finally:
        torch.set_num_threads(before)

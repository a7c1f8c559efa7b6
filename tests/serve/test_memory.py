"""Large pictures wait for each other."""

import threading

from mtldemo.predict.pictures import MAX_PIXELS
from mtldemo.serve.memory import BYTES_A_PIXEL, ROOM, Memory


def test_a_picture_waits_for_room() -> None:
    memory, there = Memory(room=100 * BYTES_A_PIXEL), threading.Event()

    def second() -> None:
        with memory.pixels(41):
            there.set()

    thread = threading.Thread(target=second)
    with memory.pixels(60):
        with memory.pixels(40):
            pass
        thread.start()
        assert not there.wait(0.05)
    assert there.wait(60)
    thread.join(60)


def test_one_that_is_larger_than_all_room_is_alone() -> None:
    memory = Memory(room=1)
    with memory.pixels(10):
        pass
    assert MAX_PIXELS * BYTES_A_PIXEL <= ROOM

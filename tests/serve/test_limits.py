"""How many places there are, and for how many bytes."""

from contextlib import ExitStack

import pytest

from mtldemo.predict.pictures import MAX_BYTES
from mtldemo.serve import limits
from mtldemo.serve.limits import RequestLimits
from mtldemo.serve.refusal import Refusal


def refused(at: RequestLimits, client: str, size: int = 1, *, each: int = limits.EACH) -> int:
    """The status with which a place is refused."""
    with pytest.raises(Refusal) as refusal, at.slot(client, size, each=each):
        pass
    return refusal.value.status


def test_a_few_for_each_client_and_altogether() -> None:
    at = RequestLimits(most=3)
    with at.slot("one", 1, each=2), at.slot("one", 1, each=2):
        assert refused(at, "one", each=2) == 429
        with at.slot("two", 1):
            assert refused(at, "three") == 503
        with at.slot("three", 1):
            pass
    with at.slot("one", 1, each=1):
        assert refused(at, "one", each=1) == 429


def test_bytes_are_bounded_but_one_picture_always_has_a_place() -> None:
    at = RequestLimits(room=100)
    with at.slot("one", 60):
        assert refused(at, "two", 41) == 503
        with at.slot("two", 40):
            assert refused(at, "three", 1) == 503
    with at.slot("two", 1000):
        assert refused(at, "one", 1) == 503


def test_a_place_is_free_again_after_a_failure() -> None:
    at = RequestLimits(most=1, room=10)
    with pytest.raises(ZeroDivisionError), at.slot("one", 10):
        raise ZeroDivisionError
    with at.slot("one", 10):
        pass


def test_one_address_with_the_largest_pictures_leaves_room_for_others() -> None:
    at = RequestLimits()
    with ExitStack() as places:
        for _ in range(limits.EACH):
            places.enter_context(at.slot("address one", MAX_BYTES))
        assert refused(at, "address one", MAX_BYTES) == 429
        with at.slot("address two", MAX_BYTES), at.slot("camera", 4 * 2**20, each=1):
            pass


def test_what_arrives_is_counted_until_it_is_there() -> None:
    at = RequestLimits(room=100, each_room=60)
    with at.arrival("one") as arrived:
        arrived(1000)  # one picture always has room
    with at.arrival("one") as first, at.arrival("one") as second, at.arrival("two") as third:
        first(40)
        second(20)
        for more, status in ((second, 429), (third, None), (third, 503)):
            if status is None:
                more(39)
                continue
            with pytest.raises(Refusal) as refusal:
                more(2)
            assert refusal.value.status == status
        with at.slot("three", 1):
            pass
        assert refused(at, "three", 2) == 503
    with at.slot("one", 100):
        pass

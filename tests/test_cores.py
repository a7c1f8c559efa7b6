"""How many cores there are, and how many others keep busy."""

from mtldemo import cores


def test_there_is_at_least_one_of_each_kind() -> None:
    assert 1 <= cores.physical() <= cores.usable()


def test_what_others_computed_is_all_less_what_this_process_did() -> None:
    clock = iter([(100.0, 10.0, 0.0), (103.0, 11.0, 2.0), (104.0, 12.5, 3.0), (104.0, 12.5, 3.0)])
    others = cores.OtherPrograms(lambda: next(clock))
    assert others() == 1.0  # 3 s by all, 1 s by this one, in 2 s
    assert others() == 0.0  # clocks of different fineness may even say less than nothing
    assert others() == 0.0  # no time is over


def test_the_real_clock_goes_on() -> None:
    others = cores.OtherPrograms()
    assert 0.0 <= others() <= cores.usable() + 1

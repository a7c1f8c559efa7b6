import pytest

from mtldemo.charts.options import ChartOptions
from mtldemo.errors import MtlDemoError
from mtldemo.settings import settings_of


def test_a_choice_out_of_range_is_said_in_words() -> None:
    with pytest.raises(MtlDemoError, match="x: expected one of step, epoch, time, found 'hour'"):
        ChartOptions(x="hour")
    with pytest.raises(MtlDemoError, match=r"smoothing: expected 0 to 0\.99, found 1"):
        ChartOptions(smoothing=1)


def test_the_page_can_read_the_choices() -> None:
    assert [field.name for field in settings_of(ChartOptions)] == ["x", "smoothing", "log_y"]

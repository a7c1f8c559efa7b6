"""A run's state in one line."""

from mtldemo.runs import Phase, Status
from mtldemo.work.log_lines import clock_text, status_line

TRAINING = Status(state="training", step=30, total_steps=90, epoch=2, epochs=6, images_per_second=1234.5, eta_s=75.0)
PREPARING = Status(state="preparing", progress=Phase("Decoding", 500, 20_000))


def test_tells_a_status_in_one_line() -> None:
    assert status_line(TRAINING) == "training  epoch 2/6  step 30/90  1,234 images/s  1:15 left"
    assert status_line(PREPARING) == "Decoding  500 of 20,000"
    assert status_line(Status(state="preparing", progress=Phase("Measuring", 0, 0))) == "Measuring"
    assert status_line(Status()) == "queued"


def test_a_duration_has_hours_when_it_needs_them() -> None:
    assert [clock_text(seconds) for seconds in (0.4, 42, 187, 7509)] == ["0:00", "0:42", "3:07", "2:05:09"]

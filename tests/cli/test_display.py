import io

from mtldemo.cli.display import Bar, Lines, Quiet, duration, told
from mtldemo.cli.study_display import StudyLines
from mtldemo.runs import Phase, Status

TRAINING = Status(state="training", step=30, total_steps=90, epoch=2, epochs=6, images_per_second=1234.5, eta_s=75.0)
PREPARING = Status(state="preparing", progress=Phase("Decoding", 500, 20_000))


def test_tells_a_status_in_one_line():
    assert told(TRAINING) == "training  epoch 2/6  step 30/90  1,234 images/s  1:15 left"
    assert told(PREPARING) == "Decoding  500 of 20,000"
    assert told(Status(state="preparing", progress=Phase("Measuring", 0, 0))) == "Measuring"
    assert told(Status()) == "queued"


def test_a_duration_has_hours_when_it_needs_them():
    assert [duration(seconds) for seconds in (0.4, 42, 187, 7509)] == ["0:00", "0:42", "3:07", "2:05:09"]


def test_lines_come_at_a_sensible_rate_and_events_at_once():
    out = io.StringIO()
    with Lines(out, every=60) as display:
        for _ in range(100):
            display.show(TRAINING)
        display.say("Epoch 1")
    assert out.getvalue().splitlines() == [told(TRAINING), "Epoch 1"]


def test_a_reader_that_is_gone_ends_nothing(monkeypatch):
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with Lines(Gone()) as display:
        display.show(TRAINING)
        display.say("Epoch 1")
    monkeypatch.setattr("sys.stdout", Gone())
    StudyLines(silent=False).say("equal-s0 begins")


def test_the_bar_and_the_quiet_display_take_the_same_calls(capsys):
    for display in (Bar(), Quiet()):
        with display as shown:
            for status in (PREPARING, TRAINING):
                shown.show(status)
            shown.say("Epoch [1]")
    assert "Epoch [1]" in capsys.readouterr().out

import io

import pytest

from mtldemo.cli.display import BarDisplay, LineDisplay, SilentDisplay
from mtldemo.cli.study_display import StudyLines
from mtldemo.runs import Phase, Status
from mtldemo.work.log_lines import status_line

TRAINING = Status(state="training", step=30, total_steps=90, epoch=2, epochs=6, images_per_second=1234.5, eta_s=75.0)
PREPARING = Status(state="preparing", progress=Phase("Decoding", 500, 20_000))


def test_lines_come_at_a_sensible_rate_and_events_at_once() -> None:
    out = io.StringIO()
    with LineDisplay(out, every=60) as display:
        for _ in range(100):
            display.show(TRAINING)
        display.say("Epoch 1")
    assert out.getvalue().splitlines() == [status_line(TRAINING), "Epoch 1"]


def test_a_reader_that_is_gone_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with LineDisplay(Gone()) as display:
        display.show(TRAINING)
        display.say("Epoch 1")
    monkeypatch.setattr("sys.stdout", Gone())
    StudyLines(silent=False).say("equal-s0 begins")


def test_the_bar_and_the_quiet_display_take_the_same_calls(capsys: pytest.CaptureFixture[str]) -> None:
    for display in (BarDisplay(), SilentDisplay()):
        with display as shown:
            for status in (PREPARING, TRAINING):
                shown.show(status)
            shown.say("Epoch [1]")
    assert "Epoch [1]" in capsys.readouterr().out

"""A metrics file read as a whole into columns."""

from pathlib import Path

from mtldemo.config import RunConfig
from mtldemo.records.frame import RunFrame
from mtldemo.runs.frames import frame_in
from tests.study.made_up import run_in


def test_many_runs_are_read_at_once_as_they_are_one_by_one(tmp_path: Path) -> None:
    run = run_in(tmp_path, "one", RunConfig())
    other = RunFrame(run.follow().records)
    for damage in (b"", b'{"kind":"step","step":"x"}\n', b'{"kind":"epoch","step":[]}\n', b'{"kind":"step","st'):
        with run.metrics_file.open("ab") as file:
            file.write(damage)
        one = frame_in(run.metrics_file.read_bytes())
        for name in ("step", "losses.age", "weights.gender", "gradient_norm"):
            assert (one.steps[name] == other.steps[name]).all()
        assert (one.gradients["cosines.age|gender"] == other.gradients["cosines.age|gender"]).all()
        assert (one.epochs, one.test) == (other.epochs, other.test)
        for part in ("losses", "weights"):
            some = frame_in(run.metrics_file.read_bytes(), part)
            for name in ("step", "epoch", "time", f"{part}.age"):
                assert (some.steps[name] == other.steps[name]).all()
        some = frame_in(run.metrics_file.read_bytes(), "gradients")
        assert (some.gradients["norms.age"] == other.gradients["norms.age"]).all()
        some = frame_in(run.metrics_file.read_bytes(), "epochs")
        assert (some.epochs, some.test) == (other.epochs, other.test)

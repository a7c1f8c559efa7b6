"""One run as a TensorBoard event file. tensorboardX is imported on first use: it brings torch along."""

from pathlib import Path
from typing import Any

from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder
from mtldemo.study import scalars

VERSION = "brain.Event:2"
"""What every event file begins with."""


def write_events(run: RunFolder, title: str, folder: Path) -> Path:
    """Write the event file of ``run``, called ``title``, into ``folder`` and return it; an older one of the same run is
    replaced. Raises ``MtlDemoError`` where tensorboardX isn't installed."""
    try:
        from tensorboardX import summary
        from tensorboardX.proto.event_pb2 import Event  # pyright: ignore - made by protobuf at run time
        from tensorboardX.proto.summary_pb2 import Summary  # pyright: ignore
        from tensorboardX.record_writer import RecordWriter
    except ImportError as error:
        raise MtlDemoError("TensorBoard files need a package: python -m pip install tensorboardX.") from error

    created = run.stored_status().created
    # The name is the run's own, so that a second export replaces the first one rather than standing beside it.
    file = folder / f"events.out.tfevents.{int(created)}.mtldemo"
    settings = scalars.settings(run.config(), own_split=run.own_split())
    last: dict[str, float] = {}
    writer = RecordWriter(str(file))
    try:
        writer.write(Event(wall_time=created, file_version=VERSION).SerializeToString())
        config_text = summary.text("config", _table({"run": title, **settings}))
        writer.write(Event(wall_time=created, step=0, summary=config_text).SerializeToString())
        latest = created
        for _, step, epoch, seconds, numbers in scalars.number_rows(run):
            last.update(numbers)
            latest = created + seconds
            values = [
                Summary.Value(tag=name, simple_value=value) for name, value in {**numbers, "epoch": epoch}.items()
            ]
            event = Event(wall_time=latest, step=step, summary=Summary(value=values))
            writer.write(event.SerializeToString())
        results = {name: value for name, value in last.items() if name.startswith(("test/", "val/"))}
        for part in summary.hparams(settings, results):
            writer.write(Event(wall_time=latest, summary=part).SerializeToString())
    finally:
        writer.close()
    return file


def _table(values: dict[str, Any]) -> str:
    """Named values as Markdown, which TensorBoard's Text tab shows as a table."""
    rows = [f"| {name} | {str(value).replace('|', chr(92) + '|')} |" for name, value in values.items()]
    return "\n".join(["| setting | value |", "|---|---|", *rows])

"""Which file a model's name means: a file, a run, or the model that comes with the project. Imports no torch."""

from pathlib import Path

from mtldemo.errors import MtlDemoError

SHIPPED = Path(__file__).with_name("shipped") / "utkface.safetensors"
"""The model that comes with the project; its card lies beside it."""
SHIPPED_NAME = "utkface"
NOTICE = (
    "Apparent attributes as they were annotated in the training data: not identity, and not for decisions about people."
)
"""What is said wherever predictions are shown."""
_MODEL = "model.safetensors"


def model_file(name: str, runs_dir: Path) -> tuple[Path, str]:
    """The file of the model called ``name`` and a short name for it.

    ``name`` is a file, a run's folder, a run in ``runs_dir`` (or ``study/run``), or empty or ``utkface`` for the model
    that comes with the project. Raises ``MtlDemoError`` where there is none.
    """
    if name in ("", SHIPPED_NAME):
        if SHIPPED.is_file():
            return SHIPPED, SHIPPED_NAME
        if not name:
            raise MtlDemoError("No model comes with this copy of the project; name a run or a file with --model.")
    path = Path(name).expanduser()
    for folder in (path, runs_dir / path):
        if (folder / _MODEL).is_file():
            return folder / _MODEL, folder.resolve().name
    if path.is_file():
        return path, path.parent.resolve().name if path.name == _MODEL else path.stem
    for folder in (path, runs_dir / path):
        if folder.is_dir():
            raise MtlDemoError(f"{folder} has no {_MODEL}; has this run finished an epoch?")
    raise MtlDemoError(f"There is no model {name!r}: neither a file nor a run in {runs_dir}.{_runs(runs_dir)}")


def _runs(runs_dir: Path) -> str:
    found = sorted(file.parent.name for file in runs_dir.glob(f"*/{_MODEL}"))
    return f" Runs with a model are {', '.join(found[:5])}." if found else ""

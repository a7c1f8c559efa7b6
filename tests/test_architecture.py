"""The folders' order, the length of files, and what may be imported where."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mtldemo"
FLOORS = (
    {"errors", "progress", "paths", "cores", "json_text", "spreadsheet", "lazy_torch"},
    {"settings", "files"},
    {"settings_json", "processes", "tasks", "data_config"},
    {"config", "presets", "records", "titles"},
    {"data", "model", "weighting"},
    {"predict", "charts", "training", "runs"},
    {"launch", "playground", "preparation", "work"},
    {"study"},
    {"cli", "serve"},
    {"ui", "pages"},
)
"""From the ground up. A part imports from the floors below; neighbours don't know each other."""
EXCEPTIONS = {("presets", "config"), ("titles", "config"), ("ui", "pages"), ("pages", "ui")}
LIGHT = (
    "errors paths cores json_text spreadsheet settings settings_json config titles presets tasks records progress runs "
    "launch preparation charts "
    "cli cli.train cli.compare work work.session work.worker training.check "
    "study study.process study.queue study.shipping "
    "data data.archive data.cache data.decode data.duplicates data.loading data.picture_files data.labels.utkface "
    "data.prepare data.source data.split data.synthetic model.catalogue weighting weighting.costs lazy_torch "
    "predict predict.models predict.pictures predict.answers predict.detect predict.detectors predict.crop "
    "predict.calibrate predict.usage predict.quality predict.tracking serve serve.routes"
)
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "pages").glob("*.py"), *ROOT.glob("*.py")])
TESTED = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def part_of(path: Path) -> str:
    """The folder or module of the package that a file belongs to."""
    if not path.is_relative_to(PACKAGE):
        return "pages"
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """All dotted names that a file imports, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} has a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def floor_of(part: str) -> int:
    return next(number for number, parts in enumerate(FLOORS) if part in parts)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_downwards(path):
    part = part_of(path)
    if part in ("__init__", "__main__"):
        return
    for name in imported(path):
        if not name.startswith("mtldemo."):
            continue
        other = name.split(".")[1]
        if other in (part, "__version__") or (part, other) in EXCEPTIONS:
            continue
        assert floor_of(other) < floor_of(part), f"{part} imports {name}, which isn't below it"


def test_every_part_has_its_floor():
    parts = {part_of(path) for path in SOURCES} - {"__init__", "__main__"}
    assert parts <= set().union(*FLOORS)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_pages_and_ui_know_streamlit(path):
    if part_of(path) not in ("ui", "pages"):
        assert not {name for name in imported(path) if name.split(".")[0] == "streamlit"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "ui").rglob("*.py")), ids=name_of)
def test_folders_of_the_interface_have_an_order(path):
    """Its own files are the ground; Compare and Predict stand on them and don't know each other."""
    home = path.relative_to(PACKAGE / "ui").parts[0]
    for other in {"compare", "predict"} - {home}:
        wrong = {name for name in imported(path) if f"{name}.".startswith(f"mtldemo.ui.{other}.")}
        assert not wrong, f"{name_of(path)} imports {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("path", TESTED, ids=name_of)
def test_files_stay_short(path):
    member = path.parent == PACKAGE / "weighting" and path.stem not in ("__init__", "base", "runner")
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines < (120 if member else 300)


def test_nothing_light_imports_torch_or_streamlit():
    modules = [f"mtldemo.{name}" for name in LIGHT.split()]
    script = (
        "import importlib, sys\n"
        f"for name in {modules}:\n"
        "    importlib.import_module(name)\n"
        "    for heavy in ('torch', 'torchvision', 'streamlit'):\n"
        "        assert heavy not in sys.modules, f'{name} imports {heavy}'\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_interface_imports_no_torch():
    modules = [f"mtldemo.ui.{path.stem}" for path in sorted((PACKAGE / "ui").glob("[!_]*.py"))]
    script = (
        "import importlib, sys\n"
        f"for name in {modules}:\n"
        "    importlib.import_module(name)\n"
        "    assert 'torch' not in sys.modules, f'{name} imports torch'\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_readme_names_every_part_of_the_package():
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("there is no README yet")
    text = readme.read_text(encoding="utf-8")
    parts = [path for path in PACKAGE.iterdir() if path.name[0] not in "_." and (path.is_dir() or path.suffix == ".py")]
    missing = [path.name for path in parts if path.name not in text]
    assert not missing, f"the README has no line for {', '.join(missing)}"


def test_there_is_no_utils():
    assert not [name_of(path) for path in SOURCES if path.stem in ("utils", "util", "helpers", "common", "misc")]

"""The folders' order, the length of files, and what may be imported where."""

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mtldemo"
FLOORS = (
    {"errors", "progress", "paths", "cores", "json_text", "sentences", "spreadsheet", "lazy_torch"},
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
HEAVY = (
    "data.augment data.batches model.backbones model.by_task model.devices model.files model.heads model.initial "
    "model.sharing.attention model.sharing.copies model.sharing.level model.sharing.units model.small_resnet "
    "model.trunk playground.descent playground.driver playground.still playground.walks predict.bfloat16 "
    "predict.cam predict.card predict.folded predict.live predict.measure predict.pipeline predict.portable "
    "predict.predictor predict.release predict.scoring predict.variants predict.views training.backward "
    "training.batch_metric training.checkpoint training.choices training.compute training.divergence training.ema "
    "training.engine training.evaluate training.gradients training.last_seen training.loop training.optim "
    "training.overlap training.start training.state training.thin_layers training.threads weighting.runner"
)
"""What may import torch as soon as it is imported, each with all that is in it; all else must not."""
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "pages").glob("*.py"), *ROOT.glob("*.py")])
TESTED = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def part_of(path: Path) -> str:
    """The folder or module of the package that a file belongs to."""
    if not path.is_relative_to(PACKAGE):
        return "pages"
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path, *, typing: bool = True, late: bool = True) -> set[str]:
    """All dotted names that a file imports, wherever in the file; without ``typing`` not those below
    ``if TYPE_CHECKING``, without ``late`` not those inside of functions."""
    names: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} has a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        if isinstance(node, ast.If) and not typing and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting += node.orelse
        elif late or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)
    return names


def module_of(path: Path) -> str:
    """The dotted name that a file is imported by."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in SOURCES if path.is_relative_to(PACKAGE)}


def modules_below(path: Path, *, late: bool = True) -> set[str]:
    """The package's modules that a file imports when it runs. A name out of a module counts for the module."""
    found = {name if name in MODULES else name.rpartition(".")[0] for name in imports_of(path, typing=False, late=late)}
    return (found & MODULES.keys()) - {module_of(path)}


def is_heavy(module: str) -> bool:
    name = module.removeprefix("mtldemo.")
    return any(f"{name}.".startswith(f"{heavy}.") for heavy in HEAVY.split())


def imported_alone(modules: list[str], unwanted: str) -> str:
    """What a fresh process says that imports ``modules`` one after the other: empty where none brings ``unwanted``."""
    script = (
        "import importlib, sys\n"
        f"for name in {modules}:\n"
        "    importlib.import_module(name)\n"
        f"    brought = sys.modules.keys() & set({unwanted.split()})\n"
        "    assert not brought, f'{name} imports {brought}'\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def floor_of(part: str) -> int:
    return next(number for number, parts in enumerate(FLOORS) if part in parts)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_downwards(path: Path) -> None:
    part = part_of(path)
    if part in ("__init__", "__main__"):
        return
    for name in imports_of(path):
        if not name.startswith("mtldemo."):
            continue
        other = name.split(".")[1]
        if other in (part, "__version__") or (part, other) in EXCEPTIONS:
            continue
        assert floor_of(other) < floor_of(part), f"{part} imports {name}, which isn't below it"


def test_every_part_has_its_floor() -> None:
    parts = {part_of(path) for path in SOURCES} - {"__init__", "__main__"}
    assert parts <= set().union(*FLOORS)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_pages_and_ui_know_streamlit(path: Path) -> None:
    if part_of(path) not in ("ui", "pages"):
        assert not {name for name in imports_of(path) if name.split(".")[0] == "streamlit"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "ui").rglob("*.py")), ids=name_of)
def test_folders_of_the_interface_have_an_order(path: Path) -> None:
    """Its own files are the ground; Compare and Predict stand on them and don't know each other."""
    home = path.relative_to(PACKAGE / "ui").parts[0]
    for other in {"compare", "predict"} - {home}:
        wrong = {name for name in imports_of(path) if f"{name}.".startswith(f"mtldemo.ui.{other}.")}
        assert not wrong, f"{name_of(path)} imports {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("path", TESTED, ids=name_of)
def test_files_stay_short(path: Path) -> None:
    member = path.parent == PACKAGE / "weighting" and path.stem not in ("__init__", "base", "runner")
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines < (120 if member else 300)


def test_no_circle_of_files() -> None:
    """A late import doesn't undo a circle, it hides it."""
    try:
        graphlib.TopologicalSorter({name: modules_below(path) for name, path in MODULES.items()}).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" is imported by ".join(error.args[1]))


def test_nothing_light_imports_torch_or_streamlit() -> None:
    light = [name for name in MODULES if not (is_heavy(name) or name.endswith(".__main__"))]
    beside = [name for name in light if part_of(MODULES[name]) != "ui"]
    assert not imported_alone(beside, "torch torchvision streamlit")
    assert not imported_alone(light, "torch torchvision")


def test_what_is_called_heavy_is_there_and_heavy() -> None:
    """A name that stayed in the list after its file had become light would let torch in again."""
    assert not [name for name in HEAVY.split() if f"mtldemo.{name}" not in MODULES]
    heavy = {name for name in MODULES if is_heavy(name)}
    brought = {
        name
        for name in heavy
        if any(other.startswith("torch") for other in imports_of(MODULES[name], typing=False, late=False))
    }
    while more := {name for name in heavy - brought if modules_below(MODULES[name], late=False) & brought}:
        brought |= more
    assert not heavy - brought


def test_the_readme_names_every_part_of_the_package() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("there is no README yet")
    text = readme.read_text(encoding="utf-8")
    parts = [path for path in PACKAGE.iterdir() if path.name[0] not in "_." and (path.is_dir() or path.suffix == ".py")]
    missing = [path.name for path in parts if path.name not in text]
    assert not missing, f"the README has no line for {', '.join(missing)}"


def test_there_is_no_utils() -> None:
    assert not [name_of(path) for path in SOURCES if path.stem in ("utils", "util", "helpers", "common", "misc")]


def test_the_list_of_files_does_not_lie() -> None:
    """What is listed is there and says so of itself. A new file may be listed later: ``python docs/files.py``."""
    folder = ROOT
    for line in (ROOT / "docs" / "files.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            folder = ROOT / line.removeprefix("## ")
        elif listed := re.fullmatch(r"- `(.+?)` (.+)", line):
            file = folder / listed[1]
            assert file.is_file(), f"docs/files.md lists {name_of(file)}, which is gone; run python docs/files.py"
            words = " ".join((ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split())
            assert words.startswith(listed[2]), f"docs/files.md is old about {name_of(file)}; run python docs/files.py"

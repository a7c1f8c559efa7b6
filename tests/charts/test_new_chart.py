"""A new chart is one function in one file: it is offered by the package without an entry anywhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import mtldemo

PACKAGE = Path(mtldemo.__file__).parent


def test_a_function_added_to_a_module_is_offered(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "mtldemo", ignore=shutil.ignore_patterns("__pycache__", "*.safetensors"))
    for name in ("charts/weights.py", "charts/comparison/weights.py"):
        with (tmp_path / "mtldemo" / name).open("a") as file:
            file.write('\n\ndef a_new_chart() -> str:\n    """One edit."""\n    return "drawn"\n')
    script = (
        "import sys; from mtldemo import charts; assert 'pandas' not in sys.modules; "
        "from mtldemo.charts import comparison; "
        "print(charts.a_new_chart(), comparison.a_new_chart())"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["drawn", "drawn"], done.stderr

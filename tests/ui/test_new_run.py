"""The form of a new run is drawn, with the words of every strategy, before torch is imported."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(sys.argv[1], default_timeout=60).run()
app.selectbox(key="new_run.weighting.strategy").select("mgda").run()
assert not app.exception, app.exception
assert any("Sener, Koltun" in caption.value for caption in app.caption)
assert "torch" not in sys.modules
"""


def test_the_form_needs_no_torch(tmp_path: Path) -> None:
    folders = {
        "PYTHONPATH": str(ROOT),
        "MTLDEMO_RUNS": str(tmp_path / "runs"),
        "MTLDEMO_CACHE": str(tmp_path / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(ROOT / "pages" / "train.py")],
        cwd=ROOT,
        env={**os.environ, **folders, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr

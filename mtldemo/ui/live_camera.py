"""The live camera: frames go from the browser straight to a route of this server, and its answers are drawn on them.

The page's script isn't run for a frame, which is why it is fast; it only says which models are asked and how.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from mtldemo.predict.answers import digits_of, self_explanatory
from mtldemo.tasks import Task

_ASSETS = Path(__file__).parent / "assets"
_ROUTE = "api/live"
# What is said over the picture is a status, so that a screen reader reads it; the answers change too often for that.
_HTML = """
<section class="mtl-camera" aria-label="Live camera">
  <div class="mtl-camera-bar">
    <button type="button" class="mtl-camera-button">Start camera</button>
    <label class="mtl-camera-choice" hidden>Camera <select></select></label>
  </div>
  <div class="mtl-camera-view">
    <div>
      <div class="mtl-camera-stage">
        <video playsinline muted hidden></video>
        <canvas aria-hidden="true"></canvas>
        <p class="mtl-camera-said" role="status"></p>
      </div>
      <p class="mtl-camera-speed"></p>
    </div>
    <ul class="mtl-camera-faces" aria-label="Faces in the picture"></ul>
  </div>
</section>
"""
_COMPONENT = component(
    "mtldemo_live_camera",
    html=_HTML,
    css="".join((_ASSETS / name).read_text(encoding="utf-8") for name in ("button.css", "live_camera.css")),
    js="".join((_ASSETS / name).read_text(encoding="utf-8") for name in ("live_camera.js", "live_camera_words.js")),
)


def live_camera(
    models: Sequence[str], detector: str, tasks: Iterable[Task], *, sensitive_too: bool, key: str, faces: bool = True
) -> None:
    """Draw the live camera: a button to start and stop it, the mirrored picture with a box and label for each face, and
    how fast it goes.

    ``models`` are keys of ``predict.models.choices``, ``detector`` one of ``predict.detectors.CHOICES``, ``tasks``
    what the models answer, for their titles and units. Answers to sensitive tasks are neither shown nor sent to the
    browser unless ``sensitive_too`` is set; without ``faces`` each frame is asked about as a whole. All may change
    while the camera runs. The camera
    stops when this is no longer drawn and when the tab is out of sight. Needs ``streamlit_app.py`` as the server.
    """
    known = tuple(tasks)
    _COMPONENT(
        key=key,
        data={
            "models": list(models),
            "detector": detector,
            "sensitive": sensitive_too,
            "faces": faces,
            "address": _ROUTE,
            "tasks": {task.name: _described(task, known) for task in known},
        },
        height="content",
    )


def _described(task: Task, tasks: Sequence[Task]) -> dict[str, Any]:
    """What the script draws an answer with: answers themselves hold numbers and classes alone."""
    digits = 0 if task.classes else digits_of(task)
    titled = not self_explanatory(task, tasks)
    return {"title": task.title, "unit": task.unit, "digits": digits, "titled": titled}

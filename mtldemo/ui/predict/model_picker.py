"""The choice of the model and, for faces, of the detector that finds them: folded away, and in the address."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.predict import detectors
from mtldemo.predict.detect import HAAR, YUNET
from mtldemo.predict.domain import Domain
from mtldemo.predict.loaded import detector, loaded
from mtldemo.predict.models import SHIPPED_NAME, ModelChoice, choice, choices
from mtldemo.runs import default_runs_dir
from mtldemo.tasks import Task
from mtldemo.ui.addresses import TRAIN_PAGE
from mtldemo.ui.problems import in_words

if TYPE_CHECKING:
    from mtldemo.predict.pipeline import Pipeline
    from mtldemo.predict.predictor import Predictor

MODEL = "model"
"""The model's key in the URL."""
TITLES = {"auto": "Automatic", HAAR: "Built-in", YUNET: "YuNet"}
_PICKED, _DETECTOR = "predict.model", "detector"
_warmed: set[str] = set()


@dataclass(frozen=True)
class PickedModel:
    """The ``choice`` of the model, the name of the ``detector`` (``auto``, ``haar`` or ``yunet``), and whether it
    ``has_others`` to compare the model with."""

    choice: ModelChoice
    detector: str
    has_others: bool = False

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What the model answers, as its file says; none where that can't be read."""
        return self.choice.tasks

    @property
    def domain(self) -> Domain:
        """The kind of pictures that the model may be key about."""
        return self.choice.domain

    @property
    def loading(self) -> str:
        """What is said while the model is loaded."""
        return "Loading the model"

    def predictor(self) -> "Predictor":
        """The model, loaded once. Raises ``MtlDemoError`` where its file can't be used."""
        return loaded(self.choice.path, self.choice.key)

    def pipeline(self) -> "Pipeline":
        """The model, behind the detector where it needs one. Raises ``MtlDemoError`` where either can't be used."""
        from mtldemo.predict.pipeline import Pipeline

        face_detector = detector(self.detector)[0] if self.domain.faces else None
        return Pipeline([self.predictor()], face_detector, keep_crops=True)

    @property
    def mark(self) -> str:
        """Changes whenever the answers might: with the model, its file and the detector."""
        try:
            changed = self.choice.path.stat().st_mtime_ns
        except OSError:
            changed = 0
        return f"{self.choice.key}|{changed}|{self.detector}|{detectors.yunet_file()}"


def there_is_a_model() -> bool:
    """Whether any model can be chosen; else says how to come by one."""
    if choices(default_runs_dir()):
        return True
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown("**No model yet.**", text_alignment="center")
        st.caption("None comes with this copy of the project; train one, and it can be key here.")
        st.page_link(TRAIN_PAGE, label="Train a model", icon=":material/model_training:")
    return False


def pick_model(*, with_model: bool = True) -> PickedModel:
    """The folded settings: what is chosen in them. ``with_model`` False leaves the model to others on the page."""
    models = {one.key: one for one in choices(default_runs_dir())}
    picked = models[_wanted(models)]
    faces = picked.domain.faces if with_model else any(one.domain.faces for one in models.values())
    if not (faces or with_model):
        return PickedModel(picked, "auto", len(models) > 1)
    titles = [*(["Model"] if with_model else []), *(["detector"] if faces else [])]
    with st.popover(" and ".join(titles).capitalize(), icon=":material/tune:"):
        if with_model:
            key = st.selectbox(
                "Model",
                list(models),
                format_func=lambda key: models[key].title,
                key=_PICKED,
                on_change=_into_address,
                width=420,
                help="The model that comes with the project, or one of your runs.",
            )
            picked = models[key or next(iter(models))]
        # Where nothing looks for faces, there is no detector to choose.
        return PickedModel(picked, _detector_choice() if faces else "auto", len(models) > 1)


def pick_shipped() -> None:
    """Choose the model that comes with the project: for a button's ``on_click``."""
    st.session_state[_PICKED] = SHIPPED_NAME
    st.query_params.pop(MODEL, None)


def detector_sentence(name: str, domain: Domain) -> str:
    """Who finds the faces, or that none are looked for, in words."""
    if not domain.faces:
        return "it looks at each picture as a whole, its middle square"
    if name == HAAR or detectors.yunet_file() is None:
        return "the built-in detector finds the faces"
    return "YuNet finds the faces"


def warm_up(model: PickedModel) -> None:
    """Load the chosen model and the detector in the background, and ask once: the first picture then waits for none of
    it."""
    if model.mark in _warmed:
        return
    _warmed.add(model.mark)

    def load() -> None:
        import numpy as np

        try:
            pipeline = model.pipeline()
        except MtlDemoError:
            return  # said when the model is key
        pipeline.find(np.zeros((64, 64, 3), np.uint8))
        for predictor in pipeline.predictors:
            side = predictor.image_size
            predictor.ask(np.zeros((1, side, side, 3), np.uint8))

    # Not a daemon: a process that ends in the midst of importing torch would crash.
    threading.Thread(target=load, name="predict-warm-up").start()


def _wanted(models: dict[str, ModelChoice]) -> str:
    """The model in the address, else the one picked before, else the first."""
    key = st.query_params.get(MODEL)
    if key is not None and key not in models:
        with in_words(":material/search_off:"):
            choice(key, default_runs_dir())
        del st.query_params[MODEL]
    elif key is not None:
        st.session_state[_PICKED] = key
    if st.session_state.get(_PICKED) not in models:
        st.session_state[_PICKED] = next(iter(models))
    # Set anew, it lasts while the page doesn't show its widget.
    st.session_state[_PICKED] = st.session_state[_PICKED]
    _into_address()
    return st.session_state[_PICKED]


def _into_address() -> None:
    """Put the picked model into the address; the first one needs no words there."""
    first = next(iter(choices(default_runs_dir())), None)
    if first is not None and st.session_state[_PICKED] == first.key:
        st.query_params.pop(MODEL, None)
    else:
        st.query_params[MODEL] = st.session_state[_PICKED]


def _detector_choice() -> str:
    available = detectors.yunet_file() is not None
    names = [name for name in TITLES if available or name != YUNET]
    name = st.segmented_control(
        "Face detector",
        names,
        format_func=TITLES.__getitem__,
        default="auto",
        key=_DETECTOR,
        required=True,
        bind="query-params",
        help="Automatic takes YuNet where its file is there, else OpenCV's built-in Haar cascade.",
    )
    if not available:
        st.caption("YuNet finds turned and small faces that the built-in one misses.")
        if st.button("Download YuNet (0.2 MB)", icon=":material/download:", key="predict.yunet"):
            with in_words(), st.spinner("Downloading YuNet"):
                detectors.download_yunet()
                st.rerun()
    return name or "auto"

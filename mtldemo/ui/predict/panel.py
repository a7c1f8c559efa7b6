"""Several models that are asked about the same picture, and what is wrong with those that can't be."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.predict import detectors
from mtldemo.predict.loaded import detector, loaded
from mtldemo.ui.plain import plain
from mtldemo.ui.predict.picked_models import Picked
from mtldemo.ui.words import count

if TYPE_CHECKING:
    from mtldemo.predict.pipeline import Pipeline

_PROBLEMS = "predict.panel.problems"


@dataclass(frozen=True)
class Panel:
    """The ``models`` that are asked and the name of the ``detector`` before them."""

    models: tuple[Picked, ...]
    detector: str

    @property
    def mark(self) -> str:
        """Changes whenever the answers might: with the models, their files and the detector."""
        versions = [(one.key, _changed(one)) for one in self.models]
        return f"{versions}|{self.detector}|{detectors.yunet_file()}"

    @property
    def loading(self) -> str:
        """What is said while the models are loaded."""
        return f"Asking {count(len(self.models), 'model')}"

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence on each model that couldn't be loaded for the answers that there are."""
        return st.session_state.get(_PROBLEMS, {}).get(self.mark, ())

    def pipeline(self) -> "Pipeline":
        """The models that can be loaded behind the detector. Raises ``MtlDemoError`` where none can, or the detector
        can't be used."""
        from mtldemo.predict.pipeline import Pipeline

        found, problems = [], []
        bar = st.progress(0.0)
        for number, one in enumerate(self.models):
            bar.progress(number / len(self.models), f"Loading {plain(one.name)}")
            try:
                found.append(loaded(one.choice.path, one.key))
            except MtlDemoError as error:
                problems.append(str(error))
        bar.empty()
        st.session_state.setdefault(_PROBLEMS, {})[self.mark] = tuple(problems)
        if not found:
            raise MtlDemoError(" ".join(problems))
        return Pipeline(found, detector(self.detector)[0])


def _changed(one: Picked) -> int:
    try:
        return one.choice.path.stat().st_mtime_ns
    except OSError:  # said when the model is loaded
        return 0

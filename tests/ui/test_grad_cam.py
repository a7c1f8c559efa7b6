from pathlib import Path

from streamlit.testing.v1 import AppTest

from mtldemo.ui.predict.grad_cam import TITLE
from tests.predict.tiny import tiny_config, write_model


def page(model: str) -> None:
    from pathlib import Path

    import numpy as np

    from mtldemo.predict.loaded import loaded
    from mtldemo.ui.predict.grad_cam import grad_cam

    predictor = loaded(Path(model), "tiny")
    crop = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    grad_cam(predictor, crop, predictor.ask(crop[None])[0], key="face")


def test_the_pictures_are_made_when_they_are_asked_for(tmp_path: Path) -> None:
    model = write_model(tmp_path / "tiny.safetensors", tiny_config())
    app = AppTest.from_function(page, kwargs={"model": str(model)}, default_timeout=200).run()
    assert not app.exception
    assert [button.label for button in app.button] == [TITLE]
    assert "face.kept" not in app.session_state
    app.button[0].click().run()
    assert not app.exception
    titles = [item.value for item in app.markdown]
    assert [title.partition(":")[0] for title in titles] == [f"**{TITLE}**", "Age", "Gender", "Ethnicity"]
    assert "years" in titles[1]
    assert "not why" in app.caption[-1].value
    kept = app.session_state["face.kept"]
    app.button[0].click().run()
    assert len(app.markdown) == 0
    app.button[0].click().run()
    assert app.session_state["face.kept"] is kept

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.config import to_dict
from mtldemo.runs import RunFolder
from mtldemo.ui import export_model
from tests.predict.tiny import tiny_config, write_model


def page(folder: str) -> None:
    from pathlib import Path

    from mtldemo.runs import RunFolder
    from mtldemo.ui import export_model

    export_model._choice(RunFolder(Path(folder)))


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    run = RunFolder.create(tmp_path, tiny_config(), "mine")
    write_model(run.model_file, tiny_config())
    assert to_dict(run.config())["model"]["backbone"] == "squeezenet1_1"
    return run


def opened(run: RunFolder) -> AppTest:
    app = AppTest.from_function(page, kwargs={"folder": str(run.path)}, default_timeout=200).run()
    assert not app.exception
    return app


def test_a_file_is_made_when_it_is_asked_for_and_then_offered(run: RunFolder) -> None:
    app = opened(run)
    assert not app.get("download_button")
    app.button(key="export_model.make").click().run()
    assert not app.exception
    assert not app.error
    (offer,) = app.get("download_button")
    assert offer.label == "Download mine.safetensors"  # type: ignore[attr-defined]
    assert "checked: it gives the model's answers" in app.caption[-1].value
    app.segmented_control(key="export_model.format").set_value("onnx").run()
    assert not app.get("download_button")
    assert "uint8 [N, 3, 32, 32]" in app.caption[0].value


def test_what_is_missing_is_said(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_model, "missing", lambda name: "ONNX files need onnx." if name == "onnx" else "")
    app = opened(run)
    app.segmented_control(key="export_model.format").set_value("onnx").run()
    assert [item.value for item in app.info] == ["ONNX files need onnx."]
    assert app.button(key="export_model.make").disabled


def test_a_model_that_cannot_be_read_is_said(run: RunFolder) -> None:
    run.model_file.write_bytes(b"no model")
    app = opened(run)
    app.button(key="export_model.make").click().run()
    assert not app.exception
    assert "not a whole safetensors file" in app.error[0].value

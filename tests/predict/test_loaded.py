import os
import threading
from pathlib import Path

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.predict import loaded as module
from mtldemo.predict.loaded import loaded
from mtldemo.predict.predictor import Predictor
from mtldemo.predict.usage import Usage, write_beside
from tests.predict.tiny import tiny_config, write_model


@pytest.fixture(autouse=True)
def nothing_loaded_yet() -> None:
    module._cached.clear()


def test_a_model_is_loaded_once_until_it_changes(tmp_path: Path) -> None:
    path = write_model(tmp_path / "model.safetensors", tiny_config())
    first = loaded(path, "a")
    assert loaded(path, "a") is first
    assert first.name == "a"
    assert loaded(path, "b").name == "b"
    write_model(path, tiny_config(), seed=1)
    os.utime(path, ns=(1, 1))
    assert loaded(path, "a") is not first
    assert len(module._cached) == 2


def test_a_new_calibration_counts(tmp_path: Path) -> None:
    path = write_model(tmp_path / "model.safetensors", tiny_config())
    assert loaded(path, "a").usage.views == 1
    write_beside(Usage(views=2), path)
    assert loaded(path, "a").usage.views == 2


def test_only_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    path = write_model(tmp_path / "model.safetensors", tiny_config())
    first, second = loaded(path, "a"), loaded(path, "b")
    assert loaded(path, "a") is first
    loaded(path, "c")
    assert loaded(path, "a") is first
    assert loaded(path, "b") is not second


def test_only_so_many_bytes_are_kept_but_always_one_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_model(tmp_path / "model.safetensors", tiny_config())
    size = module._bytes(loaded(path, "a"))
    monkeypatch.setattr(module, "MOST_BYTES", 2 * size)
    loaded(path, "b")
    assert len(module._cached) == 2
    last = loaded(path, "c")
    assert [one.name for one in module._cached.values()] == ["b", "c"]
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    assert loaded(path, "c") is last


def test_threads_that_ask_at_once_share_one(model_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, calls = Predictor.load, []
    monkeypatch.setattr(Predictor, "load", lambda path, *, name: (calls.append(name), plain(path, name=name))[1])
    found: list[Predictor] = []
    threads = [threading.Thread(target=lambda: found.append(loaded(model_path, "a"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == ["a"]
    assert len(found) == 4
    assert len(set(map(id, found))) == 1


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(MtlDemoError, match=r"none\.safetensors"):
        loaded(tmp_path / "none.safetensors", "none")


def test_a_detector_is_made_once_and_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.detectors, "yunet_file", lambda: None)
    monkeypatch.setattr(module.detectors, "download_yunet", lambda: pytest.fail("it was downloaded"))
    monkeypatch.setattr(module, "_detectors", {})
    built_in, note = module.detector("haar")
    assert (built_in.name, note) == ("haar", "")
    assert module.detector("auto") == (built_in, "")
    assert module.detector("yunet") == (built_in, module.NO_YUNET)
    assert module.detector("haar", live=True)[0] is not built_in


def test_a_yunet_file_that_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "yunet.onnx"
    file.write_bytes(b"nothing")
    monkeypatch.setattr(module.detectors, "yunet_file", lambda: file)
    with pytest.raises(MtlDemoError, match=r"YuNet file .*yunet\.onnx can't be read"):
        module.detector("auto")
    assert module.detector("haar")[0].name == "haar"

import errno
import os
from pathlib import Path

import pytest
import torch

from mtldemo import files
from mtldemo.errors import MtlDemoError
from mtldemo.training import checkpoint


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    state = {"weights": {"a": torch.randn(3, 4)}, "step": 7, "names": ["age"], "best": None}
    checkpoint.save(tmp_path / "checkpoint.pt", state)
    found = checkpoint.load(tmp_path / "checkpoint.pt")
    assert torch.equal(found.pop("weights")["a"], state.pop("weights")["a"])
    assert found == state
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_channels_last_tensors_keep_their_layout(tmp_path: Path) -> None:
    kernel = torch.randn(4, 3, 5, 5).contiguous(memory_format=torch.channels_last)
    checkpoint.save(tmp_path / "checkpoint.pt", {"kernel": kernel})
    assert checkpoint.load(tmp_path / "checkpoint.pt")["kernel"].stride() == kernel.stride()


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "No room left on the disk.*; free some space"), (errno.EACCES, "may not be read or written")],
)
def test_a_failed_write_says_why_and_leaves_the_old_file(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, {"step": 1})

    def fail(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(MtlDemoError, match=words):
        checkpoint.save(path, {"step": 2})
    with pytest.raises(MtlDemoError, match=words):
        checkpoint.save_model(path, {"a": torch.zeros(2)}, {})
    assert checkpoint.load(path) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_apart_from_torch_own_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "with_name", lambda path, name: Path("/dev/full"))
    monkeypatch.setattr(Path, "unlink", lambda path, missing_ok=False: None)
    with pytest.raises(MtlDemoError, match="No room left on the disk"):
        checkpoint.save(tmp_path / "checkpoint.pt", {"a": torch.zeros(100_000)})


def test_a_folder_that_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(MtlDemoError, match="can't be read or written: there is no folder"):
        checkpoint.save(tmp_path / "gone" / "checkpoint.pt", {})


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    whole = tmp_path / "whole.pt"
    checkpoint.save(whole, {"a": torch.zeros(1000)})
    content = whole.read_bytes()
    broken = {
        "empty": b"",
        "text": b"hello",
        "cut": content[: len(content) // 2],
        "pickle": b"\x80\x02c__builtin__\nprint\n.",
    }
    for name, bad in broken.items():
        (tmp_path / name).write_bytes(bad)
        with pytest.raises(MtlDemoError, match=f"{name} is not a whole checkpoint"):
            checkpoint.load(tmp_path / name)
    torch.save([1, 2], tmp_path / "list")
    with pytest.raises(MtlDemoError, match="not a whole checkpoint"):
        checkpoint.load(tmp_path / "list")
    with pytest.raises(MtlDemoError, match="no checkpoint at"):
        checkpoint.load(tmp_path / "missing")


def test_a_model_comes_back_with_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    shared = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    checkpoint.save_model(path, {"a": shared, "b": shared.detach()}, {"config": "{}"})
    weights, metadata = checkpoint.load_model(path)
    assert torch.equal(weights["a"], shared)
    assert torch.equal(weights["b"], shared)
    assert metadata == {"config": "{}"}


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"hello, this is no model")
    with pytest.raises(MtlDemoError, match="not a whole safetensors file"):
        checkpoint.load_model(tmp_path / "model.safetensors")
    torch.save({"a": torch.zeros(2)}, tmp_path / "pickled.pt")
    with pytest.raises(MtlDemoError, match=r"pickle.*could run code.*model\.safetensors"):
        checkpoint.load_model(tmp_path / "pickled.pt")
    with pytest.raises(MtlDemoError, match="no model at"):
        checkpoint.load_model(tmp_path / "missing")


def test_a_bit_that_flipped_anywhere_is_found_or_changes_nothing(tmp_path: Path) -> None:
    path, state = tmp_path / "checkpoint.pt", {"weights": torch.arange(500.0), "step": 7, "place": 0.25}
    checkpoint.save(path, state)
    content, refused = path.read_bytes(), 0
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :])
        try:
            found = checkpoint.load(path)
        except MtlDemoError:
            refused += 1
            continue
        assert torch.equal(found["weights"], state["weights"]), place
        assert (found["step"], found["place"]) == (7, 0.25)
    assert refused > len(content) / 7 / 2
    weights = content.index(torch.arange(500.0).numpy().tobytes()[:400])
    path.write_bytes(content[: weights + 99] + bytes([content[weights + 99] ^ 1]) + content[weights + 100 :])
    with pytest.raises(MtlDemoError, match="not a whole checkpoint"):
        checkpoint.load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes by name")
def test_a_pipe_is_no_checkpoint_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "checkpoint.pt")
    with pytest.raises(MtlDemoError, match="not a whole checkpoint"):
        checkpoint.load(tmp_path / "checkpoint.pt")

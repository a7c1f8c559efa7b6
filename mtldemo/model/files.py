"""Model files: safetensors with the config in the metadata. Nothing in them is ever executed.

A file is whole or not there: it is written beside its place and then moved onto it. It holds two checksums, of its
tensors and of its metadata; files without any, of other programs and of earlier versions, are read as they are.
"""

import contextlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor, uint8

from mtldemo.errors import MtlDemoError
from mtldemo.files import write_atomic
from mtldemo.json_text import CHECKSUM, checksum


def save_model(path: Path, weights: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a model's ``weights`` by name and ``metadata`` (such as the config as JSON) as safetensors.

    Raises ``MtlDemoError`` where the disk is full or the folder cannot be written.
    """
    write_atomic(path, model_bytes(weights, metadata), durable=True)


def model_bytes(weights: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """The content of a model's file, as ``save_model`` writes it."""
    # safetensors keeps values, not memory layouts, and refuses tensors that share memory.
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    facts = {name: value for name, value in metadata.items() if name != CHECKSUM}
    return serialize(plain, {**facts, CHECKSUM: f"{_of_tensors(plain)} {_of_facts(facts)}"})


def load_model(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read what ``save_model`` wrote: the weights on the CPU, and the metadata.

    Raises ``MtlDemoError`` where the file is missing, not a safetensors file, cut short, or not what was written; a
    pickle is never opened.
    """
    with _opened(path) as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        facts, checksums = _facts(path, file)
    if checksums and checksums[0] != _of_tensors(weights):
        raise MtlDemoError(_changed(path, "weights"))
    return weights, facts


def load_facts(path: Path) -> dict[str, str]:
    """The metadata alone of what ``save_model`` wrote; raises as ``load_model`` does."""
    with _opened(path) as file:
        return _facts(path, file)[0]


def _facts(path: Path, file: Any) -> tuple[dict[str, str], list[str]]:
    """The metadata of an opened file, and the checksums of its tensors and of these; none where it has none."""
    facts = dict(file.metadata() or {})
    checksums = facts.pop(CHECKSUM, "").split()
    if checksums and (len(checksums) != 2 or checksums[1] != _of_facts(facts)):
        raise MtlDemoError(_changed(path, "metadata"))
    return facts, checksums


def _of_tensors(weights: Mapping[str, Tensor]) -> str:
    """The CRC-32 of contiguous CPU tensors with their names, kinds and shapes; about 1 s a GB."""
    code = 0
    for name in sorted(weights):
        tensor = weights[name]
        code = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), code)
        if tensor.numel():
            code = zlib.crc32(tensor.contiguous().reshape(-1).view(uint8).numpy().data, code)
    return f"crc32:{code:08x}"


def _of_facts(facts: Mapping[str, str]) -> str:
    return checksum({name: facts[name] for name in sorted(facts)})


def _changed(path: Path, what: str) -> str:
    return (
        f"{path} is damaged: the checksum of its {what} differs from what was written; bring the file back from a "
        "copy, choose another, or train again."
    )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise MtlDemoError(f"There is no model at {path}; train one or choose another file.")
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError) as fault:
        raise MtlDemoError(f"{path} is {_what(path)}") from fault


def _what(path: Path) -> str:
    """What a file is that isn't a model, and what to do."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        head = file.read(64)
        if _is_export(path, head):
            return (
                "a model exported for other programs; give the run that it was exported from, or its model.safetensors."
            )
        # torch.save writes a zip archive, older versions a bare pickle; neither is unpacked.
        if head.startswith(b"PK\x03\x04") or (head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05"):
            return "a pickle, which could run code when it is opened; choose the run's model.safetensors instead."
    return "not a whole safetensors file; train again or choose another file."


def _is_export(path: Path, head: bytes) -> bool:
    """Whether a file is one of those that ``predict.exporting`` writes for others, by its content or else its name:
    ONNX, which begins with the version and the producer, or what torch.export saves, a zip archive."""
    if head.startswith(b"PK\x03\x04"):
        with contextlib.suppress(zipfile.BadZipFile, OSError, ValueError), zipfile.ZipFile(path) as archive:
            return any(name.endswith(("mtldemo.json", "archive_format")) for name in archive.namelist())
        return path.suffix.lower() == ".pt2"
    return (head.startswith(b"\x08") and b"pytorch" in head) or path.suffix.lower() in (".onnx", ".pt2")

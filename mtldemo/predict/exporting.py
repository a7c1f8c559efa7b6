"""A model in a file that other programs read: safetensors, torch.export or ONNX, checked before it is handed out.

The last two hold the whole way from pixels to answers: they take RGB pictures as they are, uint8 [N, 3, S, S], and
normalise them themselves. TorchScript isn't offered: PyTorch has deprecated it in favour of torch.export.
"""

import copy
import io
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtldemo.errors import MtlDemoError
from mtldemo.json_text import strict_json
from mtldemo.predict.domain import PICTURES, domain_warnings
from mtldemo.predict.models import notice

if TYPE_CHECKING:
    from mtldemo.predict.predictor import Predictor

SAMPLES = 3
"""Pictures that a file is checked on; another number than it was made with, so that any number of them goes."""
CLOSE_RANGE, CLOSE_SHARE = 0.0004, 0.002
"""Differences to the model that count as the same, as a share of a number's range and of a probability: those of
another order of the same sums."""


@dataclass(frozen=True)
class ExportFormat:
    """A kind of file by its ``name`` on the command line, its ``title`` and ``note`` for people, and its ``ending``."""

    name: str
    title: str
    note: str
    ending: str


FORMATS = (
    ExportFormat(
        "safetensors",
        "safetensors",
        "The weights with all that this program needs to use them: take it to another copy, or load it in PyTorch.",
        ".safetensors",
    ),
    ExportFormat(
        "torch",
        "PyTorch",
        "The whole computation, by torch.export; it runs with PyTorch alone, without this program.",
        ".pt2",
    ),
    ExportFormat(
        "onnx", "ONNX", "The whole computation for other runtimes and languages, phones and browsers.", ".onnx"
    ),
)


def format_named(name: str) -> ExportFormat:
    """The format called ``name``; raises ``MtlDemoError`` with the choices where there is none."""
    for one in FORMATS:
        if one.name == name:
            return one
    raise MtlDemoError(f"There is no format {name!r}; choose from {', '.join(one.name for one in FORMATS)}.")


def missing(name: str) -> str:
    """One sentence on what has to be installed for a format; empty where everything is there."""
    from importlib.util import find_spec

    lacking = [package for package in ("onnx", "onnxscript") if name == "onnx" and find_spec(package) is None]
    if not lacking:
        return ""
    return (
        f"ONNX files need {' and '.join(lacking)}; install with: python -m pip install {' '.join(lacking)}, "
        "or choose another format."
    )


def exported(predictor: "Predictor", name: str) -> bytes:
    """The content of a file of the format called ``name`` that holds ``predictor``, on the CPU in single precision.

    It is read back and asked about some pictures; raises ``MtlDemoError`` where it doesn't answer as the model does, a
    package is missing, or there is no such format. Imports torch.
    """
    kind = format_named(name)
    lacking = missing(name)
    if lacking:
        raise MtlDemoError(lacking)
    make, ask = _MADE[kind.name]
    pictures = _samples(predictor.image_size)
    wanted = model_outputs(predictor, pictures)
    try:
        content = make(predictor)
        outputs = ask(content, pictures)
    except MtlDemoError:
        raise
    except Exception as error:
        raise MtlDemoError(
            f"{predictor.name} could not be written as {kind.title} ({type(error).__name__}); choose another format."
        ) from error
    by_name = {task.name: task for task in predictor.tasks}
    for output, values in wanted.items():
        task = by_name[output]
        close = CLOSE_RANGE * (task.high - task.low) if values.ndim == 1 else CLOSE_SHARE
        off = float(np.abs(np.asarray(outputs[output], np.float64) - values).max())
        if not off <= close:
            raise MtlDemoError(
                f"As {kind.title} {predictor.name} gives other answers ({output} differs by {off:.3g}), so it isn't "
                "written; choose another format."
            )
    return content


def model_outputs(predictor: "Predictor", pictures: np.ndarray) -> dict[str, np.ndarray]:
    """What an exported file must say about ``pictures`` uint8 [N, 3, S, S], by the names of its outputs: a regression's
    values [N] in the task's unit, a classifier's probabilities [N, C] after calibration."""
    from mtldemo.predict.answers import RegressionAnswer

    answers = predictor.ask(np.ascontiguousarray(pictures.transpose(0, 2, 3, 1)))
    outputs: dict[str, list[Any]] = {task.name: [] for task in predictor.tasks}
    for row in answers:
        for output, answer in row.items():
            outputs[output].append(answer.value if isinstance(answer, RegressionAnswer) else list(answer.p.values()))
    return {output: np.asarray(values, np.float64) for output, values in outputs.items()}


def export_metadata(predictor: "Predictor") -> dict[str, str]:
    """A file's metadata. ``input`` and ``outputs`` say in words how it is asked, ``prediction`` how crops are cut and
    what calibration found, ``config`` how it was trained; of paths only the names stay."""
    from mtldemo.config import to_dict
    from mtldemo.predict.usage import KEY
    from mtldemo.titles import without_paths

    side = predictor.image_size
    outputs = {
        task.name: f"probabilities of {', '.join(task.classes)}: float32 [N, {len(task.classes)}]"
        if task.classes
        else f"{task.in_sentence}{f' in {task.unit}' if task.unit else ''}: float32 [N]"
        for task in predictor.tasks
    }
    described = {
        "format": "mtldemo",
        "run": predictor.name,
        "config": strict_json(to_dict(without_paths(predictor.config))),
        "mean": strict_json(predictor.mean),
        "std": strict_json(predictor.std),
        KEY: strict_json(predictor.usage.to_json()),
        PICTURES: predictor.domain.takes,
        "input": f"images: uint8 [N, 3, {side}, {side}], RGB from 0 to 255, "
        + ("upright faces cut as 'prediction' says" if predictor.domain.faces else "the middle square of a picture"),
        "outputs": strict_json(outputs),
        "trained_on": predictor.domain.name,
        "notice": " ".join([notice([predictor.domain]), *domain_warnings({predictor.name: predictor.domain})]),
    }
    return {key: value for key, value in predictor.facts.items() if key in ("dataset", "test")} | described


def _samples(side: int) -> np.ndarray:
    """Soft random colours: uint8 [N, 3, side, side]."""
    import cv2

    coarse = np.random.default_rng(0).integers(0, 256, (SAMPLES, 5, 5, 3), dtype=np.uint8)
    smooth = [cv2.resize(one, (side, side), interpolation=cv2.INTER_LINEAR) for one in coarse]
    return np.ascontiguousarray(np.stack(smooth).transpose(0, 3, 1, 2))


def _as_safetensors(predictor: "Predictor") -> bytes:
    from mtldemo.model.files import model_bytes

    # Such a file is read by this program, which normalises by itself.
    described = {key: value for key, value in export_metadata(predictor).items() if key not in ("input", "outputs")}
    return model_bytes(predictor.network.state_dict(), described)


def _ask_safetensors(content: bytes, pictures: np.ndarray) -> Mapping[str, Any]:
    from mtldemo.predict.predictor import Predictor

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.safetensors"
        file.write_bytes(content)
        return model_outputs(Predictor.load(file), pictures)


def _program(predictor: "Predictor") -> Any:
    import torch

    from mtldemo.predict.portable import Portable

    alone = copy.deepcopy(predictor.network).cpu().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    whole = Portable(alone, predictor.mean, predictor.std, predictor.usage).eval()
    side = predictor.image_size
    example = torch.zeros(2, 3, side, side, dtype=torch.uint8)
    count = {"images": {0: torch.export.Dim("count", min=1)}}
    with torch.no_grad():
        return torch.export.export(whole, (example,), dynamic_shapes=count)


def _as_torch(predictor: "Predictor") -> bytes:
    import torch

    file = io.BytesIO()
    torch.export.save(_program(predictor), file, extra_files={"mtldemo.json": strict_json(export_metadata(predictor))})
    return file.getvalue()


def _ask_torch(content: bytes, pictures: np.ndarray) -> Mapping[str, Any]:
    import torch

    network = torch.export.load(io.BytesIO(content)).module()
    with torch.inference_mode():
        return {name: values.numpy() for name, values in network(torch.from_numpy(pictures)).items()}


def _as_onnx(predictor: "Predictor") -> bytes:
    import torch

    names = [task.name for task in predictor.tasks]
    program = torch.onnx.export(_program(predictor), input_names=["images"], output_names=names, verbose=False)
    assert program is not None
    model = program.model_proto
    for key, value in export_metadata(predictor).items():
        model.metadata_props.add(key=key, value=value)
    return model.SerializeToString()


def _ask_onnx(content: bytes, pictures: np.ndarray) -> Mapping[str, Any]:
    import onnx

    try:
        import onnxruntime  # type: ignore[import-not-found]
    except ImportError:
        # Slow, but it comes with onnx.
        from onnx.reference import ReferenceEvaluator

        session: Any = ReferenceEvaluator(onnx.load_model_from_string(content))
        names = session.output_names
    else:
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"images": pictures}), strict=True))


_Make = Callable[["Predictor"], bytes]
_Ask = Callable[[bytes, np.ndarray], Mapping[str, Any]]
_MADE: dict[str, tuple[_Make, _Ask]] = {
    "safetensors": (_as_safetensors, _ask_safetensors),
    "torch": (_as_torch, _ask_torch),
    "onnx": (_as_onnx, _ask_onnx),
}

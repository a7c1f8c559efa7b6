"""Where each head looks: Grad-CAM on the last feature map. Imports torch; captum when it is asked.

Captum because it is kept by torch's own people and adds matplotlib and tqdm alone; grad-cam adds scikit-learn besides.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from mtldemo.errors import MtlDemoError
from mtldemo.model.heads import head_of
from mtldemo.model.sharing import Network
from mtldemo.predict.answers import Answers, ClassAnswer
from mtldemo.predict.predictor import Predictor
from mtldemo.tasks import REGRESSION, Task

STRENGTH = 0.55
"""Share of the colours in an overlay; the rest is the face in grey."""


def maps(predictor: Predictor, crop: np.ndarray, answers: Answers | None = None) -> dict[str, np.ndarray]:
    """For each task the places of a crop uint8 [S, S, 3] that its answer rests on: float32 [S, S], 0 to 1 where it
    rests the most, all 0 where the last feature map says nothing for it.

    Of a classifier it is what speaks for the class that ``answers`` names; without them the model is asked again, and
    tasks that they leave out are left out. A regression's value is moved either way, so what makes it larger and what
    makes it smaller count alike; of a distribution that is the expected value. Raises ``MtlDemoError`` for a network
    without a map of places. Source: Selvaraju et al., Grad-CAM, ICCV 2017.
    """
    from captum.attr import LayerGradCam

    answers = answers or predictor.ask(crop[None])[0]
    # The hooks go onto a copy: other threads may ask the network in the meantime.
    network = copy.deepcopy(predictor.network)
    images = predictor.images(crop[None])
    explained = [task for task in predictor.tasks if task.name in answers]
    layers = {task.name: last_maps(network, task, images) for task in explained}
    images = images.clone().requires_grad_(True)
    heat_maps = {}
    for task in explained:
        reads = _reads(network, task, answers)
        # A task may read several maps, those of experts; what each speaks for adds up.
        signed = sum(
            LayerGradCam(reads, layer).attribute(images, relu_attributions=False).detach()  # type: ignore[union-attr]
            for layer in layers[task.name]
        )
        assert isinstance(signed, Tensor)
        heat = signed.abs() if task.kind == REGRESSION else signed.clamp(min=0)
        heat_maps[task.name] = _full_size(heat[0, 0].float().cpu().numpy(), len(crop))
    return heat_maps


def map_size(predictor: Predictor) -> tuple[int, int]:
    """Height and width of the feature map that ``maps`` looks at, in places. Raises ``MtlDemoError`` as it does."""
    side = predictor.image_size
    network = copy.deepcopy(predictor.network)
    images = predictor.images(np.zeros((1, side, side, 3), np.uint8))
    return _layers_last(network, predictor.tasks[0], images)[0][1]


def last_maps(network: Network, task: Task, images: Tensor) -> list[nn.Module]:
    """The parts of the network that put out the last feature maps with more than one place that a task reads, found by
    sending ``images`` [N, 3, S, S] through it: one, or one an expert. What pools a map, or weighs its channels, puts
    out a single place."""
    return [module for module, _ in _layers_last(network, task, images)]


def _layers_last(network: Network, task: Task, images: Tensor) -> "_LayerSizes":
    parts = network.map_parts(task)
    with ExitStack() as watching, torch.inference_mode():
        layers = [watching.enter_context(_outputs(part)) for part in parts]
        network.represent(images)
    return [_last(each) for each in layers]


def overlay(crop: np.ndarray, heat: np.ndarray, side: int = 256) -> np.ndarray:
    """The crop uint8 [S, S, 3] in grey below ``heat`` [S, S] (0 to 1) in colour, as uint8 [side, side, 3].

    From dark blue (0) to yellow (1): viridis, in which equal steps look equal, also to the colour-blind.
    """
    face = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), (side, side), interpolation=cv2.INTER_CUBIC)
    heat = cv2.resize(heat.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    levels = (255 * np.clip(heat, 0, 1)).round().astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB)
    mixed = STRENGTH * colours + (1 - STRENGTH) * face[..., None].astype(np.float32)
    return mixed.round().astype(np.uint8)


def _reads(network: Network, task: Task, answers: Answers) -> Callable[[Tensor], Tensor]:
    """From images to the one number [N] that a map explains."""
    answer = answers[task.name]
    index = task.classes.index(answer.label) if isinstance(answer, ClassAnswer) else 0
    return lambda images: head_of(task).evidence(task, network(images)[task.name], index)


def _full_size(heat: np.ndarray, side: int) -> np.ndarray:
    top = float(heat.max())
    if not top > 0:  # nor a NaN
        return np.zeros((side, side), np.float32)
    wide = cv2.resize(heat / top, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.clip(wide / wide.max(), 0, 1).astype(np.float32)


_LayerSizes = list[tuple[nn.Module, tuple[int, int]]]


@contextmanager
def _outputs(part: nn.Module) -> Iterator[_LayerSizes]:
    """Which modules put out maps while this is open, in their order, and of what size."""
    layers: _LayerSizes = []

    def note(module: nn.Module, _: object, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4:
            layers.append((module, (output.shape[2], output.shape[3])))

    handles = [module.register_forward_hook(note) for module in part.modules()]
    try:
        yield layers
    finally:
        for handle in handles:
            handle.remove()


def _last(layers: _LayerSizes) -> tuple[nn.Module, tuple[int, int]]:
    # The features of an image as small as the backbone takes may end at a single place. What isn't square is no map:
    # within its blocks ConvNeXt has the channels last.
    last = next((item for item in reversed(layers) if item[1][0] == item[1][1] > 1), None)
    if last is None:
        raise MtlDemoError(
            "Where this network looks can't be shown: it keeps no map of the places in a picture, as a model with a "
            "convolutional backbone does."
        )
    return last

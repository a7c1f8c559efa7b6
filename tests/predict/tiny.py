"""Models of random weights, written as training writes them."""

import dataclasses
import json
from pathlib import Path

import torch

from mtldemo import model as models
from mtldemo.config import DataConfig, ModelConfig, RunConfig, to_dict
from mtldemo.model.files import save_model
from mtldemo.predict.predictor import Predictor

MEAN, STD = (0.6, 0.5, 0.4), (0.25, 0.22, 0.2)


def tiny_config(
    loss: str = "distribution",
    tasks: tuple[str, ...] = ("age", "gender", "ethnicity"),
    source: str = "faces.zip",
) -> RunConfig:
    losses = {"age": loss} if "age" in tasks else {}
    return RunConfig(
        tasks=tasks,
        losses=losses,
        data=DataConfig(source=source, image_size=32),
        model=ModelConfig(backbone="squeezenet1_1", head_hidden=8),
    )


def write_model(path: Path, config: RunConfig, seed: int = 0, facts: dict[str, str] | None = None) -> Path:
    """A network with random weights, as training writes one."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = models.build(config.model, config.learned_tasks(), config.data.image_size)
        for head in network.heads.values():
            for parameter in head.parameters():
                parameter.data.mul_(3)
    told = {"config": json.dumps(to_dict(config)), "mean": json.dumps(MEAN), "std": json.dumps(STD), "run": path.stem}
    save_model(path, network.state_dict(), told | (facts or {}))
    return path


def with_views(predictor: Predictor, views: int) -> Predictor:
    return predictor.with_usage(dataclasses.replace(predictor.usage, views=views))

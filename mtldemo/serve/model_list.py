"""The models that may be asked, as JSON: what ``model`` is in a request, and what is known of each."""

import math
from typing import Any

from mtldemo.config import RunConfig, from_dict
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import loads
from mtldemo.predict import models
from mtldemo.predict.domain import domain_of_model
from mtldemo.predict.models import ModelChoice
from mtldemo.runs import RunFolder, default_runs_dir
from mtldemo.titles import source_title


def model_list() -> dict[str, Any]:
    """``{"models": [...]}``, in the order of the page. Each has ``model`` (its key), ``title`` and, where its file can
    be read, ``tasks``, ``trained_on`` (``drawings`` or ``photographs`` of faces, or ``pictures``), ``pictures``
    (whether it takes ``faces`` or the ``whole``), ``data``,
    ``image_size`` and ``metrics`` by task of the ``split`` that they were measured on; else its ``error``. Blocks, and
    imports torch."""
    return {"models": [_described(one) for one in models.choices(default_runs_dir())]}


def _described(one: ModelChoice) -> dict[str, Any]:
    named = {"model": one.key, "title": one.title}
    from mtldemo.model.files import load_facts

    try:
        facts = load_facts(one.path)
        config = from_dict(RunConfig, loads(facts["config"], names=True), "its config")
    except MtlDemoError as error:
        return named | {"error": str(error)}
    except (KeyError, TypeError, ValueError):
        return named | {"error": f"{one.title} doesn't say how it is used; train it again."}
    domain = domain_of_model(config, facts)
    described = named | {
        "tasks": list(config.tasks),
        "trained_on": domain.name,
        "pictures": domain.takes,
        "data": facts.get("dataset") or source_title(config.data.source),
        "image_size": config.data.image_size,
    }
    return described | _measured(one, facts)


def _measured(one: ModelChoice, facts: dict[str, str]) -> dict[str, Any]:
    """The ``split`` and its ``metrics``; nothing where none are known."""
    try:
        if "test" in facts:
            split, metrics = "test", loads(facts["test"])["metrics"]
        else:
            summary = RunFolder(one.path.parent).summary()
            split, metrics = summary.split, summary.metrics
        figures = {task: _numbers(of_task) for task, of_task in metrics.items()}
    except (MtlDemoError, OSError, KeyError, TypeError, ValueError, AttributeError):
        return {}
    return {"split": split, "metrics": figures} if figures else {}


def _numbers(metrics: dict[str, Any]) -> dict[str, float | None]:
    """The single figures, without tables such as a confusion matrix. JSON has no word for what isn't finite: None."""
    return {
        name: value if math.isfinite(value) else None
        for name, value in metrics.items()
        if isinstance(value, int | float)
    }

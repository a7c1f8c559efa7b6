"""Folders of runs and studies with every value of every file replaced by what nobody expects there."""

import copy
import dataclasses
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mtldemo.config import RunConfig, WeightingConfig, to_dict
from mtldemo.processes import ProcessId
from mtldemo.runs import RunFolder, notes
from mtldemo.study import Arm, StudyConfig, StudyStatus
from mtldemo.study.config import study_to_dict
from tests.study.made_up import records_of, run_in

BASE = RunConfig(losses={"age": "l1"}, loss_scales={"age": 0.1}, weighting=WeightingConfig("fixed"))
DEEP = "[" * 100_000 + "]" * 100_000
VALUES: tuple[str, ...] = (
    *("null", "true", "-1", "0", "1.5", "1e308", "1e400", "-1e400", "NaN", "1" + "0" * 400, str(2**63), "1" * 5000),
    *('""', '"x"', '"\\ud800"', '"a\\u0000b"', '"../.."', json.dumps("long" * 30_000), '"[red]$x$"'),
    *("[]", "[1]", '["x"]', "[[1]]", "{}", '{"a": 1}', '{"": {"b": [null]}}', "[" * 60 + "]" * 60, DEEP),
)
"""As JSON texts, since some of them can't be written by ``json``."""
WHOLE: tuple[bytes, ...] = (
    *(b"", b"null", b"[]", b"3", b'"text"', b"{}", b"{half", b"\xff\xfe\x00", DEEP.encode(), b"\x00" * 100),
    *(b'{"checksum": "crc32:00000000"}', "\ufeff{}".encode(), '{"a": "ü"}'.encode("latin-1")),
)
PLACEHOLDER = "@@here@@"


def documents() -> dict[str, Any]:
    """The JSON files of a run, whole."""
    status = {"state": "training", "eta_s": 1.0, "progress": {"what": "a", "done": 1, "total": 2}, "message": "m"}
    status |= {"pid": 2**22 + 1, "pid_started": 1.0, "host": ProcessId.current().host, "created": 1.0, "updated": 2.0}
    status |= {"step": 1, "total_steps": 2, "epoch": 1, "epochs": 2, "images_per_second": 3.0}
    return {
        "config.json": to_dict(BASE) | {"weighting": {**to_dict(BASE.weighting), "options": {"weights": {"age": 1.0}}}},
        "status.json": status,
        "notes.json": {"text": "t", "tags": ["a"]},
        "data.json": {"key": "0" * 32, "pictures": 3},
        "compute.json": {
            "device": "cpu",
            "precision": "fp32",
            "layout": "contiguous",
            "threads": 1,
            "measured": {"a": 1},
        },
        "launched.json": dataclasses.asdict(ProcessId.current()),
        "prediction.json": {"model": "x", "views": 1, "crops": {}, "intervals": {}, "confidences": {}},
    }


def study_document() -> dict[str, Any]:
    arms = (Arm("equal", WeightingConfig("equal")), Arm("dwa", WeightingConfig("dwa"), ("age",), 3))
    return study_to_dict(StudyConfig(BASE, arms, (0, 1), seconds_a_step={"equal": 1.0}))


def mutated(document: Any, pick: random.Random, times: int) -> Iterator[tuple[str, str]]:
    """``document`` as JSON text with one value replaced: each in turn, ``times`` by others; and what was."""
    document = json.loads(json.dumps(document))
    for path in list(_paths(document)):
        for text in pick.sample(VALUES, min(times, len(VALUES))):
            changed = copy.deepcopy(document)
            inner = changed
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = PLACEHOLDER
            words = json.dumps(changed).replace(json.dumps(PLACEHOLDER), text)
            yield words, f"{'.'.join(map(str, path))} = {text[:20]}"


def _paths(values: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = (
        values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list | tuple) else ()
    )
    for name, value in items:
        yield (*path, name)
        yield from _paths(value, (*path, name))


def damage_all(runs_dir: Path, *, times: int = 1, seed: int = 0) -> dict[str, str]:
    """Make a folder for each kind of damage in ``runs_dir``, with what was done to it by its name."""
    pick, made = random.Random(seed), {}

    def folder(what: str) -> RunFolder:
        name = f"damaged-{len(made):04d}"
        made[name] = what
        run = run_in(runs_dir, name, BASE)
        notes.write(run.path, "note", ["tag"])
        return run

    for file, document in documents().items():
        for text, what in mutated(document, pick, times):
            (folder(f"{file}: {what}").path / file).write_bytes(text.encode("utf-8", "surrogatepass"))
        for content in WHOLE:
            (folder(f"{file}: {content[:20]!r}").path / file).write_bytes(content)
        place = folder(f"{file}: a folder").path / file
        place.unlink(missing_ok=True)
        place.mkdir()
        if hasattr(os, "mkfifo"):
            place = folder(f"{file}: a pipe").path / file
            place.unlink(missing_ok=True)
            os.mkfifo(place)
    kinds = {record["kind"]: record for record in records_of(BASE)}
    kinds["gradients"] = {
        "kind": "gradients",
        "step": 1,
        "epoch": 1,
        "time": 1.0,
        "norms": {"age": 1},
        "cosines": {"a|b": 0},
    }
    kinds["epoch"]["learned"] = {"sigma": {"age": 1.0}}
    kinds["later"] = {"kind": "later", "more": [1, {"a": "b"}]}
    for kind, record in kinds.items():
        for text, what in mutated(record, pick, times):
            run = folder(f"{kind}: {what}")
            with run.metrics_file.open("ab") as lines:
                lines.write(text.encode("utf-8", "surrogatepass") + b"\n")
    for content in WHOLE:
        folder(f"metrics.jsonl: {content[:20]!r}").metrics_file.write_bytes(content + b"\n")
    metrics = folder("metrics.jsonl: a folder").metrics_file
    metrics.unlink()
    metrics.mkdir()
    if hasattr(os, "mkfifo"):
        metrics = folder("metrics.jsonl: a pipe").metrics_file
        metrics.unlink()
        os.mkfifo(metrics)
    return made


def damaged_studies(runs_dir: Path, *, times: int = 1, seed: int = 0) -> dict[str, str]:
    """The same for the files of a study, each with one run."""
    pick, made = random.Random(seed), {}
    for file, document in (("study.json", study_document()), ("study-status.json", StudyStatus("running").to_json())):
        whole = [(content, repr(content[:20])) for content in WHOLE]
        texts = [(text.encode("utf-8", "surrogatepass"), what) for text, what in mutated(document, pick, times)]
        for content, what in [*texts, *whole]:
            name = f"study-{len(made):04d}"
            made[name] = f"{file}: {what}"
            home = runs_dir / name
            home.mkdir(parents=True)
            (home / "study.json").write_text(json.dumps(study_document()))
            run_in(home, "equal-s0", BASE)
            (home / file).write_bytes(content)
    return made

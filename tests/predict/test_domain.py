"""What a model says that it may be asked about, in every form in which its answers go out."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from mtldemo.config import DataConfig
from mtldemo.predict import card
from mtldemo.predict.domain import DRAWINGS, PHOTOGRAPHS, data_of_file, domain_of, domain_warnings
from mtldemo.predict.exporting import export_metadata
from mtldemo.predict.models import SHIPPED
from mtldemo.predict.pictures import DecodedPicture
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor
from mtldemo.predict.table import csv_text, json_text
from mtldemo.tasks import UTKFACE
from tests.predict.tiny import tiny_config, write_model

WARNING = "This model learned from drawn portraits: what it says about a photograph means nothing."


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(
        write_model(tmp_path_factory.mktemp("drawn") / "demo.safetensors", tiny_config(source="synthetic"))
    )


@pytest.mark.parametrize(
    ("source", "domain"),
    [("synthetic", DRAWINGS), ("/data/UTKFace.tar.gz", PHOTOGRAPHS), ("/data/synthetic", PHOTOGRAPHS)],
)
def test_the_built_in_set_alone_is_drawn(source: str, domain: str) -> None:
    assert domain_of(DataConfig(source=source)) == domain


def test_a_file_says_it_without_being_loaded(tmp_path: Path) -> None:
    shipped = data_of_file(SHIPPED)
    assert shipped is not None
    assert domain_of(shipped) == PHOTOGRAPHS
    (tmp_path / "broken.safetensors").write_bytes(b"not a model")
    assert data_of_file(tmp_path / "broken.safetensors") is None
    assert data_of_file(tmp_path / "none.safetensors") is None


def test_each_kind_is_warned_of_the_other() -> None:
    assert domain_warnings({"demo": DRAWINGS}) == [WARNING]
    assert domain_warnings({"demo": DRAWINGS}, DRAWINGS) == domain_warnings({"real": PHOTOGRAPHS}) == []
    assert "a drawing means nothing" in domain_warnings({"real": PHOTOGRAPHS}, DRAWINGS)[0]
    assert domain_warnings({"a": DRAWINGS, "real": PHOTOGRAPHS, "b": DRAWINGS}) == [
        "a and b learned from drawn portraits: what they say about a photograph means nothing."
    ]


def test_json_and_csv_say_it_of_each_model(drawn: Predictor, predictor: Predictor) -> None:
    picture = np.full((40, 40, 3), 120, np.uint8)
    answer = Pipeline([drawn, predictor]).ask([Pipeline([drawn, predictor]).look_at(DecodedPicture(picture))])[0]
    told = json.loads(json_text([answer]))[0]
    assert told["trained_on"] == {"demo": "drawings", "tiny": "photographs"}
    assert told["notes"] == [WARNING.replace("This model", "demo")]
    rows = list(csv.DictReader(io.StringIO(csv_text([answer], UTKFACE))))
    assert [(row["model"], row["trained_on"]) for row in rows] == [("demo", "drawings"), ("tiny", "photographs")]


def test_an_exported_file_and_the_card_say_it(drawn: Predictor, predictor: Predictor) -> None:
    told, plain = export_metadata(drawn), export_metadata(predictor)
    assert (told["trained_on"], plain["trained_on"]) == ("drawings", "photographs")
    assert WARNING in told["notice"]
    assert "means nothing" not in plain["notice"]
    assert WARNING in card.model_limitations(drawn.domain)
    assert card.model_limitations(predictor.domain) == card.LIMITATIONS

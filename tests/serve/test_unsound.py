"""Models whose answers are no finite numbers."""

import pytest
import torch
from starlette.testclient import TestClient

from mtldemo.model.sharing import Network
from mtldemo.tasks import UTKFACE
from tests.serve.conftest import LIVE, PREDICT, TYPE
from tests.serve.test_routes import sentence


@pytest.mark.parametrize("loaded", [False, True], ids=["at loading", "when asked"])
@pytest.mark.parametrize("address", [PREDICT, LIVE])
def test_a_model_without_finite_answers_is_refused_in_words(
    client: TestClient, jpeg: bytes, address: str, loaded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = {task.name: torch.full((1, 117), torch.nan) for task in UTKFACE}
    if loaded:
        assert client.post(address, content=jpeg, headers=TYPE).status_code == 200
    monkeypatch.setattr(Network, "predict_from", lambda network, features: lost)
    answer = client.post(address, content=jpeg, headers=TYPE)
    assert answer.status_code == 422
    assert "answers about age and gender and ethnicity are no finite numbers" in sentence(answer)

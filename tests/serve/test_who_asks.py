"""Whom the limits count, what a proxy may say, and which models may be asked."""

from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from mtldemo.serve.forwarded import SETTING, UNPROVEN, client_address
from tests.serve.conftest import PREDICT, TYPE
from tests.serve.test_routes import sentence


def test_a_proxy_is_believed_where_the_setting_names_it(
    client: TestClient, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The client is what the server makes of X-Forwarded-For.
    proxied = {"origin": "https://demo.example", "x-forwarded-host": "demo.example", "x-forwarded-for": "testclient"}
    assert client.post(PREDICT, content=jpeg, headers=TYPE | proxied).status_code == 403
    monkeypatch.setenv(SETTING, "127.0.0.1")
    assert client.post(PREDICT, content=jpeg, headers=TYPE | proxied).status_code == 200


def test_an_address_that_a_client_makes_up_is_none_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def address(client: str, header: str) -> str:
        headers = [(b"x-forwarded-for", header.encode())] if header else []
        return client_address(Request({"type": "http", "headers": headers, "client": (client, 0)}))

    assert address("127.0.0.1", "") == "127.0.0.1"
    assert address("10.0.0.1", "192.168.0.9") == "10.0.0.1"
    assert address("1.1.1.1", "1.1.1.1") == address("2.2.2.2", "9.9.9.9, 2.2.2.2") == UNPROVEN
    monkeypatch.setenv(SETTING, "127.0.0.1")
    assert address("1.1.1.1", "1.1.1.1") == "1.1.1.1"


def test_the_models_that_may_be_asked(client: TestClient, own_folders: Path) -> None:
    (own_folders / "runs" / "broken").mkdir()
    (own_folders / "runs" / "broken" / "model.safetensors").write_bytes(b"no model")
    listed = {one["model"]: one for one in client.get("/api/models").json()["models"]}
    assert set(listed) == {"tiny", "broken"}
    assert listed["tiny"]["tasks"] == ["age", "gender", "ethnicity"]
    assert listed["tiny"]["trained_on"] == "photographs"
    assert "isn't" in listed["broken"]["error"] or "not a whole" in listed["broken"]["error"]
    assert "takes none" in sentence(client.get("/api/models?model=tiny"))
    refused = client.post("/api/models")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


def test_an_address_that_there_is_not(client: TestClient) -> None:
    answer = client.get("/api/predictions?model=tiny")
    assert answer.status_code == 404
    assert "there are /api/predict, /api/live, /api/models." in sentence(answer)

"""What is served at `/` for a browser, and how."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/front/front.css", "text/css; charset=utf-8"),
        ("/front/front.js", "text/javascript; charset=utf-8"),
        ("/front/mark.svg", "image/svg+xml"),
    ],
)
def test_each_part_is_there_for_anyone(api: FastAPI, client: TestClient, path: str, media: str) -> None:
    assert client.get("/api/v1/stats").status_code == 200  # there is a key, and nobody is asked for it here
    answer = TestClient(api).get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "http://" not in answer.text.replace("http://127.0.0.1:8501", "").replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in answer.text


@pytest.mark.parametrize("name", ["other.js", "..%2f..%2fsettings.py", "front.html"])
def test_nothing_else_is(client: TestClient, name: str) -> None:
    answer = client.get(f"/front/{name}")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"

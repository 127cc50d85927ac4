"""What only odd requests do: ids that are no ids of ours, names that would write lines into a log."""

import logging
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.serving.frame.house import House
from kith.serving.operations.uploads import Spool
from kith.stores.errors import Transient

AtWork: TypeAlias = Callable[[FastAPI], AbstractContextManager[TestClient]]


@pytest.mark.parametrize("odd", ["a%2Fb", "%FF", "ingest-%2F", "%20", "%C3%A9"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/users/{person}/facts/{odd}/history",
        "/api/v1/users/{person}/entities/{odd}/messages",
        "/api/v1/entities/{odd}/messages?user_id={person}",
        "/api/v1/ingest/{person}/requests/{odd}",
        "/api/v1/runs/{odd}",
        "/api/v1/jobs/{odd}/events",
        "/api/v1/rejections/{odd}",
        "/api/v1/lineage/messages/{odd}",
    ],
)
def test_an_id_that_is_none_of_ours_cannot_be_read(client: TestClient, people: list[str], path: str, odd: str) -> None:
    answer = client.get(path.format(person=people[0], odd=odd))
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:kith:problem:invalid-request")


class Down:
    """Documents that do not answer."""

    def __init__(self, documents: Any) -> None:
        self._documents = documents

    def get_user(self, tenant: str, user_id: str) -> None:
        raise Transient("not now")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)


@pytest.fixture
def half(house: House, an_app: Callable[..., FastAPI], at_work: AtWork) -> Generator[TestClient]:
    """A client of a house whose documents know nobody for now."""
    stores = replace(house.stores, documents=Down(house.stores.documents))
    with at_work(an_app(house=replace(house, stores=stores))) as client:
        yield client


def test_an_id_writes_no_line_of_its_own_into_the_log(half: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="kith.serving"):
        assert half.get("/api/v1/users/a%0AERROR%20forged%2F/export").status_code == 503
    assert caplog.messages
    assert not any("\n" in line for line in caplog.messages)


def test_an_upload_that_cannot_be_deleted_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool, path = Spool(tmp_path), tmp_path / "folder"
    path.mkdir()  # which no unlink deletes
    with caplog.at_level(logging.WARNING, logger="kith.serving"):
        spool.discard(path)
    assert [line.partition(":")[0] for line in caplog.messages] == ["an upload that is not needed any more stays"]

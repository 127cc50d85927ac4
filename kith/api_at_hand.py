"""Which API to ask: the one that is named, the one that holds the stores here, or one that is started for it."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import httpx

from kith.addresses import no_server, server_at
from kith.listening import bind
from kith.persona.errors import BadInput, KithError
from kith.settings import Settings
from kith.stores.owner import read_owner

__all__ = ["Asked", "api_at_hand", "api_named"]

USUAL = 8000
ENDING = 30.0
"""Seconds that a server that was started here has to finish what it took."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An API. `started`: it was begun here, and ends with the block; `why_not`: why none answers there."""

    url: str
    started: bool = False
    why_not: str | None = None


def api_named(url: str) -> Asked:
    """The API at an address that somebody gave."""
    server = server_at(url, given="--api")
    try:
        httpx.URL(server)
    except httpx.InvalidURL as error:
        raise no_server(server, given="--api") from error
    return Asked(server)


@contextmanager
def api_at_hand(settings: Settings) -> Generator[Asked]:
    """The API over the stores that the settings name: the one that is there, or else one that is started."""
    there = _found(settings)
    if there is not None:
        yield there
        return
    with _started(settings) as asked:
        yield asked


def _found(settings: Settings) -> Asked | None:
    usual = f"http://127.0.0.1:{USUAL}"
    if settings.is_shared:
        return Asked(usual) if _is_kith(usual) else None
    try:
        owner = read_owner(settings.home)
    except KithError as error:
        return Asked(usual, why_not=str(error))
    if owner is None:
        return None
    if owner.url is not None:
        return Asked(owner.url)
    held = f"the stores in {str(settings.home)!r} are held by process {owner.pid}, {owner.command!r}"
    return Asked(usual, why_not=f"{held}: start this again when it has ended")


def _is_kith(url: str) -> bool:
    with suppress(httpx.HTTPError, ValueError):
        answer = httpx.get(f"{url}/healthz", timeout=2.0, trust_env=False)
        return answer.is_success and "version" in answer.json()
    return False


@contextmanager
def _started(settings: Settings) -> Generator[Asked]:
    """`kith serve` in a process of its own, by the same settings."""
    port = USUAL if _is_free(USUAL) else 0
    command = [sys.executable, "-m", "kith.cli", "serve", "--port", str(port), "--tenant", settings.tenant]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--json", "--quiet"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as serving:
        try:
            told = json.loads(next(iter(serving.stdout or ()), "{}"))
            if "url" in told:
                yield Asked(told["url"], started=True)
            else:
                why = told.get("error", {}).get("message", "it ended before it answered; what is above says why")
                yield Asked(f"http://127.0.0.1:{USUAL}", why_not=why)
        finally:
            _end(serving)


def _end(serving: "subprocess.Popen[str]") -> None:
    if serving.poll() is None:
        serving.terminate()
    try:
        serving.wait(ENDING)
    except subprocess.TimeoutExpired:
        serving.kill()


def _is_free(port: int) -> bool:
    with suppress(BadInput), closing(bind("127.0.0.1", port)):
        return True
    return False

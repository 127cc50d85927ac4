"""Sends OpenLineage events to where a setting says. A receiver that is down never holds up a run."""

import json
import logging
from http.client import HTTPException
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from kith.persona.identity import Json

__all__ = ["send_event"]

log = logging.getLogger("kith.lineage")


def send_event(url: str, event: dict[str, Json], *, seconds: float = 5.0) -> bool:
    """Posts one event to `url`/api/v1/lineage; False, and a warning, where it was not taken."""
    target = f"{url.rstrip('/')}/api/v1/lineage"
    try:
        request = Request(  # noqa: S310 - the scheme was checked with the settings
            target, data=json.dumps(event).encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        with urlopen(request, timeout=seconds):  # noqa: S310 - as above
            return True
    except (OSError, HTTPException, ValueError) as problem:  # no answer, one that is no HTTP, or a URL that is none
        log.warning("an OpenLineage event was not sent to %s (%s); it is kept in the ledger", _host(url), problem)
        return False


def _host(url: str) -> str:
    """Where a URL leads, without who is let in there."""
    return urlsplit(url).netloc.rpartition("@")[2]

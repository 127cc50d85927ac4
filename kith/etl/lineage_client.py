"""Sends OpenLineage events to where a setting says. A receiver that is down never holds up a run."""

import json
import logging
from urllib.error import URLError
from urllib.request import Request, urlopen

from kith.persona.identity import Json

__all__ = ["send_event"]

log = logging.getLogger("kith.lineage")


def send_event(url: str, event: dict[str, Json], *, seconds: float = 5.0) -> bool:
    """Posts one event to `url`/api/v1/lineage; False, and a warning, where it was not taken."""
    target = f"{url.rstrip('/')}/api/v1/lineage"
    body = json.dumps(event).encode()
    request = Request(target, data=body, headers={"Content-Type": "application/json"}, method="POST")  # noqa: S310
    try:
        with urlopen(request, timeout=seconds):  # noqa: S310 - the scheme was checked with the settings
            return True
    except (URLError, OSError) as problem:
        log.warning("an OpenLineage event was not sent to %s (%s); it is kept in the ledger", target, problem)
        return False

"""A disk that is full: the store is named, nothing is half written, and the same command goes on when there is room."""

import json
import resource
from collections.abc import Callable
from typing import Any

import pytest

RECORDS = 600


@pytest.mark.parametrize("room", [60_000, 900_000])
def test_a_full_disk(place: Any, kith: Callable[..., Any], room: int) -> None:
    with (place.folder / "talk.jsonl").open("w") as file:
        for n in range(RECORDS):
            record = {"user_id": f"u{n % 20}", "message": f"From Porto to Monte Rosa, {n}", "timestamp": n}
            file.write(json.dumps(record) + "\n")

    def without_room() -> None:
        """No file of this process and of those that it starts grows over this."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

    arguments = ("run", "talk.jsonl", "--batch-size", "100", "--json")
    with place.start(*arguments, preexec_fn=without_room) as child:
        out, err = child.communicate()
    message = json.loads(out)["error"]["message"]
    assert child.returncode == 1
    assert str(place.home) in message
    assert message.endswith(f"go on with: kith {' '.join(arguments)}")
    assert b"Traceback" not in err

    ran = kith(*arguments)
    assert (ran.code, ran.json["stores"]["documents"], ran.json["stores"]["vectors"]) == (0, RECORDS, RECORDS)
    assert kith("verify", "--json").json["differences"] == []

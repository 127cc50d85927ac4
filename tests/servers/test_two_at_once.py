"""Two processes that take in overlapping files at once, on the same servers: together they are one."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.pipeline import Options, run_paths
from kith.settings import NAMES, Settings
from kith.tending import verify_stores

COMMAND = (sys.executable, "-m", "kith.cli")


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a process of its own is told them."""
    own = {NAMES[field]: str(getattr(settings, field)) for field in Settings.model_fields if field.endswith("_url")}
    told = {"KITH_HOME": str(settings.home), "KITH_EMBEDDER": "hash", "KITH_LANGUAGE": "plain"}
    return {**os.environ, **own, **told, "KITH_TENANT": settings.tenant, "KITH_SHARDS": str(settings.shards)}


def written(path: Path, records: list[dict[str, Json]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    return path


@pytest.mark.parametrize("shards", [1, 16])
def test_two_who_run_at_once_leave_what_one_would(
    settings: Settings, on_servers: Callable[..., Settings], talk: list[dict[str, Json]], tmp_path: Path, shards: int
) -> None:
    files = [written(tmp_path / "first.jsonl", talk[:160]), written(tmp_path / "second.jsonl", talk[80:])]
    shared = on_servers(shards=shards)
    begun = [
        subprocess.Popen(
            [*COMMAND, "run", str(path), "--json", "--batch-size", "16"],
            env=environment(shared.model_copy(update={"home": tmp_path / path.stem})),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for path in files
    ]
    done: list[Any] = []
    for process in begun:
        out, err = process.communicate()
        assert process.returncode == 0, err.decode()
        done.append(json.loads(out))
    run_paths([str(path) for path in files], settings, Options(), command="a test")
    alone = verify_stores(settings, command="a test", tick=lambda _: None)
    assert verify_stores(shared, command="a test", tick=lambda _: None).as_json() == alone.as_json()
    # The edit of one message counts beside the message, and is found in one of the files alone.
    accepted = sum(one["accepted"] for one in done)
    assert (accepted, sum(one["read"] for one in done)) == (241, len(talk) + 80)


def test_whoever_counts_shards_otherwise_is_refused(on_servers: Callable[..., Settings], talk_file: Path) -> None:
    run_paths([str(talk_file)], on_servers(shards=4), Options(limit=1), command="a test")
    with pytest.raises(BadInput, match="KITH_SHARDS is 16, and all who write to these stores have 4"):
        run_paths([str(talk_file)], on_servers(), Options(), command="a test")

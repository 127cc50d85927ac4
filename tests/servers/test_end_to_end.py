"""One life of a house, on embedded stores and on servers: they say the same at each step, to the digest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.pipeline import Options, run_paths
from kith.settings import Settings
from kith.tending import export_lines, forget_person, rebuild_store, repair_stores, verify_stores
from kith.wiring import open_app

CAMPAIGNS = '{"id": "spring-0", "title": "Trail shoes"}\n{"id": "spring-4", "title": "A hut in Porto"}\n'
COMMAND = "a test"


def nobody_waits(_: int) -> None:
    """For work that no bar follows."""


def lived(settings: Settings, folder: Path) -> list[Any]:
    """What the house tells after each thing that happens to it."""
    told: list[Any] = []

    def look(**more: Json) -> None:
        verdict = verify_stores(settings, command=COMMAND, tick=nobody_waits).as_json()
        assert verdict["differences"] == []
        told.append({**verdict, **more})

    def run() -> dict[str, Json]:
        summary = run_paths([str(folder)], settings, Options(), command=COMMAND).summary.as_json()
        return {name: summary[name] for name in ("read", "accepted", "duplicate", "rejected", "stores")}

    look(run=run())
    look(run=run())
    damage(settings)
    assert verify_stores(settings, command=COMMAND, tick=nobody_waits).as_json()["ok"] is False
    look(mended=repair_stores(settings, command=COMMAND, tick=nobody_waits).as_json()["mended"])
    for what in ("vectors", "graph", "evidence"):
        look(made=rebuild_store(settings, what, command=COMMAND, tick=nobody_waits).as_json())
    told.append(sorted(export_lines(settings, "u3", command=COMMAND)))
    receipt = forget_person(settings, "u3", command=COMMAND)
    look(deleted={**receipt.deleted}, left={**receipt.second_look})
    with pytest.raises(BadInput, match="nobody knows 'u3'"):
        list(export_lines(settings, "u3", command=COMMAND))
    run_paths([str(folder)], settings, Options(full=True, max_rejected=1), command=COMMAND)
    look()
    return told


def damage(settings: Settings) -> None:
    """Somebody's vectors, ties and evidence are lost."""
    with open_app(settings, command=COMMAND) as app:
        app.stores.vectors.delete_user(settings.tenant, "u5")
        app.stores.graph.delete_user(settings.tenant, "u7")


def test_servers_and_embedded_stores_live_the_same_life(
    settings: Settings, on_servers: Callable[..., Settings], talk_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "talk"
    folder.mkdir()
    talk_file.rename(folder / "talk.jsonl")
    (folder / "campaigns.jsonl").write_text(CAMPAIGNS)
    assert lived(on_servers(), folder) == lived(settings, folder)

"""status, runs, lineage, doctor, config: what is shown, and that nothing but the owner keeps them from it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from kith.pipeline import get_pipeline_run_summary

Kith = Callable[..., Any]


def test_status(kith: Kith, filled: Any) -> None:
    answer = kith("status", "--json").json
    run = answer["runs"][0]
    assert {name: value for name, value in answer.items() if name not in ("runs", "counts")} == {
        "tenant": "default",
        "home": str(filled.home),
        "owner": None,
    }
    assert (answer["counts"]["messages"], answer["counts"]["people"]) == (run["accepted"], 15)
    assert (answer["counts"]["runs"], answer["counts"]["rejections"]) == (1, run["rejected"])
    shown = kith("status").out
    assert f"tenant default in {filled.home}\n" in shown
    assert ["messages", str(run["accepted"])] in [line.split() for line in shown.splitlines()]
    assert f"\n{run['run_id']}  succeeded   400" in shown


def test_a_tenant_that_is_not_there_has_nothing(kith: Kith, filled: Any) -> None:
    answer = kith("status", "--tenant", "other", "--json").json
    assert (answer["runs"], set(answer["counts"].values())) == ([], {0})
    assert kith("runs", "list", "--tenant", "other").out == "nothing has run yet\n"
    ran = kith("runs", "show", "--tenant", "other")
    assert (ran.code, ran.err) == (2, "kith: nothing has run yet for tenant 'other'\n")


def test_runs(kith: Kith, filled: Any) -> None:
    listed = kith("runs", "list", "--json").json
    assert listed["next"] is None
    (run,) = listed["items"]
    shown = kith("runs", "show", run["run_id"], "--json").json
    codes = shown.pop("codes")
    assert (shown, sum(codes.values())) == (run, run["rejected"])
    words = kith("runs", "show").out
    assert words.startswith(f"run {run['run_id']} succeeded in ")
    assert all(f"\n{code} " in words for code in codes)


def test_the_shape_of_a_run(kith: Kith, filled: Any) -> None:
    summary = get_pipeline_run_summary(home=filled.home)
    assert summary is not None
    shown = kith("runs", "show", "--json").json
    assert {name: shown[name] for name in summary.as_json()} == summary.as_json()


def test_lineage(kith: Kith, filled: Any, mangled: Any, first: dict[str, Any]) -> None:
    exported = [json.loads(line) for line in kith("export", first["user_id"]).out.splitlines()]
    message = next(one for one in exported if one.get("message") == first["message"])
    found = kith("lineage", message["key"], "--json").json
    assert {name: found[name] for name in ("key", "user_id", "source", "position")} == {
        "key": message["key"],
        "user_id": first["user_id"],
        "source": str(mangled / "conversations.jsonl"),
        "position": "line 1",
    }
    words = kith("lineage", message["key"])
    assert (words.code, words.err) == (0, "")
    assert ["position", "line", "1"] in [line.split() for line in words.out.splitlines()]


def test_doctor_finds_all_well(kith: Kith, filled: Any) -> None:
    ran = kith("doctor", "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert [item["subject"] for item in ran.json["items"]] == [
        *("kith", "disk", "model", "lock", "documents", "vectors", "graph", "ledger", "cache", "vectors' model")
    ]


def test_doctor_where_nothing_is_yet(kith: Kith, place: Any) -> None:
    ran = kith("doctor")
    assert ran.code == 0
    assert ran.out.endswith("well  stores  not made yet: `kith run` makes them\n")
    assert not place.home.exists()


def test_doctor_sees_another_model(kith: Kith, filled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_EMBEDDER", "default")
    ran = kith("doctor", "--json")
    assert (ran.code, ran.json["ok"]) == (1, False)
    assert [item["subject"] for item in ran.json["items"] if not item["ok"]] == ["vectors' model"]


def test_config_hides_passwords(kith: Kith, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", "https://ana:s3cret@lineage.example/?api_key=s3cret&team=x")
    (place.folder / ".env").write_text("KITH_TENANT=acme\nKITH_LLM_API_KEY=sk-s3cret\n")
    assert kith("config", "show", "--json").json == {
        "KITH_HOME": str(place.home),
        "KITH_DOCUMENTS_URL": "",
        "KITH_VECTORS_URL": "",
        "KITH_GRAPH_URL": "",
        "KITH_LEDGER_URL": "",
        "KITH_CACHE_URL": "",
        "KITH_SHARDS": "1",
        "KITH_EMBEDDER": "hash",
        "KITH_LANGUAGE": "plain",
        "KITH_VOCABULARY": "",
        "KITH_INTENTS": "",
        "KITH_LLM_BASE_URL": "",
        "KITH_LLM_MODEL": "",
        "KITH_LLM_API_KEY": "**********",
        "KITH_LLM_TIMEOUT": "20.0",
        "KITH_TENANT": "acme",
        "OPENLINEAGE_URL": "https://ana:…@lineage.example/?api_key=…&team=x",
    }
    words = kith("config", "show").out
    assert f"KITH_GRAPH_URL      {place.home}/graph.lbug (embedded)\n" in words
    assert "s3cret" not in words

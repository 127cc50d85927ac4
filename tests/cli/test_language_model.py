"""A run that asks a language model: what it taught and what the rules did in its place is told, and its key never."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kith = Callable[..., Any]
SAID = ("I live in Ghent.", "My dog is called Rex, says Lea.", "hello there")


@pytest.fixture
def asking(place: Any, speaker: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A place with three messages to take in, where the server is set."""
    records = [{"user_id": "mira30", "message": text, "timestamp": n} for n, text in enumerate(SAID)]
    (place.folder / "talk.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    monkeypatch.setenv("KITH_LANGUAGE", "sm")
    monkeypatch.setenv("KITH_LLM_BASE_URL", speaker.url)
    monkeypatch.setenv("KITH_LLM_MODEL", "tiny")
    monkeypatch.setenv("KITH_LLM_API_KEY", make.key)
    return place


def holders(folder: Path, secret: str) -> list[str]:
    """Files in which this stands."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [str(path) for path in files if secret.encode() in path.read_bytes()]


def facts(kith: Kith) -> list[tuple[str, str, str]]:
    answer = kith("profile", "mira30", "--json").json
    return [(one["predicate"], one["object"], one["origin"]) for one in answer["facts"]]


def test_facts_come_from_the_model(kith: Kith, asking: Any, speaker: Any, make: Any) -> None:
    def answer(asked: Any) -> Any:
        claimed = {
            SAID[0]: [make.fact("live in Ghent", "lives_in", "Ghent")],
            SAID[1]: [
                make.fact("My dog is called Rex", "has_pet", "Rex", detail="dog"),
                make.fact("I love golf", "likes", "golf"),
            ],
        }
        return make.said({"facts": claimed.get(asked.message, []), "entities": []})

    speaker.answer = answer
    ran = kith("run", "talk.jsonl", "--json")
    assert (ran.code, ran.err) == (0, "")
    report = ran.json["llm"]
    assert (report["asked"], report["answered"], report["fell_back"]) == (2, 2, {})
    assert sum(report["refused"].values()) == 1
    assert facts(kith) == [("has_pet", "rex", "llm"), ("lives_in", "ghent", "llm")]
    assert kith("profile", "mira30").out.splitlines()[4].endswith("0.85  llm")
    assert kith("anomalies").out == "nothing needs attention\n"
    assert all(asked.headers["Authorization"] == f"Bearer {make.key}" for asked in speaker.asked)
    assert holders(asking.home, make.key) == []


def test_in_words(kith: Kith, asking: Any, speaker: Any, make: Any) -> None:
    speaker.always(make.said({"facts": [], "entities": []}))
    lines = kith("run", "talk.jsonl").out.splitlines()
    assert "the model was asked about 2 messages and answered for 2" in lines
    again = kith("run", "talk.jsonl")
    assert "Nothing new (1 unchanged source): all of this was taken in before.\n" in again.out
    assert "the model was asked" not in again.out


def test_where_nobody_listens_the_rules_speak_and_that_is_told(
    kith: Kith, asking: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        monkeypatch.setenv("KITH_LLM_BASE_URL", f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        monkeypatch.setenv("KITH_LLM_TIMEOUT", "0.2")
        ran = kith("run", "talk.jsonl")
        assert (ran.code, ran.err) == (0, "")
        assert (
            "the model was asked about 0 messages and answered for 0; the rules spoke for 2 (2 unavailable)"
            in ran.out.splitlines()
        )
        assert ("lives_in", "ghent", "rule") in facts(kith)
        again = kith("run", "talk.jsonl", "--full", "--json").json
        assert (again["duplicate"], again["llm"]["asked"]) == (3, 0)
    assert make.key not in ran.out + ran.err
    assert holders(asking.home, make.key) == []


@pytest.mark.parametrize("as_json", [False, True])
def test_a_wrong_key_ends_the_run_with_the_reason(
    kith: Kith, asking: Any, speaker: Any, make: Any, *, as_json: bool
) -> None:
    speaker.always(make.went_wrong(401, f"no such key: {make.key}"))
    words = (
        f"the model 'tiny' at '{speaker.url}' refuses the key (401: no such key: …): check KITH_LLM_API_KEY, or unset "
        "KITH_LLM_BASE_URL to work without a model"
    )
    ran = kith("run", "talk.jsonl", *(["--json"] if as_json else []))
    assert (ran.code, ran.err) == (1, f"kith: {words}\n")
    if as_json:
        assert ran.json == {"error": {"type": "LlmRefused", "message": words, "exit_code": 1}}
    run = kith("runs", "show", "--json").json
    assert (run["status"], run["error"], run["accepted"]) == ("failed", words, 0)
    assert make.key not in ran.out + ran.err + kith("config", "show").out
    assert holders(asking.home, make.key) == []


def test_with_the_right_key_the_same_command_goes_on(kith: Kith, asking: Any, speaker: Any, make: Any) -> None:
    speaker.always(make.went_wrong(403))
    assert kith("run", "talk.jsonl").code == 1
    speaker.always(make.said({"facts": [], "entities": []}))
    ran = kith("run", "talk.jsonl", "--json").json
    assert (ran["status"], ran["accepted"], ran["llm"]["answered"]) == ("succeeded", 3, 2)


def test_no_trace_is_shown_to_a_terminal_either(
    asking: Any, speaker: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker.always(make.went_wrong(404, "no such model"))
    ran = asking.child("run", "talk.jsonl", KITH_LANGUAGE="sm")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"kith: the model 'tiny' at '{speaker.url}' is not there (404: no such model): check KITH_LLM_MODEL and "
        "KITH_LLM_BASE_URL, which often ends in /v1\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("KITH_LLM_API_KEY", "sk two", "KITH_LLM_API_KEY holds spaces, line ends or letters that no key has"),
        ("KITH_LLM_BASE_URL", "http://ana:s3cret@host/v1", "KITH_LLM_BASE_URL holds more than a scheme, a host"),
        ("KITH_LLM_BASE_URL", "http://host/v1?api_key=s3cret", "KITH_LLM_BASE_URL holds more than a scheme, a host"),
        ("KITH_LLM_MODEL", "", "KITH_LLM_BASE_URL is set and KITH_LLM_MODEL is not: name the model to ask for"),
        ("KITH_LLM_TIMEOUT", "0", "KITH_LLM_TIMEOUT='0': Input should be greater than 0"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_before_anything_is_read(
    kith: Kith, asking: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = kith("run", "talk.jsonl")
    assert (ran.code, ran.out, words in ran.err) == (2, "", True), ran
    assert "s3cret" not in ran.err
    assert "sk two" not in ran.err

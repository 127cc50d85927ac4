"""profile: what is known of a person and from which words, as people read it and as an object."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.cli.profiles import quoted
from kith.persona.identity import Json
from kith.pipeline import Options, run_paths
from kith.settings import Settings

Kith = Callable[..., Any]
PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TALK: tuple[tuple[str, int, str, dict[str, str]], ...] = (
    ("mira30", 1, "I live in Ghent and I work as a nurse at Marienhof Hospital.", {}),
    ("mira30", 2, "My sister Lea works at the Linden Pharmacy.", {}),
    ("mira30", 3, "Good morning! The bus was late again. I love hiking.", {"intent": "chat"}),
    ("mira30", 4, "As I said, I love hiking.", {}),
    ("mira30", 10, "We moved to Porto two days ago.", {}),
    ("mira30", 13, "I'm planning to visit Japan in September.", {}),
    ("bo", 2, "hello there", {}),
)
WORDS = """\
mira30: 7 facts, 7 things spoken of

facts
fact                         since       until       sure  from
sister: Lea                  2026-03-02              0.90  rule
    2026-03-02: My sister Lea works at the Linden Pharmacy.
likes hiking                 2026-03-03              0.95  rule
    2026-03-04: As I said, I love hiking. (and 1 more)
lives in Ghent               2026-03-01  2026-03-08  0.95  rule
    2026-03-01: I live in Ghent and I work as a nurse at Marienhof Hospital.
lives in Porto               2026-03-08              0.90  rule
    2026-03-10: We moved to Porto two days ago.
plans to visit Japan         2026-03-13  2026-10-01  0.95  rule
    2026-03-13: I'm planning to visit Japan in September.
is a nurse                   2026-03-01              0.95  rule
    2026-03-01: I live in Ghent and I work as a nurse at Marienhof Hospital.
works at Marienhof Hospital  2026-03-01              0.95  rule
    2026-03-01: I live in Ghent and I work as a nurse at Marienhof Hospital.
"""


@pytest.fixture(scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("known")
    records = [
        {"user_id": user, "message": text, "timestamp": f"2026-03-{day:02}T10:00:00Z", "message_id": f"m{day}"} | more
        for user, day, text, more in TALK
    ]
    (folder / "talk.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    settings = Settings(home=folder / "home", embedder="hash")
    run_paths([str(folder / "talk.jsonl")], settings, Options(), command="a test")
    return folder / "home"


@pytest.fixture
def known(place: Any, _home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stores in which `mira30` has told of her life, and `bo` of nothing; English is read with the middle model."""
    shutil.copytree(_home, place.home)
    monkeypatch.setenv("KITH_LANGUAGE", "md")
    return place


def fact(answer: Any, predicate: str) -> Any:
    return next(one for one in answer["facts"] if one["predicate"] == predicate)


def told_names(group: str) -> set[str]:
    """The names in the shape that the page shows for a command."""
    part = next(part for part in re.split(r"^## kith ", PAGE, flags=re.M) if part.startswith(f"{group}\n"))
    return set(re.findall(r'"(\w+)"', "\n".join(line for line in part.splitlines() if line.startswith("    "))))


def names(answer: Json) -> set[str]:
    if isinstance(answer, list):
        return {name for one in answer for name in names(one)}
    return {*answer}.union(*map(names, answer.values())) if isinstance(answer, dict) else set()


def test_in_words(kith: Kith, known: Any) -> None:
    ran = kith("profile", "mira30")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(WORDS)
    rest = [line.split() for line in ran.out[len(WORDS) :].splitlines()]
    assert rest[:3] == [[], ["things", "intents"], ["thing", "type", "said", "feeling", "intent", "said", "last"]]
    assert rest[4][:3] == ["hiking", "hobby", "2"]
    assert rest[4][-3:] == ["chat", "1", "2026-03-03"]
    assert rest[-1] == ["Lea", "works", "at", "Linden", "Pharmacy"]


def test_as_an_object(kith: Kith, known: Any) -> None:
    answer = kith("profile", "mira30", "--json").json
    assert names(answer) == told_names("profile")
    assert (answer["user_id"], answer["name"], len(answer["facts"])) == ("mira30", None, 7)
    porto = [one for one in answer["facts"] if one["object"] == "porto"]
    (key,) = porto[0]["sources"]
    assert porto == [
        {
            "id": porto[0]["id"],
            "text": "lives in Porto",
            "predicate": "lives_in",
            "object": "porto",
            "type": "place",
            "detail": "",
            "since": "2026-03-08T00:00:00.000Z",
            "until": None,
            "confidence": 0.9,
            "origin": "rule",
            "sources": [key],
            "said": [{"key": key, "text": "We moved to Porto two days ago.", "timestamp": "2026-03-10T10:00:00.000Z"}],
        }
    ]
    assert [one["text"] for one in fact(answer, "likes")["said"]] == [TALK[2][2], TALK[3][2]]
    assert fact(answer, "family")["detail"] == "sister"
    assert answer["intents"] == [{"intent": "chat", "count": 1, "last": "2026-03-03T10:00:00.000Z"}]
    (relation,) = answer["relations"]
    assert relation == {
        "subject": "lea",
        "kind": "works_at",
        "object": "linden pharmacy",
        "sources": fact(answer, "family")["sources"],
    }
    assert all(kith("lineage", one["sources"][0], "--json").code == 0 for one in answer["facts"])


def test_no_more_than_is_asked_for(kith: Kith, known: Any) -> None:
    shown = kith("profile", "mira30", "--limit", "2").out
    assert "\nfacts, 2 of 7\n" in shown
    assert "things, 2 of 7" in shown
    assert "lives in Ghent" not in shown
    assert len(kith("profile", "mira30", "--limit", "2", "--json").json["facts"]) == 7


def test_whoever_told_nothing(kith: Kith, known: Any) -> None:
    assert kith("profile", "bo").out == (
        "bo: 0 facts, 0 things spoken of\nthey have said nothing of themselves yet that Kith could read\n"
    )
    assert kith("profile", "bo", "--json").json == {
        "user_id": "bo",
        "name": None,
        "facts": [],
        "entities": [],
        "intents": [],
        "relations": [],
    }


def test_where_no_facts_are_read(kith: Kith, filled: Any, first: dict[str, Any]) -> None:
    words = kith("profile", first["user_id"]).out.splitlines()
    assert words[0].startswith(f"{first['user_id']}: 0 facts, ")
    assert words[1] == "no facts are read while KITH_LANGUAGE=plain: set it to md, then run `kith rebuild evidence`"


def test_somebody_unknown(kith: Kith, known: Any) -> None:
    words = (
        "nobody knows 'mira' in tenant 'default': check how it is written, and --tenant; "
        "`kith run FILE` takes in what they wrote"
    )
    ran = kith("profile", "mira")
    assert (ran.code, ran.out, ran.err) == (2, "", f"kith: {words}\n")
    refused = kith("profile", "mira", "--json").json
    assert refused == {"error": {"type": "BadInput", "message": words, "exit_code": 2}}
    assert "in tenant 'other'" in kith("profile", "mira30", "--tenant", "other").err


def test_where_nothing_is_stored_yet(kith: Kith, place: Any) -> None:
    ran = kith("profile", "mira30")
    assert (ran.code, ran.err) == (
        2,
        f"kith: nothing has been stored under {str(place.home)!r} yet: begin with `kith run FILE`\n",
    )


def test_it_fits_a_terminal(known: Any, terminal: Callable[..., Any]) -> None:
    child = terminal("profile", "mira30", "--no-progress", columns=80)
    assert child.end() == 0
    lines = [line.rstrip() for line in ESCAPE.sub("", child.text).splitlines()]
    assert max(map(len, lines)) <= 80
    assert "\n".join(lines).startswith(WORDS)


LONG = "Since last spring I have been going there with my friends on most of the weekends, and now I love hiking a lot."


@pytest.mark.parametrize(
    ("text", "about", "quote"),
    [
        ("I sold my bike.", "bike", "I sold my bike."),
        ("Hello! My birthday is on 12 March. See you.", "12 march", "My birthday is on 12 March."),
        ("I have a dog.\nHe's called Rex", "rex dog", "I have a dog."),
        ("So it is. I'm allergic to\tpeanuts!", "peanut", "I'm allergic to peanuts!"),
        ("I gave up. I hiked a lot.", "hiking", "I hiked a lot."),
        ("First this. Then that.", "", "First this."),
        (f"So. {LONG}", "hiking", "…e weekends, and now I love hiking a lot."),
        (LONG, "spring", "Since last spring I have been going ther…"),
        ("C++ (and more), of all things", "c++", "C++ (and more), of all things"),
    ],
)
def test_the_sentence_that_speaks_of_it(text: str, about: str, quote: str) -> None:
    found = quoted(text, about, longest=40)
    assert (found, len(found) <= 42) == (quote, True)

"""What a person sees: tables that fit, whole run ids, bars while a run is at work, colours on terminals only."""

import re
from collections.abc import Callable
from typing import Any

import pytest

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
RUN = re.compile(r"\b\d{8}T\d{6}-[0-9a-f]{8}\b")


def lines(child: Any) -> list[str]:
    assert child.end() == 0
    return ESCAPE.sub("", child.text).splitlines()


@pytest.mark.parametrize("columns", [80, 120])
def test_tables_fit_and_ids_are_whole(filled: Any, terminal: Callable[..., Any], columns: int) -> None:
    for arguments in (["status"], ["rejections", "list"]):
        shown = lines(terminal(*arguments, columns=columns))
        assert max(len(line) for line in shown) <= columns
        assert arguments[0] == "rejections" or RUN.search("\n".join(shown))
        assert not any("…" in line and "/" not in line for line in shown)


def test_what_has_no_room_is_left_out(filled: Any, terminal: Callable[..., Any]) -> None:
    heads = [
        next(line for line in lines(terminal("runs", "list", columns=c)) if "status" in line) for c in (120, 78, 64)
    ]
    assert [head.split() for head in heads] == [
        ["run", "status", "read", "accepted", "duplicate", "rejected", "time"],
        ["run", "status", "read", "accepted", "rejected", "time"],
        ["run", "status", "read", "accepted", "rejected"],
    ]


def test_the_summary_stands_side_by_side_where_there_is_room(filled: Any, terminal: Callable[..., Any]) -> None:
    wide = lines(terminal("runs", "show", columns=100))
    narrow = lines(terminal("runs", "show", columns=40))
    assert sum("records" in line and "seconds" in line and line.startswith("records") for line in wide) == 1
    assert [line.split() for line in narrow if line.startswith(("records", "step"))] == [
        ["records"],
        ["step", "records", "seconds"],
    ]


def test_colours_are_for_terminals(filled: Any, terminal: Callable[..., Any]) -> None:
    coloured, plain = terminal("runs", "show"), terminal("runs", "show", NO_COLOR="1")
    assert (coloured.end(), plain.end()) == (0, 0)
    assert "\x1b[32msucceeded" in coloured.text
    assert "\x1b[32m" not in plain.text
    assert "\x1b" not in filled.child("runs", "show").out


def test_bars_while_a_run_is_at_work(place: Any, mangled: Any, terminal: Callable[..., Any]) -> None:
    child = terminal("run", str(mangled), "--max-rejected", "1", "--batch-size", "40")
    assert child.end() == 0
    shown = ESCAPE.sub("", child.text)
    assert "opening the stores" in shown
    assert re.search(r"  ingest .* 400 of 400", shown)
    assert re.search(r"  commit .* [\d,]+ of (about )?[\d,]+", shown)
    assert "succeeded in " in shown
    totals = [int(total.replace(",", "")) for total in re.findall(r" ingest .*? of ([\d,]+)", shown)]
    assert set(totals) <= {400}


def test_json_is_quiet_on_a_terminal_too(filled: Any, terminal: Callable[..., Any], mangled: Any) -> None:
    child = terminal("run", str(mangled), "--json")
    assert child.end() == 0
    assert child.text.startswith("{")
    assert child.text.count("\n") == 1
    quiet = terminal("verify", "--no-progress")
    assert quiet.end() == 0
    assert "opening" not in quiet.text


def test_people_cannot_steer_a_terminal(kith: Callable[..., Any], place: Any) -> None:
    (place.folder / "talk.jsonl").write_text(
        '{"user_id": "u1", "message": "\x1b]0;mine\x07[red]x[/nope]", "timestamp": 1}\n'
    )
    assert kith("run", "talk.jsonl", "--max-rejected", "1").code == 0
    (item,) = kith("rejections", "list", "--json").json["items"]
    shown = kith("rejections", "show", item["id"]).out
    assert r"\x1b]0;mine\x07[red]x[/nope]" in shown

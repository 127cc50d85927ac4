"""The ReDial conversations as records that `kith evaluate recommendations` reads.

    python -m bench.redial FOLDER TARGET

FOLDER holds that data set's `conversations.jsonl` and `films.jsonl` (it does not come with Kith); `conversations.jsonl`
and `campaigns.jsonl` are written to TARGET. There a film is a campaign, and:

- what the one who asks for films says is theirs, what the other says is an assistant's; films are named by title;
- a film that the other names is a `view` at that moment, since it is what was shown;
- a film that they name themself before anything is shown is a `view` in a conversation before that one: it is no answer
  to what they ask, and they are not to be shown it;
- what they say of each film when all is over (liked: `like`, not liked: `dislike`, else `view`) is done at the end.

ReDial has no dates, only an order: conversations begin a quarter of an hour apart, so that nothing fades much.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FILM = re.compile(r"@(\d+)")
BEGIN = 1_767_225_600_000
"""2026-01-01."""
MINUTE = 60_000
APART = 15 * MINUTE
TURN = 1_000
SAID = {0: "dislike", 1: "like"}

Record = dict[str, Any]


def records(talk: Record, start: int) -> Iterator[Record]:
    """One conversation."""
    titles: dict[str, str] = talk["movieMentions"] or {}
    asker, name = talk["initiatorWorkerId"], talk["conversationId"]
    own = {"user_id": f"w{asker}", "conversation_id": name}
    shown: set[str] = set()
    now = start
    for turn, one in enumerate(talk["messages"]):
        now = start + turn * TURN
        films = list(dict.fromkeys(FILM.findall(one["text"])))
        mine = one["senderWorkerId"] == asker
        text = FILM.sub(lambda found: titles.get(found[1]) or "that film", one["text"]).strip()
        if text:
            role = "user" if mine else "assistant"
            yield own | {"message": text, "timestamp": now, "role": role, "message_id": f"{name}-{turn}"}
        if not mine:
            yield from (own | event(film, "view", now) for film in films if film not in shown)
            shown.update(films)
        elif not shown:
            before = own | {"conversation_id": f"{name}-before"}
            yield from (before | event(film, "view", start - TURN) for film in films)
    answers: dict[str, dict[str, int]] = talk["initiatorQuestions"] or {}
    for film, answer in answers.items():
        yield own | event(film, SAID.get(answer["liked"], "view"), now + TURN)


def event(film: str, kind: str, at: int) -> Record:
    """What was done with a film."""
    return {"campaign_id": film, "engagement": {"kind": kind}, "timestamp": at}


def campaign(film: Record) -> Record:
    """A film as a campaign."""
    said = ", ".join(film["genres"])
    said += f". With {', '.join(film['stars'])}" if film["stars"] else ""
    said += f". Directed by {', '.join(film['directors'])}" if film["directors"] else ""
    return {"id": film["id"], "title": film["title"], "text": said}


def lines(path: Path) -> list[Record]:
    """A file of JSON Lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def write(path: Path, given: Iterator[Record]) -> int:
    """Writes JSON Lines; how many."""
    told = [json.dumps(one, ensure_ascii=False) + "\n" for one in given]
    path.write_text("".join(told), encoding="utf-8")
    return len(told)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench.redial", description="Writes ReDial as records.")
    parser.add_argument("folder", type=Path, help="the folder of the ReDial conversations")
    parser.add_argument("target", type=Path, help="where to write conversations.jsonl and campaigns.jsonl")
    asked = parser.parse_args(arguments)
    talks = sorted(lines(asked.folder / "conversations.jsonl"), key=lambda talk: int(talk["conversationId"]))
    asked.target.mkdir(parents=True, exist_ok=True)
    said = write(
        asked.target / "conversations.jsonl",
        (one for place, talk in enumerate(talks) for one in records(talk, BEGIN + place * APART)),
    )
    films = write(asked.target / "campaigns.jsonl", map(campaign, lines(asked.folder / "films.jsonl")))
    print(f"{said:,} records of {len(talks):,} conversations, {films:,} films")


if __name__ == "__main__":
    main(sys.argv[1:])

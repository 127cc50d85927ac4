"""An answer told while a language model says it: sentence by sentence, and at the end the one that is not streamed."""

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import pytest

from kith.persona.identity import Json
from kith.serving.frame.house import House
from kith.serving.memory.answering import UNKNOWN

Gone: TypeAlias = Callable[[], object]
Events: TypeAlias = list[tuple[str, Any]]
WALKED = "On Sunday I walked from the mill to the old chapel."
WALK: dict[str, Json] = {"text": "Ada walked from the mill to the old chapel.", "sources": ["{walk}", "ffffffff"]}
NURSE: dict[str, Json] = {"text": "She is  a nurse.\nIn Ghent.", "sources": ["[{nurse}]", "{walk}"]}
MADE_UP: dict[str, Json] = {"text": "Dr. Gustav went with her.", "sources": []}


def counted(events: Events) -> Events:
    """What counts in the end."""
    names = [name for name, _ in events]
    return events if "retracted" not in names else events[names.index("retracted") + 1 :]


def test_each_sentence_is_told_while_the_model_goes_on(
    house: House, aloud: Any, an_app: Any, speaker: Any, make: Any, keys: dict[str, str]
) -> None:
    text = aloud.written(keys, WALK, MADE_UP, NURSE)
    expected = aloud.whole(house, speaker, make.said(text))
    first, second = text.index("}") + 1, text.index("}, {", text.index("}") + 1) + 1
    said, go_on = [text[:first], text[first:second], text[second:]], threading.Semaphore(0)

    def sent(_: Gone) -> Iterable[bytes]:
        for piece in said:
            yield make.chunk(piece)
            go_on.acquire()
        yield make.done

    speaker.always(make.reply(parts=sent))

    async def part(listener: Any) -> None:
        assert await listener.event() == (
            "sentence",
            {"text": "Ada walked from the mill to the old chapel.", "supported": True, "citations": [keys["walk"]]},
        )
        name, citation = await listener.event()
        assert (name, citation["key"], citation["text"]) == ("citation", keys["walk"], WALKED)
        go_on.release()
        assert await listener.event() == (
            "sentence",
            {"text": "Dr. Gustav went with her.", "supported": False, "citations": []},
        )
        go_on.release()
        name, sentence = await listener.event()
        assert (name, sentence["text"]) == ("sentence", "She is a nurse. In Ghent.")
        assert set(sentence["citations"]) == {keys["nurse"], keys["walk"]}
        go_on.release()
        events = await listener.rest()
        assert [(name, told.get("key")) for name, told in events] == [("citation", keys["nurse"]), ("done", None)]
        assert [citation, events[0][1]] == expected["citations"]
        assert events[-1][1] == expected

    aloud.play(an_app(house=house), part)


REPLIES: list[tuple[list[dict[str, Json]], dict[str, Json]]] = [
    ([WALK, NURSE, MADE_UP], {}),
    ([MADE_UP], {}),
    ([NURSE, NURSE, {"text": " ", "sources": []}], {}),
    ([], {}),
    ([WALK], {"answered": False}),
    ([WALK, {"text": 7}], {}),
    ([WALK, NURSE], {"answered": 1}),
    ([{"text": f"{number}", "sources": []} for number in range(41)], {}),
]


@pytest.mark.parametrize(("sentences", "more"), REPLIES)
@pytest.mark.parametrize("comes", ["in pieces", "in one chunk", "whole", "with `answered` at the end", "talking on"])
def test_at_the_end_it_is_the_answer_that_is_not_streamed(
    house: House,
    aloud: Any,
    an_app: Any,
    speaker: Any,
    make: Any,
    keys: dict[str, str],
    sentences: list[dict[str, Json]],
    more: dict[str, Json],
    comes: str,
) -> None:
    text = aloud.written(keys, *sentences, **more)
    if comes == "with `answered` at the end":
        text = json.dumps({name: json.loads(text)[name] for name in ("sentences", "answered")})
    elif comes == "talking on":
        text += "\nI hope that this helps."
    expected = aloud.whole(house, speaker, make.said(text))
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)] if comes in ("in pieces", "talking on") else [text]
    speaker.always(make.said(text) if comes == "whole" else make.streamed(*pieces))
    events = aloud.all_of_it(an_app(house=house))
    assert events[-1] == ("done", expected)
    told = counted(events)
    sentences_told = [one["text"] for name, one in told if name == "sentence"]
    assert "".join(" ".join(sentences_told).split()) == "".join(expected["answer"].split())
    if expected["kind"] == "llm":
        assert " ".join(sentences_told) == expected["answer"]
        unsupported = [one["text"] for name, one in told if name == "sentence" and not one["supported"]]
        assert unsupported == expected["unsupported"]
    assert [one for name, one in told if name == "citation"] == expected["citations"]


def test_an_answer_that_says_a_thing_twice_is_told_again(
    house: House, aloud: Any, an_app: Any, speaker: Any, make: Any, keys: dict[str, str]
) -> None:
    text = aloud.written(keys, MADE_UP).removesuffix("}") + ", " + aloud.written(keys, WALK).partition(", ")[2]
    speaker.always(make.streamed(text))
    events = aloud.all_of_it(an_app(house=house))
    assert [(name, told.get("text", told.get("reason"))) for name, told in events[:4]] == [
        ("sentence", "Dr. Gustav went with her."),
        ("sentence", "Ada walked from the mill to the old chapel."),
        ("citation", WALKED),
        ("retracted", "changed"),
    ]
    assert events[4:6] == events[1:3]
    assert events[6:] == [("done", aloud.whole(house, speaker, make.said(text)))]


def test_where_nothing_answers_that_is_told(house: House, aloud: Any, an_app: Any, speaker: Any, make: Any) -> None:
    speaker.always(make.streamed('{"answered": false', ', "sentences": []}'))
    told: dict[str, Json] = {"answer": UNKNOWN, "kind": "unknown", "citations": [], "degraded": [], "unsupported": []}
    assert aloud.all_of_it(an_app(house=house)) == [("sentence", {"text": UNKNOWN, "supported": True}), ("done", told)]

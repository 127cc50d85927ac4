import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.etl.encoders import open_encoder
from kith.etl.taxonomies import open_intents, read_taxonomy
from kith.evaluating.intents import measure_intents, read_labelled_intents
from kith.persona.errors import BadInput
from kith.persona.hashing import HashEmbedder
from kith.persona.language.asking import wants_something
from kith.persona.language.intents import Intent, IntentFinder, Judged, Taxonomy
from kith.persona.measuring import Score
from kith.persona.measuring_intents import Labelled, Mistaken, measure

SETS = Path(__file__).parents[3] / "data" / "evaluation" / "intents"
PARCEL = (
    "where is my parcel",
    "has my parcel been sent",
    "my parcel is late, where is it",
    "when will the parcel come",
)
PIE = ("how do I bake a pie", "a recipe for apple pie", "which pie can I bake", "what goes into a cherry pie")
SMALL = ("hello there", "thanks a lot", "what a day", "see you tomorrow")

words = HashEmbedder()


def taxonomy(parcel: tuple[str, ...] = PARCEL, pie: tuple[str, ...] = PIE, *, threshold: float = 0.3) -> Taxonomy:
    intents = (Intent("track_order", "Where it is.", parcel), Intent("find_recipe", "What to cook.", pie))
    return Taxonomy(intents=intents, none=SMALL, threshold=threshold, margin=0.05)


def finder(of: Taxonomy) -> IntentFinder:
    return IntentFinder(of, words.embed(of.texts))


@pytest.mark.parametrize(("examples", "intent"), [(PARCEL, "track_order"), (PIE, "find_recipe"), (SMALL, None)])
def test_an_example_finds_its_own_intent(examples: tuple[str, ...], intent: str | None) -> None:
    assert finder(taxonomy()).nearest(words.embed(examples)) == [intent] * len(examples)


@given(st.permutations(PARCEL), st.permutations(PIE))
def test_the_order_of_examples_does_not_matter(parcel: list[str], pie: list[str]) -> None:
    texts = ["is my parcel there", "a pie without apples", "hello", "🥧", ""]
    shuffled = taxonomy(tuple(parcel), tuple(pie))
    assert finder(shuffled).judge(words.embed(texts)) == finder(taxonomy()).judge(words.embed(texts))
    assert shuffled.version == taxonomy().version


@given(st.lists(st.text(max_size=30), max_size=8), st.floats(-1, 1), st.floats(-1, 1))
def test_a_higher_threshold_only_takes_answers_away(texts: list[str], one: float, other: float) -> None:
    found = finder(taxonomy())
    judged = found.judge(words.embed(texts))
    low, high = (found.answers(texts, judged, threshold=at) for at in sorted((one, other)))
    assert all(late in (None, early) for early, late in zip(low, high, strict=True))


def test_nothing_is_found_below_the_threshold() -> None:
    rows = words.embed(PARCEL)
    assert finder(taxonomy(threshold=1.0)).nearest(rows) == [None] * len(PARCEL)


def test_a_vector_without_direction_is_near_to_nothing() -> None:
    rows = np.zeros((2, words.dimension), dtype=np.float32)
    rows[1] = np.nan
    assert finder(taxonomy(threshold=-0.9)).nearest(rows) == [None, None]


def test_the_gate_lets_statements_go() -> None:
    texts = ["where is my parcel", "my parcel is there"]
    gated = finder(taxonomy(threshold=-1.0))
    rows = words.embed(texts)
    assert gated.nearest(rows) == ["track_order", "track_order"]
    assert gated.find(texts, rows) == ["track_order", None]


def test_no_messages_have_no_intents() -> None:
    assert finder(taxonomy()).find([], words.embed([])) == []


def test_a_finder_needs_a_vector_for_each_example() -> None:
    with pytest.raises(ValueError, match="11 vectors for the 12 examples"):
        IntentFinder(taxonomy(), words.embed(taxonomy().texts[1:]))


def test_the_version_follows_what_decides() -> None:
    first = taxonomy()
    others = [
        taxonomy(threshold=0.31),
        taxonomy((*PARCEL, "parcel?")),
        Taxonomy(first.intents, first.none, first.threshold, first.margin, gate=False),
        Taxonomy(first.intents[::-1], first.none, first.threshold, first.margin),
    ]
    assert len({first.version, *(other.version for other in others)}) == 5
    told = Taxonomy(
        tuple(Intent(one.name, "Otherwise.", one.examples) for one in first.intents), first.none, 0.3, first.margin
    )
    assert told.version == first.version


def test_the_hash_embedder_finds_no_intents() -> None:
    assert open_intents(taxonomy(), words) is None


@pytest.mark.parametrize(
    "text",
    [
        "where's my parcel",
        "Hi, could you help me",
        "remind me tomorrow",
        "ok, and cancel it please",
        "I don\u2019t want this any more",
        "we\u2019d  love to\tstay longer",
        "My phone doesn't charge",
        "the soup was awful",
        "It fell apart.\nSend me another one",
        "human please",
        "jazz?",
    ],
)
def test_what_may_ask_for_something(text: str) -> None:
    assert wants_something(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "thanks a lot",
        "I live in Ghent",
        "we had a lovely trip",
        "They would like to move",
        "how nice",
        "What a day!",
    ],
)
def test_what_asks_for_nothing(text: str) -> None:
    assert not wants_something(text)


def test_the_taxonomy_that_comes_with_kith() -> None:
    read = read_taxonomy()
    assert 16 <= len(read.names) <= 24
    assert {12 <= len(one.examples) <= 20 and bool(one.about) for one in read.intents} == {True}
    assert len(read.none) >= 50


HEAD = "threshold = 0.3\n"
TWO = """
[intents.one]
examples = ["a", "b", "c", "d"]
[intents.two]
about = "The second."
examples = ["e", "f", "g", "h"]
"""


def test_a_taxonomy_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + "gate = false\n" + TWO + '[none]\nexamples = ["i", "j", "k", "l"]\n', encoding="utf-8")
    assert read_taxonomy(path) == Taxonomy(
        intents=(Intent("one", "", ("a", "b", "c", "d")), Intent("two", "The second.", ("e", "f", "g", "h"))),
        none=("i", "j", "k", "l"),
        threshold=0.3,
        margin=0.0,
        gate=False,
    )


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (TWO, "threshold: is missing; add it"),
        ("threshold = 'high'\n" + TWO, "threshold='high': Input should be a valid number; change it"),
        ("threshold = 3.0\n" + TWO, "threshold='3.0': Input should be less than or equal to 1; change it"),
        (HEAD + "treshold = 1\n" + TWO, "treshold: is not known; remove it, or check how it is spelled"),
        (HEAD, "intents: is missing; add it"),
        (HEAD + "[intents]\n", "intents: holds 0, and must hold 2 at least; add some"),
        (HEAD + TWO.replace('"a", ', ""), "intents.one.examples: holds 3, and must hold 4 at least; add some"),
        (HEAD + TWO.replace('"a"', '" "'), "intents.one.examples.0: is empty; write a message there, or remove it"),
        (HEAD + TWO.replace('"a"', "7"), "intents.one.examples.0='7': Input should be a valid string; change it"),
        (
            HEAD + TWO.replace("intents.one", 'intents."One Two"'),
            "'One Two' is no name of an intent; write it in snake",
        ),
        (
            HEAD + TWO.replace('"a"', '"E"'),
            "intents.one and intents.two: the example 'e' stands there 2 times; keep one",
        ),
        (HEAD + "[intents", "is not TOML: "),
    ],
)
def test_a_taxonomy_that_cannot_be_used(tmp_path: Path, held: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(held, encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        read_taxonomy(path)
    assert words in str(raised.value)
    assert repr(str(path)) in str(raised.value)


def test_a_taxonomy_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    with pytest.raises(BadInput, match=r"cannot be read: No such file or directory\. Check the path, or unset"):
        read_taxonomy(path)
    path.write_bytes(b"threshold = 0.3 # \xff")
    with pytest.raises(BadInput, match=r"is not UTF-8 \(byte 18\). Save it as UTF-8"):
        read_taxonomy(path)


def test_the_labelled_sets() -> None:
    known = read_taxonomy()
    sets = {name: read_labelled_intents(SETS / f"{name}.jsonl", known) for name in ("dev", "held")}
    for messages in sets.values():
        labels = Counter(message.intent for message in messages)
        assert len(messages) >= 160
        assert labels[None] * 3 >= len(messages)
        assert {labels[name] >= 5 for name in known.names} == {True}
    texts = [message.text.casefold() for messages in sets.values() for message in messages]
    assert [text for text, count in Counter(texts).items() if count > 1] == []
    assert set(texts) & {text.casefold() for text in known.texts} == set()


def test_what_is_measured() -> None:
    messages = [
        Labelled("1", "where is it", "track_order"),
        Labelled("2", "any pie", "find_recipe"),
        Labelled("3", "what now", None),
        Labelled("4", "hello", None),
    ]
    judged = [Judged("track_order", 0.6, 0.3), Judged("track_order", 0.5, 0.3), Judged("find_recipe", 0.4, 0.2)]
    far = Judged("find_recipe", 0.1, 0.0)
    measured = measure(messages, [*judged, far], finder(taxonomy()))
    assert measured.scores == {"track_order": Score(1, 2, 1), "find_recipe": Score(1, 1, 0)}
    assert measured.overall == Score(2, 3, 1)
    assert (measured.empty, measured.invented) == (2, 1)
    assert measured.mistaken == (
        Mistaken(messages[1], "track_order", judged[1]),
        Mistaken(messages[2], "find_recipe", judged[2]),
    )
    assert [(at.threshold, at.score) for at in measured.curve][-2:] == [(0.45, Score(2, 2, 1)), (0.5, Score(2, 2, 1))]


def test_a_report_as_json() -> None:
    told = json.loads(json.dumps(measure_intents([Labelled("1", PIE[0], None)], taxonomy(), words, file="f").as_json()))
    (difference,) = told.pop("differences")
    assert {key: difference[key] for key in ("id", "intent", "found", "nearest", "text")} == {
        "id": "1",
        "intent": None,
        "found": "find_recipe",
        "nearest": "find_recipe",
        "text": PIE[0],
    }
    nothing = {"labelled": 0, "found": 1, "right": 0, "precision": 0.0, "recall": None, "f1": 0.0}
    assert told["overall"] == nothing
    assert told["without_intent"] == {"messages": 1, "found": 1}
    assert told["taxonomy"] == {"version": taxonomy().version, "threshold": 0.3, "margin": 0.05}


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("", "holds no messages"),
        ("{", ", line 1: the line: Invalid JSON"),
        ('{"id": "1", "text": "a"}', ", line 1: intent: Field required; write it like"),
        ('\n{"id": "1", "text": "", "intent": null}', ", line 2: text: String should have at least 1 character"),
        ('{"id": "1", "text": "a", "intent": null}\n' * 2, "the id '1' stands there twice; give each message its own"),
        (
            '{"id": "1", "text": "a", "intent": "fly"}',
            "message '1' is labelled 'fly', which is no intent of the taxonomy",
        ),
    ],
)
def test_a_labelled_file_that_cannot_be_used(tmp_path: Path, held: str, words: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(held, encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        read_labelled_intents(path, taxonomy())
    assert words in str(raised.value)
    assert repr(str(path)) in str(raised.value)


def test_what_the_default_model_finds_in_the_set_held_back() -> None:
    known = read_taxonomy()
    messages = read_labelled_intents(SETS / "held.jsonl", known)
    done = measure_intents(messages, known, open_encoder("default"), file="held.jsonl")
    overall = done.measured.overall
    assert (overall.precision or 0) >= 0.84
    assert (overall.recall or 0) >= 0.71
    assert done.measured.invented <= 5

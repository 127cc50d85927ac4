"""The generator: the same for the same seed, of any size, and about people whose words and deeds fit together."""

import json
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.data.campaigns import generate_campaigns, runs
from kith.data.generate import Written, generate, line_of, write_dataset
from kith.data.grammar import Dice
from kith.data.mangle import BREAKS, mangle
from kith.data.people import person_of
from kith.etl.lines import LineReader, Prefix
from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.model import ENGAGEMENT_KINDS, ROLES, EngagementKind, Message, Rejection
from kith.persona.record_names import FieldNames
from kith.persona.records import parse_record

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
USERS, MESSAGES, SEED = 60, 2000, 7
NAMES = FieldNames.from_options(())
FIELDS = {
    *("user_id", "message", "timestamp", "conversation_id", "message_id", "role"),
    *("author", "intent", "campaign_id", "engagement", "metadata"),
}

Record = dict[str, Json]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return [record for record in generate(users=USERS, messages=MESSAGES, seed=SEED) if not isinstance(record, str)]


def read(lines: Iterator[bytes]) -> Iterator[Message | Rejection]:
    for raw in LineReader(lines, "feed", Prefix()).records():
        yield parse_record(raw, tenant="t", names=NAMES)


def moment(value: Json) -> datetime:
    return datetime.fromisoformat(str(value))


def deeds(records: list[Record]) -> list[tuple[str, str, EngagementKind]]:
    """Who, which campaign, what."""
    return [
        (
            str(one["user_id"]),
            str(one["campaign_id"]),
            cast("EngagementKind", cast("Record", one["engagement"])["kind"]),
        )
        for one in records
        if "engagement" in one
    ]


def test_the_shipped_sample_is_what_the_generator_gives(tmp_path: Path) -> None:
    written = write_dataset(tmp_path, users=USERS, messages=MESSAGES, seed=SEED)
    for path in (written.conversations, written.campaigns):
        assert path.read_bytes() == (SAMPLE / path.name).read_bytes(), f"run `make data` to make {path.name} again"


def test_the_same_seed_gives_the_same_lines_and_another_seed_others() -> None:
    def lines(seed: int) -> list[bytes]:
        return [line_of(record) for record in generate(users=9, messages=300, seed=seed, mangled=0.3)]

    assert lines(1) == lines(1)
    assert not set(lines(1)) & set(lines(2))


@given(users=st.integers(1, 700), messages=st.integers(0, 900), seed=st.integers(-5, 5))
@settings(max_examples=25, deadline=None)
def test_there_are_exactly_as_many_messages_as_asked_for(users: int, messages: int, seed: int) -> None:
    assert sum(1 for _ in generate(users=users, messages=messages, seed=seed)) == messages


def test_every_record_is_valid_and_every_message_has_its_own_key(records: list[Record]) -> None:
    assert {name for record in records for name in record} == FIELDS
    messages = list(read(line_of(record) for record in records))
    accepted = [message for message in messages if isinstance(message, Message)]
    assert len(accepted) == len({message.key for message in accepted}) == MESSAGES
    assert {message.role for message in accepted} == set(ROLES) - {"system"}
    assert {done.kind for m in accepted if (done := m.engagement) is not None} == set(ENGAGEMENT_KINDS)


def test_the_sample_is_in_order_of_time_and_each_conversation_is_of_one_person(records: list[Record]) -> None:
    times = [str(record["timestamp"]) for record in records]
    assert times == sorted(times)
    conversations: dict[Json, list[Record]] = defaultdict(list)
    for record in records:
        conversations[cast("str", record["conversation_id"])].append(record)
    for turns in conversations.values():
        assert len({str(turn["user_id"]) for turn in turns}) == 1
        assert [turn["message_id"] for turn in turns] == [f"m{place}" for place in range(1, len(turns) + 1)]
        assert all(str(one["timestamp"]) < str(two["timestamp"]) for one, two in pairwise(turns))


def test_some_say_hardly_anything_and_one_says_a_lot(records: list[Record]) -> None:
    said = Counter(str(record["user_id"]) for record in records)
    assert len(said) == USERS
    assert sum(count <= 3 for count in said.values()) == 3
    assert sum(count > 100 for count in said.values()) == 1


def test_people_do_not_repeat_each_other(records: list[Record]) -> None:
    texts = [str(record["message"]) for record in records if record["role"] == "user"]
    assert len(texts) > 0.7 * MESSAGES
    assert len(set(texts)) > 0.9 * len(texts)


def test_about_a_third_of_the_messages_carry_an_intent(records: list[Record]) -> None:
    assert 0.28 < sum("intent" in record for record in records) / MESSAGES < 0.42


def test_fewer_people_go_each_step_further(records: list[Record]) -> None:
    kinds = Counter(kind for _, _, kind in deeds(records))
    assert kinds["view"] > kinds["click"] > kinds["like"] > kinds["convert"] > kinds["dislike"] > 0


def test_people_open_what_they_care_for_and_turn_down_the_rest(records: list[Record]) -> None:
    people = {person.user_id: person for person in (person_of(SEED, index) for index in range(USERS))}
    areas = {run.offer.campaign_id: run.offer.area for run in runs(SEED)}
    met: Counter[tuple[EngagementKind, bool]] = Counter()
    for user_id, campaign_id, kind in deeds(records):
        met[kind, areas[campaign_id] in people[user_id].interests] += 1
    fits = {kind: met[kind, True] / (met[kind, True] + met[kind, False]) for kind in ENGAGEMENT_KINDS}
    assert fits["click"] > 0.85
    assert fits["like"] > 0.95
    assert fits["convert"] > 0.95
    assert fits["dislike"] < 0.5 < fits["view"] < fits["click"]


def test_nobody_meets_a_campaign_that_does_not_run(records: list[Record]) -> None:
    abroad = timedelta(hours=14)  # people live in other time zones than the catalogue
    campaigns = {str(one["id"]): one for one in generate_campaigns(seed=SEED)}
    for record in records:
        if "campaign_id" in record:
            campaign = campaigns[str(record["campaign_id"])]
            said, starts = moment(record["timestamp"]), moment(campaign["starts"])
            assert starts - abroad <= said
            assert campaign["ends"] is None or said <= moment(campaign["ends"]) + abroad


def test_it_takes_no_more_memory_for_many_messages() -> None:
    def peak(messages: int) -> int:
        tracemalloc.start()
        for _ in generate(users=50, messages=messages, seed=4):
            pass
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(100)  # reads the resources
    assert peak(20_000) < 1.5 * peak(2_000) + 100_000


def test_the_first_of_millions_are_there_at_once() -> None:
    of_millions = list(islice(generate(users=1_000_000, messages=20_000_000, seed=4), 3))
    assert of_millions == list(islice(generate(users=500, messages=10_000, seed=4), 3))


def test_what_is_mangled_keeps_the_number_of_lines_and_its_share() -> None:
    clean = list(generate(users=20, messages=3000, seed=6))
    mangled = list(generate(users=20, messages=3000, seed=6, mangled=0.1))
    assert len(mangled) == 3000
    assert 0.07 < sum(one != two for one, two in zip(clean, mangled, strict=True)) / 3000 < 0.13
    assert list(generate(users=20, messages=30, seed=6, mangled=1.0)) != clean[:30]


def test_a_reader_can_tell_what_is_wrong_with_each_mangled_line(records: list[Record]) -> None:
    lines = [line_of(break_it(records[at])) for at, (_, break_it) in enumerate(BREAKS)]
    outcomes = list(read(iter(lines)))
    assert [one.code if isinstance(one, Rejection) else "accepted" for one in outcomes] == [code for code, _ in BREAKS]


def test_mangled_feeds_hold_every_kind_of_trouble_and_edits_and_repeats() -> None:
    feed = [line_of(record) for record in generate(users=30, messages=4000, seed=8, mangled=0.5)]
    outcomes = list(read(iter(feed)))
    rejected = {one.code for one in outcomes if isinstance(one, Rejection)}
    assert rejected == {code for code, _ in BREAKS} | {"too_large"}
    versions: dict[str, list[Message]] = defaultdict(list)
    for one in outcomes:
        if isinstance(one, Message):
            versions[one.key].append(one)
    assert any(len({one.content for one in same}) < len(same) for same in versions.values()), "repeats"
    edits = [(one, two) for same in versions.values() for one, two in pairwise(same) if one.content != two.content]
    assert edits
    assert all(one.timestamp < two.timestamp and one.text != two.text for one, two in edits)


def test_nothing_is_mangled_in_an_empty_feed() -> None:
    assert list(mangle(iter(()), share=1.0, dice=Dice(1))) == []


def test_writing_tells_how_far_it_is_and_what_stands_there(tmp_path: Path) -> None:
    steps: list[int] = []
    written = write_dataset(tmp_path / "new", users=5, messages=2500, seed=1, progress=steps.append)
    assert steps == [1000, 1000, 500]
    assert written == Written(
        conversations=tmp_path / "new" / "conversations.jsonl",
        campaigns=tmp_path / "new" / "campaigns.jsonl",
        records=2500,
        octets=written.conversations.stat().st_size,
        catalogue=40,
    )
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["campaigns.jsonl", "conversations.jsonl"]
    assert json.loads(json.dumps(written.as_json()))["records"] == 2500


def test_files_that_are_there_are_replaced_on_purpose_only(tmp_path: Path) -> None:
    write_dataset(tmp_path, users=2, messages=5, seed=1)
    before = (tmp_path / "conversations.jsonl").read_bytes()
    with pytest.raises(BadInput, match=r"campaigns\.jsonl' exists|conversations\.jsonl' exists"):
        write_dataset(tmp_path, users=2, messages=5, seed=2)
    assert (tmp_path / "conversations.jsonl").read_bytes() == before
    write_dataset(tmp_path, users=2, messages=5, seed=2, overwrite=True)
    assert (tmp_path / "conversations.jsonl").read_bytes() != before


def test_a_writing_that_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    write_dataset(tmp_path, users=2, messages=5, seed=1)
    before = (tmp_path / "conversations.jsonl").read_bytes()

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path, users=2, messages=1500, seed=2, overwrite=True, progress=stop)
    assert (tmp_path / "conversations.jsonl").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["campaigns.jsonl", "conversations.jsonl"]


@pytest.mark.parametrize(
    ("users", "messages", "mangled", "complaint"),
    [
        (0, 5, 0.0, "0 people cannot say anything"),
        (3, -1, 0.0, "-1 messages cannot be made"),
        (3, 5, 1.5, "1.5 is no share"),
        (3, 5, float("nan"), "nan is no share"),
    ],
)
def test_what_cannot_be_made_is_refused(
    tmp_path: Path, users: int, messages: int, mangled: float, complaint: str
) -> None:
    with pytest.raises(BadInput, match=complaint):
        generate(users=users, messages=messages, seed=1, mangled=mangled)
    with pytest.raises(BadInput, match=complaint):
        write_dataset(tmp_path / "new", users=users, messages=messages, seed=1, mangled=mangled)
    assert not (tmp_path / "new").exists()

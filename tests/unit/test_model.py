"""Messages: what the key and the content follow from, and which of two versions wins."""

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from kith.persona.identity import Json, nfc
from kith.persona.model import Campaign, Engagement, Entity, Message, message_key

short = st.text(max_size=6).map(nfc)
times = st.integers(min_value=-(2**40), max_value=2**42)
metadata: st.SearchStrategy[dict[str, Json]] = st.dictionaries(short, st.integers() | short | st.none(), max_size=2)
engagements = st.builds(
    Engagement, kind=st.sampled_from(["view", "click", "like"]), value=st.floats(min_value=0, max_value=9)
)
messages = st.builds(
    Message,
    tenant=short,
    user_id=short,
    text=short,
    timestamp=times,
    conversation_id=short,
    message_id=st.none() | short,
    role=st.sampled_from(["user", "assistant"]),
    author=st.none() | short,
    campaign_id=st.none() | short,
    intent=st.none() | short,
    engagement=st.none() | engagements,
    metadata=metadata,
)
few = st.sampled_from(["", "a", "b", "ab"])
alike = st.builds(
    Message,
    tenant=few,
    user_id=few,
    text=few,
    timestamp=st.sampled_from([1, 12, 2]),
    conversation_id=few,
    message_id=st.none() | few,
    role=st.sampled_from(["user", "assistant"]),
)
PINNED = {
    "plain": ("5517a5e2b78955d24831403724f95095", "894c6d30b907bef338a331e25170597c"),
    "full": ("3fd831fbd1279886a6286a356fb8ad79", "eb5ee125c79a54b9221677c3b48ea486"),
    "campaign": "9599b41a7585ccfef435ffbb0061da74",
    "entity": "6b01077b120d795625d7e50895f1c0b9",
}
PLAIN = Message(
    tenant="acme", user_id="u42", text="Any trail shoes?", timestamp=1_772_357_400_000, conversation_id="c9"
)
FULL = replace(
    PLAIN,
    message_id="m1",
    author="Ana",
    campaign_id="spring",
    intent="buy_shoes",
    engagement=Engagement("click", 1),
    metadata={"lang": "en"},
)


def test_keys_and_contents_never_change() -> None:
    campaign = Campaign(tenant="acme", campaign_id="spring", title="Spring", intents=("buy_shoes",), starts=1)
    assert {
        "plain": (PLAIN.key, PLAIN.content),
        "full": (FULL.key, FULL.content),
        "campaign": campaign.content,
        "entity": Entity("name", "lake district").id_in("acme"),
    } == PINNED


def test_a_message_with_an_id_keeps_its_key_whatever_else_changes() -> None:
    changed = replace(FULL, text="Other", timestamp=1, role="assistant", author=None, intent=None, metadata={})
    assert (changed.key, changed.content == FULL.content) == (FULL.key, False)


def test_a_message_without_an_id_is_known_by_time_role_and_text() -> None:
    same = replace(PLAIN, author="Ana", intent="x", campaign_id="spring", metadata={"lang": "en"})
    others = [replace(PLAIN, text="Other"), replace(PLAIN, timestamp=1), replace(PLAIN, role="assistant")]
    assert same.key == PLAIN.key
    assert len({PLAIN.key, *(other.key for other in others)}) == 4


def test_an_empty_id_is_an_id() -> None:
    assert replace(PLAIN, message_id="").key != PLAIN.key


@given(alike, alike)
def test_two_messages_share_a_key_only_if_they_are_one(one: Message, other: Message) -> None:
    def key_fields(message: Message) -> tuple[object, ...]:
        owner = (message.tenant, message.user_id, message.conversation_id)
        if message.message_id is not None:
            return (*owner, message.message_id, message.is_event)
        return (*owner, message.timestamp, message.role, message.text)

    assert (one.key == other.key) == (key_fields(one) == key_fields(other))


@given(messages)
def test_content_changes_with_any_field_that_is_not_the_key_s_own(message: Message) -> None:
    done = Engagement("dislike", 2.0)
    changed = [
        replace(message, text=message.text + "x"),
        replace(message, timestamp=message.timestamp + 1),
        replace(message, role="tool"),
        replace(message, author=(message.author or "") + "x"),
        replace(message, campaign_id=(message.campaign_id or "") + "x"),
        replace(message, intent=(message.intent or "") + "x"),
        replace(message, engagement=done),
        replace(message, metadata={**message.metadata, "a longer name": 1}),
    ]
    assert len({message.content, *(each.content for each in changed)}) == len(changed) + 1


@given(messages)
def test_content_does_not_change_with_the_key_s_own_fields(message: Message) -> None:
    moved = replace(message, tenant="t2", user_id="u2", conversation_id="c2", message_id="m2")
    assert moved.content == message.content


@given(messages)
def test_key_and_content_are_worked_out_again_and_again(message: Message) -> None:
    again = replace(message, metadata={name: message.metadata[name] for name in reversed(list(message.metadata))})
    assert (again.key, again.content, again) == (message.key, message.content, message)


@given(messages)
def test_a_message_that_was_kept_is_the_one_that_was_made(message: Message) -> None:
    made = {one.name: getattr(message, one.name) for one in fields(Message)}
    kept = Message.kept(made.pop("key"), made.pop("content"), **made)
    assert kept == message
    assert (kept.version, kept.spoken, kept.is_event) == (message.version, message.spoken, message.is_event)
    assert replace(kept, text="other") == replace(message, text="other")


def test_none_and_nothing_are_not_the_same_content() -> None:
    contents = {replace(PLAIN, author=author).content for author in (None, "", "None")}
    assert len(contents) == 3


def test_a_whole_number_is_engaged_with_as_a_float_is() -> None:
    assert replace(FULL, engagement=Engagement("click", 1)).content == FULL.content
    assert replace(FULL, engagement=Engagement("click", 1.0)).content == FULL.content


@given(messages, times, short)
def test_the_later_version_wins_and_then_the_greater_content(message: Message, time: int, text: str) -> None:
    other = replace(message, timestamp=time, text=text)
    if message.timestamp != other.timestamp:
        assert (message.version < other.version) == (message.timestamp < other.timestamp)
    else:
        assert (message.version < other.version) == (message.content < other.content)
    assert (message.version == other.version) == (message.content == other.content)


def test_spoken_text_names_the_author_where_one_is_known() -> None:
    assert (PLAIN.spoken, FULL.spoken) == ("Any trail shoes?", "Ana: Any trail shoes?")


def test_message_key_is_the_key_of_the_message() -> None:
    found = message_key(
        tenant="acme",
        user_id="u42",
        conversation_id="c9",
        message_id=None,
        timestamp=PLAIN.timestamp,
        role="user",
        text=PLAIN.text,
    )
    assert found == PLAIN.key


def test_a_campaign_s_content_changes_with_anything_but_its_id() -> None:
    campaign = Campaign(tenant="acme", campaign_id="c", title="Spring")
    changed = [
        replace(campaign, title="Summer"),
        replace(campaign, text="x"),
        replace(campaign, intents=("x",)),
        replace(campaign, starts=1),
        replace(campaign, ends=1),
        replace(campaign, url="x"),
        replace(campaign, metadata={"x": 1}),
    ]
    assert len({campaign.content, *(each.content for each in changed)}) == len(changed) + 1
    assert replace(campaign, tenant="t2", campaign_id="d").content == campaign.content


def test_an_entity_is_another_in_another_tenant_or_of_another_type() -> None:
    entity = Entity("name", "paris")
    ids = {entity.id_in("a"), entity.id_in("b"), Entity("place", "paris").id_in("a"), Entity("name", "rome").id_in("a")}
    assert len(ids) == 4

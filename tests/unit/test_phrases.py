"""The plain extractor: what is a name, what it is called, and that no text is too strange."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.evidence import NOTHING, Extraction
from kith.persona.language import Extractor
from kith.persona.model import Entity, Mention, Message, Role
from kith.persona.phrases import PlainExtractor, entity_name

any_text = st.text(alphabet=st.characters(), max_size=60)
PIECES = (
    *("Ana", "Ana's", "New", "York", "the", "The", "of", "I", "and", "St", "#Tag", "&", "a", "ÉCOLE", "Москва", "x"),
    *(".", ". ", "! ", " ", " ", " ", " ", ", ", '"', "\n", "’s", "@", "://", "#", "-", "1"),
)
wordy = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
EXTRACTOR: Extractor = PlainExtractor()


def message(text: str, *, role: Role = "user", intent: str | None = None) -> Message:
    return Message(tenant="t", user_id="u", text=text, timestamp=1, role=role, intent=intent)


def names(text: str) -> list[tuple[str, str, int]]:
    [found] = EXTRACTOR.extract([message(text)], names={})
    assert all(mention.entity.type == "name" for mention in found.mentions)
    return [(mention.entity.name, mention.surface, mention.count) for mention in found.mentions]


def only_names(text: str) -> list[str]:
    return [name for name, _, _ in names(text)]


def test_the_version_is_known() -> None:
    assert EXTRACTOR.version == "phrases-1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I love New York in the autumn.", ["new york"]),
        ("New York is great", ["new york"]),
        ("We went to the Lake District with Ana and Bob", ["lake district", "ana", "bob"]),
        ("I read The Lord of the Rings", ["lord of the rings"]),
        ("she is from Rio de Janeiro!", ["rio de janeiro"]),
        ("I work at Marks & Spencer and AT&T", ["marks & spencer", "at&t"]),
        ("I live in St. Louis. Paris is far", ["st. louis"]),
        ("on Monday I saw Ana in March", ["ana"]),
        ("Hi Ana, thanks! Hello", ["ana"]),
        ("Then Ana came. Watched Inception", ["ana", "inception"]),
        ("The weather is nice. Shoes are nice", []),
        ("Python is nice. Python rocks", []),
        ("Can I get a PS5 or an Xbox?", ["ps5", "xbox"]),
        ("I AM SO HAPPY TODAY", []),
        ("so SO VERY HAPPY now", []),
        ("plan B or plan C", []),
        ("any trail shoes under 100?", []),
        ("we saw Ana\nBob was late", ["ana"]),
        ("", []),
    ],
)
def test_names_are_what_is_written_with_capitals(text: str, expected: list[str]) -> None:
    assert only_names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('have you seen "Dune" or "The Who"', ["dune", "who"]),
        ("have you seen “The Lord of the Rings”", ["lord of the rings"]),
        ("«Сталкер» is long", ["сталкер"]),
        ('he said "Great stuff"', []),
        ("try #TrailRunning and #lisbon, not #1 or C#Foo", ["trailrunning", "lisbon"]),
        ("mail Ana@Example.Com or see https://Foo.Bar/Baz or www.Foo.Bar", []),
    ],
)
def test_quotes_and_hashtags_make_names_and_addresses_do_not(text: str, expected: list[str]) -> None:
    assert only_names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("я живу в Москве, а брат в Нижний Новгород", ["москве", "нижний новгород"]),
        ("ζω στην Αθήνα", ["αθήνα"]),
        ("j'habite à Évry", ["évry"]),
        ("我爱北京，你呢？", []),
        ("أنا من القاهرة", []),
        ("मैं दिल्ली में रहता हूँ", []),
    ],
)
def test_other_scripts_are_read_by_their_capitals(text: str, expected: list[str]) -> None:
    assert only_names(text) == expected


def test_a_name_stands_once_with_its_count_and_most_used_surface() -> None:
    assert names("I met Ana's dog, ANA and Ana’s cat; then ANA left") == [("ana", "ANA", 4)]
    assert names("I met Bob, BOB and Bob") == [("bob", "Bob", 3)]


def test_the_start_of_a_sentence_counts_where_the_name_stands_elsewhere() -> None:
    assert names("Python is nice. I think Python rocks. Python!") == [("python", "Python", 3)]


def test_a_mention_is_plain() -> None:
    assert EXTRACTOR.extract([message("I like  New \t York", intent="travel")], names={}) == [
        Extraction(mentions=(Mention(Entity("name", "new york"), "New York", 1, 0.0),), intents=("travel",))
    ]


@pytest.mark.parametrize("role", ["assistant", "system", "tool"])
def test_only_the_person_teaches(role: Role) -> None:
    assert EXTRACTOR.extract([message("I love New York", role=role, intent="travel")], names={}) == [NOTHING]


def test_each_message_stands_alone_and_in_order() -> None:
    messages = [message(text) for text in ("I saw Ana", "", "Ana left", "we met Bob")]
    assert EXTRACTOR.extract(messages, names={}) == [EXTRACTOR.extract([one], names={})[0] for one in messages]
    assert EXTRACTOR.extract([], names={}) == []


def test_a_message_gives_no_more_than_it_may() -> None:
    many = "we met " + ", ".join(f"Ana{letter}{other}" for letter in "abcdefgh" for other in "abcdefgh")
    assert only_names(many) == [f"ana{letter}{other}" for letter in "abcd" for other in "abcdefgh"]
    assert only_names(f"we met {'Ana ' * 40} and A{'a' * 200} and #{'b' * 200}") == []


@given(any_text | wordy)
def test_any_text_gives_names_that_are_names(text: str) -> None:
    [found] = EXTRACTOR.extract([message(text)], names={}) if _storable(text) else [NOTHING]
    mentioned = [mention.entity.name for mention in found.mentions]
    assert len(set(mentioned)) == len(mentioned) <= 32
    for mention in found.mentions:
        assert 1 <= len(mention.entity.name) <= 128
        assert 1 <= len(mention.surface) <= 128
        assert mention.entity.name == entity_name(mention.surface) == entity_name(mention.entity.name)
        assert mention.count >= 1


def _storable(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


@given(any_text)
def test_a_name_is_called_the_same_however_it_is_written(text: str) -> None:
    name = entity_name(text)
    assert name == entity_name(unicodedata.normalize("NFD", text)) == entity_name(f"  “{text}”! ")
    assert entity_name(name) == name
    assert len(name) <= 128
    assert name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("surface", "name"),
    [
        ("New \n York", "new york"),
        ("Ana's", "ana"),
        ("Ana’s", "ana"),
        ("James'", "james"),
        ("«Ana»,", "ana"),
        ("#TrailRunning", "trailrunning"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("E\u0301cole", "école"),
        ("...", ""),
        ("x" * 200, "x" * 128),
    ],
)
def test_names_are_folded(surface: str, name: str) -> None:
    assert entity_name(surface) == name

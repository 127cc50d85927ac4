"""What is worth a parse, and what is English."""

import pytest

from kith.etl.tongues import Tongue
from kith.persona.language.gate import opens_sentence, readable, worth_parsing


@pytest.fixture(scope="module")
def tongue() -> Tongue:
    return Tongue()


@pytest.mark.parametrize(
    "text",
    [
        "i live in ghent",
        "im a nurse",
        "we moved",
        "our son is six",
        "is there a bakery near Turku?",
        "Alice is a software engineer who loves hiking and photography.",
        "Hi! Alice loves tea",
        "under 100 please",
        "#hiking",
        "actually it's decaf",
        "forget that",
        "not any more",
        "Allergic to peanuts btw",
        "Vegan here",
        "just moved to a bigger place",
        "hate olives",
        "the plan is to do a course in May",
        "long rides, can't get enough",
        "favourite colour: blue",
    ],
)
def test_what_may_tell_of_a_person_is_parsed(text: str) -> None:
    assert worth_parsing(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks, that was quick.",
        "Is the recall course any good, do you think?",
        "Great! Any other ideas?",
        "OK. Until next week",
        "Monday then. Bye!",
        "how are you?",
        "This is nice. There is more.",
        "🙂",
    ],
)
def test_chatter_is_not(text: str) -> None:
    assert not worth_parsing(text)


@pytest.mark.parametrize(
    "text",
    [
        "Super, danke, das probiere ich morgen aus!",
        "Ich wohne seit drei Jahren in Leipzig und arbeite als Krankenschwester.",
        "Wo gibt es das?",
        "¿Sabes si abren cerca de Bilbao?",
        "Vivo en Madrid y trabajo de profesora.",
        "Mil gracias, lo pruebo mañana!",
        "Au fait, c'est combien déjà ?",
        "J'habite à Lyon depuis mars et j'adore la randonnée.",
        "Abito a Bologna e lavoro come infermiera.",
        "Moro no Porto há cinco anos e gosto muito de correr.",
        "Ik woon in Gent en ik werk als leraar.",
        "Jag bor i Göteborg och arbetar som lärare.",
        "Mieszkam w Krakowie i pracuję jako nauczycielka.",
        "今日は雨です。また明日。",
        "Я живу в Москве",
        "أنا أعيش في القاهرة",
        "서울에 살아요",
    ],
)
def test_other_languages_are_not_read(text: str, tongue: Tongue) -> None:
    assert not readable(text, tongue)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "lol",
        "😀😀",
        "Me too I like Anthony Hopkins.",
        "Kraków, Poznań, Łódź",
        "Berlin or Leipzig?",
        "i dont no maybe la la land",
        "I grew up in São Paulo and speak Portuguese, mas agora moro em Lisboa.",
        "Have you seen Amélie or La vita è bella? Both great",
        "Schnitzel recipe?",
        "haha yeah",
        "no thx",
        "gr8 c u l8r",
        "My name is Jürgen Müller and I live in Düsseldorf",
    ],
)
def test_english_is_read_however_short(text: str, tongue: Tongue) -> None:
    assert readable(text, tongue)


def test_where_the_words_show_it_nobody_is_asked() -> None:
    asked: list[str] = []

    def ask(text: str) -> str:
        asked.append(text)
        return "fi"

    assert readable("I live in the middle of Ghent", ask)
    assert not readable("Ich wohne nicht in Gent", ask)
    assert readable("ok then", ask)
    assert asked == []
    assert not readable("Asun Tampereella vanhassa talossa", ask)
    assert asked == ["Asun Tampereella vanhassa talossa"]


def test_where_sentences_open() -> None:
    text = 'Hi. "Rome" is it: Rome or Oslo'
    assert [opens_sentence(text, at) for at in (0, text.index("Rome"), text.rindex("Rome"), text.index("Oslo"))] == [
        True,
        True,
        True,
        False,
    ]

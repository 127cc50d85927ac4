"""What is a campaign, and what is turned away and why."""

import pytest

from kith.persona.identity import Json
from kith.persona.model import Campaign, Rejection, RejectionCode
from kith.persona.records import Raw, parse_campaign


def campaign(value: Json) -> Campaign | Rejection:
    return parse_campaign(Raw("s", "line 1", "raw", value), tenant="t")


def test_a_whole_campaign():
    value: dict[str, Json] = {
        "id": "spring-trail",
        "title": "Spring trail",
        "text": "Shoes for the hills",
        "intents": ["buy_shoes", "buy_shoes", "run"],
        "starts": "2026-03-01",
        "ends": 1774915200,
        "url": "https://shop.example/trail",
        "metadata": {"a": 1},
        "b": 2,
    }
    expected = Campaign(
        tenant="t",
        campaign_id="spring-trail",
        title="Spring trail",
        text="Shoes for the hills",
        intents=("buy_shoes", "run"),
        starts=1772323200000,
        ends=1774915200000,
        url="https://shop.example/trail",
        metadata={"a": 1, "b": 2},
    )
    assert campaign(value) == expected
    names = {
        "id": "campaignId",
        "title": "name",
        "text": "description",
        "starts": "startsAt",
        "ends": "end_date",
        "url": "link",
    }
    assert campaign({names.get(name, name): inner for name, inner in value.items()}) == expected


@pytest.mark.parametrize(
    ("value", "code", "detail"),
    [
        ({"title": "T"}, "missing_field", "'id' is missing; give it"),
        ({"id": "a"}, "missing_field", "'title' is missing; give it"),
        ({"id": "a", "name": " "}, "empty_text", "'name' holds no text; give the title that people see"),
        ({"id": "a", "title": 5}, "bad_type", "'title' is a number; give text"),
        ({"id": "a", "title": "T", "intents": 5}, "bad_type", "'intents' is a number; give a list of names"),
        ({"id": "a", "title": "T", "intents": ["x"] * 65}, "too_large", "'intents' has 65 names; at most 64 are taken"),
        ({"id": "a", "title": "T", "starts": 5, "ends": 4}, "bad_value", "'ends' is before 'starts'; change one"),
        (
            {"id": "a", "title": "T", "url": "javascript:alert(1)"},
            "bad_value",
            "'url' is not an address of the web; give one that starts with 'https://'",
        ),
        ([], "not_an_object", "the record is a list; give one object for each campaign"),
    ],
)
def test_campaigns_that_are_turned_away(value: Json, code: RejectionCode, detail: str):
    assert campaign(value) == Rejection(code, detail, "s", "line 1", "raw")

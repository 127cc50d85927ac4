"""What the generator makes its feeds of: the catalogue, people, what they know when, and texts with choices."""

from dataclasses import replace

import pytest

from kith.data.campaigns import generate_campaigns
from kith.data.grammar import Dice, Words, compiled, expand, slots_of
from kith.data.knowledge import knowledge
from kith.data.people import person_of
from kith.data.topics import AREAS, Phrase, area, facts, life, traps, voice
from kith.persona.campaign_records import parse_campaign
from kith.persona.errors import BadInput
from kith.persona.model import Campaign
from kith.persona.records import Raw

SEED = 7


def test_the_catalogue_holds_forty_campaigns_of_all_areas_some_over_and_some_to_come() -> None:
    made = list(generate_campaigns(seed=SEED))
    campaigns = [parse_campaign(Raw("c", str(at), "", one), tenant="t") for at, one in enumerate(made)]
    valid = [campaign for campaign in campaigns if isinstance(campaign, Campaign)]
    assert len(valid) == len({campaign.campaign_id for campaign in valid}) == 40
    assert {str(campaign.metadata["area"]) for campaign in valid} == set(AREAS)
    assert all(str(campaign.url).startswith("https://example.com/") for campaign in valid)
    assert any(str(one["ends"]) < "2026-03-15" for one in made)
    assert any(str(one["starts"]) > "2026-03-29" for one in made)
    assert sum(one["ends"] is None for one in made) > 20


def test_more_campaigns_have_ids_of_their_own_and_fewer_are_the_first_of_them() -> None:
    many = list(generate_campaigns(seed=3, count=130))
    assert len({str(one["id"]) for one in many}) == 130
    assert many[:11] == list(generate_campaigns(seed=3, count=11))
    with pytest.raises(BadInput, match="-1 campaigns cannot be made"):
        next(generate_campaigns(seed=3, count=-1))


def test_an_intent_of_a_campaign_is_one_that_people_have() -> None:
    wanted = {thread.intent for key in AREAS for thread in area(key).threads}
    for key in AREAS:
        for offer in area(key).offers:
            assert wanted & set(offer.intents), offer.campaign_id


def test_a_person_does_not_depend_on_how_many_others_there_are() -> None:
    assert person_of(5, 123_456) == person_of(5, 123_456)
    assert person_of(5, 123_456).user_id.endswith("123457")
    assert len({person_of(5, index).user_id for index in range(500)}) == 500


def test_everything_that_can_be_said_can_be_said_by_somebody() -> None:
    known: set[str] = {"offer", "did"}
    for index in range(300):
        person = person_of(1, index)
        for day in range(0, 56, 4):
            known |= knowledge(person, day, person.interests[0], Dice(index, day)).keys()
    threads = [*life()[1], *(thread for key in AREAS for thread in area(key).threads)]
    phrases: list[Phrase] = [line.phrase for thread in threads for line in thread.lines]
    phrases += [phrase for said in (*facts().values(), *voice().reactions.values()) for phrase in said]
    phrases += [*traps(), *voice().thanks, *voice().tool]
    assert {name for phrase in phrases for name in phrase.needs} <= known


def test_news_comes_before_and_after_what_it_changes() -> None:
    mover = next(p for p in (person_of(2, n) for n in range(99)) if any(c.event == "moved" for c in p.changes))
    moved = next(change for change in mover.changes if change.event == "moved")
    before = knowledge(mover, moved.day - 1, mover.interests[0], Dice(0))
    after = knowledge(mover, moved.day + 7, mover.interests[0], Dice(0))
    assert (before["home"], before["next_home"], before.get("old_home")) == (*moved.old, *moved.new, None)
    assert (after["home"], after["old_home"], after["moved_when"]) == (*moved.new, *moved.old, "last week")
    assert "years" not in before


def test_nobody_does_sports_while_it_hurts() -> None:
    person = replace(person_of(1, 1), interests=("cycling", "jazz"), changes=())
    hurt = next(
        p.changes for p in (person_of(1, n) for n in range(99)) if [c.event for c in p.changes] == ["injured", "healed"]
    )
    injured = replace(person, changes=hurt)
    assert injured.able_on(hurt[0].day - 1) == ("cycling", "jazz")
    assert injured.able_on(hurt[0].day + 1) == ("jazz",)
    assert injured.able_on(hurt[1].day + 1) == ("cycling", "jazz")


def test_a_text_with_choices_gives_each_of_them_and_keeps_its_words() -> None:
    words: Words = {"pet": (compiled("cat"), compiled("dog"))}
    text = compiled("[My|Our] {pet} [likes [milk|fish]|sleeps], {name}, not the {pet2} but the {pet}.")
    assert slots_of(text, words) == {"name"}
    dice = Dice("test")
    said = {expand(text, {"name": "Ana"}, words=words, dice=dice) for _ in range(300)}
    assert said == {
        f"{whose} {pet} {does}, Ana, not the {other} but the {pet}."
        for whose in ("My", "Our")
        for pet, other in (("cat", "dog"), ("dog", "cat"))
        for does in ("likes milk", "likes fish", "sleeps")
    }


@pytest.mark.parametrize("text", ["[a|b", "a]", "{", "{two words}"])
def test_a_text_with_a_bracket_too_many_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="bracket too many or too few"):
        compiled(text)

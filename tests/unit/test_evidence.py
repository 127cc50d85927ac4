"""What messages teach: which digests change with what, and what a person's ties are told apart by."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kith.persona.evidence import (
    Engaged,
    Evidence,
    Extraction,
    Mentioned,
    Related,
    SeenWith,
    Ties,
    Wants,
    evidence_of,
    strength,
    tie_digests,
)
from kith.persona.model import ENGAGEMENT_KINDS, Engagement, Entity, Fact, Mention, Message, Relation, Statement

ANA, YORK = Entity("name", "ana"), Entity("name", "new york")
EXTRACTION = Extraction(
    mentions=(Mention(ANA, "Ana", 2, 0.5), Mention(YORK, "New York")),
    statements=(Statement("lives_in", YORK, since=1), Statement("likes", ANA, confidence=0.5)),
    intents=("travel", "buy"),
)
MESSAGE = Message(
    tenant="acme",
    user_id="u42",
    text="Ana and I live in New York",
    timestamp=5,
    conversation_id="c9",
    message_id="m1",
    campaign_id="spring",
    engagement=Engagement("click"),
)
EVIDENCE = evidence_of(MESSAGE, EXTRACTION, extractor="phrases-1")
FACT = Fact("f1", "lives_in", YORK, 1, None, 0.9, "rule", ("k1", "k2"))
TIES = Ties(
    user_id="u42",
    whole=True,
    mentioned=(Mentioned(ANA, "Ana", 2, 0.5, 1, 5),),
    wants=(Wants("buy", 1, 5),),
    engaged=(Engaged("spring", 0.5, 1, 5),),
    seen_with=(SeenWith(ANA, YORK, 1),),
    facts=(FACT,),
)
LIVES = Relation(ANA, "lives_in", YORK)
DETAILED = replace(FACT, detail="flat")
PINNED = {
    "evidence": "19fcc7c1fac4d602328241871a534069",
    "MENTIONED name ana Ana 2 1 5": "78029c8b510333bf35e55595b30f70f8",
    "HAS_INTENT buy 1 5": "7e28e236308a56b61e82368659ce6c29",
    "ENGAGED_WITH spring 1 5": "78ed97087609cc7f779858865e35c2a4",
    "SEEN_WITH name ana name new york 1": "d1fc7b4425e751a94e674fe16486f002",
    "STATED f1 lives_in name new york 1 None rule ['k1', 'k2']": "fca036cb79668f9ff80cfe7e6999c4c7",
}


PINNED_SINCE = {
    "evidence": "2fd309d6efd035360041480644a268c4",
    "RELATED name ana lives_in name new york ['k1', 'k2']": "2e01745ab3c06e1d6896a235273d2d6e",
    "STATED f1 lives_in name new york flat 1 None rule ['k1', 'k2']": "c8e8bb96b948a3ba15a7062713d427cb",
}
"""What could not be told when the others were pinned."""


def test_digests_never_change() -> None:
    assert {"evidence": EVIDENCE.digest, **dict(tie_digests("acme", TIES))} == PINNED
    related = Ties("u42", related=(Related(LIVES, ("k1", "k2")),), facts=(DETAILED,))
    statements = (replace(EXTRACTION.statements[0], detail="flat"), replace(EXTRACTION.statements[1], denied=True))
    more = replace(EVIDENCE, extraction=replace(EXTRACTION, statements=statements, relations=(LIVES,)))
    assert {"evidence": more.digest, **dict(tie_digests("acme", related))} == PINNED_SINCE


def test_evidence_is_what_was_found_beside_what_the_record_says() -> None:
    assert evidence_of(MESSAGE, EXTRACTION, extractor="phrases-1") == Evidence(
        key=MESSAGE.key,
        user_id="u42",
        content=MESSAGE.content,
        timestamp=5,
        conversation_id="c9",
        extractor="phrases-1",
        campaign_id="spring",
        engagement=Engagement("click"),
        extraction=EXTRACTION,
    )


def test_engagement_with_nothing_is_none() -> None:
    assert evidence_of(replace(MESSAGE, campaign_id=None), EXTRACTION, extractor="x").engagement is None


def test_all_that_is_mentioned_stated_or_related_is_an_entity_of_it() -> None:
    found = Extraction(mentions=(Mention(ANA, "Ana"),), statements=(Statement("lives_in", YORK),))
    assert evidence_of(MESSAGE, found, extractor="x").entities == {ANA, YORK}
    assert evidence_of(MESSAGE, Extraction(relations=(LIVES,)), extractor="x").entities == {ANA, YORK}


@given(
    st.permutations(EXTRACTION.mentions), st.permutations(EXTRACTION.statements), st.permutations(EXTRACTION.intents)
)
def test_the_digest_does_not_depend_on_order(
    mentions: list[Mention], statements: list[Statement], intents: list[str]
) -> None:
    shuffled = Extraction(tuple(mentions), tuple(statements), tuple(intents))
    assert replace(EVIDENCE, extraction=shuffled).digest == EVIDENCE.digest


def test_the_digest_changes_with_what_was_learned() -> None:
    def learned(extraction: Extraction) -> Evidence:
        return replace(EVIDENCE, extraction=extraction)

    [ana, york], [lives, likes] = EXTRACTION.mentions, EXTRACTION.statements
    others = [
        replace(EVIDENCE, key="k"),
        replace(EVIDENCE, content="c"),
        replace(EVIDENCE, engagement=None),
        replace(EVIDENCE, engagement=Engagement("like")),
        replace(EVIDENCE, campaign_id="summer"),
        learned(replace(EXTRACTION, mentions=(ana,))),
        learned(replace(EXTRACTION, mentions=(replace(ana, count=3), york))),
        learned(replace(EXTRACTION, mentions=(replace(ana, surface="ANA"), york))),
        learned(replace(EXTRACTION, mentions=(replace(ana, entity=Entity("person", "ana")), york))),
        learned(replace(EXTRACTION, statements=(lives,))),
        learned(replace(EXTRACTION, statements=(replace(lives, since=2), likes))),
        learned(replace(EXTRACTION, statements=(replace(lives, until=2), likes))),
        learned(replace(EXTRACTION, statements=(replace(lives, origin="hand"), likes))),
        learned(replace(EXTRACTION, statements=(replace(lives, predicate="works_at"), likes))),
        learned(replace(EXTRACTION, statements=(replace(lives, object=ANA), likes))),
        learned(replace(EXTRACTION, statements=(replace(lives, detail="flat"), likes))),
        learned(replace(EXTRACTION, statements=(replace(lives, denied=True), likes))),
        learned(replace(EXTRACTION, intents=("travel",))),
        learned(replace(EXTRACTION, relations=(LIVES,))),
        learned(replace(EXTRACTION, relations=(replace(LIVES, subject=YORK),))),
        learned(replace(EXTRACTION, relations=(replace(LIVES, kind="likes"),))),
        learned(replace(EXTRACTION, relations=(replace(LIVES, object=ANA),))),
    ]
    assert len({EVIDENCE.digest, *(other.digest for other in others)}) == len(others) + 1


def test_the_digest_leaves_floats_and_the_extractor_out() -> None:
    [ana, york], [lives, likes] = EXTRACTION.mentions, EXTRACTION.statements
    same = Extraction((replace(ana, sentiment=-1.0), york), (lives, replace(likes, confidence=0.1)), EXTRACTION.intents)
    other = replace(EVIDENCE, extraction=same, extractor="other", engagement=Engagement("click", 0.1))
    assert other.digest == EVIDENCE.digest


def test_every_kind_of_engagement_has_a_strength() -> None:
    assert {kind: strength(kind) for kind in ENGAGEMENT_KINDS} == {
        "view": 0.15,
        "click": 0.5,
        "like": 1.0,
        "convert": 1.0,
        "dislike": -1.0,
    }
    assert strength("click", 3) == 1.5


def test_a_tie_s_digest_changes_with_each_of_its_totals() -> None:
    mentioned, wants, engaged, seen = TIES.mentioned[0], TIES.wants[0], TIES.engaged[0], TIES.seen_with[0]
    others = [
        replace(TIES, user_id="u43"),
        replace(TIES, mentioned=(replace(mentioned, entity=YORK),)),
        replace(TIES, mentioned=(replace(mentioned, surface="ANA"),)),
        replace(TIES, mentioned=(replace(mentioned, count=3),)),
        replace(TIES, mentioned=(replace(mentioned, first=0),)),
        replace(TIES, mentioned=(replace(mentioned, last=6),)),
        replace(TIES, wants=(replace(wants, intent="sell"),)),
        replace(TIES, wants=(replace(wants, count=2),)),
        replace(TIES, wants=(replace(wants, last=6),)),
        replace(TIES, engaged=(replace(engaged, campaign_id="summer"),)),
        replace(TIES, engaged=(replace(engaged, count=2),)),
        replace(TIES, engaged=(replace(engaged, last=6),)),
        replace(TIES, seen_with=(replace(seen, count=2),)),
        replace(TIES, seen_with=(SeenWith(YORK, ANA, 1),)),
        replace(TIES, facts=(replace(FACT, id="f2"),)),
        replace(TIES, facts=(replace(FACT, since=2),)),
        replace(TIES, facts=(replace(FACT, until=2),)),
        replace(TIES, facts=(replace(FACT, origin="hand"),)),
        replace(TIES, facts=(DETAILED,)),
        replace(TIES, related=(Related(LIVES, ("k1",)),)),
        replace(TIES, related=(Related(LIVES, ("k1", "k2")),)),
        replace(TIES, related=(Related(replace(LIVES, kind="likes"), ("k1",)),)),
        replace(TIES, facts=(replace(FACT, sources=("k1",)),)),
        replace(TIES, facts=None),
    ]
    bags = {frozenset(digest for _, digest in tie_digests("acme", ties)) for ties in (TIES, *others)}
    assert len(bags) == len(others) + 1
    assert dict(tie_digests("other", TIES)) != dict(tie_digests("acme", TIES))


def test_a_tie_s_digest_leaves_floats_out() -> None:
    same = replace(
        TIES,
        whole=False,
        mentioned=(replace(TIES.mentioned[0], sentiment=-0.5),),
        engaged=(replace(TIES.engaged[0], score=0.1),),
        facts=(replace(FACT, confidence=0.1),),
    )
    assert list(tie_digests("acme", same)) == list(tie_digests("acme", TIES))


def test_ties_whose_names_read_the_same_have_digests_of_their_own() -> None:
    one, other = Entity("a", "b c"), Entity("a b", "c")
    ties = Ties("u", mentioned=(Mentioned(one, "x", 1, 0, 1, 1), Mentioned(other, "x", 1, 0, 1, 1)))
    assert len({digest for _, digest in tie_digests("acme", ties)}) == 2

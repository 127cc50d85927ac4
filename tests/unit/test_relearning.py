"""What an extractor teaches otherwise is counted piece by piece, and statements are named."""

from dataclasses import replace

from kith.etl.relearning import EXAMPLES, Changed, Changes
from kith.persona.evidence import Evidence, Extraction, evidence_of
from kith.persona.model import Entity, Mention, Message, Relation, Statement

MESSAGE = Message("acme", "u1", "I love tea, and Lea works at Novamet", 1)
TEA, LEA, NOVAMET = Entity("drink", "tea"), Entity("person", "lea"), Entity("organisation", "novamet")
LIKES = Statement("likes", TEA)
FOUND = Extraction(
    mentions=(Mention(TEA, "tea"), Mention(LEA, "Lea")),
    statements=(LIKES,),
    intents=("chat",),
    relations=(Relation(LEA, "works_at", NOVAMET),),
)


def taught(found: Extraction) -> Evidence:
    return evidence_of(MESSAGE, found, extractor="x")


def test_each_piece_that_comes_or_goes_is_counted_under_its_name() -> None:
    changes = Changes()
    changes.add(None, taught(FOUND))
    changes.add(taught(FOUND), taught(replace(FOUND, statements=(replace(LIKES, until=9),), intents=())))
    changes.add(taught(FOUND), None)
    assert changes.messages == 3
    assert list(changes.counted()) == [
        Changed("intents", "chat", 1, 2),
        Changed("mentions", "drink", 1, 1),
        Changed("mentions", "person", 1, 1),
        Changed("relations", "works_at", 1, 1),
        Changed("statements", "likes", 2, 2),
    ]
    assert [(one.change, one.statement) for one in changes.facts] == [
        ("came", LIKES),
        ("came", replace(LIKES, until=9)),
        ("went", LIKES),
        ("went", LIKES),
    ]
    assert changes.facts[1].as_json() == {
        "change": "came",
        "user_id": "u1",
        "key": MESSAGE.key,
        "predicate": "likes",
        "object": "tea",
        "detail": "",
        "until": "1970-01-01T00:00:00.009Z",
        "denied": False,
        "ends": True,
    }


def test_how_sure_a_statement_is_makes_it_no_other() -> None:
    changes = Changes()
    changes.add(taught(FOUND), taught(replace(FOUND, statements=(replace(LIKES, confidence=0.5),))))
    assert (list(changes.counted()), changes.facts) == ([], [])


def test_no_more_statements_are_kept_than_can_be_looked_at() -> None:
    changes = Changes()
    many = tuple(replace(LIKES, object=Entity("thing", f"thing {n}")) for n in range(EXAMPLES + 5))
    changes.add(None, taught(replace(FOUND, statements=many)))
    assert len(changes.facts) == EXAMPLES
    assert Changed("statements", "likes", EXAMPLES + 5, 0) in list(changes.counted())

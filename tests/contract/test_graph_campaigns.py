"""What every adapter of the Graph port promises of campaigns, and of what they share with people."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from kith.persona.evidence import Engaged, Mentioned, Ties, Wants
from kith.persona.model import Campaign, Entity, Fact
from kith.stores.ports import Graph, GraphCounts, SharedCampaign

Anybody: TypeAlias = Callable[..., Ties]
Told: TypeAlias = Callable[[Graph, str], object]
OAK, ELM, ASH = Entity("tree", "oak"), Entity("tree", "elm"), Entity("wood", "oak")
LIKES = Fact("f1", "likes", OAK, 10, None, 0.75, "rule", ("k1", "k2"))


def nothing(user_id: str) -> Ties:
    return Ties(user_id, whole=True, facts=())


def spring(title: str = "Spring", intents: tuple[str, ...] = ("see", "buy")) -> Campaign:
    return Campaign("t", "spring", title, intents=intents)


def test_campaigns_are_set_replaced_and_deleted(graph: Graph, told: Told) -> None:
    autumn = Campaign("t", "autumn", "Autumn")
    graph.set_campaigns("t", [(spring(), [OAK, ELM, OAK]), (autumn, [])])
    assert graph.get_campaign("t", "spring") == (("buy", "see"), (ELM, OAK))
    assert graph.get_campaign("t", "autumn") == ((), ())
    graph.set_campaigns("t", [(spring(), [OAK]), (spring(intents=("see", "rent", "see")), [ASH, ELM])])
    assert graph.get_campaign("t", "spring") == (("rent", "see"), (ELM, ASH))
    assert graph.counts("t") == GraphCounts(users=0, entities=3, intents=3, campaigns=2, edges=4)
    graph.delete_campaigns("t", ["spring", "spring", "unknown"])
    counts = GraphCounts(users=0, entities=3, intents=3, campaigns=1, edges=0)
    assert told(graph, "t") == ([], {"autumn": ((), ())}, [ELM, OAK, ASH], counts)


def test_a_campaign_that_was_only_engaged_with_is_not_loaded(graph: Graph, ana: Anybody) -> None:
    graph.set_ties("t", [ana()])
    assert (graph.get_campaign("t", "spring"), list(graph.scan_campaigns("t"))) == (None, [])
    graph.set_campaigns("t", [(spring(), [OAK])])
    assert (graph.get_campaign("t", "spring"), list(graph.scan_campaigns("t"))) == (
        (("buy", "see"), (OAK,)),
        ["spring"],
    )
    assert graph.get_ties("t", "ana") == ana()


def test_what_people_did_with_a_campaign_outlives_it(graph: Graph, ana: Anybody) -> None:
    graph.set_campaigns("t", [(spring(), [OAK])])
    graph.set_ties("t", [ana(), ana("bob")])
    graph.delete_campaigns("t", ["spring"])
    assert [graph.get_ties("t", user_id) for user_id in ("ana", "bob")] == [ana(), ana("bob")]
    assert (graph.get_campaign("t", "spring"), list(graph.scan_campaigns("t"))) == (None, [])
    assert graph.counts("t") == GraphCounts(users=2, entities=3, intents=2, campaigns=0, edges=28)


def test_a_loaded_campaign_stays_when_nobody_engages_with_it(graph: Graph, ana: Anybody) -> None:
    graph.set_campaigns("t", [(spring(), [OAK])])
    graph.set_ties("t", [ana()])
    graph.set_ties("t", [Ties("ana", engaged=(Engaged("spring", 0.0, 0, 0),))])
    # The node, thirteen ties, and the other campaign, which was bare.
    assert graph.delete_user("t", "ana") == 15
    assert graph.get_campaign("t", "spring") == (("buy", "see"), (OAK,))


def test_campaigns_share_what_a_person_wants_and_mentions(graph: Graph, ana: Anybody) -> None:
    fir = Entity("tree", "fir")
    # Facts, engagement, pairs and relations share nothing: ana never mentions an ash or a fir.
    graph.set_ties("t", [replace(ana(), facts=(replace(LIKES, object=fir),))])
    assert graph.shared_campaigns("t", "ana") == []
    campaigns: list[tuple[Campaign, list[Entity]]] = [
        (spring(intents=("see", "rent", "buy")), [OAK, ASH, ELM, fir]),
        (Campaign("t", "Zoo", "Z", intents=("see",)), []),
        (Campaign("t", "autumn", "Autumn", intents=("rent",)), [ELM]),
        (Campaign("t", "winter", "Winter", intents=("rent",)), [ASH, fir]),
    ]
    graph.set_campaigns("t", campaigns)
    expected = [
        SharedCampaign("Zoo", ("see",), ()),
        SharedCampaign("autumn", (), (ELM,)),
        SharedCampaign("spring", ("buy", "see"), (ELM, OAK)),
    ]
    assert graph.shared_campaigns("t", "ana") == expected
    graph.set_campaigns("t", [(spring(intents=("rent",)), [ASH])])
    graph.delete_campaigns("t", ["Zoo"])
    assert graph.shared_campaigns("t", "ana") == expected[1:2]
    graph.set_ties("t", [Ties("ana", mentioned=(Mentioned(ELM, "", 0, 0.0, 0, 0),))])
    assert graph.shared_campaigns("t", "ana") == []


def test_what_others_want_and_mention_is_shared_with_them_alone(graph: Graph, ana: Anybody) -> None:
    graph.set_campaigns("t", [(spring(), [OAK])])
    graph.set_campaigns("T", [(spring(), [ELM])])
    graph.set_ties("t", [ana("bob"), nothing("cyd"), Ties("dan", wants=(Wants("see", 1, 1),))])
    graph.set_ties("T", [ana()])
    both = ("buy", "see")
    assert {user_id: graph.shared_campaigns("t", user_id) for user_id in ("ana", "bob", "cyd", "dan")} == {
        "ana": [],
        "bob": [SharedCampaign("spring", both, (OAK,))],
        "cyd": [],
        "dan": [SharedCampaign("spring", ("see",), ())],
    }
    assert graph.shared_campaigns("T", "ana") == [SharedCampaign("spring", both, (ELM,))]
    graph.delete_user("t", "bob")
    assert graph.shared_campaigns("t", "bob") == []


def test_unused_intents_go_and_others_stay(graph: Graph) -> None:
    graph.set_ties("t", [Ties("ana", wants=(Wants("shown", 1, 1), Wants("forgotten", 1, 1)))])
    graph.set_ties("t", [Ties("ana", wants=(Wants("forgotten", 0, 1),))])
    graph.set_campaigns("t", [(spring(intents=("targeted", "dropped")), [])])
    graph.set_campaigns("t", [(spring(intents=("targeted",)), [])])
    assert graph.counts("t") == GraphCounts(users=1, entities=0, intents=4, campaigns=1, edges=2)
    graph.delete_unused_intents("t")
    assert graph.counts("t") == GraphCounts(users=1, entities=0, intents=2, campaigns=1, edges=2)
    assert graph.get_ties("t", "ana") == replace(nothing("ana"), wants=(Wants("shown", 1, 1),))
    assert graph.get_campaign("t", "spring") == (("targeted",), ())

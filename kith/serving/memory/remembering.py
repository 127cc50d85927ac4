"""What is known of a person: facts, things, messages, context, card and graph, as the API and Python show them."""

from collections.abc import Mapping, Sequence

from kith.persona.activation import activated
from kith.persona.by_name import by_name
from kith.persona.embedding import usable
from kith.persona.facts import SINGLE_VALUED
from kith.persona.identity import Json, nfc
from kith.persona.model import Entity, Fact, User
from kith.persona.time import iso
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.cursors import cursor_of
from kith.serving.frame.house import House
from kith.serving.frame.problems import Refusal
from kith.serving.memory.answering import Asking, answer_to, asking_of
from kith.serving.memory.cards import card_of
from kith.serving.memory.contexts import MAX_TOKENS, NOW, SOURCES, Moments, channels_of, context_of, found_by
from kith.serving.memory.finding import Asked, find
from kith.serving.memory.learned import facts_of, holds, learned_of, surfaces_of, ties_of
from kith.serving.memory.offering import named_in
from kith.serving.memory.recalled import in_words
from kith.serving.memory.telling import Teller, rounded, thing_found
from kith.serving.memory.tying import Net, net_of
from kith.serving.people.knowing import known_user
from kith.serving.shapes import memory as shapes
from kith.serving.shapes.people import LearnedThing, MessageItem
from kith.stores.ports import ALL, Narrowed

__all__ = ["DEPTH", "MAX_TOKENS", "Memory", "Moments"]

DEPTH = 2


class Memory:
    """Answers questions about people, over the stores of a house. Any thread may call.

    Each answer about somebody whom nobody knows is a `Refusal`. A store that is down is named in `degraded`; without
    documents there is no answer.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    def known(self, tenant: str, user_id: str) -> None:
        """Refuses whoever is not known."""
        self._user(tenant, user_id)

    def context(
        self,
        tenant: str,
        user_id: str,
        *,
        query: str | None = None,
        max_tokens: int = MAX_TOKENS,
        moments: Moments = NOW,
    ) -> shapes.Context:
        """What to know about a person, packed into this many tokens."""
        attempts, user = Attempts(), self._user(tenant, user_id)
        at = self._at(moments)
        known_at = moments.known_at
        learned = learned_of(self._house, tenant, user, attempts, at=at, known_at=known_at)
        found = None if query is None else found_by(self._house, tenant, user, query, learned, attempts, at=at)
        return context_of(
            self._house,
            tenant,
            user,
            attempts,
            query=query,
            found=found,
            learned=learned,
            at=at,
            max_tokens=max_tokens,
            known_at=known_at,
            sources=SOURCES,
        )

    def search(
        self,
        tenant: str,
        user_id: str,
        query: str,
        *,
        limit: int = 10,
        only: Narrowed = ALL,
        metadata: Mapping[str, Json] | None = None,
    ) -> shapes.Search:
        """The messages that answer, the best first."""
        attempts, user = Attempts(), self._user(tenant, user_id)
        now = self._house.clock()
        found = find(self._house, Asked(tenant, user, query, now, only=only, metadata=metadata), attempts)
        return shapes.Search(
            user_id=user.user_id,
            query=query,
            items=[MessageItem.of(one.message, score=rounded(one.score)) for one in found.scored[:limit]],
            channels=channels_of(self._house, found, attempts),
            degraded=attempts.degraded,
        )

    def facts(self, tenant: str, user_id: str, *, moments: Moments = NOW) -> shapes.Facts:
        """What was true at one time, by predicate and start."""
        attempts, user = Attempts(), self._user(tenant, user_id)
        at = self._at(moments)
        facts = facts_of(self._house, tenant, user.user_id, attempts, known_at=moments.known_at)
        held = [fact for fact in facts if holds(fact, at)]
        teller = self._teller(tenant, user, held, attempts)
        return shapes.Facts(
            user_id=user.user_id,
            as_of=iso(at),
            items=[teller.fact(fact) for fact in held],
            degraded=attempts.degraded,
        )

    def history(self, tenant: str, user_id: str, fact_id: str) -> shapes.FactHistory:
        """One fact among those of its kind: all that held before it and after it."""
        attempts, user = Attempts(), self._user(tenant, user_id)
        facts = facts_of(self._house, tenant, user.user_id, attempts)
        fact = next((one for one in facts if one.id == fact_id), None)
        if fact is None:
            raise Refusal("unknown-thing", f"{user_id!r} has no fact {fact_id[:40]!r}; GET their facts for the ids")
        kind = sorted((one for one in facts if _alike(one, fact)), key=lambda one: (one.since, one.id))
        keys = list(dict.fromkeys(key for one in kind for key in one.sources))
        said = self._house.stores.documents.get_messages(tenant, keys)
        teller = Teller(surfaces_of(self._house, tenant, user.user_id, kind, attempts), said)
        return shapes.FactHistory(
            fact=teller.fact(fact),
            history=[teller.fact(one) for one in kind],
            messages=[MessageItem.of(one) for one in sorted(said.values(), key=lambda one: (one.timestamp, one.key))],
            degraded=attempts.degraded,
        )

    def entities(self, tenant: str, user_id: str, *, query: str | None = None, limit: int = 50) -> shapes.Things:
        """Things that the person spoke of: by nearness to a question, or by what is on their mind."""
        house, attempts, user = self._house, Attempts(), self._user(tenant, user_id)
        ties = ties_of(house, tenant, user.user_id, attempts, kinds=("mentioned",))
        mentioned = {one.entity: one for one in by_name(ties.mentioned)}
        if query is None:
            scores = self._activation(tenant, user, attempts)
        else:
            scores = self._nearness(tenant, query, list(mentioned), attempts)
        best = sorted(mentioned, key=lambda one: (-scores.get(one, float("-inf")), -mentioned[one].count, one))
        found = [one for one in best if query is None or one in scores]
        return shapes.Things(
            user_id=user.user_id,
            query=query,
            items=[thing_found(mentioned[one], tenant, score=scores.get(one)) for one in found[:limit]],
            degraded=attempts.degraded,
        )

    def entity_messages(
        self,
        tenant: str,
        user_id: str,
        entity_id: str,
        *,
        before: tuple[int, str] | None = None,
        limit: int = 50,
    ) -> shapes.Mentions:
        """What this person said of a thing, the newest first. Of what only others speak, nobody is told."""
        stores, user = self._house.stores, self._user(tenant, user_id)
        insight = stores.ledger.insight
        entity = insight.entity(tenant, entity_id)
        places = (
            [] if entity is None else insight.mentioning(tenant, user.user_id, entity, before=before, limit=limit + 1)
        )
        if entity is None or not (places or before):
            raise Refusal(
                "unknown-thing", f"{user_id!r} spoke of no {entity_id[:40]!r}; GET their entities for the ids"
            )
        said = stores.documents.get_messages(tenant, [key for _, key in places[:limit]])
        return shapes.Mentions(
            user_id=user.user_id,
            entity=LearnedThing(name=entity.name, type=entity.type),
            items=[MessageItem.of(said[key]) for _, key in places[:limit] if key in said],
            next=cursor_of(*places[limit - 1]) if len(places) > limit else None,
            degraded=[],
        )

    def profile(self, tenant: str, user_id: str) -> shapes.Profile:
        """The short card: the same to the byte while nothing changed."""
        return card_of(self._house, tenant, self._user(tenant, user_id))

    def ask(self, tenant: str, user_id: str, query: str, *, max_tokens: int = MAX_TOKENS) -> shapes.AskedAnswer:
        """An answer with what it rests on: `unknown` where nothing that is known answers."""
        return answer_to(self.asking(tenant, user_id, query, max_tokens=max_tokens))

    def asking(self, tenant: str, user_id: str, query: str, *, max_tokens: int = MAX_TOKENS) -> Asking:
        """A question, and what was found for it, for who tells the answer piece by piece."""
        return asking_of(self._house, tenant, self._user(tenant, user_id), query, max_tokens=max_tokens)

    def graph(self, tenant: str, user_id: str, *, depth: int = DEPTH, limit: int = 100) -> shapes.GraphView:
        """What lies around a person, of their own ties alone."""
        attempts, user = Attempts(), self._user(tenant, user_id)
        nodes, edges, cut = self._net(tenant, user, attempts).around(depth=depth, limit=limit)
        return shapes.GraphView(
            user_id=user.user_id, nodes=nodes, edges=edges, truncated=cut, degraded=attempts.degraded
        )

    def path(self, tenant: str, user_id: str, *, start: str | None, end: str) -> shapes.GraphPath:
        """The shortest way between two nodes, told by id or by name; from the person, where no start is given."""
        attempts, user = Attempts(), self._user(tenant, user_id)
        net = self._net(tenant, user, attempts)
        ends = [net.person if one is None else net.named(one) for one in (start, end)]
        for one, given in zip(ends, (start, end), strict=True):
            if one is None:
                raise Refusal(
                    "unknown-thing", f"the graph of {user_id!r} has no {(given or '')[:80]!r}; GET their graph"
                )
        nodes, edges = net.path(ends[0] or "", ends[1] or "")
        return shapes.GraphPath(user_id=user.user_id, nodes=nodes, edges=edges, degraded=attempts.degraded)

    def _user(self, tenant: str, user_id: str) -> User:
        return known_user(self._house, tenant, nfc(user_id))

    def _at(self, moments: Moments) -> int:
        return self._house.clock() if moments.as_of is None else moments.as_of

    def _net(self, tenant: str, user: User, attempts: Attempts) -> Net:
        return net_of(tenant, user, ties_of(self._house, tenant, user.user_id, attempts))

    def _teller(self, tenant: str, user: User, facts: Sequence[Fact], attempts: Attempts) -> Teller:
        surfaces = surfaces_of(self._house, tenant, user.user_id, facts, attempts)
        return Teller.of(self._house.stores.documents, tenant, facts, surfaces=surfaces)

    def _activation(self, tenant: str, user: User, attempts: Attempts) -> Mapping[Entity, float]:
        now, insight = self._house.clock(), self._house.stores.ledger.insight
        times = attempts.of("ledger", lambda: insight.mention_times(tenant, user.user_id), {})
        return {one.entity: one.activation for one in activated(times, now=now, asked={}, ties=(), related=())}

    def _nearness(
        self, tenant: str, query: str, entities: Sequence[Entity], attempts: Attempts
    ) -> Mapping[Entity, float]:
        """How near each thing is in meaning; while nobody can tell, whether it is named."""
        vector = attempts.of("vectors", lambda: self._house.tools.embedder.embed([query]), None)
        if vector is not None and usable(vector)[0]:
            vectors = self._house.stores.vectors
            near = attempts.of("vectors", lambda: vectors.entity_cosines(tenant, vector[0], entities), None)
            if near is not None:
                return near
        return named_in(query, {one: in_words(one.name) for one in entities})


def _alike(one: Fact, other: Fact) -> bool:
    """Whether two facts say the same at different times: where somebody lives, or that they like one thing."""
    same = one.predicate == other.predicate
    return same and (one.predicate in SINGLE_VALUED or one.object.name == other.object.name)

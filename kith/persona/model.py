"""What Kith speaks of: messages, engagement, campaigns, entities, facts, and what is rejected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self, TypeAlias

from kith.persona.identity import Json, content_digest, identity

__all__ = [
    "ENGAGEMENT_KINDS",
    "ROLES",
    "Campaign",
    "Engagement",
    "EngagementKind",
    "Entity",
    "Fact",
    "Intent",
    "Mention",
    "Message",
    "Origin",
    "Rejection",
    "RejectionCode",
    "Relation",
    "Role",
    "Statement",
    "User",
    "message_key",
]

Role: TypeAlias = Literal["user", "assistant", "system", "tool"]
EngagementKind: TypeAlias = Literal["view", "click", "like", "convert", "dislike"]
Origin: TypeAlias = Literal["rule", "llm", "hand"]
RejectionCode: TypeAlias = Literal[
    "not_json",
    "not_an_object",
    "missing_field",
    "bad_type",
    "empty_text",
    "bad_timestamp",
    "too_large",
    "bad_value",
    "bad_encoding",
    "truncated",
    "forgotten",
    "undeliverable",
]
ROLES: tuple[Role, ...] = ("user", "assistant", "system", "tool")
ENGAGEMENT_KINDS: tuple[EngagementKind, ...] = ("view", "click", "like", "convert", "dislike")


def _no_metadata() -> Mapping[str, Json]:
    return {}


@dataclass(frozen=True, slots=True)
class Engagement:
    """What a person did with a campaign."""

    kind: EngagementKind
    value: float = 1.0


def message_key(
    *,
    tenant: str,
    user_id: str,
    conversation_id: str,
    message_id: str | None,
    timestamp: int,
    role: Role,
    text: str,
    campaign_id: str | None = None,
    engagement: Engagement | None = None,
) -> str:
    """A message's key: of the id it was given, or of what it says where none was given; of an event, of what was done
    with which campaign. An event that was given the id of a message never takes its place: words are not lost so."""
    if message_id is not None:
        return identity("message-id" if text else "event-id", tenant, user_id, conversation_id, message_id)
    done = () if text or engagement is None else (campaign_id or "", engagement.kind)
    return identity("message-content", tenant, user_id, conversation_id, str(timestamp), role, text, *done)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said in one conversation. Strings are in NFC, `timestamp` is in milliseconds since 1970, UTC.

    An *event* is a message without words: an engagement, and nothing said. It is kept and learned from like any other,
    has no vector, and is never shown among what was said.

    `key` and `content` follow from the rest: `content` changes with anything but the key's own fields.
    """

    tenant: str
    user_id: str
    text: str
    timestamp: int
    conversation_id: str = ""
    message_id: str | None = None
    role: Role = "user"
    author: str | None = None
    campaign_id: str | None = None
    intent: str | None = None
    engagement: Engagement | None = None
    metadata: Mapping[str, Json] = field(default_factory=_no_metadata)
    key: str = field(init=False)
    content: str = field(init=False)

    def __post_init__(self) -> None:
        key = message_key(
            tenant=self.tenant,
            user_id=self.user_id,
            conversation_id=self.conversation_id,
            message_id=self.message_id,
            timestamp=self.timestamp,
            role=self.role,
            text=self.text,
            campaign_id=self.campaign_id,
            engagement=self.engagement,
        )
        done = self.engagement
        engagement: Json = None if done is None else [done.kind, float(done.value)]
        content = content_digest(
            {
                "text": self.text,
                "timestamp": self.timestamp,
                "role": self.role,
                "author": self.author,
                "campaign_id": self.campaign_id,
                "intent": self.intent,
                "engagement": engagement,
                "metadata": dict(self.metadata),
            }
        )
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "content", content)

    @classmethod
    def kept(
        cls,
        key: str,
        content: str,
        *,
        tenant: str,
        user_id: str,
        text: str,
        timestamp: int,
        conversation_id: str,
        message_id: str | None,
        role: Role,
        author: str | None,
        campaign_id: str | None,
        intent: str | None,
        engagement: Engagement | None,
        metadata: Mapping[str, Json],
    ) -> Self:
        """A message as it was kept with its digests: these are taken as they are, and none is worked out."""
        made = object.__new__(cls)
        fields = (tenant, user_id, text, timestamp, conversation_id, message_id, role, author, campaign_id, intent)
        for name, value in zip(cls.__slots__, (*fields, engagement, metadata, key, content), strict=True):
            object.__setattr__(made, name, value)
        return made

    @property
    def version(self) -> tuple[int, str]:
        """Of two messages with one key the greater version wins, on every machine and in any order."""
        return (self.timestamp, self.content)

    @property
    def is_event(self) -> bool:
        """Whether it came without words."""
        return not self.text

    @property
    def spoken(self) -> str:
        """The text as it is embedded and found: with the author's name before it, where one is known."""
        return self.text if self.author is None else f"{self.author}: {self.text}"


@dataclass(frozen=True, slots=True)
class User:
    """A person in one tenant. Ingest makes them; `name` is what they are called, where somebody said so."""

    tenant: str
    user_id: str
    name: str | None = None
    metadata: Mapping[str, Json] = field(default_factory=_no_metadata)


@dataclass(frozen=True, slots=True)
class Campaign:
    """Something that can be shown to a person. `starts` and `ends` are milliseconds UTC."""

    tenant: str
    campaign_id: str
    title: str
    text: str = ""
    intents: tuple[str, ...] = ()
    starts: int | None = None
    ends: int | None = None
    url: str | None = None
    metadata: Mapping[str, Json] = field(default_factory=_no_metadata)

    @property
    def content(self) -> str:
        """The digest of everything but the id."""
        return content_digest(
            {
                "title": self.title,
                "text": self.text,
                "intents": list(self.intents),
                "starts": self.starts,
                "ends": self.ends,
                "url": self.url,
                "metadata": dict(self.metadata),
            }
        )


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """A thing that people talk about, shared in a tenant: what it is called, normalised, and its type."""

    type: str
    name: str

    def id_in(self, tenant: str) -> str:
        """The entity's id in one tenant."""
        return identity("entity", tenant, self.type, self.name)


@dataclass(frozen=True, slots=True, order=True)
class Intent:
    """What a person wants, as one of a small set of names."""

    name: str


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity in one message: how it was written there, how often, and with what feeling (-1 to 1)."""

    entity: Entity
    surface: str
    count: int = 1
    sentiment: float = 0.0


@dataclass(frozen=True, slots=True)
class Statement:
    """What one message says is true of its person. `since` and `until` (milliseconds UTC) are the statement's own."""

    predicate: str
    object: Entity
    since: int | None = None
    until: int | None = None
    confidence: float = 1.0
    origin: Origin = "rule"
    detail: str = ""
    """What the object is to the person, where the predicate leaves it open: "sister" of family, "cat" of has_pet."""
    denied: bool = False
    """That it is not so: it ends what was said before, and where nothing was it makes no fact."""


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """What one message says of two things, neither of which is its person: that Lea works at the Linden Pharmacy."""

    subject: Entity
    kind: str
    object: Entity


@dataclass(frozen=True, slots=True)
class Fact:
    """What all statements of a person together say: what was true, from when until when, and how we know."""

    id: str
    predicate: str
    object: Entity
    since: int
    until: int | None
    confidence: float
    origin: Origin
    sources: tuple[str, ...]
    """Keys of the messages that say so, in order of their time."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was read and not accepted. `raw` is what was read, cut to a bound; `user_id` is known at times."""

    code: RejectionCode
    detail: str
    source: str
    position: str
    raw: str
    user_id: str | None = None

"""People, what they say, and taking it in."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from kith.persona.model import Message, Role
from kith.persona.record_fields import MAX_ID, MAX_NAME, Author, UserId
from kith.persona.record_fields import Metadata as RecordMetadata
from kith.persona.time import iso
from kith.serving.shapes.common import Given, Key, Metadata, Moment, Shape

__all__ = [
    "MOST_MESSAGES",
    "Done",
    "Forgetting",
    "Ingest",
    "Ingested",
    "Learned",
    "LearnedFact",
    "LearnedThing",
    "MessageItem",
    "NewUser",
    "Receipt",
    "Refused",
    "User",
    "UserChange",
    "Waiting",
]

MOST_MESSAGES = 1000
"""In one request."""


def _at_the_door(field: Any) -> Callable[[Any], Any]:
    """Reads a value as the door for records reads this field, and refuses it in the same words."""
    adapter: TypeAdapter[Any] = TypeAdapter(field)

    def read(value: Any) -> Any:
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)[0]
            raise PydanticCustomError("refused", "{detail}", {"detail": found["msg"]}) from None

    return read


Name = Annotated[str | None, Field(max_length=MAX_NAME), AfterValidator(_at_the_door(Author))]
Said = Annotated[Metadata, AfterValidator(_at_the_door(RecordMetadata))]


class NewUser(Given):
    """Someone to know. Of who is known already, what is given is set and what is left out stays."""

    user_id: Annotated[
        str, Field(min_length=1, max_length=MAX_ID, examples=["alice123"]), AfterValidator(_at_the_door(UserId))
    ]
    name: Name = None
    metadata: Said = Field(default_factory=dict)


class UserChange(Given):
    """What to set; what is left out stays. A name of null takes it away."""

    name: Name = None
    metadata: Annotated[Said | None, Field(description="In place of all that was there; null takes it away")] = None


class User(Shape):
    """A person."""

    user_id: str
    name: str | None
    metadata: Metadata
    messages: Annotated[int | None, Field(description="How many, events among them; null in lists")] = None
    rereading: Annotated[
        bool, Field(description="Their name has changed, and what they said is being read again in its light")
    ] = False


class MessageItem(Shape):
    """A message, as it is shown. `score` is null where nothing was asked."""

    key: Key
    message_id: str | None
    conversation_id: str
    role: Role
    author: str | None
    text: str
    timestamp: Moment
    score: float | None = None

    @classmethod
    def of(cls, message: Message, *, score: float | None = None) -> Self:
        """A message as it is shown."""
        return cls(
            key=message.key,
            message_id=message.message_id,
            conversation_id=message.conversation_id,
            role=message.role,
            author=message.author,
            text=message.text,
            timestamp=iso(message.timestamp),
            score=score,
        )


class Ingest(Given):
    """Free text, or up to 1,000 messages in the form of records.

    Whose they are is in the address. A message without `timestamp` gets the time of arrival.
    """

    content: Annotated[str | None, Field(examples=["Alice is a software engineer who loves hiking."])] = None
    messages: Annotated[
        list[dict[str, JsonValue]] | None,
        Field(max_length=MOST_MESSAGES, examples=[[{"message": "I moved to Porto", "message_id": "m1"}]]),
    ] = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.content is None) == (self.messages is None):
            raise ValueError("give either content or messages")
        return self


class Refused(Shape):
    """A message or event that was not taken, and why."""

    index: int
    code: str
    detail: str


class LearnedThing(Shape):
    """A thing that was spoken of."""

    name: str
    type: str


class LearnedFact(Shape):
    """What was said to be so; `until` is null where it holds."""

    predicate: str
    object: str
    text: str
    source: Key
    until: Moment | None = None


class Learned(Shape):
    """What the messages taught."""

    entities: list[LearnedThing]
    facts: list[LearnedFact]
    intents: list[str]


class Ingested(Shape):
    """What became of the messages. `keys` are those of all that are held now, in the order given."""

    accepted: int
    duplicate: int
    rejected: list[Refused]
    keys: list[Key]
    learned: Learned


class Waiting(Shape):
    """A request that was taken and is not done: ask again."""

    status: Literal["waiting"] = "waiting"


class Done(Ingested):
    """A request that is done, and what became of it."""

    status: Literal["done"] = "done"


class Forgetting(Shape):
    """A person who is being forgotten: ask again."""

    status: Literal["forgetting"] = "forgetting"


class Receipt(Shape):
    """That a person was forgotten: what was deleted where, and that a second look found nothing."""

    receipt_id: str
    user: str
    requested_at: Moment
    finished_at: Moment
    deleted: dict[str, int]
    second_look: dict[str, int]

"""What an extractor must do: find entities, statements, relations and intents in what people write."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from kith.persona.embedding import Vectors
from kith.persona.evidence import Extraction
from kith.persona.model import Campaign, Message

__all__ = ["Extractor", "campaign_message", "teaches"]


class Extractor(Protocol):
    """Reads messages and says what each teaches about its person.

    Promises: one `Extraction` per message, in the order given, that depends on that message and its person's name
    alone; nothing at all for a message that does not teach (`teaches`). `version` changes whenever the same message may
    give something else. `names` are what people are called, by user id, where that is known. `vectors` are those of
    `message.spoken`, row by row: they spare a model that would make them again.
    """

    @property
    def version(self) -> str: ...

    def extract(
        self, messages: Sequence[Message], *, names: Mapping[str, str], vectors: Vectors | None = None
    ) -> list[Extraction]: ...


def teaches(message: Message) -> bool:
    """Whether anything may be learned from a message: only from what the person said."""
    return message.role == "user"


def campaign_message(campaign: Campaign) -> Message:
    """A campaign's title and text, in the form that an extractor reads."""
    return Message(tenant=campaign.tenant, user_id="", text=f"{campaign.title}. {campaign.text}", timestamp=0)

"""What an extractor must do: find entities, statements and intents in what people write."""

from collections.abc import Sequence
from typing import Protocol

from kith.persona.evidence import Extraction
from kith.persona.model import Campaign, Message

__all__ = ["Extractor", "campaign_message", "teaches"]


class Extractor(Protocol):
    """Reads messages and says what each teaches about its person.

    Promises: one `Extraction` per message, in the order given, that depends on that message alone; nothing at all for
    a message that does not teach (`teaches`). `version` changes whenever the same message may give something else.
    """

    @property
    def version(self) -> str: ...

    def extract(self, messages: Sequence[Message]) -> list[Extraction]: ...


def teaches(message: Message) -> bool:
    """Whether anything may be learned from a message: only from what the person said."""
    return message.role == "user"


def campaign_message(campaign: Campaign) -> Message:
    """A campaign's title and text, in the form that an extractor reads."""
    return Message(tenant=campaign.tenant, user_id="", text=f"{campaign.title}. {campaign.text}", timestamp=0)

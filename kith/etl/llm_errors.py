"""What can go wrong with a language model.

LlmError                about the endpoint that KITH_LLM_BASE_URL names
├── LlmUnavailable      not now: no answer in time, no connection, too many requests, or an error of its own
├── LlmRefused          it will not answer this, however often it is asked: the key, the model or the request is wrong
└── LlmUnusable         it answered, and there is no text in what it said
"""

from typing import Literal

from kith.persona.errors import KithError

__all__ = ["LlmError", "LlmRefused", "LlmUnavailable", "LlmUnusable", "NoReply"]


class LlmError(KithError):
    """Something about the endpoint of a language model."""


class LlmUnavailable(LlmError):
    """Not now: the same question may be answered later."""


class LlmRefused(LlmError):
    """Asking again will not help. `about_request`: it may be on account of this one question."""

    def __init__(self, words: str, *, about_request: bool = False) -> None:
        super().__init__(words)
        self.about_request = about_request


class LlmUnusable(LlmError):
    """An answer without text, or one that was longer than is taken."""


class NoReply(Exception):
    """An endpoint gave no reply, or none that was taken whole."""

    def __init__(self, why: Literal["time", "connection", "size"]) -> None:
        super().__init__(why)
        self.why = why

"""Finding what somebody said: candidates of every channel ranked by meaning, words and what the question asks for."""

from kith.persona.retrieval.answering import Answer, Citation, Told, answer
from kith.persona.retrieval.question import Question, read_question
from kith.persona.retrieval.scoring import Scored, Weighed, weigh
from kith.persona.retrieval.weights import METHOD, PARTS, Method, Part, without

__all__ = [
    "METHOD",
    "PARTS",
    "Answer",
    "Citation",
    "Method",
    "Part",
    "Question",
    "Scored",
    "Told",
    "Weighed",
    "answer",
    "read_question",
    "weigh",
    "without",
]

"""Finding what somebody said: candidates of every channel ranked by meaning, words and what the question asks for."""

from kith.persona.retrieval.answering import Answer, Citation, Told, answer
from kith.persona.retrieval.question import Question, read_question
from kith.persona.retrieval.scoring import Candidate, Scored, rank
from kith.persona.retrieval.weights import METHOD, PARTS, Method, Part, without

__all__ = [
    "METHOD",
    "PARTS",
    "Answer",
    "Candidate",
    "Citation",
    "Method",
    "Part",
    "Question",
    "Scored",
    "Told",
    "answer",
    "rank",
    "read_question",
    "without",
]

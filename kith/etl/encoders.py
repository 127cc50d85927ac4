"""Sentence-transformers as embedders, run in the number format that pays on this machine."""

import math
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, cast

import numpy as np

from kith.etl.weights import Packaged, Weights, find_weights, first_line
from kith.persona.embedding import Embedder, ModelCard, Vectors
from kith.persona.errors import BadInput
from kith.persona.hashing import HashEmbedder

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SAME_TEXT", "RunsOn", "SentenceEncoder", "card_of", "open_encoder"]

SAME_TEXT = 0.999
"""The least cosine between two vectors of one text: in other company, or in another number format."""

LONGEST = 256
"""Tokens of a text that are read; of a model that reads fewer, fewer."""

LONGEST_TEXT = 20_000
"""Characters of a text that are looked at in search of those tokens."""

CHUNK = 1024
"""Texts that are tokenised at a time: bounds memory, however long the call."""

TOKENS = {"cpu": 1024, "cuda": 32_768}
"""Tokens in a batch, padding included: fewer leave the device waiting, more leave its caches."""

SMALL = 128
"""Tokens in a batch up to which one core does it sooner than several, which would wait for each other: a question."""

PROBES = (
    "ok",
    "Any trail shoes under 100?",
    "We moved from Lisbon to Kraków in 2019, and I still miss the sea. 🌊",
    "what should I cook tonight " * 30,
)
"""Texts that show, when a model is opened, whether a narrow number format can be trusted with it."""

Device: TypeAlias = Literal["cpu", "cuda"]
Format: TypeAlias = Literal["float32", "bfloat16", "float16"]


class _Model(Protocol):
    """What is used of `SentenceTransformer`, whose own types are unknown in part."""

    max_seq_length: float | None
    prompts: dict[str, str]
    default_prompt_name: str | None

    def preprocess(self, inputs: Sequence[str], *, prompt: str | None) -> "dict[str, Tensor | Any]": ...
    def encode(self, inputs: Sequence[str], *, show_progress_bar: bool) -> Vectors: ...
    def get_embedding_dimension(self) -> int | None: ...
    def eval(self) -> "_Model": ...
    def __call__(self, features: "dict[str, Tensor | Any]") -> "dict[str, Tensor]": ...


@dataclass(frozen=True, slots=True)
class RunsOn:
    """Where a model runs, and in which number format."""

    device: Device
    format: Format

    def __str__(self) -> str:
        return f"{self.device}, {self.format}"


class SentenceEncoder:
    """A sentence-transformers model as an `Embedder`. Any thread may call; calls run beside each other.

    A text's vector is the same in any company to within `SAME_TEXT`: padding and the shape of a batch move the last
    bits of a sum.
    """

    def __init__(self, model: _Model, *, card: ModelCard, runs_on: RunsOn) -> None:
        self.card = card
        self.runs_on = runs_on
        self._model = model.eval()
        if LONGEST < (model.max_seq_length or 0) < math.inf:  # infinite where a text costs no more for being long
            self._model.max_seq_length = LONGEST
        self._prompt = model.prompts.get(model.default_prompt_name or "")
        self._cores = _cores()
        self._tokenizing = Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows: Vectors = np.empty((len(texts), self.card.dimension), dtype=np.float32)
        for start in range(0, len(texts), CHUNK):
            part = [_readable(text) for text in texts[start : start + CHUNK]]
            place = {text: at for at, text in enumerate(dict.fromkeys(part))}
            rows[start : start + len(part)] = self._embed(list(place))[[place[text] for text in part]]
        return rows

    def _embed(self, texts: list[str]) -> Vectors:
        """Vectors of different texts: tokenised once, then in batches of about equal length."""
        import torch

        with self._tokenizing:  # a fast tokenizer cannot be used and set at the same time
            features = self._model.preprocess(texts, prompt=self._prompt)
        mask = features.get("attention_mask")
        if not isinstance(mask, torch.Tensor) or mask.ndim != 2:
            return _unit(self._model.encode(texts, show_progress_bar=False))
        lengths = mask.sum(dim=1).numpy()
        order = np.argsort(lengths, kind="stable")
        rows: Vectors = np.empty((len(texts), self.card.dimension), dtype=np.float32)
        with torch.inference_mode():
            for start, end, longest in _batches(lengths[order].tolist(), TOKENS[self.runs_on.device]):
                chosen = order[start:end]
                if self.runs_on.device == "cpu":
                    _use_cores(1 if len(chosen) * longest <= SMALL else self._cores)
                batch = {key: self._cut(value, mask, chosen, max(longest, 1)) for key, value in features.items()}
                rows[chosen] = self._model(batch)["sentence_embedding"].float().cpu().numpy()
        return _unit(rows)

    def _cut(self, value: object, mask: "Tensor", chosen: np.ndarray[Any, np.dtype[np.intp]], longest: int) -> object:
        """The part of one feature that belongs to some of the texts, without the padding that none of them needs."""
        import torch

        if not isinstance(value, torch.Tensor) or value.ndim == 0 or value.shape[0] != mask.shape[0]:
            return value
        part = value[torch.as_tensor(chosen)]
        if value.shape == mask.shape:
            padded_before = bool((mask[:, 0] < mask[:, -1]).any())
            part = part[:, -longest:] if padded_before else part[:, :longest]
        return part.to(self.runs_on.device)


def open_encoder(name: str, *, home: Path | None = None, packaged: Packaged | None = None) -> Embedder:
    """The embedder of that name: `default`, `hash`, a folder, or a model of the hub; see `find_weights`.

    It runs in the narrowest number format that this machine is fast at and that gives the same vectors.
    """
    return HashEmbedder() if name == "hash" else _open(find_weights(name, home=home, packaged=packaged))


def card_of(name: str, *, home: Path | None = None, packaged: Packaged | None = None) -> ModelCard:
    """The card that `open_encoder` would give, of the default model and of `hash` without loading anything."""
    if name == "hash":
        return HashEmbedder().card
    weights = find_weights(name, home=home, packaged=packaged)
    if weights.dimension is not None:
        return ModelCard(name=weights.name, digest=weights.digest, dimension=weights.dimension)
    return _open(weights).card


def _open(weights: Weights) -> SentenceEncoder:
    device = _device()
    exact = _load(weights, RunsOn(device, "float32"))
    fast = _fast_format(device)
    if fast == "float32":
        return exact
    narrow = _load(weights, RunsOn(device, fast))
    agreement = (exact.embed(PROBES) * narrow.embed(PROBES)).sum(axis=1)
    return narrow if bool((agreement >= SAME_TEXT).all()) else exact


def _readable(text: str) -> str:
    """The text as a tokenizer takes it: bounded, and without halves of surrogate pairs."""
    return text[:LONGEST_TEXT].encode(errors="replace").decode()


def _batches(lengths: Sequence[int], tokens: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and greatest length of each batch, of lengths that ascend: one text, or `tokens` at most."""
    start = 0
    for end, length in enumerate(lengths):
        if end > start and (end + 1 - start) * length > tokens:
            yield start, end, lengths[end - 1]
            start = end
    if lengths:
        yield start, len(lengths), lengths[-1]


def _cores() -> int:
    import torch

    return torch.get_num_threads()


def _use_cores(count: int) -> None:
    """Has this thread work with so many cores. Others are not told: each thread has its own number."""
    import torch

    if torch.get_num_threads() != count:
        torch.set_num_threads(count)


def _unit(rows: Vectors) -> Vectors:
    """Rows of length 1. A row of zeros stays one, so that it is seen to be of no use."""
    wide = rows.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1, keepdims=True)
    return (wide / np.where(norms > 0, norms, 1)).astype(np.float32)


def _device() -> Device:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _fast_format(device: Device) -> Format:
    """Half the bits where the device multiplies them faster; elsewhere they would be slower than float32."""
    import torch

    if device == "cuda":
        return "float16"
    able = torch.cpu.get_capabilities()
    return "bfloat16" if able.get("amx_bf16") or able.get("avx512_bf16") else "float32"


def _load(weights: Weights, runs_on: RunsOn) -> SentenceEncoder:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import torch
    from sentence_transformers import SentenceTransformer

    folder, number = str(weights.folder), getattr(torch, runs_on.format)
    with _quietly():
        try:
            loaded = SentenceTransformer(
                folder, device=runs_on.device, local_files_only=True, model_kwargs={"dtype": number}
            )
        except Exception as error:  # a broken folder fails in as many ways as there are files in it
            raise BadInput(
                f"embedder {weights.name!r}: {folder!r} cannot be loaded as a sentence-transformers model "
                f"({first_line(error)}). Try SentenceTransformer({folder!r}) in Python, or fetch it again."
            ) from error
    model = cast("_Model", loaded)
    dimension = model.get_embedding_dimension()
    if dimension is None:
        raise BadInput(f"embedder {weights.name!r}: the model in {folder!r} does not say how long its vectors are.")
    card = ModelCard(name=weights.name, digest=weights.digest, dimension=dimension)
    return SentenceEncoder(model, card=card, runs_on=runs_on)


@contextmanager
def _quietly() -> Generator[None]:
    """No progress bars and no remarks of transformers while a model is loaded."""
    from transformers.utils import logging

    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()

"""Taxonomies of intents: the one beside this file, or a user's own, read from TOML and checked."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kith.persona.embedding import Embedder
from kith.persona.errors import BadInput
from kith.persona.hashing import HashEmbedder
from kith.persona.language.intents import NEAREST, Intent, IntentFinder, Taxonomy

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["open_intents", "read_taxonomy"]

PACKAGED = "intents.toml"
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

SHOWN = 80

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class _Examples(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    examples: list[_Text] = Field(min_length=NEAREST)


class _Intent(_Examples):
    about: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    threshold: float = Field(ge=-1, le=1)
    margin: float = Field(default=0.0, ge=0, le=2)
    gate: bool = True
    intents: dict[str, _Intent] = Field(min_length=2)
    none: _Examples | None = None


def open_intents(taxonomy: Taxonomy, embedder: Embedder) -> IntentFinder | None:
    """A finder by the vectors of that embedder; None for `hash`, which knows words and no meaning."""
    if embedder.card.name == HashEmbedder().card.name:
        return None
    return IntentFinder(taxonomy, embedder.embed(taxonomy.texts))


def read_taxonomy(path: Path | None = None) -> Taxonomy:
    """The taxonomy in that file; without one, the one that Kith comes with. All that is wrong is named at once."""
    where = str(path or PACKAGED)
    try:
        held = path.read_bytes() if path else files("kith.etl").joinpath(PACKAGED).read_bytes()
        table = tomllib.loads(held.decode())
    except OSError as error:
        raise BadInput(
            f"the taxonomy {where!r} cannot be read: {error.strerror}. Check the path, or unset KITH_INTENTS to use "
            "the one that Kith comes with."
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"the taxonomy {where!r} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"the taxonomy {where!r} is not TOML: {error}. Mend it there.") from error
    try:
        read = _File.model_validate(table)
    except ValidationError as error:
        raise _unusable(where, map(_problem, error.errors())) from error
    if wrong := _wrong(read):
        raise _unusable(where, wrong)
    return Taxonomy(
        intents=tuple(Intent(name, one.about, tuple(one.examples)) for name, one in read.intents.items()),
        none=tuple(read.none.examples) if read.none else (),
        threshold=read.threshold,
        margin=read.margin,
        gate=read.gate,
    )


def _unusable(where: str, problems: Iterable[str]) -> BadInput:
    lines = "\n  ".join(problems)
    return BadInput(f"the taxonomy {where!r} cannot be used:\n  {lines}\nWrite it as docs/language.md shows.")


def _problem(error: "ErrorDetails") -> str:
    key = ".".join(map(str, error["loc"]))
    match error["type"]:
        case "missing":
            return f"{key}: is missing; add it"
        case "extra_forbidden":
            return f"{key}: is not known; remove it, or check how it is spelled"
        case "string_too_short":
            return f"{key}: is empty; write a message there, or remove it"
        case "too_short":
            context = error.get("ctx", {})
            return f"{key}: holds {context['actual_length']}, and must hold {context['min_length']} at least; add some"
        case _:
            return f"{key}={str(error['input'])[:SHOWN]!r}: {error['msg']}; change it"


def _wrong(read: _File) -> list[str]:
    """What types do not show: names that are none, and an example that stands twice."""
    wrong = [
        f"intents.{name}: {name!r} is no name of an intent; write it in snake_case, such as 'find_recipe'"
        for name in read.intents
        if not NAME.fullmatch(name)
    ]
    groups = {f"intents.{name}": one.examples for name, one in read.intents.items()}
    if read.none:
        groups["none"] = read.none.examples
    counted = Counter(text.casefold() for texts in groups.values() for text in texts)
    for text, count in counted.items():
        if count > 1:
            keys = [key for key, texts in groups.items() if text in map(str.casefold, texts)]
            wrong.append(f"{' and '.join(keys)}: the example {text!r} stands there {count} times; keep one")
    return wrong

"""Vocabularies in TOML files: the one that comes with Kith, and a person's own beside it."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import cast

from kith.persona.errors import BadInput
from kith.persona.language.vocabulary import Term, Vocabulary

__all__ = ["open_vocabulary"]

SECTIONS = ("names", "quiet", "also")


def open_vocabulary(own: Path | None = None) -> Vocabulary:
    """Kith's vocabulary, with that of a file of one's own on top: where both know a name, one's own counts."""
    return Vocabulary([*_packaged(), *(_in_file(own) if own else ())])


@cache
def _packaged() -> tuple[Term, ...]:
    with (files("kith.etl") / "vocabulary.toml").open("rb") as file:
        return tuple(_terms(tomllib.load(file), "vocabulary.toml"))


def _in_file(path: Path) -> list[Term]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(
            f"vocabulary {str(path)!r}: it cannot be read ({error.strerror}). Name a TOML file that is there."
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"vocabulary {str(path)!r}: it is not in UTF-8. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"vocabulary {str(path)!r}: it is not TOML ({error}). Mend that line.") from error
    return list(_terms(content, str(path)))


def _terms(content: Mapping[str, object], file: str) -> Iterator[Term]:
    for kind, table in content.items():
        if not isinstance(table, dict):
            raise _wrong(file, f"[{kind}]", "it is no table. Write [TYPE] with names, quiet or [TYPE.also] under it")
        sections = cast("dict[str, object]", table)
        for section in sections:
            if section not in SECTIONS:
                raise _wrong(file, f"[{kind}] {section!r}", f"there is no such key. Known are {', '.join(SECTIONS)}")
        for section in ("names", "quiet"):
            for name in _strings(sections.get(section, []), file, f"[{kind}] {section!r}"):
                yield Term(name, kind, quiet=section == "quiet")
        also = sections.get("also", {})
        if not isinstance(also, dict):
            raise _wrong(file, f"[{kind}] 'also'", "it is no table. Write [TYPE.also] and NAME = [ALIASES] under it")
        quiet = set(_strings(sections.get("quiet", []), file, f"[{kind}] 'quiet'"))
        for name, aliases in cast("dict[str, object]", also).items():
            (known,) = _strings([name], file, f"[{kind}.also]")
            yield Term(known, kind, tuple(_strings(aliases, file, f"[{kind}.also] {name!r}")), quiet=name in quiet)


def _strings(value: object, file: str, where: str) -> list[str]:
    """A list of names, each with a letter or a digit."""
    if not isinstance(value, list):
        raise _wrong(file, where, 'it is no list. Write ["one", "another"]')
    names = cast("list[object]", value)
    for name in names:
        if not isinstance(name, str) or not any(map(str.isalnum, name)):
            raise _wrong(file, where, f"{name!r} is no name. Write one with a letter or a digit in it")
    return cast("list[str]", names)


def _wrong(file: str, where: str, what: str) -> BadInput:
    return BadInput(f"vocabulary {file!r}, {where}: {what}.")

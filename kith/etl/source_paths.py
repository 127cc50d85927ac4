"""Which files are meant by the paths that were given: files, folders, globs."""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kith.persona.errors import BadInput

__all__ = ["STDIN", "Found", "find_sources", "is_campaigns", "source_name"]

STDIN: Final = "-"
ENDINGS: Final = tuple(ending + packed for ending in (".json", ".jsonl", ".ndjson") for packed in ("", ".gz", ".zst"))
CAMPAIGNS: Final = "campaigns.json"


@dataclass(slots=True)
class Found:
    """Paths in the order to read them, each once. `-` stands for standard input."""

    sources: list[str] = field(default_factory=list[str])
    campaigns: list[str] = field(default_factory=list[str])


def find_sources(paths: Sequence[str]) -> Found:
    """Resolves each path; raises `BadInput` for one that names nothing that can be read."""
    found: dict[str, None] = {}
    for path in paths:
        for one in _meant_by(path):
            found.setdefault(one)
    campaigns = [path for path in found if is_campaigns(path)]
    return Found([path for path in found if path not in campaigns], campaigns)


def is_campaigns(path: str) -> bool:
    """Whether a file holds campaigns, by its name."""
    return Path(path).name.startswith(CAMPAIGNS)


def source_name(path: str) -> str:
    """A path as it is kept: as text that any store takes, where a file's name is not UTF-8 too."""
    return os.fsencode(path).decode(errors="replace")


def _meant_by(path: str) -> list[str]:
    if path == STDIN:
        return [STDIN]
    if "\0" in path:
        raise BadInput(f"{path!r} is no path: it holds a NUL character; give the path of a file or folder.")
    if os.path.isdir(path):
        return _in_folder(path)
    if os.path.exists(path):
        return [_readable(path)]
    if glob.has_magic(path):
        matched = [match for match in sorted(glob.glob(path, recursive=True)) if not os.path.isdir(match)]
        if not matched:
            raise BadInput(
                f"{path!r} matches no file; check the pattern, and quote it so that the shell leaves it alone."
            )
        return [_readable(match) for match in matched]
    raise BadInput(f"{path!r} does not exist; check the path.")


def _in_folder(path: str) -> list[str]:
    found = [_readable(one) for one in sorted(_walk(path))]
    if not found:
        raise BadInput(f"{path!r} holds no file that ends with {', '.join(ENDINGS)}; give the files by name.")
    return found


def _walk(path: str) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise BadInput(f"{error.filename!r} cannot be read ({error.strerror}); check its permissions.") from error

    for folder, inner, files in os.walk(path, onerror=refuse):
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in files:
            if name.endswith(ENDINGS) and not name.startswith("."):
                yield os.path.join(folder, name)


def _readable(path: str) -> str:
    if not os.access(path, os.R_OK):
        raise BadInput(f"{path!r} cannot be read; check that it is there and its permissions.")
    return os.path.realpath(path) if os.path.isfile(path) else os.path.abspath(path)

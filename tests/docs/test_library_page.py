"""The page of the library has every public name, and of `Kith` every call with its arguments."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import kith
from kith import Kith

PAGE = (Path(__file__).parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
CALLS = {name: member for name, member in vars(Kith).items() if inspect.isfunction(member) and not name.startswith("_")}


def signature(function: Any) -> str:
    """Names in their order, with a star before those that must be named."""
    told: list[str] = []
    for one in list(inspect.signature(function).parameters.values())[1:]:
        if one.kind is one.KEYWORD_ONLY and "*" not in told:
            told.append("*")
        told.append(one.name)
    return ", ".join(told)


def test_every_call_with_its_arguments() -> None:
    rows = dict(re.findall(r"^\| `(\w+)\((.*)\)` \| ", PAGE, flags=re.MULTILINE))
    assert rows == {name: signature(function) for name, function in CALLS.items()}


@pytest.mark.parametrize("name", sorted({*kith.__all__} - {"__version__"}))
def test_every_public_name(name: str) -> None:
    assert f"`{name}`" in PAGE
    assert getattr(kith, name).__name__ == name


@pytest.mark.parametrize("name", CALLS)
def test_every_call_says_what_it_does(name: str) -> None:
    assert CALLS[name].__doc__

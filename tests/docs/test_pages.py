"""The pages keep up with the code: names, drawings, links and examples."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import typer.main

from kith.cli.app import app
from kith.etl.anomalies import AnomalyKind
from kith.etl.steps import whole_dag
from kith.persona.model import EngagementKind, RejectionCode, Role
from kith.settings import NAMES
from kith.stores.ledger.tables import pipeline_runs, pipeline_stages, user_engagement

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command as it is typed, and its options."""

    def walk(command: object, name: str) -> Iterator[tuple[str, list[str]]]:
        inner = getattr(command, "commands", None)
        if inner:
            for each in inner.values():
                yield from walk(each, f"{name} {each.name}")
        else:
            options = [one for parameter in getattr(command, "params", []) for one in parameter.opts]
            yield name, [one for one in options if one.startswith("--")]

    yield from walk(typer.main.get_command(app), "kith")


@pytest.mark.parametrize(("command", "options"), list(commands()))
def test_every_command_and_option_has_its_place(command: str, options: list[str]) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert command in page
    assert [option for option in options if f"{option}" not in page] == []


@pytest.mark.parametrize(
    "name",
    [
        *NAMES.values(),
        *get_args(RejectionCode),
        *get_args(AnomalyKind),
        *get_args(EngagementKind),
        *get_args(Role),
        "succeeded",
        "failed",
        "interrupted",
        "abandoned",
    ],
)
def test_every_name_is_explained(name: str) -> None:
    assert f"`{name}`" in TEXT


def test_the_public_tables_are_those_of_the_page() -> None:
    page = (ROOT / "docs" / "stores.md").read_text(encoding="utf-8")
    for table in (pipeline_runs, pipeline_stages, user_engagement):
        row = next(line for line in page.splitlines() if line.startswith(f"| `{table.name}`"))
        promised = re.findall(r"`(\w+)`", row)[1:]
        assert [name for name in promised if name not in table.c] == []


def test_the_steps_are_drawn_as_they_are() -> None:
    assert whole_dag().mermaid() in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [ROOT / "docs" / "library.md", ROOT / "README.md"], ids=lambda page: page.name)
def test_python_examples_run(page: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    program = "\n".join(blocks).replace('"data/sample"', repr(str(ROOT / "data" / "sample")))
    program = program.replace("/tmp/kith-library", str(tmp_path / "home"))  # noqa: S108 - the page's own words
    environment = {"PATH": "", "KITH_HOME": str(tmp_path / "other"), "KITH_EMBEDDER": "hash"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_no_page_names_a_machine() -> None:
    assert re.findall(r"/(?:home|root|work|Users)/\w+", TEXT) == []

"""What the pages must say: every command, option, setting, code, kind and column; and links that lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from sqlalchemy import Table

from kith.cli.app import app
from kith.cli.failing import ExitCode
from kith.etl.anomalies import AnomalyKind
from kith.etl.source_paths import ENDINGS
from kith.etl.steps import whole_dag
from kith.persona.model import ENGAGEMENT_KINDS, ROLES, RejectionCode
from kith.persona.record_fields import MAX_DEPTH, MAX_ID, MAX_LABEL, MAX_METADATA_BYTES, MAX_TEXT
from kith.persona.record_names import COMMON, ROLE_WORDS
from kith.persona.records import MAX_RAW_BYTES, MAX_RECORD_BYTES
from kith.settings import NAMES, Settings
from kith.stores.ledger.tables import pipeline_runs, pipeline_stages, user_engagement
from kith.stores.ledger_port import RunStatus

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
LINKED = [page for page in (*PAGES, *ROOT.glob("*.md")) if page.is_file()]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PRIVATE = {
    "pipeline_runs": {"batches", "next_sequence", "sources_unchanged"},
    "pipeline_stages": {"place"},
}
"""Columns of public tables that are ours to change."""
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def commands(group: Any, *names: str) -> Iterator[tuple[str, list[str]]]:
    """Each command with its options."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *names, name)
        else:
            options = [option for one in command.params for option in one.opts if option.startswith("--")]
            yield " ".join((*names, name)), [option for option in options if option != "--help"]


COMMANDS = dict(commands(typer.main.get_command(app)))


def section(name: str) -> str:
    """The part of the page of commands that tells of this one, or of its group."""
    parts = re.split(r"^## ", text("commands.md"), flags=re.MULTILINE)
    for heading in (f"kith {name}\n", f"kith {name.split(' ')[0]}\n"):
        for part in parts:
            if part.startswith(heading):
                return part
    raise AssertionError(f"docs/commands.md has no section 'kith {name}'")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_its_place(name: str) -> None:
    told = section(name)
    assert f"kith {name}" in told
    assert [option for option in COMMANDS[name] if f"`{option}" not in told] == []


def test_no_option_is_told_that_is_not_there() -> None:
    known = {option for options in COMMANDS.values() for option in options} | {"--version", "--help"}
    assert set(re.findall(r"`(--[a-z-]+)", text("commands.md"))) - known == set()


def test_every_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \| ", text("commands.md"), flags=re.MULTILINE)
    assert [int(code) for code in rows] == sorted(ExitCode)


def test_every_anomaly_kind() -> None:
    told = re.findall(r"^\| `(\w+)` \| ", section("anomalies"), flags=re.MULTILINE)
    assert told == list(get_args(AnomalyKind))


def test_every_rejection_code() -> None:
    codes = text("records.md").split("## Rejection codes")[1]
    assert re.findall(r"^\| `(\w+)` \| ", codes, flags=re.MULTILINE) == list(get_args(RejectionCode))


@pytest.mark.parametrize(("field", "names"), COMMON.items())
def test_every_field_and_its_names(field: str, names: tuple[str, ...]) -> None:
    (row,) = re.findall(rf"^\| `{field}` \| .*$", text("records.md"), flags=re.MULTILINE)[:1]
    assert [name for name in names if f"`{name}`" not in row] == []


def test_words_and_limits_of_records() -> None:
    page = text("records.md")
    words = {*ROLES, *ROLE_WORDS, *ENGAGEMENT_KINDS, *(ending for ending in ENDINGS if ending.count(".") == 1)}
    assert {word for word in words if f"`{word}`" not in page} == set()
    limits = (MAX_ID, MAX_LABEL, MAX_TEXT, MAX_METADATA_BYTES, MAX_DEPTH, MAX_RECORD_BYTES, MAX_RAW_BYTES)
    assert [limit for limit in limits if f"{limit:,}" not in page] == []


def test_every_setting_with_its_default() -> None:
    page = text("operations.md")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \|([^|]*)\|", page, flags=re.MULTILINE))
    shown = Settings().shown()
    assert {name: rows.get(name, "missing").strip("` ") for name in NAMES.values()} == shown


@pytest.mark.parametrize("table", [pipeline_runs, pipeline_stages, user_engagement], ids=lambda table: table.name)
def test_public_tables_name_what_can_be_read(table: Table) -> None:
    (row,) = re.findall(rf"^\| `{table.name}` \| (.*)$", text("stores.md"), flags=re.MULTILINE)
    columns = {column.name for column in table.columns}
    assert set(re.findall(r"`(\w+)`", row)) == columns - PRIVATE.get(table.name, set())


def test_the_graph_of_steps_is_the_one_that_runs() -> None:
    assert f"```mermaid\n{whole_dag().mermaid()}\n```" in text("architecture.md")


def anchors(page: Path) -> set[str]:
    headings = HEADING.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken: list[str] = []
    for target in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = target.partition("#")
        other = page.parent / path if path else page
        if "://" not in target and (not other.exists() or (anchor and anchor not in anchors(other))):
            broken.append(target)
    assert broken == []


def test_the_pages_that_must_be_there() -> None:
    assert {"architecture.md", "commands.md", "library.md", "operations.md", "records.md"} <= {p.name for p in PAGES}


@pytest.mark.parametrize("status", get_args(RunStatus))
def test_every_status_of_a_run(status: str) -> None:
    assert f"`{status}`" in section("run")


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_no_page_names_a_machine(page: Path) -> None:
    assert re.findall(r"/(?:home|root|work|Users)/\w+", page.read_text(encoding="utf-8")) == []

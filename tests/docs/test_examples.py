"""Examples in the pages are run: shell blocks after `<!-- run -->`, in their order, and the Python of the library.

Where a page asks `localhost:8000`, a server is started for it on a port of its own, and curl fails where it is refused.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if page.is_file()]
SHELL = re.compile(r"^<!-- run -->\n+```(?:sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SERVED = "localhost:8000"
SESSION = next(block for block in SHELL.findall(PAGES[0].read_text(encoding="utf-8")) if SERVED in block)
"""The first session of the README."""
CURL = 'silent\nshow-error\nfail-with-body\nwrite-out = "\\n"\n'


def script(block: str) -> str:
    """The commands of a block; of a session on a console, the lines after `$`."""
    typed = re.findall(r"^\$ (.*)$", block, flags=re.MULTILINE)
    return "\n".join(typed) if typed else block


def environment(folder: Path) -> dict[str, str]:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    places = {"KITH_HOME": str(folder / "home"), "CURL_HOME": str(folder)}
    return {**os.environ, "PATH": programs, "KITH_EMBEDDER": "hash", "NO_PROXY": "localhost,127.0.0.1", **places}


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def run_block(block: str, folder: Path, *, served: str) -> str:
    return run(["bash", "-euo", "pipefail", "-c", script(block).replace(SERVED, served)], folder)


@contextmanager
def server(folder: Path) -> Generator[str]:
    """`kith serve` on the folder's stores; gives its address, and ends it as Ctrl-C does."""
    (folder / ".curlrc").write_text(CURL)
    command = [sys.executable, "-m", "kith.cli", "serve", "--port", "0", "--json"]
    with (
        open(folder / "serve.log", "w") as log,
        subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=log, text=True
        ) as serving,
    ):
        try:
            assert serving.stdout is not None
            first = serving.stdout.readline()
            assert first, (folder / "serve.log").read_text()
            yield str(json.loads(first)["url"]).removeprefix("http://")
        finally:
            serving.send_signal(signal.SIGINT)
        assert serving.wait() == 0, (folder / "serve.log").read_text()


def names_what_was_said(told: str) -> None:
    """What the first session answers, with its source."""
    _, taken, answered = map(json.loads, filter(None, told.split("\n")))
    assert (answered["kind"], answered["degraded"]) == ("extractive", [])
    assert [word for word in ("hiking", "photography") if word not in answered["answer"]] == []
    assert {one["key"] for one in answered["citations"]} == set(taken["keys"])


@pytest.mark.parametrize(
    ("name", "blocks"),
    [(page.name, found) for page in PAGES if (found := SHELL.findall(page.read_text(encoding="utf-8")))],
)
def test_shell_examples_run(name: str, blocks: list[str], tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data")
    asked = any(SERVED in block for block in blocks)
    with server(tmp_path) if asked else nullcontext(SERVED) as served:
        told = [run_block(block, tmp_path, served=served) for block in blocks]
    if SESSION in blocks:
        names_what_was_said(told[blocks.index(SESSION)])


@pytest.mark.parametrize(
    "block", [block for page in PAGES for block in PYTHON.findall(page.read_text(encoding="utf-8"))]
)
def test_python_examples_run(block: str, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data")
    run([sys.executable, "-c", block], tmp_path)

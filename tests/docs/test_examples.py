"""Examples in the pages are run: shell blocks after `<!-- run -->`, in their order, and the Python of the library."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if page.is_file()]
SHELL = re.compile(r"^<!-- run -->\n+```(?:sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def script(block: str) -> str:
    """The commands of a block; of a session on a console, the lines after `$`."""
    typed = re.findall(r"^\$ (.*)$", block, flags=re.MULTILINE)
    return "\n".join(typed) if typed else block


def environment(folder: Path) -> dict[str, str]:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": programs, "KITH_HOME": str(folder / "home"), "KITH_EMBEDDER": "hash"}


def run(command: list[str], folder: Path) -> None:
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


@pytest.mark.parametrize(
    ("name", "blocks"),
    [(page.name, found) for page in PAGES if (found := SHELL.findall(page.read_text(encoding="utf-8")))],
)
def test_shell_examples_run(name: str, blocks: list[str], tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data")
    for block in blocks:
        run(["bash", "-euo", "pipefail", "-c", script(block)], tmp_path)


@pytest.mark.parametrize(
    "block", [block for page in PAGES for block in PYTHON.findall(page.read_text(encoding="utf-8"))]
)
def test_python_examples_run(block: str, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data")
    run([sys.executable, "-c", block], tmp_path)

"""Draws docs/run.svg: what `kith run data/sample` prints on a terminal. `make picture` runs it."""

import os
import pty
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

COLUMNS = 104
HERE = Path(__file__).parent


def _printed(command: list[str], environment: dict[str, str]) -> str:
    """What a command prints to a terminal of our width, without its progress bars."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment, cwd=HERE.parent) as child:
        os.close(theirs)
        chunks: list[bytes] = []
        while True:
            try:
                chunk = os.read(ours, 65_536)
            except OSError:  # the other end is closed: the command is done
                break
            if not chunk:
                break
            chunks.append(chunk)
    os.close(ours)
    if child.returncode:
        raise SystemExit(f"{command!r} ended with {child.returncode}")
    return b"".join(chunks).decode().replace("\r\n", "\n")


def main() -> None:
    """Runs the sample in a folder of its own, and draws what is printed."""
    with tempfile.TemporaryDirectory() as home:
        kith = str(Path(sys.executable).with_name("kith"))
        environment = {**os.environ, "KITH_HOME": home, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
        printed = _printed([kith, "run", "data/sample", "--no-progress"], environment)
    console = Console(record=True, width=COLUMNS, file=StringIO())
    console.print(Text.from_ansi(printed.strip("\n")))
    # Nothing is fetched from another host: the reader's own monospaced font will do.
    without_fonts = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="kith run data/sample", code_format=without_fonts)
    (HERE / "run.svg").write_text(svg, encoding="utf-8")


main()

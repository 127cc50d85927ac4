"""A migration in a process of its own that ends itself, by SIGKILL, when a step has gone so far.

migrating_child.py HOME FILE PAGE STEP TIME   TIME says at which word of progress about STEP, from 1.
"""

import os
import signal
import sys
from pathlib import Path

from kith.etl import copying
from kith.migrating import migrate
from kith.settings import Settings


def main() -> None:
    """Migrates until it ends itself, or to the end."""
    home, file, page, step, time = sys.argv[1:]
    copying.PAGE = copying.PEOPLE = int(page)
    heard = 0

    def beat(of: str, _more: int, _total: int) -> None:
        nonlocal heard
        heard += of == step
        if heard == int(time):
            os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings(home=Path(home), embedder="hash", language="plain", tenant="acme")
    migrate(settings, Path(file), command="kith migrate", beat=beat)


main()

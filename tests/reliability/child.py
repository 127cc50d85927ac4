"""A run in a process of its own that ends itself, by SIGKILL, at a place that it is told.

child.py HOME BATCH_SIZE PLACE TIME FILE…   PLACE is `before STEP` or `after STEP`; TIME says at which batch, from 1.
PLACE may be `any`: then TIME counts all places. It may be `never`: then the first place is told on standard output.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from kith.etl.running import RunOptions
from kith.etl.sources import open_sources
from kith.settings import Settings
from kith.wiring import open_app


def main() -> None:
    """Runs until it ends itself, or to the end."""
    home, batch_size, place, time, *files = sys.argv[1:]
    passed = 0
    lock = threading.Lock()

    def reached(where: str) -> None:
        nonlocal passed
        with lock:
            if place == "never" and passed == 0:
                print("begun", flush=True)  # noqa: T201 - the parent waits for it
            if place in (where, "any", "never"):
                passed += 1
            if place != "never" and passed == int(time):
                os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings(home=Path(home), embedder="hash", language="plain", tenant="acme")
    with open_app(settings, command="child", create=True) as app:
        batches = app.stores.ledger.batches
        sources = open_sources(files, known=lambda source: batches.mark("acme", source), full=False)
        app.runner(reached=reached).run(sources, RunOptions(tenant="acme", batch_size=int(batch_size)))


main()

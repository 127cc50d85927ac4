"""Runs `kith` as its users do, in a process of its own, and watches how much memory that and its children hold."""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psutil

from bench.figures import Say
from kith.persona.identity import Json

__all__ = ["Ran", "kith"]

EVERY = 0.1
"""Seconds from one look at the memory to the next: what is held for less may go unseen."""
LOOKS_PER_SEARCH = 10
"""Looks after which children are searched for again, once there are some: it takes longer than a look."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command answered, how long it took from start to end, and the most memory that it held (RSS)."""

    answer: dict[str, Json]
    seconds: float
    own_mb: float
    children_mb: float
    """Of the vector store's program."""
    together_mb: float


def kith(*arguments: str, home: Path, embedder: str, doing: str, say: Say) -> Ran:
    """`kith ARGUMENTS --json` on the stores in `home`. Settings of whoever measures don't reach it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
    environment |= {"KITH_HOME": str(home), "KITH_EMBEDDER": embedder}
    if embedder == "hash":  # what takes next to no time goes together
        environment["KITH_LANGUAGE"] = "plain"
    command = [sys.executable, "-m", "kith.cli", *arguments, "--json"]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors, tempfile.TemporaryDirectory() as empty:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=errors, env=environment, cwd=empty)
        try:
            memory = _watch(process, doing=doing, say=say)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        seconds = time.perf_counter() - start
        if process.returncode != 0:
            errors.seek(0)
            said = errors.read().decode(errors="replace")
            raise RuntimeError(f"`kith {' '.join(arguments)}` ended with {process.returncode}: {said}")
        out.seek(0)
        return Ran(cast("dict[str, Json]", json.load(out)), seconds, *memory)


def _watch(process: subprocess.Popen[bytes], *, doing: str, say: Say) -> tuple[float, float, float]:
    """Waits for the end. Peaks in MB: its own, its children's, and of all at one moment."""
    start = time.perf_counter()
    own_peak = children_peak = together_peak = 0
    family = psutil.Process(process.pid)
    children: list[psutil.Process] = []
    look = 0
    while True:
        try:
            process.wait(EVERY)
        except subprocess.TimeoutExpired:
            pass
        else:
            return own_peak / 1e6, children_peak / 1e6, together_peak / 1e6
        if not children or look % LOOKS_PER_SEARCH == 0:
            with suppress(psutil.Error):
                children = family.children(recursive=True)
        look += 1
        own, others = _held(family), sum(map(_held, children))
        own_peak, children_peak = max(own_peak, own), max(children_peak, others)
        together_peak = max(together_peak, own + others)
        say(f"{doing}: {time.perf_counter() - start:.0f} s, {(own + others) / 1e6:.0f} MB")


def _held(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:  # it ended between two looks
        return 0

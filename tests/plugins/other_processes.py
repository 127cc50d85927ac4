"""Other processes for the tests: programs of Python that end with the block that started them."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest


@contextmanager
def _child(program: str, path: Path) -> Generator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with started:
        try:
            yield started
        finally:
            started.kill()


@pytest.fixture(scope="session")
def child() -> Callable[[str, Path], AbstractContextManager[subprocess.Popen[str]]]:
    """Another process that runs a program, and is given a path; it is gone when the block ends."""
    return _child

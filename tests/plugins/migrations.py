"""What tests of `kith migrate` work with: houses as they are, a file that names servers, a try, and one that dies."""

import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kith.adapters import open_stores
from kith.etl.likeness import House, look
from kith.etl.retry import Patience
from kith.migrating import Migrated, migrate
from kith.settings import NAMES, Settings
from kith.stores.bundle import Stores

__all__ = ["COMMAND", "held", "killed", "opened", "run", "written"]

CHILD = Path(__file__).with_name("migrating_child.py")
COMMAND = "kith migrate --to-env servers.env"


def unheard(_step: str, _more: int, _total: int) -> None:
    """For a migration that no bar follows."""


def written(path: Path, there: Settings, **more: str) -> Path:
    """A file of settings that names servers."""
    named = {name: str(getattr(there, field)) for field, name in NAMES.items() if field.endswith("_url")} | more
    path.write_text("".join(f"{name}={value}\n" for name, value in named.items() if value))
    return path


@contextmanager
def opened(settings: Settings) -> Generator[Stores]:
    """The stores as they are: nothing is finished that was left open."""
    with ExitStack() as stack:
        yield open_stores(settings, stack, unfinished=True)


def held(settings: Settings) -> House:
    """All that is in a house."""
    with opened(settings) as stores:
        return look(stores, tick=lambda _: None)


def run(home: Settings, file: Path, *, beat: Callable[[str, int, int], None] = unheard) -> Migrated:
    """A try in this process, which gives a server up at once."""
    return migrate(home, file, command=COMMAND, beat=beat, patience=Patience(seconds=0.1))


def killed(home: Settings, file: Path, step: str, time: int) -> None:
    """A try that ends itself, by SIGKILL, at a word of progress about a step; pages are of seven things."""
    command = [sys.executable, str(CHILD), str(home.home), str(file), "7", step, str(time)]
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr

"""Killed at every step and at random moments, resumed: as if nothing had happened."""

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kith.etl.delivery import DELIVERY_STEPS
from kith.etl.integrity import Integrity, Verdict
from kith.pipeline import Options, run_paths
from kith.settings import Settings
from kith.wiring import open_app

BATCH = 40
PLACES = [f"{when} {step}" for step in DELIVERY_STEPS for when in ("before", "after")]
CHILD = Path(__file__).with_name("child.py")


def start(settings: Settings, place: str, time: int, file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(CHILD), str(settings.home), str(BATCH), place, str(time), str(file)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed(settings: Settings, place: str, time: int, file: Path) -> None:
    with start(settings, place, time, file) as child:
        _, words = child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL, words


def resume(settings: Settings, file: Path) -> Verdict:
    run_paths([str(file)], settings, Options(batch_size=BATCH), command="a test")
    return look(settings)


def look(settings: Settings) -> Verdict:
    with open_app(settings, command="a test") as app:
        return Integrity(app.stores, tenant=settings.tenant).verify()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], dict[str, str]]:
    """The digests of a run over the same file that nobody disturbs; worked out once."""
    known: dict[bytes, dict[str, str]] = {}

    def digests(file: Path) -> dict[str, str]:
        content = file.read_bytes()
        if content not in known:
            settings = Settings(
                home=tmp_path_factory.mktemp("undisturbed"), embedder="hash", language="plain", tenant="acme"
            )
            verdict = resume(settings, file)
            assert verdict.as_json()["differences"] == []
            known[content] = verdict.digests
        return known[content]

    return digests


@pytest.mark.parametrize("place", PLACES)
def test_killed_at_a_step_and_resumed(
    place: str, settings: Settings, talk_file: Path, undisturbed: Callable[[Path], dict[str, str]]
) -> None:
    killed(settings, place, 3, talk_file)
    verdict = resume(settings, talk_file)
    assert (verdict.as_json()["differences"], verdict.digests) == ([], undisturbed(talk_file))


@pytest.mark.parametrize("seed", range(5))
def test_killed_after_some_steps_drawn_by_lot_and_resumed(
    seed: int, settings: Settings, talk_file: Path, undisturbed: Callable[[Path], dict[str, str]]
) -> None:
    places = len(PLACES) * (240 // BATCH)
    killed(settings, "any", random.Random(seed).randrange(1, places), talk_file)
    verdict = resume(settings, talk_file)
    assert (verdict.as_json()["differences"], verdict.digests) == ([], undisturbed(talk_file))


@pytest.mark.parametrize("seed", range(5))
def test_killed_from_outside_at_a_random_moment_and_resumed(
    seed: int, settings: Settings, talk_file: Path, undisturbed: Callable[[Path], dict[str, str]]
) -> None:
    with start(settings, "never", 0, talk_file) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        threading.Event().wait(random.Random(seed).uniform(0, 0.5))  # the moment is what is drawn
        child.kill()
    verdict = resume(settings, talk_file)
    assert (verdict.as_json()["differences"], verdict.digests) == ([], undisturbed(talk_file))


@pytest.mark.parametrize("place", PLACES)
def test_killed_and_the_source_is_gone(place: str, settings: Settings, talk_file: Path) -> None:
    killed(settings, place, 3, talk_file)
    talk_file.unlink()
    verdict = look(settings)
    assert verdict.as_json()["differences"] == []
    assert verdict.pending == 0
    assert verdict.counts["documents"] in (2 * BATCH, 3 * BATCH)


def test_killed_again_and_again_while_it_recovers(
    settings: Settings, talk_file: Path, undisturbed: Callable[[Path], dict[str, str]]
) -> None:
    for time in (30, 20, 10):
        killed(settings, "any", time, talk_file)
    verdict = resume(settings, talk_file)
    assert (verdict.as_json()["differences"], verdict.digests) == ([], undisturbed(talk_file))

"""Standard streams: pipes that close, disks that are full, streams that are not there, other encodings."""

import json
import subprocess
import sys
from typing import Any

import pytest

SHELL = "set -o pipefail; kith() { " + sys.executable + ' -m kith.cli "$@"; }; '


def shell(place: Any, script: str, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        ["bash", "-c", SHELL + script],
        cwd=place.folder,
        env=place.environment(**environment),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_reader_that_has_enough_is_no_error(filled: Any, first: dict[str, Any]) -> None:
    code, out, err = shell(filled, f"kith export {first['user_id']} | head -1")
    assert (code, json.loads(out)["kind"], err) == (0, "user", "")
    assert shell(filled, "kith status | true") == (0, "", "")
    assert shell(filled, "kith status --json | true") == (0, "", "")


def test_the_exit_code_counts_though_nobody_listens(filled: Any) -> None:
    code, out, err = shell(filled, "kith run none.jsonl --json | true")
    assert (code, out, err) == (2, "", "kith: 'none.jsonl' does not exist; check the path.\n")


@pytest.mark.parametrize("command", ["status", "status --json"])
def test_standard_output_that_cannot_be_written(filled: Any, command: str) -> None:
    code, _, err = shell(filled, f"kith {command} > /dev/full")
    assert (code, err) == (1, "kith: standard output cannot be written: No space left on device\n")


def test_streams_that_are_closed(filled: Any) -> None:
    assert shell(filled, "kith status >&-") == (0, "", "")
    assert shell(filled, "kith run none.jsonl 2>&-") == (2, "", "")
    assert shell(filled, "kith run - <&-") == (
        2,
        "",
        "kith: standard input is closed; name a file, or pipe records in\n",
    )


def test_other_encodings(filled: Any, first: dict[str, Any]) -> None:
    whole = shell(filled, f"kith export {first['user_id']}")
    plain = shell(filled, f"kith export {first['user_id']}", PYTHONIOENCODING="ascii")
    assert [json.loads(line) for line in plain[1].splitlines()] == [json.loads(line) for line in whole[1].splitlines()]
    code, out, err = shell(filled, "kith runs list", PYTHONIOENCODING="ascii")
    assert (code, out.isascii(), err) == (0, True, "")


def test_json_is_one_object_and_nothing_else(filled: Any) -> None:
    code, out, err = shell(filled, "echo 'no JSON' | kith run - --json --max-rejected 1")
    assert (code, json.loads(out)["rejected"], err) == (0, 1, "")

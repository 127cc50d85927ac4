"""Nothing leaves the machine: a run with the default model asks no name, connects to nobody, and reads no hub."""

import json
import os
import subprocess
import sys
from typing import Any

GUARDED = """
import json, socket, sys

seen = []

def guard(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        seen.append([event, repr(arguments[-1])])

sys.addaudithook(guard)
from kith.cli import main

code = main(["run", "talk.jsonl", "--json"])
socket.getaddrinfo("localhost", 1)
print(json.dumps({"code": code, "seen": seen}))
"""
HERE = ("'/", "('localhost'", "('127.0.0.1'", "('::1'")
"""A socket of this machine: a path, or loopback."""


def test_a_run_with_the_default_model_stays_at_home(place: Any) -> None:
    (place.folder / "talk.jsonl").write_text('{"user_id": "u1", "message": "Porto or Lisbon?", "timestamp": 1}\n')
    cache = place.folder / "cache"
    cache.mkdir()
    told = {**os.environ, "KITH_HOME": str(place.home), "HF_HOME": str(cache), "KITH_EMBEDDER": "default"}
    done = subprocess.run(
        [sys.executable, "-c", GUARDED], cwd=place.folder, env=told, capture_output=True, text=True, check=True
    )
    summary, guarded = map(json.loads, done.stdout.splitlines())
    assert (guarded["code"], summary["accepted"], done.stderr) == (0, 1, "")
    assert guarded["seen"].pop()[0] == "socket.getaddrinfo"  # ours, which shows that the guard was awake
    assert [one for one in guarded["seen"] if not one[1].startswith(HERE)] == []
    assert list(cache.rglob("*")) == []

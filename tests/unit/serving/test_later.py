"""Work beside requests: after the end nothing is begun, and nobody is left waiting for it."""

import pytest

from kith.serving.frame.later import Later


def test_what_is_begun_after_the_end_is_refused_and_not_waited_for() -> None:
    later = Later("testing")
    later.begin(("acme", "u1"), lambda: None, again=False).result()
    later.close()
    with pytest.raises(RuntimeError):
        later.begin(("acme", "u2"), lambda: None, again=False)
    assert (later.underway(("acme", "u2")), len(later)) == (None, 0)
    later.close()

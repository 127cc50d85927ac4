"""What stands beside ranking: what was said last, what is popular, what is like what, and what was shown already."""

from contextlib import suppress
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.engagement import DayCount
from kith.persona.model import Campaign, Entity
from kith.persona.ranking import Shared
from kith.persona.ranking.lately import LATEST, lately
from kith.persona.ranking.likeness import Alike, alike
from kith.persona.ranking.popularity import favourites
from kith.serving.frame.problems import Refusal
from kith.serving.showing.shown import MOST, Shown

DAY = 86_400_000


def row(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


class TestLately:
    def test_each_weighs_half_of_the_one_after_it(self) -> None:
        found = lately([row(1, 0), row(0, 1)])
        assert found is not None
        assert found == pytest.approx(row(1, 0.5) / sqrt(1.25))
        assert found.dtype == np.float32

    def test_older_ones_do_not_count(self) -> None:
        rows = [row(1, 0)] * LATEST
        assert lately([*rows, row(0, 1)]) == pytest.approx(row(1, 0))

    @pytest.mark.parametrize("rows", [[], [row(0, 0)], [row(np.nan, 1)]])
    def test_nothing_to_go_by(self, rows: list[np.ndarray]) -> None:
        assert lately(rows) is None


class TestFavourites:
    CAMPAIGNS = tuple(Campaign("acme", name, name.title()) for name in ("a", "b", "c", "d", "e"))

    def test_what_was_done_lately_counts_more(self) -> None:
        counts = [
            DayCount("a", "like", 70, 4, 4.0),  # a half-life ago: 2
            DayCount("b", "click", 100, 5, 5.0),  # 2.5
            DayCount("c", "view", 100, 2, 2.0),  # .3, and nobody took to it
            DayCount("c", "dislike", 100, 1, 1.0),  # -1
            DayCount("d", "view", 100, 10, 10.0),  # 1.5
            DayCount("gone", "like", 100, 100, 100.0),
        ]
        found = favourites(self.CAMPAIGNS, counts, now=100 * DAY, limit=10)
        assert [(one.campaign.campaign_id, one.score, one.count) for one in found] == [
            ("b", 2.5, 5),
            ("a", 2.0, 4),
            ("d", 1.5, 0),
        ]
        assert favourites(self.CAMPAIGNS, counts, now=100 * DAY, limit=1) == found[:1]


class TestAlike:
    PORTO, WINE = Entity("name", "porto"), Entity("name", "wine")

    def test_what_few_share_says_more(self) -> None:
        about = {
            "a": Shared(("trip",), (self.PORTO,)),
            "b": Shared(("trip",), ()),
            "c": Shared(("trip",), (self.WINE,)),
            "d": Shared((), (self.PORTO,)),
        }
        trip, porto, wine = log(1 + 4 / 3), log(1 + 4 / 2), log(1 + 4 / 1)
        a, c = sqrt(trip**2 + porto**2), sqrt(trip**2 + wine**2)
        assert alike("a", about, {}, limit=10) == [
            Alike("d", round(0.5 * porto / a, 6), ("porto",)),
            Alike("b", round(0.5 * trip / a, 6), ("trip",)),
            Alike("c", round(0.5 * trip**2 / (a * c), 6), ("trip",)),
        ]

    def test_what_they_say_counts_as_much(self) -> None:
        about = {"a": Shared(("trip",)), "b": Shared(("trip",)), "c": Shared(), "d": Shared()}
        assert alike("a", about, {"a": 1.0, "b": 1.0, "c": 0.5, "d": -0.5}, limit=10) == [
            Alike("b", 1.0, ("trip",)),
            Alike("c", 0.25, ()),
        ]


class TestShown:
    @given(st.sets(st.text(max_size=20), min_size=1, max_size=50), st.text(max_size=20))
    def test_a_cursor_tells_what_was_shown(self, ids: set[str], other: str) -> None:
        cursor = Shown().and_also(ids).cursor
        again = Shown.of(cursor)
        assert all(one in again for one in ids)
        assert (other in again) == (other in ids)
        assert again.cursor == cursor

    def test_there_is_an_end(self) -> None:
        assert Shown().cursor is None
        assert Shown.of(None) == Shown()
        assert Shown().and_also(map(str, range(MOST))).cursor is not None
        assert Shown().and_also(map(str, range(MOST + 1))).cursor is None

    @given(st.text(max_size=40))
    def test_whatever_is_no_cursor_is_refused(self, text: str) -> None:
        with suppress(Refusal):
            assert Shown.of(text).digests

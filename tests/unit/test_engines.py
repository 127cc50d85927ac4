"""The local engine: order, bounds, the first error, and stopping."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.etl.engines import LocalEngine


def same(batch: int) -> int:
    return batch


@given(st.lists(st.integers()), st.integers(min_value=1, max_value=3))
def test_every_batch_goes_through_every_step_in_order(batches: list[int], ahead: int) -> None:
    done: list[int] = []

    def more(batch: int) -> int:
        return batch + 1

    def double(batch: int) -> int:
        return batch * 2

    def keep(batch: int) -> int:
        done.append(batch)
        return batch

    LocalEngine(ahead=ahead).run(iter(batches), [more, double, keep], stop=threading.Event())
    assert done == [(batch + 1) * 2 for batch in batches]


def test_no_more_batches_are_read_than_there_is_room_for() -> None:
    read: list[int] = []
    go_on = threading.Event()
    full = threading.Event()

    def source() -> Iterator[int]:
        for batch in range(100):
            read.append(batch)
            if batch == 3:  # one in the step, two waiting, one in the reader's hand
                full.set()
            yield batch

    def held_up(batch: int) -> int:
        assert go_on.wait(timeout=20)
        return batch

    engine = threading.Thread(
        target=LocalEngine(ahead=2).run, args=(source(), [held_up]), kwargs={"stop": threading.Event()}
    )
    engine.start()
    assert full.wait(timeout=20)
    assert len(read) == 4
    go_on.set()
    engine.join(timeout=20)
    assert read == list(range(100))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_first_error_ends_the_run_and_is_raised(place: int) -> None:
    def fails(batch: int) -> int:
        if batch == 5:
            raise RuntimeError(f"batch {batch}")
        return batch

    steps = [same, same, same]
    steps[place] = fails
    with pytest.raises(RuntimeError, match="batch 5"):
        LocalEngine().run(iter(range(1000)), steps, stop=threading.Event())


def test_an_error_of_the_source_is_raised() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="the disk went away"):
        LocalEngine().run(source(), [same], stop=threading.Event())


def test_stopping_finishes_the_batch_in_the_last_step_and_no_other() -> None:
    stop = threading.Event()
    done: list[int] = []

    def last(batch: int) -> int:
        stop.set()
        done.append(batch)
        return batch

    LocalEngine().run(iter(range(1000)), [same, last], stop=stop)
    assert done == [0]

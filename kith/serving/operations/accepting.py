"""Uploads as jobs: taken once they are on disk with their tickets, done in turn, and taken up again after a restart."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import cast

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool

from kith.etl.catalogue import Loaded, load_campaigns
from kith.etl.llm_extraction import LlmExtractor, LlmReport
from kith.etl.running import RunOptions, new_run_id
from kith.etl.trace import Pulse
from kith.persona.identity import Json
from kith.persona.records import FieldNames
from kith.serving.frame.house import House
from kith.serving.operations.following import queue_of
from kith.serving.operations.jobs import Job, Work
from kith.serving.operations.queue import Queue
from kith.serving.operations.uploads import Spool, Ticket, Upload
from kith.stores.ledger_port import SourceMark

__all__ = ["accepted", "working"]

log = logging.getLogger("kith.serving")


@asynccontextmanager
async def working(app: FastAPI) -> AsyncGenerator[None]:
    """Has jobs done while the application is up; what an earlier start was told to do comes first."""
    house = cast("House", app.state.house)
    spool = app.state.spool = Spool(house.home)
    queue = app.state.queue = Queue(house.stores.ledger.jobs, clock=house.clock)
    try:
        for upload in await run_in_threadpool(spool.left):
            await run_in_threadpool(_take_up_again, house, queue, spool, upload)
        yield
    finally:
        await run_in_threadpool(queue.close)
        await run_in_threadpool(spool.close)


async def accepted(request: Request, house: House, ticket: Ticket) -> tuple[Job, int]:
    """The job that does what the ticket says with the body, and how many come before it.

    Refused before the body is read where there is no room for what it asks; on disk, with its ticket, before anybody
    is told that it will be done.
    """
    queue = queue_of(request)
    queue.check_room()
    spool = cast("Spool", request.app.state.spool)
    length = request.headers.get("content-length")
    path = await spool.receive(request.stream(), length=None if length is None else int(length))
    upload = await run_in_threadpool(spool.keep, path, ticket)
    job = await run_in_threadpool(_queued, house, queue, spool, upload)
    return job, queue.ahead_of(job)


def _queued(house: House, queue: Queue, spool: Spool, upload: Upload, *, again: bool = False) -> Job:
    ticket, settled = upload.ticket, partial(spool.discard, upload.path)
    work = _take_in(house, upload) if ticket.what == "run" else _load(house, upload)
    return queue.add_lasting(ticket.job_id, ticket.what, ticket.tenant, work, settled=settled, again=again)


def _take_up_again(house: House, queue: Queue, spool: Spool, upload: Upload) -> None:
    """Does what a server was told to do, and ended before it did. Of a run that had begun, the rest is one of its own:
    what was taken in is on record under the first."""
    first = upload.ticket.job_id
    if house.stores.ledger.runs.get(first) is not None:
        upload = spool.keep(upload.path, replace(upload.ticket, job_id=new_run_id(house.clock())))
    log.warning("the upload of %s %s is taken up again as %s", upload.ticket.what, first, upload.ticket.job_id)
    _queued(house, queue, spool, upload, again=True)


def _take_in(house: House, upload: Upload) -> Work:
    ticket = upload.ticket

    def work(job: Job) -> dict[str, Json]:
        # The writer's stores wait for a server that is slow, where those for whoever asks give it up.
        writer = house.new_writer()
        ledger = writer.stores.ledger

        def known(source: str) -> SourceMark | None:
            return None if ticket.full else ledger.batches.mark(ticket.tenant, source)

        options = RunOptions(
            tenant=ticket.tenant,
            batch_size=ticket.batch_size,
            max_rejected=ticket.max_rejected,
            limit=ticket.limit,
            names=FieldNames.from_options(ticket.names),
        )
        with upload.sources(known=known) as (sources, catalogues):
            loaded = Loaded()
            for one in catalogues:
                loaded += load_campaigns(writer, ticket.tenant, one.records(), clock=house.clock)

            def beat(pulse: Pulse) -> None:
                share = sources.bytes_read / sources.total_bytes if sources.total_bytes else None
                job.beat(pulse.step, pulse.read, share=share)

            before = _asked(house)
            summary = house.new_runner().run(sources, options, stop=job.stop, pulse=beat, run_id=job.id)
            after = _asked(house)
        person = next(iter(ledger.evidence.users(ticket.tenant, limit=1)), None)
        done: dict[str, Json] = {**summary.as_json(), "campaigns": loaded.as_json(), "person": person}
        if before is not None and after is not None:
            done["llm"] = after.since(before).as_json()
        return done

    return work


def _asked(house: House) -> LlmReport | None:
    """What a language model was asked so far, where one is set: by everybody who writes."""
    extractor = house.tools.extractor
    return extractor.report() if isinstance(extractor, LlmExtractor) else None


def _load(house: House, upload: Upload) -> Work:
    def work(job: Job) -> dict[str, Json]:
        with upload.records() as raws:
            return load_campaigns(house.new_writer(), job.tenant, raws, clock=house.clock).as_json()

    return work

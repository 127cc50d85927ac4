"""Opens everything in the right order, and puts together what works on it."""

import os
import socket
import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from secrets import token_hex
from threading import Lock
from typing import Generic, TypeVar

from kith.adapters import ledger_of, open_stores
from kith.etl.delivery import Delivery, Reached, nowhere
from kith.etl.encoders import open_encoder
from kith.etl.engines import LocalEngine
from kith.etl.feelings import Feeling
from kith.etl.lexicons import open_vocabulary
from kith.etl.lineage_client import send_event
from kith.etl.llm import ChatModel
from kith.etl.llm_extraction import LlmExtractor, LlmReport
from kith.etl.mending import Mender
from kith.etl.parsing import SpacyParser
from kith.etl.people import Forgetter
from kith.etl.retry import Patience
from kith.etl.running import Runner
from kith.etl.taxonomies import read_taxonomy
from kith.etl.tokens import TokenCounter
from kith.etl.tongues import Tongue
from kith.etl.tools import Tools
from kith.etl.wishing import Wishing
from kith.etl.writer import DAY, Writer
from kith.persona.embedding import Embedder
from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.language import Extractor
from kith.persona.language.extracting import RuleExtractor
from kith.persona.language.gate import worth_parsing
from kith.persona.phrases import PlainExtractor
from kith.serving.frame.guarding import guarded
from kith.serving.frame.house import House
from kith.serving.frame.metrics import Metrics
from kith.settings import Settings
from kith.stores.bundle import Stores
from kith.stores.owner import OwnerLock
from kith.stores.serving_port import Keys

__all__ = [
    "App",
    "agree_on_shards",
    "check_begun",
    "extractor_of",
    "house_of",
    "is_begun",
    "now",
    "open_app",
    "open_keys",
]

T = TypeVar("T")

WHILE_ASKED = Patience(seconds=20.0)
"""How long the API tries to write: whoever waits for it is told that a store is down before their time is up."""
BESIDE = 8
"""Threads for what stores do while an answer's own thread does something else; they begin when there is work."""


def now() -> int:
    """The time, in milliseconds UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class App:
    """The stores, open, and what works on them."""

    settings: Settings
    stores: Stores
    tools: Tools
    lock: OwnerLock | None
    """That the embedded folder is ours, where we can say where we answer; None: the stores are on servers."""
    beside: Executor
    """Threads for calls of stores and models that wait for no other; they end before the stores are closed."""
    clock: Callable[[], int] = now
    chat: ChatModel | None = None
    """The language model that is asked where one is set."""

    def writer(self, *, patience: Patience | None = None) -> Writer:
        """A writer of its own, for one thread."""
        return Writer(
            Mender(self.stores, self.tools),
            holder=f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}",
            shards=self.settings.shards,
            clock=self.clock,
            patience=patience or Patience(),
        )

    @property
    def llm(self) -> LlmReport | None:
        """What a language model was asked so far, where one is set."""
        extractor = self.tools.extractor
        return extractor.report() if isinstance(extractor, LlmExtractor) else None

    def runner(self, *, reached: Reached = nowhere) -> Runner:
        """Runs the pipeline, with a writer of its own."""

        def emit(event: dict[str, Json]) -> None:
            if self.settings.openlineage_url:
                send_event(self.settings.openlineage_url, event)

        return Runner(
            self.stores,
            self.tools,
            Delivery(self.writer(), clock=self.clock, reached=reached),
            engine=LocalEngine(),
            clock=self.clock,
            emit=emit,
        )


@contextmanager
def open_app(
    settings: Settings,
    *,
    command: str,
    create: bool = False,
    new_vectors: bool = False,
    new_graph: bool = False,
    wait: float = 0.0,
) -> Generator[App]:
    """Opens the stores; embedded ones as their only owner, who first finishes what a process that died left open.

    On servers others may be at work: what they left open is finished by whoever next writes for the same people.
    `create` makes what is not there; `new_vectors` drops all vectors, to be made again by this model; `new_graph`
    begins an empty graph, whatever stands in its place.
    """
    if not create:
        check_begun(settings)
    with ExitStack() as stack:
        lock = None
        if not settings.is_shared:
            lock = stack.enter_context(OwnerLock.take(settings.home, command=command, wait=wait))
        stores = open_stores(settings, stack, create=create, new_vectors=new_vectors, new_graph=new_graph)
        chat = chat_of(settings, stack)
        embedder = Once(lambda: open_encoder(settings.embedder, home=settings.home))
        tools = Tools(
            open_embedder=embedder,
            extractor=extractor_of(settings, stack, embedder=embedder, chat=chat),
            model=stores.vectors.model(),
            names_of=stores.documents.names,
        )
        # Entered last: whatever a thread still reads of the stores or asks of a model is there until it has ended.
        beside = stack.enter_context(ThreadPoolExecutor(BESIDE, thread_name_prefix="kith-beside"))
        app = App(settings, stores, tools, lock, beside, chat=chat)
        if lock is not None:
            stores.ledger.leases.free_all()
            stores.ledger.jobs.lose()
            app.writer().recover_all()
            stores.ledger.runs.abandon()
        else:
            agree_on_shards(settings, stores)
            stores.ledger.runs.abandon(older=DAY)
        if waiting := stores.ledger.people.unpurged():
            for tenant in {*stores.ledger.tenants(), *stores.documents.tenants()}:
                Forgetter(app.writer(), clock=app.clock).purge(tenant)
            stores.ledger.people.settle(waiting)
        yield app


def agree_on_shards(settings: Settings, stores: Stores) -> None:
    """Whoever counts shards otherwise would take other leases for the same people."""
    agreed = stores.ledger.leases.agree(settings.shards)
    if agreed != settings.shards:
        raise BadInput(
            f"KITH_SHARDS is {settings.shards}, and all who write to these stores have {agreed}, as the first one "
            f"said: set KITH_SHARDS={agreed}"
        )


@contextmanager
def open_keys(settings: Settings) -> Generator[Keys]:
    """Who may ask. The ledger lets several in: this may stand beside whoever holds the stores."""
    check_begun(settings)
    with closing(ledger_of(settings)) as ledger:
        yield ledger.keys


def is_begun(settings: Settings) -> bool:
    """Whether there is a ledger to open. On a server it is made by whoever first opens it."""
    return settings.is_shared or settings.path_of("ledger_url").exists()


def check_begun(settings: Settings) -> None:
    """Refuses stores that were never made."""
    if not is_begun(settings):
        raise BadInput(f"nothing has been stored under {str(settings.home)!r} yet: begin with `kith run FILE`")


def house_of(app: App) -> House:
    """What the API works with, over stores that are open; each of their calls is timed from here on.

    Who only asks is spared a server that does not answer. Writers are not: they wait for it, and try again.
    """
    metrics, ledger = Metrics(), app.stores.ledger.where
    app = replace(app, stores=metrics.watch(app.stores))
    shared, tenant = app.settings.is_shared, app.settings.tenant
    return House(
        stores=guarded(app.stores, tenant, beside=app.beside) if shared else app.stores,
        tools=app.tools,
        tenant=tenant,
        home=app.settings.home,
        ledger=ledger,
        clock=app.clock,
        new_writer=lambda: app.writer(patience=WHILE_ASKED),
        new_runner=app.runner,
        count_tokens=TokenCounter().count,
        beside=app.beside,
        metrics=metrics,
        chat=app.chat,
    )


class Once(Generic[T]):
    """Makes something when it is first asked for, and keeps it. Any thread may call."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: tuple[T] | None = None
        self._lock = Lock()

    def __call__(self) -> T:
        with self._lock:
            if self._made is None:
                self._made = (self._make(),)
            return self._made[0]


def chat_of(settings: Settings, stack: ExitStack) -> ChatModel | None:
    """The language model that the settings name, until the stack is closed; None where they name none."""
    if not settings.llm_base_url:
        return None
    chat = ChatModel(
        settings.llm_base_url,
        model=settings.llm_model,
        api_key=settings.llm_api_key.get_secret_value(),
        timeout=settings.llm_timeout,
    )
    stack.callback(chat.close)
    return chat


def extractor_of(
    settings: Settings,
    stack: ExitStack,
    *,
    embedder: Callable[[], Embedder] | None = None,
    chat: ChatModel | None = None,
) -> Extractor:
    """What reads messages, until the stack is closed. Without an embedder only the records' own intents count.

    Files of one's own are read and checked now; models are loaded when the first message needs them.
    """
    if settings.language == "plain":
        return PlainExtractor()
    vocabulary = open_vocabulary(settings.vocabulary)
    wishes = None
    if embedder is not None and settings.embedder != "hash":
        wishes = Wishing(read_taxonomy(settings.intents), embedder, model=settings.embedder)
    rules = RuleExtractor(SpacyParser(settings.language), vocabulary, Feeling(), Tongue(), wishes)
    chat = chat or chat_of(settings, stack)
    if chat is None:
        return rules
    return LlmExtractor(chat, rules, vocabulary, worth=worth_parsing)

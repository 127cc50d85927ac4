"""What the tests of the dashboard share: `kith serve` over stores of three sizes, one page by itself, and a browser.

Servers are started when a test first asks for one, and tests share them: one that writes asks for its `own`.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from real_servers import give_up
from streamlit.testing.v1 import AppTest
from talking import talk

from kith.dashboard.app import PAGES
from kith.dashboard.data.asking import Api
from kith.dashboard.data.callers import Caller
from kith.dashboard.data.history import Ledger
from kith.dashboard.place import Place
from kith.dashboard.sight import Sight
from kith.data.generate import write_dataset
from kith.pipeline import Options, run_paths
from kith.settings import Settings

COMMAND = (sys.executable, "-m", "kith.cli")
SECONDS = 60
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PROBED = ("/_stcore/health", "/_stcore/host-config")
"""What Streamlit's page asks for under each part of its address, to find where it is served: 404 but for one."""
SCRIPTED = """
import socket, sys
from pathlib import Path
import uvicorn
from kith.dashboard.place import Place
from kith.dashboard.starting import application
listening = socket.create_server(("127.0.0.1", 0))
app = application(Place(""), script=Path(sys.argv[1]))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error", ws="websockets-sansio")).run(sockets=[listening])
"""
KEPT = "kept"
"""Beside the small server's stores: what they were before it was started."""
Size: TypeAlias = Literal["empty", "small", "large"]


@dataclass(frozen=True)
class Served:
    """A server over stores of its own."""

    url: str
    home: Path
    tenant: str = "default"

    @property
    def ledger(self) -> str:
        return f"sqlite:///{self.home / 'ledger.db'}"

    def place(self, **changed: Any) -> Place:
        """What a dashboard beside it is told."""
        return replace(Place(self.url, self.ledger, self.tenant), **changed)

    def api(self, key: str | None = None) -> Api:
        return Api(self.url, key=key, seconds=SECONDS)

    def sight(self) -> Sight:
        """What a page may look at for whoever may do all."""
        return Sight(self.api(), Caller(self.tenant, ("read", "write", "admin")), Ledger(self.ledger, self.tenant))


def environment(home: Path, *, language: str = "plain") -> dict[str, str]:
    return {**os.environ, "KITH_HOME": str(home), "KITH_EMBEDDER": "hash", "KITH_LANGUAGE": language}


@contextmanager
def _started(home: Path, *arguments: str, port: int = 0, language: str = "plain") -> Generator[dict[str, Any]]:
    """A command that goes on, once it has said where it answers; ended as Ctrl-C ends it."""
    log = home.parent / f"{arguments[0]}.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [*COMMAND, *arguments, "--port", str(port), "--json"],
            cwd=home.parent,
            env=environment(home, language=language),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as running,
    ):
        try:
            assert running.stdout is not None
            told = running.stdout.readline()
            assert told, log.read_text()
            yield json.loads(told)
        finally:
            running.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                running.wait(SECONDS)
            running.kill()


@pytest.fixture(scope="session")
def started() -> Callable[..., Any]:
    """Has a command go on in a process of its own as long as a block: `started(home, "serve")`."""
    return _started


def _filled(folder: Path, size: Size) -> Path:
    """Stores with nobody, with 20 people, or with more people than are offered to choose from."""
    home = folder / "home"
    if size == "empty":
        return home
    users, messages, mangled = (20, 300, 0.05) if size == "small" else (1100, 3000, 0.02)
    write_dataset(folder / "talk", users=users, messages=messages, seed=5, mangled=mangled)
    settings = Settings(home=home, embedder="hash", language="plain")
    run_paths([str(folder / "talk")], settings, Options(max_rejected=1.0), command="a test")
    return home


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Callable[[Size], Served]]:
    """The server over stores of this size, which all tests share. It is open: nobody needs a key."""
    known: dict[Size, Served] = {}
    with ExitStack() as stack:

        def of(size: Size) -> Served:
            if size not in known:
                home = _filled(tmp_path_factory.mktemp(size), size)
                if size == "small":
                    shutil.copytree(home, home.with_name(KEPT))
                told = stack.enter_context(_started(home, "serve", "--quiet"))
                known[size] = Served(told["url"], home)
            return known[size]

        yield of


@pytest.fixture
def small(served: Callable[[Size], Served]) -> Served:
    """The server over 20 people and 300 records, some of them rejected."""
    return served("small")


@pytest.fixture
def own(small: Served, tmp_path: Path) -> Generator[Served]:
    """A server over the same as the small one has at first, for one test that changes it."""
    home = tmp_path / "own" / "home"
    shutil.copytree(small.home.with_name(KEPT), home)
    with _started(home, "serve", "--quiet") as told:
        yield Served(told["url"], home)


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """A server that learns facts, with two campaigns and `bea`, who said three things."""
    home = tmp_path_factory.mktemp("learned") / "home"
    with _started(home, "serve", "--quiet", language="sm") as told:
        there = Served(told["url"], home)
        campaigns = [{"id": "huts", "title": "Mountain huts"}, {"id": "trails", "title": "Trail *week*"}]
        there.api().post("campaigns", dict[str, Any], campaigns)
        talk(there.api(), "bea")
        yield there


@dataclass(frozen=True)
class Keyed:
    """A server that wants a key, and makes them."""

    served: Served

    def key(self, *scopes: str) -> str:
        """A key with these scopes."""
        asked = [part for scope in scopes for part in ("--scope", scope)]
        done = subprocess.run(
            [*COMMAND, "keys", "create", "--name", "a test", *asked, "--json"],
            env=environment(self.served.home),
            capture_output=True,
            text=True,
            check=True,
        )
        return str(json.loads(done.stdout)["key"])


@pytest.fixture(scope="session")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Generator[Keyed]:
    """A server over empty stores that lets nobody in without a key."""
    home = tmp_path_factory.mktemp("keyed") / "home"
    settings = Settings(home=home, embedder="hash", language="plain")
    (home.parent / "one.jsonl").write_text('{"user_id": "ana", "message": "Porto?", "timestamp": 1}\n')
    run_paths([str(home.parent / "one.jsonl")], settings, Options(), command="a test")
    Keyed(Served("", home)).key("read")
    with _started(home, "serve", "--quiet") as told:
        yield Keyed(Served(told["url"], home))


def _one_page(name: str) -> None:
    from kith.dashboard.app import show_page

    show_page(name)


RunPage: TypeAlias = Callable[..., AppTest]


@pytest.fixture
def page() -> RunPage:
    """One page by itself, as the server's dashboard shows it: `page("stores", small)`. Without an exception, always."""

    def run(name: str, served: Served, *, key: str | None = None, **changed: Any) -> AppTest:
        shown = AppTest.from_function(_one_page, kwargs={"name": name}, default_timeout=SECONDS)
        shown.secrets["kith"] = served.place(**changed).told()
        if key is not None:
            shown.session_state["kith.key"] = key
        shown.run()
        assert list(shown.exception) == []
        return shown

    return run


@pytest.fixture(scope="session")
def words() -> Callable[[AppTest], str]:
    """All that a page says, in its order; what Markdown is told to leave alone without the strokes that say so."""

    def said(shown: AppTest) -> str:
        kinds = ("title", "subheader", "caption", "markdown", "info", "warning", "error", "success", "code")
        found = [str(getattr(one, "value", "")) for kind in kinds for one in shown.get(kind)]
        return "\n".join(found).replace("\\", "")

    return said


@pytest.fixture(scope="session")
def links() -> Callable[[AppTest], list[tuple[str, str]]]:
    """The links of a page to others: each by the page's name and what its address asks for."""
    return lambda shown: [(one.proto.page, one.proto.query_string) for one in shown.get("page_link")]


@pytest.fixture(scope="session")
def figures() -> Callable[[AppTest], dict[str, str]]:
    """The cards of a page: what each shows, by its label."""
    return lambda shown: {one.label: str(one.value) for one in shown.metric}


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """A browser. Where there is none, the test is skipped.

    As long as it is open, this thread runs an event loop, and no test can run one of its own.
    """
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        give_up("chromium is not on this machine: apt-get install chromium")
    expect.set_options(timeout=1000 * SECONDS)
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.name == "posix" and os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@pytest.fixture
def scripted(
    child: Callable[[str, Path], AbstractContextManager["subprocess.Popen[str]"]], chromium: Browser
) -> Callable[[Path], AbstractContextManager[str]]:
    """Has a script of the test's own shown as the dashboard shows its pages: where it is, as long as the block."""

    @contextmanager
    def show(script: Path) -> Generator[str]:
        with child(SCRIPTED, script) as running:
            assert running.stdout is not None
            yield f"http://127.0.0.1:{int(running.stdout.readline())}"

    return show


@dataclass
class Watched:
    """What went wrong in a browser's page."""

    url: str
    quiet: tuple[int, ...] = ()
    """Statuses that are the page's to tell; the console tells them too."""
    found: list[str] = field(default_factory=list[str])

    def console(self, message: ConsoleMessage) -> None:
        probed = message.location.get("url", "").endswith(PROBED)
        told = any(f"the server responded with a status of {status} " in message.text for status in self.quiet)
        if message.type == "error" and not probed and not told:
            self.found.append(f"console: {message.text} ({message.location.get('url', '')})")

    def request(self, request: Request) -> None:
        here = (f"{self.url}/", self.url.replace("http:", "ws:"), "data:", "blob:")
        if not request.url.startswith(here):
            self.found.append(f"asked of another host: {request.url}")


OpenPage: TypeAlias = Callable[..., Page]


@pytest.fixture
def browser_page(chromium: Browser) -> Generator[OpenPage]:
    """Opens a page of a dashboard: `browser_page(url, "stores", width=390, scheme="dark")`.

    The test fails on errors in its console, and where it asks anything of another host.
    """
    watched: list[Watched] = []
    with ExitStack() as stack:

        def go(
            url: str,
            name: str = "",
            *,
            width: int = 1280,
            scheme: Literal["light", "dark"] = "light",
            quiet: tuple[int, ...] = (),
        ) -> Page:
            context = chromium.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
            )
            stack.callback(context.close)
            shown = context.new_page()
            shown.set_default_timeout(1000 * SECONDS)
            watch = Watched(url, quiet)
            watched.append(watch)
            shown.on("console", watch.console)
            shown.on("request", watch.request)
            shown.on("pageerror", lambda error: watch.found.append(f"error: {error}"))
            shown.goto(f"{url}/{'' if name == PAGES[0].name else name}")
            shown.locator("h1").first.wait_for()
            return shown

        yield go
    assert [one for watch in watched for one in watch.found] == []


@pytest.fixture(scope="session")
def dashboard() -> Generator[Callable[[Served], str]]:
    """Where the dashboard beside a server is: a process of its own, as `kith dashboard` starts it."""
    known: dict[str, str] = {}
    with ExitStack() as stack:

        def of(served: Served) -> str:
            if served.url not in known:
                told = stack.enter_context(_started(served.home, "dashboard", "--api", served.url))
                known[served.url] = told["url"]
            return known[served.url]

        yield of

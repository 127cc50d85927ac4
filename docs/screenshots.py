"""Takes docs/pictures/*.png: each page of the dashboard, and the API's own, on the sample. `make screenshots` runs it.

At two widths, in both themes, in Chromium without a window. Beside the sample some records go in that cannot be taken,
so that there is something to see of them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from kith.dashboard.app import PAGES

HERE = Path(__file__).parent
PICTURES = HERE / "pictures"
KITH = (sys.executable, "-m", "kith.cli")
SIZES = ((1280, 800), (390, 844))
SCHEMES = ("light", "dark")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
COLOURS = 256
STILL = """() => !document.querySelector('[data-testid="stSkeleton"], [data-testid="stSpinner"], [data-stale="true"]')
  && !document.querySelector('[data-test-script-state="running"]')"""


def _kith(environment: dict[str, str], *arguments: str) -> Any:
    done = subprocess.run([*KITH, *arguments, "--json"], env=environment, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(f"kith {' '.join(arguments)} ended with {done.returncode}")
    return json.loads(done.stdout)


@contextmanager
def _going(environment: dict[str, str], *arguments: str) -> Generator[str]:
    """A command that answers at an address, as long as the block."""
    command = [*KITH, *arguments, "--port", "0", "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        try:
            yield json.loads(running.stdout.readline() if running.stdout else "")["url"]
        finally:
            running.terminate()


def _addresses(api: str) -> Iterator[tuple[str, str]]:
    """Each page's name and address: of somebody, and of something, where it is about one."""
    asked = httpx.Client(base_url=f"{api}/api/v1", timeout=60)
    people = asked.get("/users", params={"limit": 60}).json()["items"]
    most = max(people, key=lambda one: asked.get(f"/users/{one['user_id']}").json()["messages"])["user_id"]
    message = asked.get(f"/users/{most}/messages", params={"role": "user"}).json()["items"][0]["key"]
    about = {"people": f"?person={most}", "graph": f"?person={most}", "lineage": f"?message={message}"}
    for one in PAGES:
        yield one.name, ("" if one is PAGES[0] else one.name) + about.get(one.name, "")


def _opened(browser: Browser, size: tuple[int, int], scheme: Any, url: str) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    page.locator("h1").first.wait_for()
    return page


def _keep(page: Page, name: str) -> None:
    shown = Image.open(BytesIO(page.screenshot(full_page=True)))
    shown.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        PICTURES / f"{name}.png", optimize=True
    )
    page.context.close()


def _of_dashboard(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> Page:
    page = _opened(browser, size, scheme, url)
    page.wait_for_load_state("networkidle")
    page.wait_for_function(STILL)
    # What scrolls is a part of the page: as high as its content, all of it is in the picture.
    wanted = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
    page.set_viewport_size({"width": size[0], "height": min(max(size[1], wanted), 2400)})
    page.wait_for_load_state("networkidle")
    page.wait_for_function(STILL)
    return page


def _of_api(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> Page:
    page = _opened(browser, size, scheme, url)
    page.locator("#people option").first.wait_for(state="attached")
    page.locator("#query").fill("what should I plan for the weekend?")
    page.get_by_role("button", name="Show").click()
    page.locator("#answer").wait_for()
    return page


def main() -> None:
    """Takes them all."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise SystemExit("there is no Chromium to look with: apt-get install chromium, then try again")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kith-") as folder, sync_playwright() as playwright:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
        environment["KITH_HOME"] = f"{folder}/home"
        sample, broken = f"{folder}/sample", f"{folder}/broken"
        shutil.copytree(HERE.parent / "data" / "sample", sample)
        _kith(environment, "run", sample)
        _kith(
            environment, "data", "generate", "--users", "12", "--messages", "200", "--mangled", "0.2", "--out", broken
        )
        _kith(environment, "run", broken, "--max-rejected", "1")
        with _going(environment, "serve") as api, _going(environment, "dashboard", "--api", api) as dashboard:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            for size in SIZES:
                for scheme in SCHEMES:
                    ending = f"{size[0]}-{scheme}"
                    _keep(_of_api(browser, api, size, scheme), f"front-{ending}")
                    for name, path in _addresses(api):
                        _keep(_of_dashboard(browser, f"{dashboard}/{path}", size, scheme), f"{name}-{ending}")
                    sys.stderr.write(f"taken: {ending}\n")
            browser.close()


if __name__ == "__main__":
    main()

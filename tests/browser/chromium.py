"""The distribution's Chromium, and a console to point it at."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from hub.console.server import Server
from tests.hub.console.village import Village

CHROMIUM = Path(os.environ.get("LINLI_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = (390, 844)
DESK = (1440, 900)


def require_chromium() -> None:
    """Skip with the name of the missing package; where everything must be shown, fail."""
    if CHROMIUM.exists():
        return
    missing = f"{CHROMIUM} is missing: install the package chromium"
    if os.environ.get("CI") == "true":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(village: Village) -> Iterator[str]:
    """Serve a village's console on a port of the kernel's choice; yield its address."""
    server = Server(village.app, "127.0.0.1", 0)
    port = server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        village.store.close()


@dataclass
class Watch:
    """What a browser did besides showing the page: requests, their bytes, complaints."""

    asked: list[str] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def outside(self) -> list[str]:
        return [url for url in self.asked if urlsplit(url).hostname not in ("127.0.0.1", None)]

    def weight(self) -> int:
        """Bytes of pages, scripts and styles; pictures and the stream apart."""
        return sum(size for url, size in self.weights.items() if urlsplit(url).path.split("/")[1] != "pictures")


def open_context(browser: Browser, size: tuple[int, int] = DESK, **options: object) -> tuple[BrowserContext, Watch]:
    """A browser of one person: every request that leaves the machine fails and is remembered."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
    watch = Watch()

    def weigh(response: Response) -> None:
        if urlsplit(response.url).path != "/events" and response.status == 200:
            watch.weights[response.url] = int(response.headers.get("content-length", "0"))

    def listen(page: Page) -> None:
        def complain(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                watch.complaints.append(message.text)

        def ask(request: Request) -> None:
            watch.asked.append(request.url)

        page.on("console", complain)
        page.on("pageerror", lambda fault: watch.complaints.append(str(fault)))
        page.on("request", ask)
        page.on("response", weigh)

    context.on("page", listen)
    context.route(lambda url: urlsplit(url).hostname not in ("127.0.0.1", None), lambda route: route.abort())
    return context, watch


def sign_in(page: Page, address: str, name: str, path: str = "/") -> None:
    page.goto(f"{address}/sign-in?next={path}")
    page.fill("input[name=name]", name)
    page.click("button.main")
    page.wait_for_url(f"{address}{path}")

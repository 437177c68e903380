"""What every test in a real browser does: serve an application, watch pages, ask axe."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).with_name("axe.min.js")
SIZES = ((390, 844), (820, 1180), (1280, 900))


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of an application on a server of its own, without a slash at the end."""
    import uvicorn

    serving = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    while not serving.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{serving.servers[0].sockets[0].getsockname()[1]}"
    serving.should_exit = True
    thread.join(10)


def watch(page: Any, host: str, faults: list[str]) -> None:
    """Note what a page must not do: ask another host, log an error."""

    def heard(request: Any) -> None:
        if not request.url.startswith((host, "data:")):
            faults.append(f"asked {request.url}")

    page.on("request", heard)
    page.on("console", lambda said: said.type == "error" and faults.append(said.text))
    page.on("pageerror", lambda error: faults.append(str(error)))


def check_page(page: Any, name: str, scheme: str, width: int) -> None:
    """It fits its window and breaks no rule of axe; METERHOUSE_SHOTS=DIR keeps a picture of it."""
    if os.environ.get("METERHOUSE_SHOTS"):
        shot = f"{name}-{scheme}-{width}.png"
        page.screenshot(path=Path(os.environ["METERHOUSE_SHOTS"]) / shot, full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    # Evaluated from outside, so the page's own policy stays as it is.
    page.evaluate(AXE.read_text("utf-8") + ";0")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    broken = [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
    assert not broken, (name, width, scheme)

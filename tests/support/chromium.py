"""Headless Chromium, driven by the Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/)."""

import asyncio
import base64
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

#: Seconds after which a browser that does not answer fails its test.
HANG_GUARD_S = 120
_OPTIONS = (
    *(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-lcd-text",
        "--hide-scrollbars",
        "--no-first-run",
        "--mute-audio",
    ),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    *(
        "--disable-features=Translate,OptimizationHints,MediaRouter",
        "--force-color-profile=srgb",
        "--remote-debugging-port=0",
    ),
    # No address but loopback is ever reached; the attempt stands in the log.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def chromium_path() -> str | None:
    """The program; None where it is not installed."""
    return shutil.which("chromium") or shutil.which("google-chrome")


class Tab:
    """One tab of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.session: str | None = None
        self._events: list[str] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol; what it returns."""
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        await self._socket.send_json(message)
        while True:
            answer = await self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    async def _receive(self) -> dict[str, Any]:
        answer: dict[str, Any] = await self._socket.receive_json(timeout=HANG_GUARD_S)
        if "method" in answer:
            self._events.append(answer["method"])
        return answer

    async def _wait_for(self, event: str) -> None:
        while event not in self._events:
            await self._receive()

    async def open(self, url: str) -> None:
        """Go to a URL and wait until the page and its frames are loaded."""
        await self.load_after("Page.navigate", url=url)

    async def load_after(self, method: str, **parameters: Any) -> None:
        """Call a method that leads to another page, and wait for that."""
        self._events.clear()
        await self.call(method, **parameters)
        await self._wait_for("Page.loadEventFired")

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript in the page."""
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def type(self, selector: str, text: str) -> None:
        """Type text into an element and press Enter; wait for the page that this leads to."""
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        await self.call("Input.insertText", text=text)
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        await self.load_after("Input.dispatchKeyEvent", type="keyDown", **key)

    async def resize(self, width: int, height: int, *, phone: bool = False) -> None:
        """Show pages in a window of this size, in CSS pixels."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )

    async def screenshot(self) -> bytes:
        """The window as PNG."""
        answer = await self.call("Page.captureScreenshot", format="png", optimizeForSpeed=False)
        return base64.b64decode(answer["data"])


@asynccontextmanager
async def open_tab(folder: Path) -> AsyncIterator[Tab]:
    """A browser of its own with one tab. When it is closed, `requested_urls(folder)` tells what it asked for."""
    program = chromium_path()
    assert program is not None
    process = await asyncio.create_subprocess_exec(
        *(program, *_OPTIONS, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={folder / 'net.json'}"),
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "HOME": str(folder)},
    )
    try:
        address = await asyncio.wait_for(_devtools_address(process), HANG_GUARD_S)
        async with aiohttp.ClientSession() as client, client.ws_connect(address, max_msg_size=0) as socket:
            tab = Tab(socket)
            target = await tab.call("Target.createTarget", url="about:blank")
            attached = await tab.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
            tab.session = attached["sessionId"]
            await tab.call("Page.enable")
            yield tab
            tab.session = None
            await tab.call("Browser.close")
        await asyncio.wait_for(process.wait(), HANG_GUARD_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _devtools_address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        _, found, address = line.decode(errors="replace").partition("DevTools listening on ")
        if found:
            return address.strip()
    raise AssertionError("Chromium ended before it listened")


def requested_urls(folder: Path) -> set[str]:
    """The http(s) URLs that a closed browser requested, as its network log has them."""
    log = json.loads((folder / "net.json").read_text(encoding="utf-8"))
    found = {event["params"]["url"] for event in log["events"] if "url" in event.get("params", {})}
    return {url for url in found if urlsplit(url).scheme in ("http", "https")}

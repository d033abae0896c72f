"""What a browser may do with the site's pages, and under which names it may ask for them.

Stored texts come from anywhere. Every page has a policy (https://www.w3.org/TR/CSP3/) under which no script runs but
those of Datasette's own templates, which carry a nonce, and no request goes to another address. Where the site
listens on loopback, requests under another name than its own are refused: else a page elsewhere could read the
archive by DNS rebinding.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from jinja2.ext import Extension

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Any, Send], Awaitable[None]]

_COMMON = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
#: For our pages: no script, nothing inline.
PAGE_POLICY = _COMMON + "style-src 'self'; img-src 'self'; frame-src 'self'"


def datasette_policy(nonce: str) -> str:
    """For Datasette's pages: its own scripts, and its inline styles."""
    return (
        f"{_COMMON}script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " connect-src 'self'"
    )


#: For the file of an image.
IMAGE_POLICY = "sandbox; default-src 'none'"


def article_policy(*, images: bool) -> str:
    """For the document of an article in its frame: text, links and stored images; with `images` those of sites too."""
    return (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'self'; style-src 'self'; img-src 'self'" + (" http: https:" if images else "")
    )


class ScriptNonces(Extension):
    """Puts the nonce into the script tags of templates: those in stored texts do not get it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """The template's source, before its values are put in."""
        return source.replace("<script", '<script nonce="{{ script_nonce }}"')


def guard(app: App, *, allowed_hosts: frozenset[str] | None, nonce: str) -> App:
    """The application with headers for the browser, for requests under `allowed_hosts` (None: any) alone."""
    policy = datasette_policy(nonce)

    async def guarded(scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif allowed_hosts is not None and _host(scope) not in allowed_hosts:
            await _refuse(send)
        else:
            await app(scope, receive, _with_headers(send, policy))

    return guarded


def _host(scope: Scope) -> str:
    return next((value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"), "")


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": b"this address is asked under a name that is not its own\n"})


def _with_headers(send: Send, policy: str) -> Send:
    async def send_with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            given = {name.lower() for name, _ in headers}
            ours = {
                b"content-security-policy": policy.encode(),
                b"x-content-type-options": b"nosniff",
                b"referrer-policy": b"no-referrer",
            }
            headers += [(name, value) for name, value in ours.items() if name not in given]
            message = {**message, "headers": headers}
        await send(message)

    return send_with_headers

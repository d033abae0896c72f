"""Imports httpx and aiohttp without what they do at import that nothing here uses, and that takes most of the time.

httpx imports its command line program, and with it click, Rich and Pygments; it does without where that is missing.
aiohttp reads the certificates of the system into two contexts; `connector` gives every session one of its own.
"""

import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def _without_program() -> Iterator[None]:
    # An import of a module that is None there raises ModuleNotFoundError.
    sys.modules["httpx._main"] = None  # type: ignore[assignment] # Python's reference, 5.3.1
    try:
        yield
    finally:
        del sys.modules["httpx._main"]


@contextmanager
def _without_certificates() -> Iterator[None]:
    create = ssl.create_default_context

    def empty_context(*_: Any, **__: Any) -> ssl.SSLContext:
        # It trusts no authority: a request that should use it fails.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    ssl.create_default_context = empty_context
    # Another context, which verifies nothing, reads them by this method, which the class inherits.
    ssl.SSLContext.set_default_verify_paths = lambda self: None  # type: ignore[method-assign] # noqa: ARG005
    try:
        yield
    finally:
        ssl.create_default_context = create
        del ssl.SSLContext.set_default_verify_paths


if "httpx" not in sys.modules:
    with _without_program():
        import httpx  # noqa: F401 - for whoever imports it later
if "aiohttp" not in sys.modules:
    with _without_certificates():
        import aiohttp  # noqa: F401 - the same

"""Imports aiohttp without what it does at import that nothing here uses, and that takes most of the time.

It reads the certificates of the system into two contexts; `connector` gives every session one of its own.
"""

import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


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


if "aiohttp" not in sys.modules:
    with _without_certificates():
        import aiohttp  # noqa: F401 - for whoever imports it later

"""The site on a server in a thread, for a real browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from ingestd.cli.browse.app import open_site
from ingestd.cli.browse.serve import listen, own_names
from ingestd.config.settings import Config


@contextmanager
def served(archive: Path) -> Iterator[str]:
    """The URL of the site, on a server in a thread."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with open_site(archive, Config(path=None), allowed_hosts=own_names("127.0.0.1", port)) as site:
            server = uvicorn.Server(uvicorn.Config(site.asgi(), log_level="warning", timeout_graceful_shutdown=1))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                server.should_exit = True
                thread.join()

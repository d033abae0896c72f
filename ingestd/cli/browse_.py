"""`ingestd browse`: the archive as pages to look at."""

from importlib.util import find_spec
from typing import Annotated

import typer

from ingestd.cli.session import current_session
from ingestd.model.errors import IngestdError, StoreError

DEFAULT_PORT = 8001


class MissingExtraError(IngestdError):
    """A library that an extra of the package installs is not there."""


def command(
    context: typer.Context,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on; others see what you see.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes any free one.")] = (
        DEFAULT_PORT
    ),
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the browser, where this machine has one.")
    ] = True,
) -> None:
    """Look at the archive in the browser: search, articles, edits, sources, a chart, and every table. Ctrl-C ends it.

    Nothing is written, and the daemon may run beside it. Needs the extra: pip install 'ingestd[browse]'.
    """
    if find_spec("datasette") is None or find_spec("uvicorn") is None:
        raise MissingExtraError("`ingestd browse` needs an extra: pip install 'ingestd[browse]'")
    opened = current_session(context)
    with opened.open_database() as database:
        path = database.path
        if path is not None:
            database.require()
    if path is None:
        raise StoreError(
            "`ingestd browse` shows a database in SQLite, and this one is in PostgreSQL: see `ingestd export sqlite`"
        )
    # Importing Datasette takes half a second, which the command's help does not need.
    from ingestd.cli.browse.serve import serve

    serve(path, opened.config, host=host, port=port, open_browser=open_browser)

"""The page for a request that cannot be answered."""

from collections.abc import Awaitable, Callable
from typing import Any

from datasette import Response
from datasette.utils.asgi import Base400
from datasette.views.base import DatasetteError
from markupsafe import Markup

from ingestd.cli.browse.security import PAGE_POLICY
from ingestd.cli.output import print_note
from ingestd.model.errors import IngestdError, StoreTimeoutError


class PageNotFoundError(IngestdError):
    """Nothing has this address."""


def error_page(datasette: Any, request: Any, exception: BaseException) -> Callable[[], Awaitable[Any]]:
    """What answers with the page; a fault of the program is also one line on the terminal."""
    status, message = _status(exception)
    if status == 500:
        print_note(f"{request.path}: {type(exception).__name__}: {exception}")

    async def respond() -> Any:
        if request.path.endswith(".json"):
            return Response.json({"ok": False, "error": str(message), "status": status}, status=status)
        shown = {"message": message, "status": status, "is_plain": True}
        html = await datasette.render_template("error.html", shown, request=request)
        return Response.html(html, status=status, headers={"Content-Security-Policy": PAGE_POLICY})

    return respond


def _status(exception: BaseException) -> tuple[int, str]:
    if isinstance(exception, PageNotFoundError):
        return 404, str(exception)
    if isinstance(exception, StoreTimeoutError):
        return 503, "This took too long. Ask for less: add a word, a source:name or since:2024 to the search."
    if isinstance(exception, Base400):
        message = str(exception.args[0]) if exception.args else ""
        return exception.status, "Nothing has this address." if message in ("", "404") else message
    if isinstance(exception, DatasetteError):
        message = Markup(exception.message) if exception.message_is_html else exception.message  # noqa: S704 - Datasette's own text
        return exception.status, message
    return 500, f"{type(exception).__name__}: {exception}"

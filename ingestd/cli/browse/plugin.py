"""Datasette's hooks (https://docs.datasette.io/en/stable/plugin_hooks.html), for the sites of this package alone."""

import sqlite3
from collections.abc import Callable, Generator
from typing import Any
from weakref import WeakKeyDictionary

from datasette import hookimpl

from ingestd.cli.browse import cells, errors, masking, pages, post_pages, security
from ingestd.cli.browse.site import DATABASE_NAME, Site
from ingestd.cli.times import shown_zone, to_minute

#: The site that an instance of Datasette serves.
SITES: WeakKeyDictionary[Any, Site] = WeakKeyDictionary()

_ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    (r"^/$", pages.overview),
    (r"^/search$", pages.search),
    (r"^/sources$", pages.sources),
    (r"^/days$", pages.days),
    (r"^/post/(?P<id>[0-9]{1,18})$", post_pages.post),
    (r"^/post/(?P<id>[0-9]{1,18})/article$", post_pages.article),
    (r"^/post/(?P<id>[0-9]{1,18})/changes$", post_pages.changes),
    (r"^/image/(?P<digest>[0-9a-f]{64})\.(?P<suffix>[a-z]{3,4})$", post_pages.image),
)


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Any) -> None:
    """Mask secrets in what Datasette reads."""
    site = SITES.get(datasette)
    if site is not None and database == DATABASE_NAME:
        masking.protect(conn, is_exposed=site.is_exposed)


@hookimpl
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Any]]]:
    """Our pages."""
    site = SITES.get(datasette)
    return [] if site is None else [(pattern, _page(site, function)) for pattern, function in _ROUTES]


def _page(site: Site, function: Callable[..., Any]) -> Callable[..., Any]:
    async def page(datasette: Any, request: Any) -> Any:
        return await function(site, datasette, request)

    return page


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[security.App], security.App]:
    """Headers for the browser, and a look at the header `Host`."""
    site = SITES.get(datasette)
    if site is None:
        return lambda app: app
    return lambda app: security.guard(app, allowed_hosts=site.allowed_hosts, nonce=site.nonce)


@hookimpl
def prepare_jinja2_environment(env: Any, datasette: Any) -> None:
    """Let the scripts of templates run, and no others."""
    site = SITES.get(datasette)
    if site is not None:
        env.add_extension(security.ScriptNonces)
        env.globals["script_nonce"] = site.nonce
        env.globals |= {"search_path": cells.search_path, "label_path": cells.label_path}
        env.filters |= {"minute": to_minute, "with_code": cells.with_code}
        env.globals["zone"] = shown_zone().name


@hookimpl
def render_cell(row: Any, value: object, column: str, table: str | None, datasette: Any) -> Any:
    """Cells of tables."""
    return cells.render(row, value, column, table) if datasette in SITES else None


@hookimpl(hookwrapper=True)
def handle_exception(datasette: Any, request: Any, exception: BaseException) -> Generator[None, Any]:
    """A page that says what is wrong, instead of a traceback with all variables on the terminal."""
    outcome = yield
    if datasette in SITES:
        outcome.force_result([errors.error_page(datasette, request, exception)])

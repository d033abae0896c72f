"""Datasette's metadata: what tables and columns mean, facets, what is hidden, and a query for each view."""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from ingestd.cli.browse.site import DATABASE_NAME
from ingestd.store import search
from ingestd.store.database import Database
from ingestd.store.posts import has_more_posts
from ingestd.store.schema_docs import stored_meanings
from ingestd.store.views import VIEWS, View

#: Tables that answer questions; the others serve ingestd itself, and are listed behind a link.
PUBLIC_TABLES = frozenset(
    {
        *("posts", "sources", "source_urls", "sightings", "revisions", "pages", "identities", "polls", "problems"),
        *("media", "notices"),
    }
)
#: Tables that have no meaning in the documentation: those of Alembic and SQLite.
_OTHER_TABLES = ("alembic_version", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4")
_LABELS = ({"array": "tags"}, {"array": "feed_categories"})
_PRESENTATION: dict[str, dict[str, Any]] = {
    "posts": {"sort_desc": "date", "size": 50, "facets": ["source_id", {"date": "date"}, *_LABELS]},
    "latest": {"size": 50, "facets": ["source", {"date": "date"}, *_LABELS]},
    "polls": {"sort_desc": "started_at", "facets": ["source_id", "outcome"]},
    "problems": {"sort_desc": "last_at", "facets": ["source_id", "outcome"]},
    "edits": {"facets": ["source", "reason"]},
    "gone": {"facets": ["source"]},
}
#: Columns by which the rows of a view are put in order, the latest first: the first that it has.
_TIMES = ("date", "day", "noticed_at", "recorded_at", "started_at", "first_seen_at", "last_new_at")
_MAX_ROWS = 500
#: With more posts, facets that read every row take seconds: they are shown where the reader asks for one.
MAX_FACETED_POSTS = 50_000
#: The tables whose facets read every post.
_EVERY_POST = frozenset({"posts", "latest"})


def describe(database: Database) -> dict[str, Any]:
    """The metadata of the whole site, by the table `documentation` of this database."""
    tables: dict[str, dict[str, Any]] = {}
    is_large = database.read(has_more_posts, MAX_FACETED_POSTS)
    for table, column, meaning in database.read(stored_meanings):
        described = tables.setdefault(table, {"columns": {}, **_presentation(table, is_large=is_large)})
        if column:
            described["columns"][column] = meaning
        else:
            described["description"] = sentence(meaning)
    public = PUBLIC_TABLES | {view.name for view in VIEWS}
    for name in {*tables, *_OTHER_TABLES, search.FILLING_NAME} - public:
        tables.setdefault(name, {})["hidden"] = True
    return {"title": "ingestd", "databases": {DATABASE_NAME: {"tables": tables, "queries": canned_queries(VIEWS)}}}


def _presentation(table: str, *, is_large: bool) -> dict[str, Any]:
    shown = _PRESENTATION.get(table, {})
    return {key: value for key, value in shown.items() if not (is_large and table in _EVERY_POST and key == "facets")}


def canned_queries(views: Iterable[View]) -> dict[str, dict[str, Any]]:
    """A query for each view, by name: its columns, of one source where it names them, the latest first."""
    return {query_name(view): _canned_query(view) for view in views}


def query_name(view: View) -> str:
    """The name of a view's query."""
    return f"list-{view.name.replace('_', '-')}"


def _canned_query(view: View) -> dict[str, Any]:
    columns = ", ".join(f'"{column}"' for column in view.columns)
    lines = [f"SELECT {columns}", f"FROM {view.name}"]
    if "source" in view.columns:
        lines.append("WHERE (:source = '' OR source = :source)")
    if order := next((column for column in _TIMES if column in view.columns), None):
        lines.append(f"ORDER BY {order} DESC")
    lines.append(f"LIMIT {_MAX_ROWS}")
    return {
        "title": view.name.replace("_", " "),
        "description_html": str(_explained(view)),
        "sql": "\n".join(lines),
        "hide_sql": True,
    }


def _explained(view: View) -> Markup:
    columns = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(*item) for item in view.columns.items())
    return Markup('<p>{}</p><dl class="column-descriptions">{}</dl>').format(sentence(view.meaning), columns)


def sentence(meaning: str) -> str:
    """A meaning as a sentence."""
    return meaning[:1].upper() + meaning[1:] + "."

"""Searches on the command line: a faulty query with a caret below its fault, found posts with their words marked."""

from collections.abc import Sequence
from datetime import datetime

from ingestd.cli.output import print_json, print_note, print_table, print_text, terminal_width
from ingestd.cli.post_record import post_record
from ingestd.cli.times import column_head, to_minute
from ingestd.model.errors import UsageError
from ingestd.model.post import Post
from ingestd.store.found_posts import MAX_RANKED_POSTS, FoundPosts
from ingestd.text.display_width import display_width
from ingestd.text.search.characters import folded
from ingestd.text.search.matches import SNIPPET_CHARS, mark, snippet
from ingestd.text.search.parse_query import parse_query
from ingestd.text.search.query import And, Contains, Dated, FromSource, Query, QueryError
from ingestd.text.times import utc_now

#: Characters of a faulty query that are shown around the fault.
_SHOWN_CHARS = 60
#: Characters of a text that are shown on the narrowest terminal.
MIN_SNIPPET_CHARS = 6


def read_query(text: str) -> Query:
    """The tree of a query; prints the place of a fault to standard error. Raises UsageError."""
    try:
        return parse_query(text, utc_now())
    except QueryError as error:
        for line in marked_fault(text, error.position):
            print_note(line)
        raise


def marked_fault(text: str, position: int) -> tuple[str, str]:
    """The query on one line and a caret below the character at `position`; a long one is cut around it."""
    before, fault, after = fault_in_query(text, position)
    return f"  {before}{fault}{after}".rstrip(), "  " + " " * display_width(before) + "^"


def fault_in_query(text: str, position: int) -> tuple[str, str, str]:
    """What stands before the character at `position`, itself (a space at the end), and what follows, on one line."""
    first = max(0, position - _SHOWN_CHARS // 2)
    shown = "".join(char if char.isprintable() else " " for char in text[first : first + _SHOWN_CHARS])
    at = position - first
    return shown[:at], shown[at : at + 1] or " ", shown[at + 1 :]


def restricted(
    query: Query,
    *,
    source: str | None = None,
    author: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Query:
    """A query with the options beside it. Raises UsageError for an author without a letter."""
    parts: list[Query] = [query]
    if source is not None:
        parts.append(FromSource(source))
    if author is not None:
        term = " ".join(folded(author).split())
        if not term:
            raise UsageError("--author is empty")
        parts.append(Contains(term, "author"))
    if since is not None or until is not None:
        parts.append(Dated(since, until))
    return query if len(parts) == 1 else And(tuple(parts))


def print_count(count: int, as_json: bool) -> None:
    """Print how many posts were found."""
    if as_json:
        print_json({"count": count})
    else:
        print_text(str(count))


def print_found(found: FoundPosts, terms: Sequence[str], as_json: bool) -> None:
    """Print found posts, with the part of each text around what was sought."""
    if found.ranked == MAX_RANKED_POSTS:
        print_note(f"the most relevant of the newest {MAX_RANKED_POSTS:,} posts found: say since or until for others")
    if not found.posts and any(term.endswith("*") for term in terms):
        print_note("* is no wildcard: words are found whole, Han, kana and hangul anywhere")
    if as_json:
        print_json([post_record(post, content=False) | {"snippet": snippet(post.text, terms)} for post in found.posts])
        return
    # The columns of a terminal are shared; what was found must stand in the part of its text that is not cut.
    width = terminal_width()
    chars = SNIPPET_CHARS if width is None else min(max(width // 10, MIN_SNIPPET_CHARS), SNIPPET_CHARS)
    print_table(
        ("id", column_head("date"), "author", "title", "from", "text"),
        (_row(post, terms, chars) for post in found.posts),
        empty="no posts",
        rigid=("id", column_head("date")),
    )


def _row(post: Post, terms: Sequence[str], chars: int) -> tuple[object, ...]:
    """A post in the table; its text is shown where the title does not show why it was found."""
    title = mark(post.title, terms)
    around = snippet(post.text, terms, chars) if title == post.title else ""
    return post.id, to_minute(post.date), post.author, title, post.from_url, around

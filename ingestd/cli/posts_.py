"""`ingestd posts`: list, show, search, explain, compare and delete stored posts, and find their near-duplicates.

What a single command needs is imported there: most runs list posts, and a third of their time would be imports.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingestd.cli.options import (
    AuthorOption,
    JsonOption,
    SearchOrder,
    SinceOption,
    SourceOption,
    UntilOption,
    parse_since,
    parse_until,
)
from ingestd.cli.output import print_json, print_note, print_table, print_text
from ingestd.cli.post_record import post_record
from ingestd.cli.posts_delete import delete
from ingestd.cli.session import current_session
from ingestd.cli.times import column_head, to_minute, to_second_with_zone
from ingestd.model.errors import UsageError
from ingestd.model.post import Post
from ingestd.store import posts
from ingestd.store.posts import PostFilter, get_post
from ingestd.text.times import from_utc_text

if TYPE_CHECKING:
    from ingestd.identity.explain import KnownKey
    from ingestd.store.fingerprints import NearDuplicates

app = typer.Typer(help="List, show, search, explain, compare and delete stored posts; find near-duplicates.")

#: The largest integer of SQLite and PostgreSQL (64 bits).
MAX_INTEGER = 2**63 - 1

LimitOption = Annotated[
    int, typer.Option("--limit", "-n", metavar="N", min=1, max=MAX_INTEGER, help="At most this many.")
]
IdArgument = Annotated[
    int, typer.Argument(metavar="ID", max=MAX_INTEGER, help="The post's number, as `posts list` shows it.")
]


@app.command("list")
def list_posts(
    context: typer.Context,
    source: SourceOption = None,
    since: SinceOption = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """List posts, the newest first."""
    _print_posts(context, PostFilter(source=source, since=parse_since(since)), limit, as_json)


@app.command("search")
def search(
    context: typer.Context,
    query: Annotated[
        list[str], typer.Argument(metavar="QUERY", help="What to search for, in the language of searches.")
    ],
    source: SourceOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    order: Annotated[
        SearchOrder, typer.Option("--order", help="The newest first, or the most relevant.")
    ] = SearchOrder.DATE,
    limit: LimitOption = 20,
    count: Annotated[bool, typer.Option("--count", help="Print only how many posts are found.")] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL of the search, for sqlite3 or psql.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find posts: 气候 峰会 OR "climate summit" -广告 title:选举 source:联合早报 author:沈 since:2021-04 until:2022.

    All words must stand in title or text: Chinese, Japanese and Korean ones anywhere, others whole.
    """
    from ingestd.cli.search_query import print_count, print_found, read_query, restricted
    from ingestd.store.found_posts import check_sources, count_posts, search_posts, search_statement
    from ingestd.text.search.query import sought_terms

    bounds = {"since": parse_since(since), "until": parse_until(until)}
    wanted = restricted(read_query(" ".join(query)), source=source, author=author, **bounds)
    with current_session(context).open_existing_database() as database:
        database.read(check_sources, wanted)
        if sql:
            print_text(database.read(search_statement, wanted, limit) + ";")
        elif count:
            print_count(database.read(count_posts, wanted), as_json)
        else:
            found = database.read(search_posts, wanted, limit=limit, by_relevance=order is SearchOrder.RELEVANCE)
            print_found(found, sought_terms(wanted), as_json)


def _print_posts(context: typer.Context, wanted: PostFilter, limit: int, as_json: bool) -> None:
    with current_session(context).open_existing_database() as database:
        found = database.read(posts.filtered_posts, wanted, limit=limit)
    if as_json:
        print_json([post_record(post, content=False) for post in found])
        return
    print_table(
        ("id", column_head("date"), "author", "title", "from"),
        [(post.id, to_minute(post.date), post.author, post.title, post.from_url) for post in found],
        empty="no posts",
        rigid=("id", column_head("date")),
    )


@app.command("show")
def show(
    context: typer.Context,
    post_id: IdArgument,
    html: Annotated[bool, typer.Option("--html", help="Print the HTML instead of the text.")] = False,
    width: Annotated[
        int | None, typer.Option("--width", min=20, help="Columns of a line; else those of the terminal.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show one post to read, with where its date and body came from and which sources list it.

    The addresses of links stand at the end. Without a terminal a paragraph is one line; for a pager give its --width.
    """
    from ingestd.cli.post_page import print_post  # it imports lxml
    from ingestd.store.revisions import revisions_of
    from ingestd.store.sightings import sightings_of

    with current_session(context).open_existing_database() as database:
        post = _require_post(database.read(get_post, post_id), post_id)
        listed = database.read(sightings_of, post_id)
        earlier = database.read(revisions_of, post_id)
    if as_json:
        print_json({**post_record(post), "sightings": listed, "revisions": earlier})
        return
    print_post(post, listed, width=width, html=html)


@app.command("explain")
def explain_url(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Any way to write an article's address, or a guid.")],
    as_json: JsonOption = False,
) -> None:
    """Tell by which keys an article is known, from which source and when; and what a URL would match, and why."""
    from ingestd.identity.explain import explain
    from ingestd.sources.rules import url_rules  # it imports lxml
    from ingestd.store.identities import identities_of_keys, identities_of_post

    rules = url_rules(current_session(context).settings)
    with current_session(context).open_existing_database() as database:
        asked = explain(url, [], rules=rules)
        rows = database.read(identities_of_keys, [asked.key] if asked.key else [url])
        ids = dict.fromkeys(row["post_id"] for row in rows if row["post_id"] is not None)
        known = [row for post_id in ids for row in database.read(identities_of_post, post_id)] or rows
    answer = explain(url, [_known_key(row) for row in known], rules=rules)
    if as_json:
        print_json({**asdict(answer), "post_ids": answer.post_ids})
    else:
        print_text("\n".join(answer.lines(to_second_with_zone)))


def _known_key(row: dict[str, Any]) -> "KnownKey":
    from ingestd.identity.explain import KnownKey

    return KnownKey(
        kind=row["kind"],
        key=row["key"],
        post_id=row["post_id"] or 0,
        title=row["title"] or "",
        from_url=row["from_url"] or "",
        source=row["source"],
        first_seen_at=from_utc_text(row["first_seen_at"]),
        deleted=row["post_id"] is None,
    )


@app.command("diff")
def diff(context: typer.Context, post_id: IdArgument, as_json: JsonOption = False) -> None:
    """Show what changed from each earlier text of a post to the next, word by word: [-gone-] {+added+}."""
    from ingestd.cli.post_changes import post_changes
    from ingestd.store.revisions import revisions_of

    with current_session(context).open_existing_database() as database:
        post = _require_post(database.read(get_post, post_id), post_id)
        earlier = database.read(revisions_of, post_id)
    found = post_changes(post, earlier)
    if as_json:
        print_json([{"from": change.before, "to": change.after, "changes": change.edits} for change in found])
        return
    if not found:
        print_text("this post has no earlier text")
    for change in found:
        print_text(f"revision {change.before} -> {change.after}")
        print_text("".join(_marked(kind, text) for kind, text in change.edits))


def _marked(kind: str, text: str) -> str:
    return {"delete": f"[-{text}-]", "insert": f"{{+{text}+}}"}.get(kind, text)


@app.command("similar")
def similar(context: typer.Context, post_id: IdArgument, as_json: JsonOption = False) -> None:
    """Show the near-duplicates of a post: the same story in nearly the same words, reprinted or under another URL."""
    from ingestd.store.fingerprints import near_duplicates

    with current_session(context).open_existing_database() as database:
        post = _require_post(database.read(get_post, post_id), post_id)
        found = database.read(near_duplicates, post_id)
    if as_json:
        print_json({"post_id": post.id, **asdict(found)})
        return
    if found.backlog:
        waiting = "1 post is" if found.backlog == 1 else f"{found.backlog} posts are"
        print_note(f"{waiting} not compared yet: the daemon does it, or `ingestd db upgrade` at once")
    rows = [
        (
            row["id"],
            f"{row['similarity']:.0%}",
            to_minute(row["date"]),
            row["author"],
            row["title"],
            row["from_url"],
        )
        for row in found.posts
    ]
    head = ("id", "similar", column_head("date"), "author", "title", "from")
    print_table(head, rows, empty=_none_similar(found), rigid=head[:3])


app.command("delete")(delete)


def _none_similar(found: "NearDuplicates") -> str:
    if not found.is_compared:
        return "the post is not compared yet"
    return "the text of the post is too short to be compared" if found.is_short else "no near-duplicates"


def _require_post(post: Post | None, post_id: int) -> Post:
    if post is None:
        raise UsageError(f"no post has the number {post_id}")
    return post

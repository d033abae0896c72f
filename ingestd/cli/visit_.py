"""`ingestd visit`: read the pages of stored posts now."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_table
from ingestd.cli.session import current_session, upgrade_database
from ingestd.config.settings import Config
from ingestd.daemon.visits_now import Visited, visit_now
from ingestd.identity.explain import explain
from ingestd.identity.urls import UrlRules
from ingestd.model.errors import UsageError
from ingestd.poll.open_context import open_poll_context
from ingestd.sources.configured import configured_sources
from ingestd.sources.rules import url_rules
from ingestd.store import sources
from ingestd.store.database import Database
from ingestd.store.identities import identities_of_keys
from ingestd.store.posts import get_post
from ingestd.text.times import utc_now


def command(
    context: typer.Context,
    targets: Annotated[
        list[str], typer.Argument(metavar="ID|URL", help="Numbers of posts, as `posts list` shows them, or addresses.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Read the pages of stored posts now, and keep what has changed as a new revision.

    It finds what a planned visit finds: an edit, a page that is gone or has moved, the text of a page that could not be
    read before. Exit status 1 where a page could not be read.
    """
    config = current_session(context).config
    with current_session(context).open_database() as database:
        upgrade_database(database)
        rules = url_rules(config)
        wanted = [_post_id(target, database, rules) for target in targets]
        visited = asyncio.run(_visit(config, database, wanted))
    if as_json:
        print_json([asdict(one) for one in visited])
    else:
        rows = [(one.post_id, one.found, one.source, one.url, one.error) for one in visited]
        print_table(("id", "found", "source", "from", "error"), rows, empty="no post", rigid=("id", "found"))
    if any(one.found == "failed" for one in visited):
        raise typer.Exit(1)


async def _visit(config: Config, database: Database, post_ids: Sequence[int]) -> list[Visited]:
    async with open_poll_context(config, database) as poll_context:
        stored = await database.writing(sources.sync, configured_sources(config), utc_now())
        return await visit_now(post_ids, {source.id: source for source in stored}, poll_context)


def _post_id(target: str, database: Database, rules: UrlRules) -> int:
    """The post that a number or an address names. Raises UsageError where there is none."""
    if target.isascii() and target.isdecimal():
        # 18 digits are less than the database's largest integer.
        if len(target) <= 18 and database.read(get_post, int(target)) is not None:
            return int(target)
        raise UsageError(f"no post has the number {target} (`ingestd posts list` shows them)")
    key = explain(target, [], rules=rules).key
    rows = database.read(identities_of_keys, [key or target])
    found: list[int] = [row["post_id"] for row in rows if row["post_id"] is not None]
    if not found:
        raise UsageError(f"no stored post has the address {target} (`ingestd article URL` shows what a page holds)")
    return found[0]

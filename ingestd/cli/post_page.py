"""One post on the terminal: what is known of it, then the article."""

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from ingestd.cli.article_lines import article_lines
from ingestd.cli.output import Style, print_text, styled, terminal_width
from ingestd.cli.times import to_minute_with_zone, to_second_with_zone
from ingestd.config.logs import escape_controls
from ingestd.extract.html.reading_blocks import readable_article
from ingestd.model.post import Post


def print_post(post: Post, sightings: Sequence[Mapping[str, Any]], *, width: int | None, html: bool) -> None:
    """Print a post: the article as text of at most `width` columns (else the terminal's), or as its HTML."""
    typer.echo(styled(escape_controls(post.title), Style.BOLD))
    print_text(post.from_url)
    for line in _facts(post, sightings):
        typer.echo(styled(escape_controls(line), Style.DIM))
    print_text()
    if html:
        print_text(post.content)
        return
    article = readable_article(post.content, post.from_url)
    if not article.blocks:
        print_text(post.text)
    for line, is_heading in article_lines(article, width or terminal_width()):
        typer.echo(styled(line, Style.BOLD) if is_heading else line)


def _facts(post: Post, sightings: Sequence[Mapping[str, Any]]) -> list[str]:
    clamped = ", clamped" if post.date_clamped else ""
    stored = f"stored: {to_minute_with_zone(post.fetched_at)}"
    return [
        f"date: {to_second_with_zone(post.date)} (from: {post.date_origin}{clamped})   author: {post.author}",
        f"tags: {', '.join(post.tags)}   categories: {', '.join(post.categories)}",
        f"body from: {post.body_origin}   revision: {post.revision}   {stored}",
        *(f"listed by: {row['source']} since {to_minute_with_zone(row['first_seen_at'])}" for row in sightings),
    ]

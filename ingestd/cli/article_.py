"""`ingestd article`: extract one page without storing it, and show where each field came from."""

import asyncio
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_text
from ingestd.cli.session import current_session
from ingestd.cli.times import to_second_with_zone
from ingestd.config.settings import Config
from ingestd.extract.article import extract_article
from ingestd.extract.rules.selectors import is_valid_selector
from ingestd.fetch import Client
from ingestd.identity.urls import has_http_scheme, redact
from ingestd.model.article import Article
from ingestd.model.errors import UsageError
from ingestd.model.http import Request, Response
from ingestd.model.source import SiteRule
from ingestd.sources.configured import configured_sources
from ingestd.sources.rules import site_rules
from ingestd.text.times import utc_now, utc_text


def command(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="URL|FILE", help="A page on the web, or a saved one.")],
    url: Annotated[str | None, typer.Option("--url", help="The address of a saved page.")] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Read it as this source would.")
    ] = None,
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="CSS", help="Try this selector for the article.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="CSS", help="Leave out what this selects.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="Print the HTML instead of the text.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what would be stored of a page and why: the level, the candidates with their scores, the metadata.

    With --rule and --remove you try a site rule before you write it into the configuration; nothing is stored.
    """
    config = current_session(context).config
    site_rule = _source_rule(config, source, rule, remove or [])
    page = _saved_page(Path(target), url) if _is_file(target) else asyncio.run(_fetch_page(config, target))
    article = extract_article(None, page, source_rule=site_rule, site_rules=site_rules(config), mode="always")
    if as_json:
        print_json(_record(article))
        return
    _print_article(article, page)
    print_text(article.html if html else article.text)


def _is_file(target: str) -> bool:
    try:
        return Path(target).is_file()
    except OSError:
        # A long URL is not a valid file name.
        return False


def _source_rule(config: Config, source: str | None, select: str | None, remove: list[str]) -> SiteRule | None:
    """The rule of a source, changed by `--rule` and `--remove`; None without any of them. Raises UsageError."""
    rule = None
    if source is not None:
        rule = next((item.rule for item in configured_sources(config, files_of=()) if item.name == source), None)
        if rule is None:
            raise UsageError(f"no source is named {source!r} (`ingestd sources list` shows all)")
    if select is None and not remove:
        return rule
    if wrong := [
        selector for selector in (select, *remove) if selector is not None and not is_valid_selector(selector)
    ]:
        raise UsageError(f"not a CSS selector: {wrong[0]!r}")
    rule = rule or SiteRule()
    return replace(rule, select=select or rule.select, remove=(*rule.remove, *remove))


def _saved_page(path: Path, url: str | None) -> Response:
    """A saved page as a response; without `--url` its address is made up from its path."""
    address = url or path.resolve().as_uri().replace("file://", "http://localhost", 1)
    return Response(address, address, 200, (("content-type", "text/html"),), path.read_bytes(), utc_now())


async def _fetch_page(config: Config, url: str) -> Response:
    if not has_http_scheme(url):
        raise UsageError(f"neither a file nor a web address: {url!r}")
    async with Client(config.fetch, host_limits=config.hosts) as client:
        return await client.get(Request(url, accept="page"))


def _print_article(article: Article, page: Response) -> None:
    origins = dict(article.origins)
    print_text(f"page: {redact(page.final_url)} ({len(page.body):,} bytes, {article.charset or 'unknown charset'})")
    print_text(f"body from: {article.body_origin}")
    for candidate in article.candidates:
        reason = f"  {candidate.reason}" if candidate.reason else ""
        print_text(f"  candidate {candidate.name}: score {candidate.score:.2f}, {candidate.length} characters{reason}")
    for name, value in (
        ("title", article.title),
        ("authors", ", ".join(article.authors)),
        ("published", to_second_with_zone(article.published.utc) if article.published else None),
        ("modified", to_second_with_zone(article.modified.utc) if article.modified else None),
        ("canonical_url", article.canonical_url),
        ("language", article.language),
        ("site_name", article.site_name),
        ("image", article.image),
        ("next_page", article.next_page),
    ):
        if value:
            print_text(f"{name}: {value}" + (f"  (from: {origins[name]})" if name in origins else ""))
    for problem in article.problems:
        print_text(f"problem: {problem.outcome}: {problem.reason}")
    print_text()


def _record(article: Article) -> dict[str, object]:
    fields = asdict(article)
    for name in ("published", "modified"):
        stamp = getattr(article, name)
        fields[name] = {"raw": stamp.raw, "utc": utc_text(stamp.utc)} if stamp else None
    fields["origins"] = dict(article.origins)
    del fields["fingerprint"]
    return fields

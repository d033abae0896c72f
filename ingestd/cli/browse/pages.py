"""The pages about the whole archive: overview, search, sources, posts by day."""

from datetime import datetime, timedelta
from typing import Any

from datasette import Response

from ingestd.cli.browse import chart, describe
from ingestd.cli.browse.search import MAX_PAGES, search_results
from ingestd.cli.browse.security import PAGE_POLICY
from ingestd.cli.browse.site import DATABASE_NAME, Site
from ingestd.cli.browse.sources import listed_sources, remarked_sources
from ingestd.store import statistics
from ingestd.store.found_posts import search_posts
from ingestd.store.polls import recent_problems
from ingestd.store.source_pages import enabled_sources, names_of
from ingestd.store.views import VIEWS
from ingestd.text.search.query import And
from ingestd.text.times import utc_now

_LATEST_POSTS = 20
_OVERVIEW_DAYS = 30
_CHART_HEIGHT = 150
_LARGE_CHART_HEIGHT = 260


async def html_page(datasette: Any, request: Any, template: str, **values: Any) -> Any:
    """A page of ours: no script runs in it."""
    values |= {"is_plain": True, "database_name": DATABASE_NAME}
    html = await datasette.render_template(template, values, request=request)
    return Response.html(html, headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"})


async def overview(site: Site, datasette: Any, request: Any) -> Any:
    """The newest posts, the last weeks, sources that need a look, and the questions that views answer."""
    now = utc_now()
    found = await site.read(search_posts, And(()), limit=_LATEST_POSTS)
    enabled, total = await site.read(enabled_sources)
    return await html_page(
        datasette,
        request,
        "overview.html",
        posts=found.posts,
        names=await site.read(names_of, [post.source_id for post in found.posts if post.source_id]),
        counts=await site.read(statistics.table_counts),
        chart=await _chart(site, now, days=_OVERVIEW_DAYS, height=_CHART_HEIGHT),
        enabled=enabled,
        remarked=await remarked_sources(site, now, total),
        queries=[(describe.query_name(view), describe.sentence(view.meaning)) for view in VIEWS],
    )


async def _chart(site: Site, now: datetime, *, days: int, height: int) -> chart.Chart:
    first, today = now.date() - timedelta(days=days - 1), now.date()
    found = await site.read(statistics.charted_posts, first, today, largest=chart.MAX_COLOURED_SOURCES)
    names = await site.read(names_of, found.by_day)
    return chart.posts_chart(found.by_day, names, today=today, days=days, height=height, others=found.others)


async def search(site: Site, datasette: Any, request: Any) -> Any:
    """Posts that a query finds, the newest or the most relevant first, and what they have in common."""
    text = (request.args.get("q") or "").strip()
    page = min(_page_number(request), MAX_PAGES)
    results = await search_results(site, text, page=page, by_relevance=request.args.get("order") == "relevance")
    return await html_page(datasette, request, "search.html", query=text, results=results)


def _page_number(request: Any) -> int:
    number = request.args.get("page") or "1"
    return max(int(number), 1) if number.isascii() and number.isdecimal() and len(number) < 5 else 1


async def sources(site: Site, datasette: Any, request: Any) -> Any:
    """How sources do, as `ingestd status` says it: a page of them, or of those whose name or host has a text."""
    text = (request.args.get("name") or "").strip()
    listed = await listed_sources(site, utc_now(), text=text, page=_page_number(request))
    problems = await site.read(recent_problems)
    return await html_page(datasette, request, "sources.html", listed=listed, problems=problems)


async def days(site: Site, datasette: Any, request: Any) -> Any:
    """A chart of posts by day and source."""
    now = utc_now()
    span = chart.SPANS.get(request.args.get("span") or "", chart.SPANS["90d"])
    shown = await _chart(site, now, days=span, height=_LARGE_CHART_HEIGHT)
    return await html_page(datasette, request, "days.html", chart=shown, spans=chart.SPANS, span=span)

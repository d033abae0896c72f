"""The pages about the whole archive: overview, search, sources, posts by day."""

from datetime import timedelta
from typing import Any

from datasette import Response

from ingestd.cli.browse import chart, describe
from ingestd.cli.browse.search import MAX_PAGES, search_results
from ingestd.cli.browse.security import PAGE_POLICY
from ingestd.cli.browse.site import DATABASE_NAME, Site
from ingestd.cli.browse.sources import source_rows
from ingestd.store import statistics
from ingestd.store.found_posts import search_posts
from ingestd.store.polls import recent_problems
from ingestd.store.views import VIEWS
from ingestd.text.search.query import And
from ingestd.text.times import utc_now

_LATEST_POSTS = 20
_OVERVIEW_DAYS = 30
_CHART_HEIGHT = 150


async def html_page(datasette: Any, request: Any, template: str, **values: Any) -> Any:
    """A page of ours: no script runs in it."""
    values |= {"is_plain": True, "database_name": DATABASE_NAME}
    html = await datasette.render_template(template, values, request=request)
    return Response.html(html, headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"})


async def overview(site: Site, datasette: Any, request: Any) -> Any:
    """The newest posts, the last weeks, sources that need a look, and the questions that views answer."""
    now = utc_now()
    found = await site.read(search_posts, And(()), limit=_LATEST_POSTS)
    counts = await site.read(statistics.table_counts)
    rows = await source_rows(site, now)
    posts_by_day = await site.read(statistics.posts_by_day, now - timedelta(days=_OVERVIEW_DAYS - 1))
    names = {row["id"]: row["name"] for row in rows}
    return await html_page(
        datasette,
        request,
        "overview.html",
        posts=found.posts,
        names=names,
        counts=counts,
        chart=chart.posts_chart(posts_by_day, names, today=now.date(), days=_OVERVIEW_DAYS, height=_CHART_HEIGHT),
        sources=[row for row in rows if row["enabled"]],
        remarked=sorted((row for row in rows if row["remarks"]), key=lambda row: row["mood"] != "bad"),
        queries=[(describe.query_name(view), describe.sentence(view.meaning)) for view in VIEWS],
    )


async def search(site: Site, datasette: Any, request: Any) -> Any:
    """Posts that a query finds, the newest or the most relevant first, and what they have in common."""
    text = (request.args.get("q") or "").strip()
    number = request.args.get("page") or "1"
    page = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else 1
    results = await search_results(
        site, text, page=min(max(page, 1), MAX_PAGES), by_relevance=request.args.get("order") == "relevance"
    )
    return await html_page(datasette, request, "search.html", query=text, results=results)


async def sources(site: Site, datasette: Any, request: Any) -> Any:
    """How every source does, as `ingestd status` says it."""
    rows = await source_rows(site, utc_now())
    problems = await site.read(recent_problems)
    return await html_page(datasette, request, "sources.html", rows=rows, problems=problems)


async def days(site: Site, datasette: Any, request: Any) -> Any:
    """A chart of posts by day and source."""
    now = utc_now()
    span = chart.SPANS.get(request.args.get("span") or "", chart.SPANS["90d"])
    found = await site.read(statistics.posts_by_day, now - timedelta(days=span - 1))
    names = {row["id"]: row["name"] for row in await site.read(statistics.source_health)}
    shown = chart.posts_chart(found, names, today=now.date(), days=span)
    return await html_page(datasette, request, "days.html", chart=shown, spans=chart.SPANS, span=span)

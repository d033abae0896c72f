"""What the sites serve at a time: feeds and article pages, written from what is true then."""

import hashlib
import json
from dataclasses import replace
from email.utils import format_datetime
from html import escape
from xml.sax.saxutils import escape as xml_escape

from tests.world.truth import EPOCH, Article, FeedHabit, Site, Version, World, moment

_NS = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LAYOUTS = (
    ('<main><article class="article">', "</article></main>"),
    ('<div id="wrap"><div class="post hentry"><div class="entry-content">', "</div></div></div>"),
    ('<div class="content_left"><div id="artibody" class="article-body">', "</div></div>"),
)

#: What stands in the text of pages with a note.
NOTE = "Readers who like this place can write to the editors and tell them what they would like to see next month."

#: What stands in the texts of feeds with hidden parts, none of which a reader sees.
PIXEL_HOST = "pixel.example.net"
HIDDEN = (
    '<div style="display:none">Hidden words for machines</div><span hidden>Hidden too</span>'
    '<div style="position:absolute;left:-9999px">Hidden as well</div>'
    f'<img src="https://{PIXEL_HOST}/a.gif" width="1" height="1" alt="">'
    f'<img src="https://{PIXEL_HOST}/b.gif" style="display:none" alt="">'
    f'<p style="visibility: hidden"><img src="https://{PIXEL_HOST}/c.gif" style="width:1px;height:1px"></p>'
)

#: The address of the page with the latest headlines.
LIST_PATH = "/updates"

#: An entry: the site that has the article, and the article.
Listed = tuple[Site, Article]


def listed(world: World, site: Site, at: float) -> list[Listed]:
    """The entries of a site's feed at a time, the newest first."""
    sites = [world.site(number) for number in site.lists] if site.is_lister else [site]
    found = [(each, article) for each in sites for article in each.articles if article.exists(at)]
    found += [] if site.is_lister else [(each, _alias(article)) for each, article in found if article.alias]
    found.sort(key=lambda pair: -pair[1].published)
    return _in_order(site.feed, found)


def _alias(article: Article) -> Article:
    """The second entry of an article that is listed twice."""
    return replace(article, number=article.number + 500, paths=((article.published, article.alias or ""),))


def _in_order(habit: FeedHabit, found: list[Listed]) -> list[Listed]:
    """The entries of a feed from all articles, the newest first."""
    window = found[: habit.window]
    match habit.order:
        case "oldest":
            return window[::-1]
        case "shuffled":
            return sorted(window, key=lambda pair: pair[1].name[::-1])
        case "pinned" if len(found) > habit.window:
            return [found[-1], *window[:-1]]
    return window


def feed_body(world: World, site: Site, at: float, entries: list[Listed] | None = None) -> str:
    """The document of a site's feed at a time, with its entries then or with those given."""
    entries = listed(world, site, at) if entries is None else entries
    write = {"rss": _rss, "atom": _atom, "json": _json}[site.feed.format]
    return write(world, site, entries, at)


def entry_link(world: World, site: Site, owner: Site, article: Article, at: float) -> str:
    """The link of an entry: a link blog's is the article that it comments."""
    if article.about is not None:
        other, about = find(world, article.about)
        return other.page_url(about, article.published)
    if site.feed.link == "list":
        return f"https://{site.host(at)}{LIST_PATH}"
    return owner.page_url(article, at) + site.feed.tracking + _session(site.feed, at)


def _session(habit: FeedHabit, at: float) -> str:
    """A parameter of links with a value of the time."""
    if not habit.session:
        return ""
    is_time = habit.session == "t"
    value = f"{EPOCH.timestamp() + at:.0f}" if is_time else hashlib.sha256(f"{at}".encode()).hexdigest()[:32]
    return f"{'&' if habit.tracking else '?'}{habit.session}={value}"


def entry_guid(habit: FeedHabit, owner: Site, article: Article, at: float) -> tuple[str, bool] | None:
    """The guid of an entry, and whether it is an address."""
    match habit.guid_style(at):
        case "permalink":
            return owner.page_url(article, at), True
        case "first-permalink":
            return owner.page_url(article, article.published), True
        case "tag":
            return f"tag:{owner.hosts[0][1]},2025:{article.number}", False
        case "number":
            return str(1000 + article.number), False
        case "title":
            return article.versions[article.version(at)].title, False
        case "shared":
            return f"https://{owner.hosts[0][1]}/", True
    return None


def find(world: World, name: str) -> Listed:
    """The article of a name, and its site."""
    return next((site, article) for site in world.sites for article in site.articles if article.name == name)


def html_text(version: Version) -> str:
    """The whole text as HTML."""
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in version.paragraphs)


def page_text(site: Site, version: Version) -> str:
    """The whole text as the page shows it."""
    first, _, rest = html_text(version).partition("</p>")
    return f'{first}</p><p class="note">{NOTE}</p>{rest}' if site.page.note else f"{first}</p>{rest}"


def _text(habit: FeedHabit, version: Version) -> tuple[str, str]:
    """(summary, content) of an entry."""
    if habit.text == "none":
        return "", ""
    if habit.text == "whole":
        return "", html_text(version) + (HIDDEN if habit.hidden else "")
    return f"<p>{escape(version.teaser)}</p>{HIDDEN}" if habit.hidden else version.teaser, ""


def _date(habit: FeedHabit, article: Article, at: float) -> float | None:
    if habit.dates == "none":
        return None
    edited = article.versions[article.version(at)].at
    others = {"future": at + 30 * 86_400, "now": at, "epoch": -EPOCH.timestamp(), "edited": edited}
    return others.get(habit.dates, article.published)


def _rss(world: World, site: Site, entries: list[Listed], at: float) -> str:
    habit, items = site.feed, []
    for owner, article in entries:
        version = article.versions[article.version(at)]
        summary, content = _text(habit, version)
        guid, date = entry_guid(habit, owner, article, at), _date(habit, article, at)
        parts = [
            f"<title>{xml_escape(version.title)}</title>",
            f"<link>{xml_escape(entry_link(world, site, owner, article, at))}</link>",
            f"<description>{xml_escape(summary)}</description>" if summary else "",
            f"<content:encoded>{xml_escape(content)}</content:encoded>" if content else "",
            f"<pubDate>{format_datetime(moment(date))}</pubDate>" if date is not None else "",
            f"<dc:creator>{xml_escape(article.author)}</dc:creator>" if habit.authors else "",
            *(f"<category>{xml_escape(item)}</category>" for item in article.categories if habit.categories),
        ]
        if guid:
            parts.append(f'<guid isPermaLink="{str(guid[1]).lower()}">{xml_escape(guid[0])}</guid>')
        items.append(f"<item>{''.join(parts)}</item>\n")
    head = f"<title>{xml_escape(site.name)}</title><link>https://{site.host(at)}/</link>"
    return f'{_XML}<rss version="2.0" {_NS}><channel>{head}\n{"".join(items)}</channel></rss>'


def _atom(world: World, site: Site, entries: list[Listed], at: float) -> str:
    habit, items = site.feed, []
    for owner, article in entries:
        version = article.versions[article.version(at)]
        summary, content = _text(habit, version)
        guid, date = entry_guid(habit, owner, article, at), _date(habit, article, at)
        parts = [
            f"<title>{xml_escape(version.title)}</title>",
            f'<link rel="alternate" href="{xml_escape(entry_link(world, site, owner, article, at))}"/>',
            f"<id>{xml_escape(guid[0])}</id>" if guid else "",
            f'<summary type="{"html" if habit.hidden else "text"}">{xml_escape(summary)}</summary>' if summary else "",
            f'<content type="html">{xml_escape(content)}</content>' if content else "",
            f"<published>{moment(date).isoformat()}</published>" if date is not None else "",
            f"<author><name>{xml_escape(article.author)}</name></author>" if habit.authors else "",
            *(f'<category term="{xml_escape(item)}"/>' for item in article.categories if habit.categories),
        ]
        items.append(f"<entry>{''.join(parts)}</entry>\n")
    head = f"<title>{xml_escape(site.name)}</title><id>urn:feed:{site.number}</id>"
    return f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom">{head}\n{"".join(items)}</feed>'


def _json(world: World, site: Site, entries: list[Listed], at: float) -> str:
    habit, items = site.feed, []
    for owner, article in entries:
        version = article.versions[article.version(at)]
        summary, content = _text(habit, version)
        guid, date = entry_guid(habit, owner, article, at), _date(habit, article, at)
        item = {
            "title": version.title,
            "url": entry_link(world, site, owner, article, at),
            "id": guid[0] if guid else None,
            "summary": summary if summary and not habit.hidden else None,
            "content_html": content or (summary if habit.hidden else None) or None,
            "date_published": moment(date).isoformat() if date is not None else None,
            "authors": [{"name": article.author}] if habit.authors else None,
            "tags": list(article.categories) if habit.categories else None,
        }
        items.append({key: value for key, value in item.items() if value is not None})
    head = {"version": "https://jsonfeed.org/version/1.1", "title": site.name}
    return json.dumps({**head, "items": items}, ensure_ascii=False)


def page_body(site: Site, article: Article, at: float) -> str:
    """The document of an article's page at a time."""
    version, habit = article.versions[article.version(at)], site.page
    head = [f'<meta charset="utf-8"><title>{escape(version.title)}</title>']
    if habit.canonical:
        head.append(f'<link rel="canonical" href="{escape(site.page_url(article, at))}">')
    if habit.authors:
        head.append(f'<meta name="author" content="{escape(article.author)}">')
    if habit.dates:
        head.append(f'<meta property="article:published_time" content="{moment(article.published).isoformat()}">')
    before, after = _LAYOUTS[habit.layout % len(_LAYOUTS)]
    related = ""
    if habit.related:
        others = [other for other in site.articles if other.exists(at) and other.name != article.name][:3]
        links = "".join(
            f'<li><a href="{other.path(at)}">{escape(other.versions[0].title)}</a></li>' for other in others
        )
        related = f'<aside class="related"><h3>Related</h3><ul>{links}</ul></aside>'
    return (
        f'<!doctype html><html lang="{site.language}"><head>{"".join(head)}</head><body>'
        '<header><nav><a href="/">Home</a> <a href="/about">About</a> <a href="/archive">Archive</a></nav></header>'
        f"{before}<h1>{escape(version.title)}</h1>{page_text(site, version)}{after}{related}"
        "<footer><p>All rights reserved.</p></footer></body></html>"
    )


def list_body(site: Site, at: float) -> str:
    """The document of the page with the latest headlines, and the first words of each article."""
    latest = sorted(
        (article for article in site.articles if article.exists(at)), key=lambda article: -article.published
    )
    items = []
    for article in latest[:10]:
        version = article.versions[article.version(at)]
        heading = f'<h2><a href="{article.path(at)}">{escape(version.title)}</a></h2>'
        items.append(f"<li>{heading}<p>{escape(version.teaser)}</p></li>")
    return (
        f'<!doctype html><html lang="{site.language}"><head><meta charset="utf-8"><title>{escape(site.name)}: updates'
        f"</title></head><body><main><h1>Updates</h1><ul>{''.join(items)}</ul></main></body></html>"
    )


def change_times(world: World, site: Site) -> list[float]:
    """The times at which a site's feed may change."""
    sites = [world.site(number) for number in site.lists] if site.is_lister else [site]
    sites += [find(world, article.about)[0] for article in site.articles if article.about]
    times = {0.0, *(site.feed.guid_later[:1] if site.feed.guid_later else ())}
    times |= {site.feed_moves[0]} if site.feed_moves else set()
    for each in sites:
        times |= {since for since, _ in each.hosts}
        for article in each.articles:
            times |= {article.published, *(v.at for v in article.versions), *(since for since, _ in article.paths)}
            if article.deleted_at is not None:
                times.add(article.deleted_at)
    return sorted(times)


def etag(body: str) -> str:
    """The validator of a body."""
    return f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'

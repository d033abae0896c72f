"""Builds the whole sample site in memory from its templates, for the address at which it is served."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from importlib.resources import files
from string import Template
from types import MappingProxyType
from typing import NamedTuple

from ingestd.cli.demo.site import pictures

#: Feeds of the site; articles that they list; listings, which count an article once for each feed (one is in two).
FEED_COUNT = 3
LISTED_ARTICLE_COUNT = 13
LISTED_COUNT = 14
#: Articles and listings with those of the archive document behind one of the feeds (RFC 5005).
ARTICLE_COUNT = 15
LISTING_COUNT = 16
#: The publication that has an archive, and the address of that.
ARCHIVED_NAME = "The Tidewater Almanac"
ARCHIVE_PATH = "/almanac/archive-1.xml"

_TEMPLATES = files("ingestd.cli.demo.site")
# The time of the newest article, for every resource.
_LAST_MODIFIED = format_datetime(datetime(2024, 4, 2, 6, 0, tzinfo=UTC), usegmt=True)
_ROBOTS = b"User-agent: *\nDisallow: /account/\n"
_MAX_RELATED_LINKS = 4


class Resource(NamedTuple):
    """One response of the site: its Content-Type, its body and its other headers."""

    content_type: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Article:
    """One article of `site.toml`; its text is the template `articles/<body>`."""

    path: str
    body: str
    title: str
    author: str
    published: datetime
    section: str
    description: str
    image: str = ""


@dataclass(frozen=True, slots=True)
class _Publication:
    """One of the three publications: its folder, and the encoding and media types of its feed and pages."""

    name: str
    folder: str
    feed: str
    feed_type: str
    html_type: str
    encoding: str
    date_format: str
    articles: list[_Article] = field(default_factory=list)


def build_site(base_url: str) -> Mapping[str, Resource]:
    """Every resource by path ("/reedhaven/rss.xml") for a site at `base_url` (without a final slash).

    The same address gives the same bytes. The body of a 404 response is at "/404.html".
    """
    publications = _publications()
    site: dict[str, Resource] = {"/robots.txt": _resource("text/plain; charset=utf-8", _ROBOTS)}
    for publication in publications:
        site[f"/{publication.folder}/{publication.feed}"] = _feed(publication, f"{publication.folder}.xml", base_url)
        if publication.name == ARCHIVED_NAME:
            site[ARCHIVE_PATH] = _feed(publication, f"{publication.folder}-archive.xml", base_url)
        site[f"/{publication.folder}/"] = _index(publication, base_url)
        site.update({article.path: _page(publication, article, base_url) for article in publication.articles})
    site["/"] = _front(publications)
    site["/404.html"] = _resource("text/html; charset=utf-8", _read_template("layouts/404.html").encode())
    site.update(_pictures())
    return MappingProxyType(site)


def _publications() -> list[_Publication]:
    described = tomllib.loads(_read_template("site.toml"))
    publications = {head["folder"]: _Publication(**head) for head in described["publication"]}
    for row in described["article"]:
        folder = row["path"].split("/")[1]
        publications[folder].articles.append(_Article(**row))
    return list(publications.values())


def _feed(publication: _Publication, template: str, base_url: str) -> Resource:
    texts = {article.body.removesuffix(".html").replace("-", "_"): article for article in publication.articles}
    whole = {name: _read_template(f"articles/{article.body}") for name, article in texts.items()}
    escaped = {f"{name}_escaped": escape(text) for name, text in whole.items()}
    text = Template(_read_template(f"feeds/{template}")).substitute(whole | escaped, base=base_url)
    return _resource(publication.feed_type, text.encode(publication.encoding))


def _page(publication: _Publication, article: _Article, base_url: str) -> Resource:
    others = [other for other in publication.articles if other is not article]
    return _rendered(
        publication,
        base_url,
        path=article.path,
        title=article.title,
        author=article.author,
        description=article.description,
        section=article.section,
        image=base_url + (article.image or "/images/harbour.svg"),
        date=article.published.strftime(publication.date_format),
        published=article.published.isoformat(),
        json_ld=_json_ld(publication, article, base_url),
        body=_read_template(f"articles/{article.body}"),
        related=_links(others[:_MAX_RELATED_LINKS]),
    )


def _index(publication: _Publication, base_url: str) -> Resource:
    newest = max(article.published for article in publication.articles)
    return _rendered(
        publication,
        base_url,
        path=f"/{publication.folder}/",
        title=publication.name,
        author=publication.name,
        description=publication.name,
        section="",
        image=base_url + "/images/harbour.svg",
        date=newest.strftime(publication.date_format),
        published=newest.isoformat(),
        json_ld="{}",
        body=f"<ul>{_links(publication.articles)}</ul>",
        related="",
    )


def _rendered(
    publication: _Publication, base_url: str, *, json_ld: str, body: str, related: str, **texts: str
) -> Resource:
    escaped = {name: escape(value) for name, value in texts.items()}
    layout = Template(_read_template(f"layouts/{publication.folder}.html"))
    page = layout.substitute(escaped, base=base_url, json_ld=json_ld, body=body, related=related)
    return _resource(publication.html_type, page.encode(publication.encoding))


def _front(publications: Sequence[_Publication]) -> Resource:
    feeds = [(each.feed_type.partition(";")[0], f"/{each.folder}/{each.feed}") for each in publications]
    page = Template(_read_template("layouts/front.html")).substitute(
        feeds="\n".join(f'<link rel="alternate" type="{kind}" href="{path}">' for kind, path in feeds),
        links="".join(f'<li><a href="/{each.folder}/">{escape(each.name)}</a></li>' for each in publications),
    )
    return _resource("text/html; charset=utf-8", page.encode())


def _json_ld(publication: _Publication, article: _Article, base_url: str) -> str:
    described = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": article.published.isoformat(),
        "author": {"@type": "Person", "name": article.author},
        "publisher": {"@type": "Organization", "name": publication.name},
        "mainEntityOfPage": base_url + article.path,
    }
    # "</" would end the script element early.
    return json.dumps(described, ensure_ascii=False, indent=1).replace("</", "<\\/")


def _links(articles: Sequence[_Article]) -> str:
    return "".join(f'<li><a href="{each.path}">{escape(each.title)}</a></li>' for each in articles)


def _pictures() -> dict[str, Resource]:
    drawings = {
        "/images/harbour.svg": pictures.drawing_svg("harbour", "#cfe3f2", "#3d6d8a"),
        "/images/marsh.svg": pictures.drawing_svg("marsh", "#f3e3c2", "#6f8a4c"),
        "/images/evening.svg": pictures.drawing_svg("evening", "#f0c9a8", "#35506b"),
    }
    photographs = {
        "/images/library.png": pictures.gradient_png(96, 64, (226, 214, 190), (120, 96, 74)),
        "/images/library-2x.png": pictures.gradient_png(192, 128, (226, 214, 190), (120, 96, 74)),
        "/images/geese.png": pictures.gradient_png(96, 64, (196, 214, 228), (110, 130, 90)),
        "/images/geese-2x.png": pictures.gradient_png(192, 128, (196, 214, 228), (110, 130, 90)),
        "/images/oven.png": pictures.gradient_png(96, 64, (240, 170, 90), (90, 40, 30)),
        "/images/station.png": pictures.gradient_png(96, 64, (200, 200, 210), (80, 70, 80)),
        "/images/blank.png": pictures.gradient_png(1, 1, (255, 255, 255), (255, 255, 255)),
    }
    return {
        **{path: _resource("image/svg+xml", body) for path, body in drawings.items()},
        **{path: _resource("image/png", body) for path, body in photographs.items()},
    }


def _resource(content_type: str, body: bytes) -> Resource:
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return Resource(content_type, body, {"ETag": etag, "Last-Modified": _LAST_MODIFIED, "Cache-Control": "max-age=60"})


def _read_template(name: str) -> str:
    return _TEMPLATES.joinpath(*name.split("/")).read_text(encoding="utf-8")

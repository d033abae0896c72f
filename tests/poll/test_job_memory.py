"""A worker process does thousands of jobs: nothing that one of them has read is kept after it."""

import gc
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from lxml import etree

from ingestd.extract.rules.site_rules import SiteRules
from ingestd.identity.urls import DEFAULT_RULES
from ingestd.model.feed import Entry
from ingestd.model.http import Response
from ingestd.model.poll import InboxEntry
from ingestd.model.source import SiteRule, Source
from ingestd.poll import jobs
from ingestd.poll.page_posts import PostSettings
from ingestd.poll.workers import Job

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SOURCE = Source("晨报", "https://news.example/feed", id=3)
NO_RULE = SiteRule()
JOBS = {name: job for name, job in vars(jobs).items() if isinstance(job, Job)}
#: Documents that each job reads, and the characters of each.
DOCUMENTS, DOCUMENT_CHARS = 4, 60_000
#: Bytes that may be held after them: of one text less than its half, for caches of names and short lines.
MAX_HELD_BYTES = 60_000
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"{}><title>晨报</title>{}</feed>'


def text(number: int) -> str:
    line = f"第{number}份的正文，各不相同。"
    return line * (DOCUMENT_CHARS // len(line))


def rss(number: int) -> str:
    entry = f"<title>第{number}条</title><link>https://news.example/{number}</link>"
    return f"<rss version='2.0'><channel><title>晨报</title><item>{entry}<description>{text(number)}</description>"


def atom(number: int) -> str:
    body = f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{text(number)}</p></div></content>'
    return ATOM.format("", f"<entry><id>urn:{number}</id><title>第{number}条</title>{body}</entry>")


def long_name(number: int) -> str:
    named = rss(number).replace("</title>", f"</title><a{'x' * 9_000}{number}/>", 1)
    return named + "</item></channel></rss>"


FEEDS: dict[str, Callable[[int], str]] = {
    "rss": lambda number: rss(number) + "</item></channel></rss>",
    "rss that is repaired": lambda number: rss(number) + "<b>&nbsp;</item></channel></rss>",
    "rss that is cut": lambda number: rss(number) + "</item><item><title>一半",
    "rss in a page": lambda number: f"<html><body><pre>{rss(number)}</item></channel></rss></pre></body></html>",
    "atom": atom,
    "other atom": lambda number: atom(number).replace("2005/Atom", "unknown"),
    "json": lambda number: (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "晨报",'
        f' "items": [{{"id": "{number}", "content_html": "<p>{text(number)}</p>"}}]}}'
    ),
    "another format": lambda number: f"<channel><title>晨报</title><other>{text(number)}</other></channel>",
    "long names": long_name,
}


def parse(document: str) -> None:
    JOBS["PARSE_AND_IDENTIFY"](
        document.encode(),
        source=SOURCE,
        rules=DEFAULT_RULES,
        url=SOURCE.url,
        content_type=None,
        known=frozenset(),
        now=NOW,
        answered_at=NOW,
        build=True,
    )


def parsing(make: Callable[[int], str]) -> Callable[[int], None]:
    return lambda number: parse(make(number))


def entry(number: int) -> Entry:
    return Entry(f"第{number}条", f"https://news.example/{number}", content=f"<p>{text(number)}</p>")


def build(number: int) -> None:
    parsed = JOBS["PARSE_AND_IDENTIFY"](
        FEEDS["rss"](number).encode(),
        source=SOURCE,
        rules=DEFAULT_RULES,
        url=SOURCE.url,
        content_type=None,
        known=frozenset(),
        now=NOW,
        answered_at=NOW,
        build=False,
    )
    JOBS["BUILD_POSTS"](parsed.assumed.fresh, SOURCE, NOW, DEFAULT_RULES)


def choose(number: int) -> None:
    """Read an index of sitemaps, all on its own site."""
    files = "".join(f"<sitemap><loc>https://news.example/{number}/{n}.xml</loc></sitemap>" for n in range(5))
    remark = f"<!-- {text(number)} -->"
    index = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{remark}{files}</sitemapindex>'
    JOBS["CHOOSE_SITEMAP_FILES"](index.encode(), url="https://news.example/sitemap.xml")


def extract(html: str, *, rule: SiteRule = NO_RULE, with_entry: bool = False) -> None:
    url = "https://news.example/1"
    page = Response(url, url, 200, (("content-type", "text/html; charset=utf-8"),), html.encode(), NOW)
    JOBS["EXTRACT_ARTICLE"](
        entry(1) if with_entry else None,
        page,
        source_rule=rule,
        site_rules=SiteRules(),
        mode="auto",
        timezone=None,
    )


def read_page(number: int) -> None:
    url = f"https://news.example/{number}"
    answer = Response(url, url, 200, (("content-type", "text/html; charset=utf-8"),), page(number).encode(), NOW)
    JOBS["READ_PAGE"](
        InboxEntry(entry(number), url, url, NOW),
        answer,
        None,
        SOURCE,
        site_rules=SiteRules(),
        settings=PostSettings(),
        now=NOW,
    )


def page(number: int, link: str = "https://other.example/") -> str:
    whole = text(number)
    paragraphs = "".join(f"<p>{whole[at : at + 600]}</p>" for at in range(0, len(whole), 600))
    return (
        f"<html><head><title>第{number}篇</title></head><body><nav><a href='/'>首页</a></nav>"
        f"<article class='c{number}'><h1>第{number}篇</h1>{paragraphs}<p>见 <a href='{link}'>别处</a>。</p></article>"
        "</body></html>"
    )


READ: dict[str, tuple[str, Callable[[int], None]]] = {
    **{name: ("PARSE_AND_IDENTIFY", parsing(make)) for name, make in FEEDS.items()},
    "an index of sitemaps": ("CHOOSE_SITEMAP_FILES", choose),
    "posts of entries": ("BUILD_POSTS", build),
    "a page and the post of its entry": ("READ_PAGE", read_page),
    "a page": ("EXTRACT_ARTICLE", lambda number: extract(page(number))),
    "a page and its entry": ("EXTRACT_ARTICLE", lambda number: extract(page(number), with_entry=True)),
    "a page under a rule": (
        "EXTRACT_ARTICLE",
        lambda number: extract(page(number), rule=SiteRule("article", ("nav:has(a)",), title="h1")),
    ),
    "a page with a long link": (
        "EXTRACT_ARTICLE",
        lambda number: extract(page(number, "https://other.example/" + str(number) * DOCUMENT_CHARS)),
    ),
    "a page without an article": ("EXTRACT_ARTICLE", lambda number: extract(f"<p>{number}</p>")),
}


def elements() -> int:
    """How many elements of documents live."""
    gc.collect()
    return sum(isinstance(each, etree._Element) for each in gc.get_objects())


def elements_kept(read: Callable[[int], None]) -> int:
    read(0)
    before = elements()
    read(1)
    return elements() - before


def bytes_kept(read: Callable[[int], None]) -> int:
    tracemalloc.start()
    try:
        for number in range(1, DOCUMENTS):
            read(number)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def kept() -> dict[str, dict[str, int]]:
    """By job, what is kept after it. Measured in a process without other threads: they allocate memory too, and a tuple
    that one of them is building cannot be resized while the list of all objects holds it (`_PyTuple_Resize`)."""
    measure = [sys.executable, "-m", "tests.poll.test_job_memory"]
    answer = subprocess.run(measure, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    found: dict[str, dict[str, int]] = json.loads(answer.stdout)
    return found


def test_every_job_is_tried():
    assert {job for job, _ in READ.values()} == set(JOBS)


@pytest.mark.process
def test_no_element_of_a_document_outlives_the_job(kept: dict[str, dict[str, int]]):
    assert {name: found["elements"] for name, found in kept.items() if found["elements"] != 0} == {}
    assert set(kept) == set(READ)


@pytest.mark.process
def test_no_text_of_a_document_outlives_the_job(kept: dict[str, dict[str, int]]):
    assert {name: found["bytes"] for name, found in kept.items() if found["bytes"] >= MAX_HELD_BYTES} == {}


if __name__ == "__main__":
    measured = {}
    for name, (_, read) in READ.items():
        measured[name] = {"elements": elements_kept(read), "bytes": bytes_kept(read)}
    print(json.dumps(measured))

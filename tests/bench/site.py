"""The simulated web of the bench: feeds and article pages, the same bytes for the same arguments on every machine.

A feed has 30 entries and about 40 KB; RSS 2.0, Atom and RSS 1.0 (RDF) in turn, Chinese and English in turn, every
tenth Chinese feed in GBK. A feed changes by phase, as feeds do:

| phase   | what the site answers                                                                         |
|---------|-----------------------------------------------------------------------------------------------|
| cold    | 200, the feed for the first time                                                              |
| 304     | 304 to a request with the right validators (otherwise 200)                                    |
| same    | 200 whatever the validators say, the same bytes under another ETag                            |
| changed | 200, another date in the head, and two entries have changed places                            |
| new     | 200, one new entry above the others, the oldest one gone, and another date in the head        |
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from functools import cache
from html import escape
from random import Random

from tests.bench.words import Language, language, marked_up

#: Entries of a feed at any time.
ENTRIES = 30
#: The time of the newest entry of the cold phase. Fixed, and past: an archiver clamps dates that lie ahead.
NEWEST = datetime(2025, 6, 1, 8, 0, tzinfo=UTC)


class Phase(StrEnum):
    """What a poll meets; the order is the order of a run."""

    COLD = "cold"
    NOT_MODIFIED = "304"
    SAME = "same"
    CHANGED = "changed"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Version:
    """The state of a feed: how often its head date moved, and how many entries came after the cold ones.

    `turned`: its two newest entries stand in the other order, as after a correction of one of them.
    """

    head: int
    newer: int
    turned: bool = False


VERSIONS = {
    Phase.COLD: Version(0, 0),
    Phase.NOT_MODIFIED: Version(0, 0),
    Phase.SAME: Version(0, 0),
    Phase.CHANGED: Version(1, 0, turned=True),
    Phase.NEW: Version(2, 1),
}


@dataclass(frozen=True, slots=True)
class Site:
    """The feed number `index`, at `base` (scheme and authority, without a slash at the end)."""

    index: int
    base: str

    @property
    def format(self) -> str:
        return ("rss", "atom", "rdf")[self.index % 3]

    @property
    def language(self) -> Language:
        return language(("zh-cn", "en-gb")[self.index // 3 % 2])

    @property
    def encoding(self) -> str:
        return "gbk" if self.index % 20 == 0 and self.language.tag == "zh-cn" else "utf-8"

    @property
    def title(self) -> str:
        name = "新闻网" if self.language.tag == "zh-cn" else "Daily News"
        return f"{name} {self.index}"

    @property
    def url(self) -> str:
        return f"{self.base}/feed/{self.index}.xml"

    @property
    def content_type(self) -> str:
        kind = {"rss": "application/rss+xml", "atom": "application/atom+xml", "rdf": "application/rdf+xml"}[self.format]
        return f"{kind}; charset={self.encoding}"

    def story(self, number: int) -> "Story":
        """The article `number`, counted from 0, the oldest of the cold phase."""
        return _story(self, number)

    def feed(self, version: Version) -> bytes:
        """The document that the site answers in that version."""
        newest_first = list(range(ENTRIES - 1 + version.newer, version.newer - 1, -1))
        if version.turned:
            newest_first[:2] = reversed(newest_first[:2])
        stories = [self.story(number) for number in newest_first]
        text = {"rss": _rss, "atom": _atom, "rdf": _rdf}[self.format](self, version, stories)
        return text.encode(self.encoding, "xmlcharrefreplace")


@dataclass(frozen=True, slots=True)
class Story:
    """One article as its feed tells it; `paragraphs` is HTML."""

    number: int
    url: str
    title: str
    author: str
    topics: tuple[str, ...]
    date: datetime
    paragraphs: tuple[str, ...]
    image: str

    @property
    def html(self) -> str:
        """The body in the feed."""
        figure = f'<figure><img src="{self.image}" alt="" width="640" height="360"/></figure>' if self.image else ""
        return figure + "\n".join(self.paragraphs)


def story_rng(index: int, number: int) -> Random:
    """The generator of one article; the page goes on drawing where the feed stopped."""
    return Random(index * 1_000_003 + number)


def _story(site: Site, number: int) -> Story:
    rng = story_rng(site.index, number)
    words = site.language
    url = f"{site.base}/{site.index}/2025/story-{number}.html"
    sentences = (2, 3) if words.tag == "en-gb" else (3, 3)
    return Story(
        number=number,
        url=url,
        title=words.headline(rng, number),
        author=rng.choice(words.people),
        topics=tuple(rng.sample(words.topics, rng.randint(1, 3))),
        date=NEWEST - timedelta(minutes=97 * (ENTRIES - 1 - number)) + timedelta(seconds=site.index % 60),
        paragraphs=tuple(
            marked_up(rng, words.paragraph(rng, k), f"{site.base}/topic/{k}?a=1&amp;b=2") for k in sentences
        ),
        image=f"{site.base}/img/{site.index}/{number}.jpg" if rng.random() < 0.5 else "",
    )


def _head_date(version: Version) -> datetime:
    return NEWEST + timedelta(hours=1, minutes=30 * version.head)


@cache
def _rfc822(when: datetime) -> str:
    return format_datetime(when, usegmt=True)


def _rss(site: Site, version: Version, stories: list[Story]) -> str:
    return (
        f'<?xml version="1.0" encoding="{site.encoding}"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">\n<channel>\n'
        f'<title>{site.title}</title>\n<atom:link href="{site.url}" rel="self" type="application/rss+xml"/>\n'
        f"<link>{site.base}/</link>\n<description>{site.title}: RSS</description>\n"
        f"<lastBuildDate>{_rfc822(_head_date(version))}</lastBuildDate>\n<language>{site.language.tag}</language>\n"
        "<generator>https://wordpress.org/?v=6.8</generator>\n"
        + "".join(map(_rss_item, stories))
        + "</channel>\n</rss>\n"
    )


def _rss_item(story: Story) -> str:
    topics = "".join(f"<category><![CDATA[{topic}]]></category>\n" for topic in story.topics)
    media = f'<media:thumbnail url="{story.image}" width="320" height="180"/>\n' if story.image else ""
    return (
        f"<item>\n<title>{escape(story.title)}</title>\n<link>{story.url}?utm_source=rss&amp;utm_medium=feed</link>\n"
        f"<dc:creator><![CDATA[{story.author}]]></dc:creator>\n<pubDate>{_rfc822(story.date)}</pubDate>\n{topics}"
        f'<guid isPermaLink="false">{story.url}</guid>\n{media}'
        f"<description><![CDATA[{story.paragraphs[0][:120]}…]]></description>\n"
        f"<content:encoded><![CDATA[{story.html}]]></content:encoded>\n"
        f"<slash:comments>{story.number % 7}</slash:comments>\n</item>\n"
    )


def _atom(site: Site, version: Version, stories: list[Story]) -> str:
    return (
        f'<?xml version="1.0" encoding="{site.encoding}"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{site.language.tag}">\n'
        f'<title type="text">{site.title}</title>\n'
        f'<link rel="self" href="{site.url}"/>\n<link rel="alternate" type="text/html" href="{site.base}/"/>\n'
        f"<id>{site.url}</id>\n<updated>{_head_date(version).isoformat()}</updated>\n"
        "<generator>Bench</generator>\n" + "".join(map(_atom_entry, stories)) + "</feed>\n"
    )


def _atom_entry(story: Story) -> str:
    topics = "".join(f'<category term="{topic}"/>\n' for topic in story.topics)
    if story.number % 5 == 0:
        body = f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{story.html}</div></content>\n'
    else:
        body = f'<content type="html">{escape(story.html)}</content>\n'
    return (
        f'<entry>\n<title type="html">{escape(escape(story.title))}</title>\n'
        f'<link rel="alternate" type="text/html" href="{story.url}"/>\n<id>{story.url}</id>\n'
        f"<published>{story.date.isoformat()}</published>\n<updated>{story.date.isoformat()}</updated>\n"
        f"<author><name>{story.author}</name></author>\n{topics}{body}</entry>\n"
    )


def _rdf(site: Site, version: Version, stories: list[Story]) -> str:
    listed = "".join(f'<rdf:li rdf:resource="{story.url}"/>\n' for story in stories)
    return (
        f'<?xml version="1.0" encoding="{site.encoding}"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">\n'
        f'<channel rdf:about="{site.url}">\n<title>{site.title}</title>\n<link>{site.base}/</link>\n'
        f"<description>{site.title}: RDF</description>\n<dc:date>{_head_date(version).isoformat()}</dc:date>\n"
        f"<dc:language>{site.language.tag}</dc:language>\n<items><rdf:Seq>\n{listed}</rdf:Seq></items>\n</channel>\n"
        + "".join(map(_rdf_item, stories))
        + "</rdf:RDF>\n"
    )


def _rdf_item(story: Story) -> str:
    return (
        f'<item rdf:about="{story.url}">\n<title>{escape(story.title)}</title>\n<link>{story.url}</link>\n'
        f"<dc:creator>{escape(story.author)}</dc:creator>\n<dc:date>{story.date.isoformat()}</dc:date>\n"
        + "".join(f"<dc:subject>{topic}</dc:subject>\n" for topic in story.topics)
        + f"<description>{escape(story.paragraphs[0])}</description>\n"
        f"<content:encoded><![CDATA[{story.html}]]></content:encoded>\n</item>\n"
    )


def big_feed(base: str, size: int, entries: int) -> bytes:
    """An RSS feed of `size` bytes, or up to 2 KB an entry less, in so many entries, in English."""
    words = language("en-gb")
    rng = Random(entries)
    room = size // entries - 450
    items = []
    for number in range(entries):
        body = _filled(rng, words, room)
        items.append(
            f"<item><title>{escape(words.headline(rng, number))}</title><link>{base}/big/{entries}/{number}.html</link>"
            f"<guid>{base}/big/{entries}/{number}</guid>"
            f"<pubDate>{_rfc822(NEWEST - timedelta(minutes=number))}</pubDate>"
            f"<description><![CDATA[{body}]]></description></item>\n"
        )
    head = f'<?xml version="1.0"?>\n<rss version="2.0"><channel><title>Big {entries}</title><link>{base}/</link>\n'
    return (head + "".join(items) + "</channel></rss>\n").encode()


def _filled(rng: Random, words: Language, room: int) -> str:
    paragraphs: list[str] = []
    while room > 0:
        paragraphs.append(f"<p>{escape(words.paragraph(rng, 4), quote=False)}</p>")
        room -= len(paragraphs[-1].encode())
    return "".join(paragraphs[:-1])

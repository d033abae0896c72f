"""Synthetic feeds with every habit of real ones, for the identity bench.

A habit is a function that lists an article the nth time as a certain kind of feed would: a guid that is always the
same, headlines in the URLs, tracking parameters, and so on. Every listing says which article it really is.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from ingestd.model.feed import Enclosure, Entry, Timestamp, ZoneOrigin

START, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
#: Where a consent wall sends everybody.
WALL = "/please-accept-our-cookies-2024"
WORDS = [
    *("time", "year", "people", "way", "day", "man", "thing", "woman", "life", "child", "world", "school", "state"),
    *("family", "student", "group", "country", "problem", "hand", "part", "place", "case", "week", "company", "system"),
    *("program", "question", "work", "government", "number", "night", "point", "home", "water", "room", "mother"),
    *("中国", "政府", "经济", "社会", "人民", "发展", "国家", "问题", "工作", "世界", "关系", "市场", "企业", "技术"),
    *("教育", "文化", "历史", "环境", "能源", "城市", "农村", "法律", "改革", "投资"),
]


@dataclass(frozen=True)
class Made:
    """One article as it really is; `number` is the truth that the decisions must find."""

    number: int
    site: int
    place: int
    title: str
    text: str
    published: datetime


@dataclass(frozen=True)
class Listing:
    """One entry, which article it really is, and what its page would tell."""

    truth: int
    entry: Entry
    final_url: str | None = None
    canonical: str | None = None


Habit = Callable[[Made, int, int, random.Random], Listing]


def sentence(rnd: random.Random, count: int) -> str:
    return " ".join(rnd.choice(WORDS) for _ in range(count))


def make(number: int, site: int, place: int, rnd: random.Random) -> Made:
    title = sentence(rnd, 7).capitalize()
    published = START + timedelta(hours=place, minutes=rnd.randrange(60))
    return Made(number, site, place, title, sentence(rnd, 60), published)


def entry_of(made: Made, *, link: str | None, guid: str | None, **more: object) -> Entry:
    stamp = Timestamp(made.published.isoformat(), made.published, ZoneOrigin.STATED)
    entry = Entry(
        title=made.title,
        link=link,
        guid=guid,
        summary=f"<p>{' '.join(made.text.split()[:30])}</p>",
        published=stamp,
    )
    return replace(entry, **more)  # type: ignore[arg-type]


def host(made: Made) -> str:
    return f"www.site{made.site}.com"


def link_of(made: Made) -> str:
    return f"https://{host(made)}/article/{made.place}"


def slug(text: str) -> str:
    return quote("-".join(text.lower().split()))


# ---------------------------------------------------------------------------------------------------------------------
# Habits: how a feed lists an article the nth time (`seen` 0 to 4), at `place` in its document


def plain(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    return Listing(made.number, entry_of(made, link=link_of(made), guid=f"article-{made.place}"))


def no_guid_prefix_links(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    link = f"https://{host(made)}/a/{'1' * (made.place % 40 + 1)}{made.place // 40}"
    return Listing(made.number, entry_of(made, link=link, guid=None))


def tracking(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    extra = rnd.choice(("utm_source=rss", "fbclid=IwAR0", "spm=a2c.1", "gclid=x&utm_medium=y", "mc_cid=1&mc_eid=2"))
    return Listing(
        made.number, entry_of(made, link=f"{link_of(made)}?{extra}&n={seen}".replace("&n=", "&utm_n="), guid=None)
    )


def scheme_and_fragment(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    link = link_of(made).replace("https", rnd.choice(("http", "https"))) + rnd.choice(("", "#top", "#comments", "?"))
    return Listing(made.number, entry_of(made, link=link, guid=None))


def spelling(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    name = rnd.choice((f"WWW.Site{made.site}.COM", f"{host(made)}:443", f"u:p@{host(made)}", f"{host(made)}."))
    path = rnd.choice(("/新闻/%7Eme/", "/%e6%96%b0%e9%97%bb/~me/", "/./新闻/x/../%7eme/"))
    return Listing(made.number, entry_of(made, link=f"HTTPS://{name}{path}{made.place}", guid=None))


def parameter_order(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    pairs = [f"id={made.place}", "lang=zh", "page=1"]
    rnd.shuffle(pairs)
    return Listing(made.number, entry_of(made, link=f"https://{host(made)}/read?{'&'.join(pairs)}", guid=None))


def one_parameter(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    name = ("id", "p", "sid", "cid", "ref", "source")[made.site % 6]
    link = f"https://{host(made)}/?{name}={made.place}"
    return Listing(made.number, entry_of(made, link=link, guid=None, title="Daily report"))


def wechat(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    biz, day, index = f"__biz=MzA{made.site}==", f"mid={26500 + made.place // 4}", f"idx={made.place % 4 + 1}"
    pairs = [biz, day, index, f"sn=s{made.place}", f"chksm={rnd.random()}", f"scene={rnd.randrange(200)}"]
    rnd.shuffle(pairs)
    link = f"http://mp.weixin.qq.com/s?{'&'.join(pairs)}#wechat_redirect"
    return Listing(made.number, entry_of(made, link=link, guid=None))


def youtube(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    name = rnd.choice(("www.youtube.com", "m.youtube.com", "youtube.com"))
    link = f"https://{name}/watch?v=v{made.site}x{made.place}&feature={rnd.choice(('share', 'youtu.be'))}"
    return Listing(made.number, entry_of(made, link=link, guid=f"yt:video:v{made.site}x{made.place}"))


def same_guid(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    return Listing(made.number, entry_of(made, link=link_of(made), guid="https://www.example.com/feed"))


def same_guid_same_title(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    entry = entry_of(made, link=link_of(made), guid="daily", title="新闻早报", summary="")
    return Listing(made.number, replace(entry, published=day_of(made)))


def day_of(made: Made) -> Timestamp:
    day = made.published.replace(hour=0, minute=0)
    return Timestamp(day.date().isoformat(), day, ZoneOrigin.ASSUMED)


def place_as_guid(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    return Listing(made.number, entry_of(made, link=link_of(made), guid=str(place)))


def guids_change(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    guid = f"old-system-{made.place}" if seen < 3 else f"urn:new:{made.place * 7}"
    return Listing(made.number, entry_of(made, link=link_of(made), guid=guid))


def guid_flips_scheme(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    guid = f"{rnd.choice(('http', 'https'))}://{host(made)}/?p={made.place}"
    link = link_of(made) if seen < 3 else f"https://{host(made)}/moved/{made.place}-x"
    return Listing(made.number, entry_of(made, link=link, guid=guid))


def edited(made: Made, seen: int) -> str:
    """The headline after an edit."""
    return made.title if seen < 2 else made.title + " now" if seen < 4 else "Updated: " + made.title


def slug_in_guid(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    title = edited(made, seen)
    guid = f"https://{host(made)}/{slug(title)}"
    return Listing(made.number, entry_of(made, link=link_of(made), guid=guid, title=title))


def slug_in_both(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    title = edited(made, seen)
    url = f"https://{host(made)}/2026/{slug(title)}-{5000000 + made.place}"
    return Listing(made.number, entry_of(made, link=url, guid=url, title=title))


def title_is_guid(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    return Listing(made.number, entry_of(made, link=link_of(made), guid="morning-briefing", title="Morning briefing"))


def moved(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    link = link_of(made) if seen < 2 else f"https://new.site{made.site}.com/story/{made.place}"
    return Listing(made.number, entry_of(made, link=link, guid=f"tag:site{made.site},2026:{made.place}"))


def home_link(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    return Listing(made.number, entry_of(made, link=f"https://{host(made)}/", guid=f"item-{made.place}"))


def one_link(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    link = f"https://{host(made)}/podcast/the-show-101"
    return Listing(made.number, entry_of(made, link=link, guid=f"episode-{made.place}"))


def one_link_no_guid(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    return Listing(made.number, entry_of(made, link=f"https://{host(made)}/status-page-42", guid=None))


def guid_fragment(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    guid = f"http://{host(made)}/#{made.place}d5384"
    return Listing(made.number, entry_of(made, link=None, guid=guid))


def guid_only(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    return Listing(made.number, entry_of(made, link=None, guid=str(made.place)))


def nothing_but_title(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    return Listing(made.number, entry_of(made, link=None, guid=None, title="Weather warning"))


def same_title_same_day(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    entry = entry_of(made, link=link_of(made), guid=f"g-{made.place}", title="每日新闻", summary="")
    return Listing(made.number, replace(entry, published=day_of(made)))


def redirector(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    link = f"https://feeds.example.net/~r/site{made.site}/{'ab'[seen % 2]}{made.place}/story"
    return Listing(made.number, entry_of(made, link=link, guid=None), final_url=link_of(made))


def amp_with_canonical(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    link = link_of(made) if seen % 2 else f"https://amp.site{made.site}.com/x/{made.place}"
    return Listing(made.number, entry_of(made, link=link, guid=None), canonical=link_of(made))


def canonical_home(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    return Listing(made.number, entry_of(made, link=link_of(made), guid=None), canonical=f"https://{host(made)}/")


def canonical_constant(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    canonical = f"https://{host(made)}/article/template-2019-01"
    return Listing(made.number, entry_of(made, link=link_of(made), guid=None), canonical=canonical)


def consent_wall(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    return Listing(made.number, entry_of(made, link=link_of(made), guid=None), final_url=f"https://{host(made)}{WALL}")


def alternating(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    title = made.title + (" (更新)" if seen % 2 else "")
    return Listing(made.number, entry_of(made, link=link_of(made), guid=f"a-{made.place}", title=title))


def retitled(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    title = made.title if seen < 3 else sentence(random.Random(made.number), 6)
    return Listing(made.number, entry_of(made, link=link_of(made), guid=f"r-{made.place}", title=title))


def redated(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    later = made.published + timedelta(hours=seen)
    entry = entry_of(made, link=link_of(made), guid=f"https://{host(made)}/{slug(edited(made, seen))}")
    return Listing(made.number, replace(entry, published=Timestamp("", later, ZoneOrigin.STATED)))


def one_item(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    file = Enclosure(f"https://{host(made)}/audio/{made.place}.mp3", "audio/mpeg")
    link = f"https://{host(made)}/podcasts/500005/hourly-news"
    entry = entry_of(
        made, link=link, guid=f"hour-{made.place}", title="Hourly news", summary="The latest in five minutes."
    )
    return Listing(made.number, replace(entry, enclosures=(file,)))


def one_link_one_guid(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    link = f"https://{host(made)}/notices/"
    return Listing(made.number, entry_of(made, link=link, guid=link))


def one_link_one_guid_one_time(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    notes = f"What has changed in version {made.place} is written in the manual, with examples of every command."
    entry = entry_of(
        made, link=f"https://{host(made)}/changes", guid="N/A", title=f"Version {made.place}", summary=notes
    )
    return Listing(made.number, replace(entry, published=Timestamp("", START, ZoneOrigin.STATED)))


def one_link_one_guid_no_title(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    link = f"https://{host(made)}/2026/notes.html#today"
    return Listing(made.number, entry_of(made, link=link, guid=link, title=""))


def moved_host(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    name = host(made) if seen < 2 else host(made).replace("www.", "mail.")
    link = f"http://{name}/m/{slug(made.title)}"
    return Listing(made.number, entry_of(made, link=link, guid=link))


def moved_path(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    link = f"https://{host(made)}/?p={made.place}" if seen < 2 else f"https://{host(made)}/2026/{slug(made.title)}/"
    return Listing(made.number, entry_of(made, link=link, guid=None))


def unicode_host(made: Made, seen: int, place: int, rnd: random.Random) -> Listing:
    name = rnd.choice((f"新闻{made.site}.中国", f"新闻{made.site}.中国".encode("idna").decode()))
    return Listing(made.number, entry_of(made, link=f"http://{name}/{made.place}", guid=None))


HABITS: tuple[Habit, ...] = (
    *(plain, no_guid_prefix_links, tracking, scheme_and_fragment, spelling, parameter_order, one_parameter, wechat),
    *(youtube, same_guid, same_guid_same_title, place_as_guid, guids_change, guid_flips_scheme, slug_in_guid),
    *(slug_in_both, title_is_guid, moved, home_link, one_link, one_link_no_guid, guid_fragment, guid_only),
    *(nothing_but_title, same_title_same_day, redirector, amp_with_canonical, canonical_home, canonical_constant),
    *(consent_wall, alternating, retitled, redated, one_item, unicode_host),
    *(one_link_one_guid, one_link_one_guid_one_time, one_link_one_guid_no_title),
    *(moved_host, moved_path),
)


# ---------------------------------------------------------------------------------------------------------------------
# Documents


def documents(habit: Habit, site: int, articles: list[Made], rnd: random.Random) -> Iterator[tuple[int, list[Listing]]]:
    """The documents of a site's feeds, as (source, entries): each article is listed five times in all.

    Every third site has two feeds that list the same articles; every seventh lists entries twice in a document.
    """
    step = 1 if habit is one_item else 5
    window = 1 if habit is one_item else 5 * step
    times = 5 if habit is one_item else 1
    two_feeds = site % 3 == 0 and habit in ACROSS_FEEDS
    twice = site % 7 == 0 and habit in ACROSS_FEEDS
    shown: Counter[int] = Counter()
    for poll, end in enumerate(range(step, len(articles) + window, step)):
        for _ in range(times):
            listed = articles[max(0, end - window) : end][::-1]
            document = []
            for place, made in enumerate(listed):
                document.append(habit(made, shown[made.number], place + 1, rnd))
                shown[made.number] += 1
            if twice:
                document.append(habit(listed[0], shown[listed[0].number] - 1, len(document) + 1, rnd))
            yield site * 2 + (poll % 2 if two_feeds else 0), document


#: Habits whose articles are the same article in another feed too: they have a link of their own.
ACROSS_FEEDS = frozenset(
    (plain, tracking, scheme_and_fragment, spelling, parameter_order, wechat, youtube, guids_change, redirector)
)

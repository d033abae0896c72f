"""What must hold of the database after every run, whatever happened: pure functions of its rows and of the truth.

Each gives one line for each violation.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from tests.world.documents import PIXEL_HOST
from tests.world.evidence import Evidence, binding, letters, names_in
from tests.world.field_invariants import own_fields, posts_of, whole_texts
from tests.world.rows import Row, Rows
from tests.world.schedule_invariants import (
    every_poll_has_one_outcome,
    no_source_is_asked_too_often,
    no_source_is_left_out,
    what_was_missed_is_recorded,
)
from tests.world.truth import DAY_S

#: Seconds after which the last retry of a page is due, and some.
MAX_RETRY_S = 2 * DAY_S
#: Outcomes of a page that is read again later.
_PASSING = ("rate-limited", "server-error", "timeout", "connect-failed", "connection-lost", "dns-failed")
#: Faults under which a feed and the page behind its entry are not of one time.
_APART = frozenset({"flap", "late", "forbidden"})
#: Parameters of links that are not known for sessions: what other sources list without them is another address.
UNKNOWN_SESSIONS = frozenset({"t", "sid", "_", "rnd"})
Invariant = Callable[[Rows, Evidence], Iterator[str]]


def stored_exactly_once(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """An article that a source listed while it could be read has one post; what was never listed has none."""
    posts = posts_of(rows)
    for name in evidence.articles:
        seen = [one for one in evidence.deliveries.get(name, ()) if one.by == "feed"]
        found = posts.get(name, [])
        if not found and any(one.sure for one in seen):
            yield f"{name} was listed by {seen[0].source} at {seen[0].at:.0f} s, and is not stored"
        site, article = evidence.articles[name]
        # Where an article cannot be known for the same, each address or text of it may have a post.
        others = len(article.versions) if site.feed.link == "list" else len(article.paths) * len(site.hosts)
        others += len(site.hosts) if article.alias else 0
        if site.feed.session in UNKNOWN_SESSIONS:
            # Each source that lists it has links of its own, with other values of the parameter.
            others = others * max(len(evidence.listers(name)), 1) + len(article.versions)
        if len(found) > (1 if is_known_when_moved(name, evidence) else others):
            yield f"{name} is stored {len(found)} times: {', '.join(post['from_url'] for post in found)}"
        if found and not seen and not evidence.commented_links(name):
            yield f"{name} is stored, but no source listed it"


def is_known_when_moved(name: str, evidence: Evidence) -> bool:
    """Whether the new address of a moved article can be known for its: by its guid, or by date, title and text."""
    site, article = evidence.articles[name]
    listers = evidence.listers(name)
    if article.alias is not None:
        return False  # the second entry says nothing of the first
    if site.feed.session in UNKNOWN_SESSIONS and not site.feed.identifying_guids:
        return False  # an edit under another link shares nothing with what it edits
    if len(listers) > 1:
        return False  # another source may list the new address first
    listed = {one.link.partition("?")[0] for one in evidence.deliveries.get(name, ()) if one.by == "feed"}
    if evidence.commented_links(name) - (listed & {site.page_url(article, article.published)}):
        return False  # a link blog may be the first to name the new address, or the only one to name the old one
    # The feed that lists it has the guids, dates and texts by which it is known: that of a planet, if its own is off.
    feed = listers[0].feed if listers else site.feed
    if feed.identifying_guids:
        return True
    if feed.link == "list":
        return False
    # Where the feed has no text, the page must give it when the address is first listed. A wall gives none,
    # and the two are one article only when a visit to the old address is redirected.
    has_text = feed.text != "none" or listed <= evidence.read_at_first(name)
    return feed.dates == "right" and has_text


def nobody_elses_text(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """A post has the title and text of one article, and nothing of a site in trouble."""
    for post in rows["posts"]:
        names = names_in(post["title"]) | names_in(post["text"])
        if len(names) != 1:
            yield f"{post['from_url']} has the text of {len(names)} articles: {', '.join(sorted(names)) or 'none'}"


def edits_are_the_sites(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """The view `edits` has what the site changed, and nothing else."""
    posts = {post["id"]: post for post in rows["posts"]}
    texts = {(row["post_id"], row["revision"]): row for row in rows["revisions"]}
    for post_id, edits in rows.by("edits", "post_id").items():
        name = next(iter(names_in(posts[post_id]["title"])), None)
        if name is None:
            continue
        site, article = evidence.articles[name]
        seen = {one.version for one in evidence.deliveries.get(name, ())}
        failed = [row for row in rows["problems"] if row["url"] == posts[post_id]["from_url"]]
        page_failed = any(row["outcome"] in _PASSING for row in failed) or evidence.page_was_untrue(name)
        page_failed = page_failed or any(fault.kind in _APART for fault in site.faults)
        if len(edits) > _changes_seen(name, evidence, page_failed=page_failed):
            yield f"{name} has {len(edits)} edits, but {len(seen)} version(s) of it were served"
        for edit in edits:
            old = texts[edit["post_id"], edit["revision"]]
            if old["title"] not in {article.versions[number].title for number in seen}:
                yield f"{name} has an edit whose old title {old['title']!r} was never served"


def _changes_seen(name: str, evidence: Evidence, *, page_failed: bool) -> int:
    """How often an article may have been seen to change.

    Where its page failed for a while, or one source reads no pages and another does, its title changes with the feed,
    and its text with the page. After a push a feed may be an old copy for a while: each return is a change too.
    """
    seen = evidence.deliveries.get(name, ())
    listing = (evidence.subscriptions[site.number] for site in evidence.listers(name))
    apart = page_failed or any(item.article == "never" for item in listing)
    ways = [("feed",), ("page",)] if apart else [("feed", "page")]
    versions = ([one.version for one in seen if one.by in way] for way in ways)
    return sum(before != after for shown in versions for before, after in pairwise(shown))


def every_edit_is_kept(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """Each title that a source listed is that of the post or of a revision of it."""
    revisions = rows.by("revisions", "post_id")
    for name, posts in posts_of(rows).items():
        _, article = evidence.articles[name]
        titles = [{post["title"], *(row["title"] for row in revisions.get(post["id"], ()))} for post in posts]
        # What is not known for the same article has a post for each title.
        for kept in titles if is_known_when_moved(name, evidence) else [set[str]().union(*titles)]:
            for one in binding(evidence.deliveries.get(name, ())):
                if one.by == "feed" and article.versions[one.version].title not in kept:
                    yield f"{name}: its title {article.versions[one.version].title!r} is not kept"
                    break


def gone_is_gone(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """The view `gone` has the articles whose page is no longer there, as far as visits could tell."""
    gone = {row["from_url"] for row in rows["gone"]}
    for name, posts in posts_of(rows).items():
        visits = [
            one for one in evidence.record.exchanges if one.article == name and one.status in (200, 304, 404, 410)
        ]
        away = [one for one in visits if one.status in (404, 410)]
        for post in posts:
            if post["from_url"] in gone and not away:
                yield f"{name} counts as gone, but its page was always there"
            noticed = len(visits) > 1 and visits[-1] in away and visits[0] not in away and evidence.is_quiet(visits[-1])
            # Of an article that is stored under two addresses, each has visits of its own.
            if noticed and len(posts) == 1 and post["from_url"] not in gone and post["body_origin"] == "page":
                yield f"{name} was gone at {visits[-1].at:.0f} s, and does not count as gone"


def every_page_is_visited_again(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """A page that was read is visited after each delay of the configuration, if late after a pause."""
    world = evidence.record.world
    if any(after < before for (_, before), (_, after) in pairwise(evidence.record.offsets)):
        return
    for name, posts in posts_of(rows).items():
        site, _ = evidence.articles[name]
        item = evidence.subscriptions[site.number]
        read = next((one for one in evidence.deliveries[name] if one.by == "page" and one.sure), None)
        if read is None or any(fault.end > read.at for fault in site.faults):
            continue  # a visit that fails, or waits for robots.txt, is one too
        if len(posts) != 1 or posts[0]["body_origin"] != "page" or item.keys(world.end) is None:
            continue
        pauses = sum(end - start for start, end in item.off(world.end)) + evidence.downtime(read.at, world.end)
        due = sum(read.at + delay + pauses + DAY_S < world.end for delay in world.revisit)
        # What was read earlier counts too: that it may have come to nothing does not say that it did.
        first = next(one.at for one in evidence.deliveries[name] if one.by == "page")
        visits = [
            one for one in evidence.record.exchanges if one.article == name and one.status != 301 and one.at > first
        ]
        if len(visits) < due:
            yield f"{name} was read at {read.at:.0f} s and visited {len(visits)} times, not {due}"


def a_page_that_failed_is_read_later(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """A page that could not be read when it was listed is read by one of the retries of two days, where it can be."""
    world = evidence.record.world
    if len(evidence.record.offsets) > 1:
        return
    for name, posts in posts_of(rows).items():
        site, article = evidence.articles[name]
        asked = [one for one in evidence.record.exchanges if one.kind == "page" and one.article == name]
        answered = [one for one in asked if one.status != 301]
        if not answered or answered[0].status not in (403, 404) or len(posts) != 1 or posts[0]["body_origin"] == "feed":
            continue
        item, first = evidence.subscriptions[site.number], answered[0]
        pauses = sum(end - start for start, end in item.off(world.end)) + evidence.downtime(first.at, world.end)
        until = first.at + MAX_RETRY_S + pauses
        ends = (article.published + fault.value if fault.kind == "late" else fault.end for fault in site.faults)
        is_there = not any(first.at + DAY_S < end for end in ends)
        is_there = is_there and evidence.is_quiet(first) and article.exists(until) and until + DAY_S < world.end
        if is_there and not any(one.true for one in asked):
            yield f"{name}: its page failed at {first.at:.0f} s, and was not read later"


def forbidden_pages_are_left_alone(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """No page is asked for that its site's robots.txt forbids, unless a fault stood in the place of robots.txt."""
    for site in evidence.record.world.sites:
        asked = [one for one in evidence.record.exchanges if one.site == site.number]
        if any(one.kind == "robots" and one.fault in ("maintenance", "not-found") for one in asked):
            continue
        for one in asked:
            path = urlsplit(one.url).path
            if one.kind == "page" and path.startswith(site.forbidden or "nothing"):
                yield f"{one.url} was asked for at {one.at:.0f} s, against robots.txt"


def nothing_is_left_over(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """At the end no entry waits, no lease is held, and the file is sound.

    The lease of a killed process expires, and its row goes with the next poll of the source. An entry that came while
    the disk was full may wait for the first poll of its source after that.
    """
    yield from rows.damage
    left = [row for row in rows["inbox"] if not _waits_for_space(row, rows, evidence)]
    if left:
        yield f"{len(left)} row(s) are left in inbox"
    for row in rows["leases"]:
        if any(at > evidence.record.world.end for at in evidence.true_times(row["expires_at"])):
            yield f"{row['holder']} still has the lease of source {row['source_id']}"


def _waits_for_space(entry: Row, rows: Rows, evidence: Evidence) -> bool:
    """Whether a row of the inbox came while the disk was full, and its source has not been polled since."""
    name = next((name for name, number in rows.source_ids().items() if number == entry["source_id"]), "")
    item = next((item for item in evidence.record.world.subscriptions if name in item.names), None)
    end = evidence.record.world.end
    return any(
        start <= at < free and not (item and evidence.has_ended_between(item, free, end))
        for start, free in evidence.record.full_disks
        for at in evidence.true_times(entry["received_at"])
    )


def search_finds_what_is_there(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """The search index finds exactly the posts that have a word."""
    yield from rows.search


def no_pixel_is_kept(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """No post has an image that nobody can see."""
    for post in rows["posts"]:
        if PIXEL_HOST in (post["content"] or "") or PIXEL_HOST in (post["image"] or ""):
            yield f"{post['from_url']} has a tracking pixel"


def an_alias_costs_nothing(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """An article that is listed under two addresses, one of which redirects to the other, has its whole text."""
    for name, posts in posts_of(rows).items():
        _, article = evidence.articles[name]
        seen = evidence.deliveries.get(name, ())
        if article.alias is None or not any(one.by == "page" and one.sure for one in seen):
            continue
        whole = {letters(text) for version in article.versions for text in whole_texts(version)}
        if not any(letters(post["text"]) in whole for post in posts):
            yield f"{name} is listed at {article.alias} too, and its page was read, but no post has its text"


def an_empty_configuration_is_refused(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """A configuration that names no source is not taken over."""
    yield from (f"an empty configuration was taken over at {at:.0f} s" for at in evidence.record.empty_configurations)


INVARIANTS: tuple[Invariant, ...] = (
    stored_exactly_once,
    nobody_elses_text,
    own_fields,
    edits_are_the_sites,
    every_edit_is_kept,
    gone_is_gone,
    every_page_is_visited_again,
    a_page_that_failed_is_read_later,
    forbidden_pages_are_left_alone,
    what_was_missed_is_recorded,
    every_poll_has_one_outcome,
    no_source_is_asked_too_often,
    no_source_is_left_out,
    nothing_is_left_over,
    search_finds_what_is_there,
    no_pixel_is_kept,
    an_alias_costs_nothing,
    an_empty_configuration_is_refused,
)


def violations(rows: Rows, evidence: Evidence) -> dict[str, list[str]]:
    """The violations by the name of their invariant."""
    found = {check.__name__: list(check(rows, evidence)) for check in INVARIANTS}
    return {name: lines for name, lines in found.items() if lines}

"""A search for the page: the posts with what was found marked, their labels, or what is wrong with the query."""

from dataclasses import dataclass, field

from ingestd.cli.browse.cells import search_path
from ingestd.cli.browse.site import Site
from ingestd.cli.search_query import fault_in_query
from ingestd.model.errors import UsageError
from ingestd.model.post import Post
from ingestd.store.found_labels import Counts, FoundLabels, found_labels
from ingestd.store.found_posts import MAX_RANKED_POSTS, check_sources, count_posts, search_posts, search_statement
from ingestd.store.sources import source_names
from ingestd.text.search.matches import marked_pieces, snippet_range
from ingestd.text.search.parse_query import parse_query, quoted_term
from ingestd.text.search.query import And, Or, Query, QueryError, sought_terms
from ingestd.text.times import utc_now, utc_text

PAGE_POSTS = 30
#: Pages of one search; older posts are found by `until:`.
MAX_PAGES = 30
#: Posts are counted no further where each must be looked at.
_MAX_COUNT = 10_000
#: The SQL that is shown finds so many posts.
_SQL_LIMIT = 100
_SNIPPET_CHARS = 220
_MAX_LISTED_LABELS = 12

#: Text and whether it was found.
Pieces = list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class FoundPost:
    """A post in the results, its title and the part of its text around what was found."""

    post: Post
    date: str
    source: str | None
    title: Pieces
    text: Pieces


@dataclass(frozen=True, slots=True)
class LabelList:
    """Labels of the posts found: (label, posts, path of the search for these posts alone)."""

    name: str
    labels: list[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class SearchResults:
    """A page of results. Of a faulty query `fault` says what is wrong, and `marked` is the query in three parts: what
    stands before the faulty character, this one, and what follows. `may_be_more`: not all posts were counted.
    """

    page: int = 1
    count: int = 0
    may_be_more: bool = False
    found: list[FoundPost] = field(default_factory=list)
    label_lists: list[LabelList] = field(default_factory=list)
    counted_posts: int | None = None
    by_relevance: bool = False
    ranked_posts: int | None = None
    sql: str = ""
    fault: str = ""
    marked: tuple[str, ...] = ()

    @property
    def has_more(self) -> bool:
        """Whether there is another page."""
        return self.count > self.page * PAGE_POSTS and self.page < MAX_PAGES


async def search_results(site: Site, text: str, *, page: int, by_relevance: bool) -> SearchResults:
    """What a query finds; every post for an empty one."""
    try:
        query = parse_query(text, utc_now()) if text else And(())
        await site.read(check_sources, query)
    except QueryError as error:
        return SearchResults(fault=str(error), marked=fault_in_query(text, error.position))
    except UsageError as error:
        return SearchResults(fault=str(error))
    found = await site.read(search_posts, query, limit=page * PAGE_POSTS, by_relevance=by_relevance)
    # Where all are on this page, they need not be sought again: a rare word of an author is sought in every post.
    is_all = len(found.posts) < page * PAGE_POSTS
    labels = await site.read(found_labels, query, [post.id for post in found.posts] if is_all else None)
    counted = (
        labels.posts
        if labels.is_complete
        # One more than is told tells whether there are more.
        else await site.read(count_posts, query, at_most=_MAX_COUNT + 1 if text else None)
    )
    is_cut = bool(text) and counted == _MAX_COUNT + 1
    shown = found.posts[(page - 1) * PAGE_POSTS :]
    names = await site.read(source_names)
    terms = sought_terms(query)
    return SearchResults(
        page=page,
        count=_MAX_COUNT if is_cut else counted,
        may_be_more=is_cut,
        found=[_found_post(post, terms, names.get(post.source_id or 0)) for post in shown],
        label_lists=_label_lists(text, query, labels, frozenset(names.values())),
        counted_posts=None if labels.is_complete else labels.posts,
        by_relevance=by_relevance,
        ranked_posts=MAX_RANKED_POSTS if found.ranked == MAX_RANKED_POSTS else None,
        sql=await site.read(search_statement, query, _SQL_LIMIT),
    )


def _found_post(post: Post, terms: list[str], source: str | None) -> FoundPost:
    start, end = snippet_range(post.text, terms, _SNIPPET_CHARS)
    text = [("…", False)] if start else []
    text += marked_pieces(post.text, terms, start, end)
    text += [("…", False)] if end < len(post.text) else []
    return FoundPost(post, utc_text(post.date), source, marked_pieces(post.title, terms), text)


def _label_lists(text: str, query: Query, labels: FoundLabels, sources: frozenset[str]) -> list[LabelList]:
    kept = f"({text})" if isinstance(query, Or) else text

    def narrowed(field_name: str, label: str) -> str:
        return search_path(f"{kept} {field_name}:{quoted_term(label)}".strip())

    def listed(name: str, field_name: str, counts: Counts, but: frozenset[str] = frozenset()) -> LabelList:
        shown = [(label, count) for label, count in counts if label and label not in but][:_MAX_LISTED_LABELS]
        return LabelList(name, [(label, count, narrowed(field_name, label)) for label, count in shown])

    periods = [
        (day, count, search_path(f"{kept} since:{day} until:{day}".strip())) for day, count in _periods(labels.days)
    ]
    return [
        listed("Source", "source", labels.sources),
        LabelList("Day" if periods and len(periods[0][0]) > 7 else "Month", periods),
        # A post has the name of its source as tag and category, unless the configuration says otherwise.
        listed("Tag", "tag", labels.tags, sources),
        listed("Category", "category", labels.categories, sources),
    ]


def _periods(days: Counts) -> list[tuple[str, int]]:
    """Days with their posts, the latest first; months or years where there are many."""
    for chars in (10, 7, 4):
        counted: dict[str, int] = {}
        for day, count in days:
            counted[day[:chars]] = counted.get(day[:chars], 0) + count
        if len(counted) <= _MAX_LISTED_LABELS:
            break
    return list(counted.items())[:_MAX_LISTED_LABELS]

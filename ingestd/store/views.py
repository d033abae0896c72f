"""The views: common queries under fixed names."""

from dataclasses import dataclass

from ingestd.store.search_conditions import label_texts, post_texts


@dataclass(frozen=True, slots=True)
class View:
    """A view: its name, its query, and what it and its columns mean.

    `query` is valid in SQLite and PostgreSQL, or there is a `server_query` for PostgreSQL.
    """

    name: str
    query: str
    meaning: str
    columns: dict[str, str]
    server_query: str | None = None

    def query_in(self, dialect: str) -> str:
        """The query for a kind of database."""
        return self.server_query if dialect == "postgresql" and self.server_query is not None else self.query


VIEWS = (
    View(
        "front_matter",
        'SELECT layout, title, date, author, from_url AS "from", tags, categories FROM posts',
        "posts under the names of the front matter",
        {
            "layout": "always `post`",
            "title": "the title",
            "date": "when it was published, UTC",
            "author": "the author(s), else the source's name",
            "from": "the article's URL",
            "tags": "JSON array of tags",
            "categories": "JSON array of categories",
        },
    ),
    View(
        "source_health",
        "SELECT s.name, s.enabled, s.last_outcome, s.failures, s.failing_since, s.last_ok_at, s.last_new_at,"
        " s.next_poll_at, s.last_error, (SELECT count(*) FROM posts p WHERE p.source_id = s.id) AS posts,"
        " (SELECT count(*) FROM problems b WHERE b.source_id = s.id) AS problems FROM sources s",
        "how every source does",
        {
            "name": "the source",
            "enabled": "1 while it is polled",
            "last_outcome": "how its last poll ended",
            "failures": "failed polls in a row",
            "failing_since": "when they began",
            "last_ok_at": "when a poll last succeeded",
            "last_new_at": "when a poll last brought a new post",
            "next_poll_at": "when it is polled next",
            "last_error": "why the last poll failed",
            "posts": "posts stored from it",
            "problems": "entries and pages of it that failed",
        },
    ),
    View(
        "posts_per_day",
        "SELECT c.day, s.name AS source, c.posts FROM post_counts c LEFT JOIN sources s ON s.id = c.source_id"
        " WHERE c.posts > 0",
        "posts by day (UTC) of publication and source",
        {"day": "the day, YYYY-MM-DD", "source": "the source's name", "posts": "how many"},
    ),
    View(
        "latest",
        "SELECT p.id AS post_id, p.date, s.name AS source, p.title, p.author, p.from_url, p.language, p.tags,"
        " p.feed_categories, p.revision, p.page_state FROM posts p LEFT JOIN sources s ON s.id = p.source_id"
        " ORDER BY p.date DESC, p.id DESC",
        "posts, the newest first",
        {
            "post_id": "the post",
            "date": "when it was published, UTC",
            "source": "the source's name",
            "title": "the title",
            "author": "the author(s), else the source's name",
            "from_url": "the article's URL",
            "language": "language of the article, BCP 47",
            "tags": "JSON array of tags",
            "feed_categories": "JSON array of the entry's own categories; NULL where they are not known",
            "revision": "1 for the first text, one more for each change of title or text",
            "page_state": "changed, gone, moved; NULL while the page is as it was",
        },
    ),
    View(
        "possible_loss",
        "SELECT s.name AS source, l.started_at, l.outcome, l.entries, l.new, l.error, l.gap, l.gap_new,"
        " (SELECT max(e.started_at) FROM polls e WHERE e.source_id = l.source_id AND e.started_at < l.started_at)"
        " AS previous_poll_at FROM polls l JOIN sources s ON s.id = l.source_id WHERE l.suspected_loss = 1",
        "polls that may have missed articles: the feed broke off, or none of its entries was known",
        {
            "source": "the source's name",
            "started_at": "when the poll began",
            "outcome": "how it ended",
            "entries": "entries in the feed",
            "new": "posts that were stored",
            "error": "why it may have missed some, where the poll says so",
            "gap": "closed where older pages or the news sitemap were read back to a known entry, open where not",
            "gap_new": "posts that were stored from there",
            "previous_poll_at": "when the poll before began: what is missing was published since",
        },
    ),
    View(
        "duplicates_merged",
        "SELECT l.post_id, p.from_url, p.title, s.name AS source, o.name AS also_listed_by, g.first_seen_at"
        # SQLite keeps the order of a CROSS JOIN: it takes `other_listings` for larger than it is.
        " FROM other_listings l CROSS JOIN sightings g JOIN posts p ON p.id = l.post_id"
        " JOIN sources o ON o.id = l.source_id LEFT JOIN sources s ON s.id = p.source_id"
        " WHERE g.post_id = l.post_id AND g.source_id = l.source_id"
        " AND (p.source_id IS NULL OR l.source_id <> p.source_id)",
        "articles that several sources listed and that are stored once, one row each other source",
        {
            "post_id": "the post",
            "from_url": "the article's URL",
            "title": "the title",
            "source": "the source whose post it is",
            "also_listed_by": "another source that listed it",
            "first_seen_at": "when that one first did",
        },
    ),
    View(
        "near_duplicates",
        "SELECT post_id, other_id, similarity FROM near_duplicate_pairs"
        " UNION ALL SELECT other_id, post_id, similarity FROM near_duplicate_pairs",
        "one story in several posts, in nearly the same words: each pair both ways",
        {
            "post_id": "the post",
            "other_id": "another post (posts.id) that tells the same story",
            "similarity": "the share of what both texts have in common, of all that either has: 0.45 to 1",
        },
    ),
    View(
        "edits",
        "SELECT p.id AS post_id, p.from_url, r.revision, r.recorded_at, r.reason, r.title AS old_title,"
        " p.title AS new_title, s.name AS source FROM revisions r JOIN posts p ON p.id = r.post_id"
        " LEFT JOIN sources s ON s.id = p.source_id WHERE r.reason IN ('entry', 'page')",
        "articles that their sites edited after publication, one row an earlier text",
        {
            "post_id": "the post",
            "from_url": "the article's URL",
            "revision": "the number of the earlier text",
            "recorded_at": "when the edit was noticed",
            "reason": "where it was noticed: entry or page",
            "old_title": "the title then",
            "new_title": "the title now",
            "source": "the source's name",
        },
    ),
    View(
        "gone",
        "SELECT p.id AS post_id, p.from_url, p.title, p.date, p.page_checked_at AS noticed_at, s.name AS source"
        " FROM posts p LEFT JOIN sources s ON s.id = p.source_id WHERE p.page_state = 'gone'",
        "articles whose page the site has taken away (404 or 410), and which are still here",
        {
            "post_id": "the post",
            "from_url": "the article's URL",
            "title": "the title",
            "date": "when it was published",
            "noticed_at": "when the page was found gone",
            "source": "the source's name",
        },
    ),
    View(
        "search_texts",
        post_texts("sqlite"),
        "texts of posts as a search for several words compares them: one kind of space, no combining accents",
        {
            "id": "the post",
            "title": "its title, between two spaces",
            "text": "its plain text, between two spaces",
            "author": "its author(s), between two spaces",
        },
        post_texts("postgresql"),
    ),
    View(
        "label_texts",
        label_texts("sqlite"),
        "authors, tags and categories of posts as a search compares them, without those that are cut",
        {"id": "the label", "kind": "author, tag or category", "label": "the label, between two spaces"},
        label_texts("postgresql"),
    ),
)

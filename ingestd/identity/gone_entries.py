"""Edits of entries without keys of their own: an entry left the document, and one came that says nearly the same."""

from collections import Counter
from collections.abc import Collection

from ingestd.identity import urls
from ingestd.identity.article_index import ArticleIndex
from ingestd.identity.evidence import differ_in_numbers, normalised_title, similar_titles
from ingestd.identity.keyed_entries import KeyedEntry
from ingestd.identity.keys import synthetic_url
from ingestd.model.post import KnownPost


class GoneEntries:
    """The posts whose entries the last document had and this one has no more, until an edit of each is found."""

    def __init__(self, gone: Collection[KnownPost], index: ArticleIndex) -> None:
        self._gone = {post.post_id: post for post in gone}
        self._index = index
        self._counts: tuple[Counter[str], Counter[int | None]] | None = None
        # An entry is no edit of a post that another entry lists by its title and time, or by its title and text.
        for item in index.items if gone else ():
            for post in (index.stored(item.keys.synthetic_by_hash), index.known_by_text(item)):
                if post is not None:
                    self._gone.pop(post.post_id, None)

    def take_edited_by(self, item: KeyedEntry) -> KnownPost | None:
        """The post of an entry that has left the document, where this entry without keys of its own is an edit of it.

        Two of title, time and text must be the same, and none that other entries of the document have too. Without
        texts the title is sufficient where the feed dates all its entries at the time of the request.
        """
        if not self._gone or not self._is_named_by_hash(item):
            return None
        features = self._index.features(item)
        base = urls.normalise(synthetic_url(item.entry, self._index.source, use_guid=False).partition("#")[0])
        titles, times = self._titles_and_times
        has_own_title = titles[normalised_title(features.title)] == 1
        has_own_time = times[features.published_ms] == 1
        for post in self._gone.values():
            title = has_own_title and bool(similar_titles(features.title, post.title))
            published = has_own_time and features.published_ms == post.published_ms
            if not (title or published) or differ_in_numbers(features.title, post.title):
                continue
            text = self._index.compare(item, post).text
            is_dated_anew = text is None and title and self._index.has_one_new_date
            is_edit = text is not False and (is_dated_anew or title + published + (text is True) >= 2)
            if is_edit and urls.normalise(post.from_url.partition("#")[0]) == base:
                return self._gone.pop(post.post_id)
        return None

    def _is_named_by_hash(self, item: KeyedEntry) -> bool:
        """Whether a new article would be stored under the hash of what it says: other posts have its link and guid."""
        if item.has_reliable_guid and self._index.lookup(item.keys.guid) is None:
            return False
        return item.keys.link is None or item.link_shared or self._index.lookup(item.keys.link) is not None

    @property
    def _titles_and_times(self) -> tuple[Counter[str], Counter[int | None]]:
        """How many entries of the document have each title, and each published time."""
        if self._counts is None:
            features = [self._index.features(item) for item in self._index.items]
            titles = Counter(normalised_title(one.title) for one in features)
            self._counts = titles, Counter(one.published_ms for one in features)
        return self._counts

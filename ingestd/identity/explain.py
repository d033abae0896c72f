"""Why a URL is a known article or none: the data behind `posts explain`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingestd.identity import urls
from ingestd.identity.urls import DEFAULT_RULES, Step, UrlRules

_MEANINGS = {
    "link": "the link of an entry",
    "guid": "the guid of an entry, within its source",
    "number": "the number in the link, within its source; it needs other evidence too",
    "final": "where the page's redirects ended",
    "canonical": "what the page calls its canonical link",
}


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One row of `identities`, with its post: `source` is the name of the source that told the key first."""

    kind: str
    key: str
    post_id: int
    title: str = ""
    from_url: str = ""
    source: str | None = None
    first_seen_at: datetime | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a URL means: the steps to its key, and every key of the posts that this key leads to."""

    url: str
    key: str | None
    steps: tuple[Step, ...]
    known: tuple[KnownKey, ...]

    @property
    def post_ids(self) -> tuple[int, ...]:
        """The posts that the URL would match: one, or none."""
        return tuple(dict.fromkeys(row.post_id for row in self.known if row.key == self.key))

    def lines(self) -> tuple[str, ...]:
        """The explanation for a reader, line by line."""
        if self.key is None:
            return (f"{self.url} is no http(s) URL of at most {urls.MAX_URL} characters: it names no article.",)
        said = [self.url, *(f"  {step.rule}\n    {step.url}" for step in self.steps)]
        said.append(f"key: {self.key}" + ("" if self.steps else " (the URL as it is)"))
        if not self.post_ids:
            said.append("No article is known by this key: an entry with this link would be a new article,")
            said.append("unless its guid or its page's final or canonical URL is known.")
        for post_id in self.post_ids:
            said += self._of_post(post_id)
        return tuple(line for text in said for line in text.split("\n"))

    def _of_post(self, post_id: int) -> list[str]:
        rows = [row for row in self.known if row.post_id == post_id]
        first = rows[0]
        said = [f"post {post_id}: {first.title}" + (" (deleted: it never comes back as new)" if first.deleted else "")]
        said.append(f"  from {first.from_url}")
        for row in rows:
            origin = f"{_MEANINGS.get(row.kind, row.kind)}; first from {row.source or 'an import'}"
            when = f" at {row.first_seen_at:%Y-%m-%d %H:%M:%S}Z" if row.first_seen_at else ""
            match = "  ◀ this URL" if row.key == self.key else ""
            said.append(f"  {row.kind:<9} {row.key}{match}\n            {origin}{when}")
        return said


def explain(url: str, known: Sequence[KnownKey], rules: UrlRules = DEFAULT_RULES) -> Explanation:
    """What `url` would match and why; `known` holds all keys of every post that the key of `url` leads to."""
    return Explanation(url, urls.normalise(url, rules), urls.steps(url, rules), tuple(known))

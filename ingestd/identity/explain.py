"""Why a URL is a known article or not, for the command `posts explain`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ingestd.identity import urls
from ingestd.identity.urls import DEFAULT_RULES, Step, UrlRules
from ingestd.text.times import utc_text

_KIND_DESCRIPTIONS = {
    "link": "the link of an entry",
    "guid": "the guid of an entry, within its source",
    "number": "the number in the link, within its source; it needs other evidence too",
    "final": "where the page's redirects ended",
    "canonical": "what the page calls its canonical link",
    "about": "the link of an entry that writes about another site's article, of which nothing is known yet",
    "shared": "a link or a guid that several articles have; it identifies none of them",
}


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One row of `identities` with its post. `source` is the name of the source that listed the key first."""

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
    """The steps from a URL to its key, and every key of the posts that this key leads to."""

    url: str
    key: str | None
    steps: tuple[Step, ...]
    known: tuple[KnownKey, ...]
    rules: UrlRules = DEFAULT_RULES

    @property
    def post_ids(self) -> tuple[int, ...]:
        """The ids of the posts that the URL matches: one, or none."""
        return tuple(dict.fromkeys(row.post_id for row in self.known if row.key == self.key))

    def lines(self, show_time: Callable[[datetime], str] = utc_text) -> tuple[str, ...]:
        """The explanation as lines of text, with times as `show_time` writes them."""
        if self.key is None:
            return (f"{self.url} is no http(s) URL of at most {urls.MAX_URL_CHARS} characters: it names no article.",)
        lines = [self.url, *(f"  {step.rule}\n    {step.url}" for step in self.steps)]
        lines.append(f"key: {self.key}" + ("" if self.steps else " (the URL as it is)"))
        if not self.post_ids:
            lines.append("No article is known by this key: an entry with this link would be a new article,")
            lines.append("unless its guid or its page's final or canonical URL is known.")
        for post_id in self.post_ids:
            lines += self._post_lines(post_id, show_time)
        return tuple(line for text in lines for line in text.split("\n"))

    def _post_lines(self, post_id: int, show_time: Callable[[datetime], str]) -> list[str]:
        rows = [row for row in self.known if row.post_id == post_id]
        first = rows[0]
        lines = [f"post {post_id}: {first.title}" + (" (deleted: it never comes back as new)" if first.deleted else "")]
        lines.append(f"  from {first.from_url}")
        own = urls.normalise(first.from_url, self.rules)
        for row in rows:
            meaning = _KIND_DESCRIPTIONS.get(row.kind, row.kind)
            if row.kind == "link" and own and row.key != own:
                meaning += ": the article moved there, or is listed there too"
            origin = f"{meaning}; first from {row.source or 'an import'}"
            when = f" at {show_time(row.first_seen_at)}" if row.first_seen_at else ""
            match = "  ◀ this URL" if row.key == self.key else ""
            lines.append(f"  {row.kind:<9} {row.key}{match}\n            {origin}{when}")
        return lines


def explain(url: str, known: Sequence[KnownKey], rules: UrlRules = DEFAULT_RULES) -> Explanation:
    """Explain what `url` matches; `known` holds all keys of every post that the key of `url` leads to."""
    return Explanation(url, urls.normalise(url, rules), urls.steps(url, rules), tuple(known), rules)

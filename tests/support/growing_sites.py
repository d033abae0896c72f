"""Sites whose feeds grow at each request, and the comparison of a database with them after faults."""

from collections.abc import Callable

from tests.support.installation import Installation, Item, feed, page, prose, until
from tests.support.server import Answer, Received, Server

SOURCES = 6
#: Entries that a feed has at the end.
MAX_ENTRIES = 40


def path_of(name: str) -> str:
    return name.replace("源", "/")


class Sites:
    """Feeds that have one more entry at each request, and the articles behind them. No entry ever leaves its feed."""

    def __init__(self, server: Server, sources: int = SOURCES, max_entries: int = MAX_ENTRIES) -> None:
        self.server, self.max_entries = server, max_entries
        self.entries = {f"源{number}": 0 for number in range(sources)}
        self.is_growing = True
        for name in self.entries:
            server.route(path_of(name), self._feed_of(name))

    def _feed_of(self, name: str) -> Callable[[Received], Answer]:
        def answer(_request: Received) -> Answer:
            if self.is_growing and self.entries[name] < self.max_entries:
                self.entries[name] += 1
                number = self.entries[name]
                self.server.route(
                    f"{path_of(name)}/{number}", page(f"{name}的第{number}篇", prose(f"{name}之{number}"))
                )
            items = [
                Item(f"{name}的第{number}篇", self.server.url(f"{path_of(name)}/{number}"))
                for number in range(self.entries[name], 0, -1)
            ]
            return feed(*items)

        return answer

    def configure(self, installation: Installation) -> None:
        installation.configure(*({"name": name, "path": path_of(name)} for name in self.entries))

    def titles(self) -> list[str]:
        return sorted(f"{name}的第{number}篇" for name, count in self.entries.items() for number in range(1, count + 1))


def poll_now(installation: Installation) -> None:
    installation.execute("UPDATE sources SET next_poll_at = NULL")


def is_due(installation: Installation) -> bool:
    return bool(installation.rows("SELECT 1 FROM sources WHERE next_poll_at IS NULL"))


def is_complete(installation: Installation, sites: Sites) -> bool:
    return installation.value("SELECT count(*) FROM posts") >= len(sites.titles()) and not installation.rows(
        "SELECT 1 FROM inbox"
    )


def check(installation: Installation, sites: Sites) -> None:
    """Poll what is left under a daemon without faults, and compare the database with the sites."""
    sites.is_growing = False
    poll_now(installation)
    with installation.daemon() as daemon:
        until(lambda: not is_due(installation) and is_complete(installation, sites))
        installation.stop(daemon)
    posts = installation.rows("SELECT title, text FROM posts ORDER BY title")
    assert sorted(post["title"] for post in posts) == sites.titles()
    for post in posts:
        name, _, number = post["title"].removesuffix("篇").partition("的第")
        assert f"{name}之{number}的第1段" in post["text"]
    assert installation.value("PRAGMA integrity_check") == "ok"
    assert installation.rows("PRAGMA foreign_key_check") == []
    assert installation.rows("SELECT 1 FROM revisions") == []

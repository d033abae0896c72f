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

    def __init__(
        self,
        server: Server,
        sources: int = SOURCES,
        max_entries: int = MAX_ENTRIES,
        *,
        own_hosts: bool = False,
        delay_s: float = 0.0,
    ) -> None:
        """With `own_hosts` each feed has a host, `siteN.test`, that leads to the server where DNS says so.

        Feeds are answered after `delay_s` seconds.
        """
        self.delay_s = delay_s
        self.server, self.max_entries, self.own_hosts = server, max_entries, own_hosts
        self.entries = {f"源{number}": 0 for number in range(sources)}
        self.is_growing = True
        for name in self.entries:
            server.route(path_of(name), self._feed_of(name))

    def _feed_of(self, name: str) -> Callable[[Received], Answer]:
        def answer(_request: Received) -> Answer:
            if self.is_growing and self.entries[name] < self.max_entries:
                self.entries[name] += 1
                number = self.entries[name]
                article = page(f"{name}的第{number}篇", prose(f"{name}之{number}"), close=self.own_hosts)
                self.server.route(f"{path_of(name)}/{number}", article)
            items = [
                Item(f"{name}的第{number}篇", self.url(name, f"/{number}"))
                for number in range(self.entries[name], 0, -1)
            ]
            return feed(*items, close=self.own_hosts, delay=self.delay_s)

        return answer

    def configure(self, installation: Installation) -> None:
        installation.configure(*({"name": name, "url": self.url(name)} for name in self.entries))

    def url(self, name: str, path: str = "") -> str:
        """The address of a feed, or of an article in it."""
        url = self.server.url(path_of(name) + path)
        return url.replace("127.0.0.1", f"site{name[1:]}.test") if self.own_hosts else url

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

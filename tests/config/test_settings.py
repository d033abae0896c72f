"""Every key of the configuration, and the defaults."""

from pathlib import Path

import pytest

from ingestd.config.load import parse_config
from ingestd.model.errors import ConfigError

WHOLE = """\
[database]
url = "sqlite:////srv/ingestd.db"
keep_pages = false

[fetch]
concurrency = 8
per_host = 1
min_delay = "250ms"
timeout = "1m"
max_body = "2MiB"
allow_private_networks = true
allow_networks = ["127.0.0.1/32", "fd00::/8"]
robots = false
user_agent = "mine/1.0"
proxy = "http://127.0.0.1:3128"

[schedule]
interval = "1h"
min_interval = "90s"
max_interval = "1.5d"
revisit = ["1h", "1w"]

[media]
folder = "/srv/images"
max_size = "1MiB"

[logs]
level = "debug"
format = "json"

[[sources]]
name = "联合早报"
url = "https://example.org/feed.xml"
interval = "10m"
tags = ["新闻"]
categories = []
article = "always"
select = "article"
remove = [".ad"]
timezone = "Asia/Shanghai"
headers = { "X-Key" = "geheim" }
enabled = false
revisit = false
media = true
"""


def read(text: str, **environ: str):
    return parse_config(text, Path("i.toml"), environ)


def test_every_key():
    config = read(WHOLE)
    assert (config.database.url, config.database.keep_pages) == ("sqlite:////srv/ingestd.db", False)
    assert (config.fetch.min_delay, config.fetch.timeout, config.fetch.max_body) == (0.25, 60, 2 * 2**20)
    assert [str(network) for network in config.fetch.allow_networks] == ["127.0.0.1/32", "fd00::/8"]
    assert (config.fetch.concurrency, config.fetch.per_host, config.fetch.robots) == (8, 1, False)
    assert config.fetch.user_agent == "mine/1.0"
    assert (config.schedule.interval, config.schedule.min_interval, config.schedule.max_interval) == (3600, 90, 129_600)
    assert (config.media_folder, config.media.max_size) == (Path("/srv/images"), 2**20)
    assert config.sources[0].media
    assert config.schedule.revisit == (3600, 604_800)
    (source,) = config.sources
    assert (source.interval, source.tags, source.categories) == (600, ("新闻",), ())
    assert (source.article, source.select, source.remove) == ("always", "article", (".ad",))
    assert (source.timezone, source.headers, source.enabled) == ("Asia/Shanghai", {"X-Key": "geheim"}, False)


def test_hosts_have_a_pace_of_their_own():
    text = """
[hosts."RSSHub.app"]
min_delay = "5s"
per_host = 1
concurrency = 20
[hosts."www.reddit.com"]
min_delay = "1m"
[hosts."localhost:8080"]
"""
    hosts = read(text).hosts
    assert list(hosts) == ["rsshub.app", "reddit.com", "localhost:8080"]
    own = hosts["rsshub.app"]
    assert (own.min_delay, own.per_host, own.concurrency) == (5, 1, 20)
    assert (hosts["reddit.com"].min_delay, hosts["reddit.com"].per_host) == (60, None)


@pytest.mark.parametrize("name", ["https://a.example/", "a b", "", "a.example/x", "user@a.example", "a.example:x"])
def test_hosts_are_named_without_anything_around_them(name):
    with pytest.raises(ConfigError, match=r'hosts.*: a host is written as "example.org" or "example.org:8080"'):
        read(f'[hosts."{name}"]\nper_host = 1')


def test_an_unknown_key_of_a_host_is_named_with_its_line():
    with pytest.raises(ConfigError, match=r"i\.toml:2: hosts\.a\.example\.delay: unknown key"):
        read('[hosts."a.example"]\ndelay = "1s"')


def test_defaults_of_an_empty_file():
    config = read("")
    assert config.database.url == "sqlite:///var/ingestd.db"
    assert (config.fetch.concurrency, config.fetch.per_host, config.fetch.min_delay) == (32, 2, 1)
    assert (config.fetch.timeout, config.fetch.max_body, config.fetch.robots) == (20, 15_000_000, True)
    assert not config.fetch.allow_private_networks
    assert (config.schedule.interval, config.schedule.min_interval, config.schedule.max_interval) == (1800, 300, 86_400)


@pytest.mark.parametrize("path", ["", " ", ":memory:", "a.db?mode=memory", "file::memory:?uri=true", "a\\u0000b"])
def test_a_sqlite_database_is_a_file(path):
    with pytest.raises(ConfigError, match="a database in memory would keep nothing"):
        read(f'[database]\nurl = "sqlite:///{path}"')


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("sqlite:///var/ingestd.db", Path("var/ingestd.db.media")),
        ("sqlite:////srv/ingestd.db", Path("/srv/ingestd.db.media")),
        ("postgresql+psycopg://me@host/name", None),
    ],
)
def test_media_folder_is_beside_the_database(url: str, folder: Path | None):
    assert read(f'[database]\nurl = "{url}"').media_folder == folder


@pytest.mark.parametrize(("every", "refused"), [("0s", False), ("59s", True), ("1m", False)])
def test_backups_are_no_more_frequent_than_once_a_minute(every: str, refused: bool):
    text = f'[backup]\nfolder = "b"\nevery = "{every}"\n'
    if not refused:
        assert parse_config(text, Path("c.toml"), {}).backup.folder == "b"
        return
    with pytest.raises(ConfigError, match=r'^c.toml:3: backup.every: must be at least 1m, or "0s"'):
        parse_config(text, Path("c.toml"), {})


def test_a_database_on_a_server_has_no_backups_here():
    text = '[database]\nurl = "postgresql+psycopg://a@b/c"\n[backup]\nfolder = "b"\n'
    with pytest.raises(ConfigError, match=r"^c.toml:4: backup.folder: only SQLite .* use pg_dump"):
        parse_config(text, Path("c.toml"), {})


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ('{ pages = "90d", bodies = "1y" }', (90 * 86_400, 365 * 86_400)),
        ('{ bodies = "2w" }', (None, 14 * 86_400)),
    ],
)
def test_retention_of_a_source(written: str, seconds: tuple[float | None, float | None]):
    text = f'[[sources]]\nname = "a"\nurl = "https://a.example/f"\nretention = {written}\n'
    [source] = parse_config(text, Path("c.toml"), {}).sources
    assert source.retention is not None
    assert (source.retention.pages, source.retention.bodies) == seconds


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('{ pages = "2y", bodies = "1y" }', "pages go first: their age is at most that of bodies"),
        ('{ pages = "90m" }', 'an age is written as "90d"'),
        ('{ pages = "0d" }', 'an age is written as "90d"'),
        ('{ identities = "1y" }', "unknown key"),
    ],
)
def test_retentions_that_are_refused(written: str, says: str):
    text = f'[[sources]]\nname = "a"\nurl = "https://a.example/f"\nretention = {written}\n'
    with pytest.raises(ConfigError, match=says):
        parse_config(text, Path("c.toml"), {})

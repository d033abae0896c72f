"""Every value that the configuration refuses, with the key and the reason that the user reads."""

from pathlib import Path

import pytest

from ingestd.config.load import parse_config
from ingestd.model.errors import ConfigError

SOURCE = '[[sources]]\nname = "甲"\nurl = "https://example.org/f"\n'


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Path("i.toml"), {})
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ('[database]\nurl = "mysql://me@host/name"', "database.url", "sqlite:///PATH or postgresql+psycopg://"),
        ('[database]\nurl = "postgresql://me@host/name"', "database.url", "sqlite:///PATH or postgresql+psycopg://"),
        ('[database]\nurl = "ingestd.db"', "database.url", "sqlite:///PATH"),
        ('[database]\nkeep_pages = "often"', "database.keep_pages", ""),
        ("[fetch]\nconcurrency = 0", "fetch.concurrency", "1"),
        ("[fetch]\nconcurrency = 1001", "fetch.concurrency", "1000"),
        ("[fetch]\nper_host = 0", "fetch.per_host", "1"),
        ("[fetch]\nper_host = 101", "fetch.per_host", "100"),
        ('[fetch]\nmin_delay = "1"', "fetch.min_delay", "ms, s, m, h, d, w"),
        ("[fetch]\nmin_delay = 1", "fetch.min_delay", "ms, s, m, h, d, w"),
        ('[fetch]\ntimeout = "49ms"', "fetch.timeout", "between 50ms and 10m"),
        ('[fetch]\ntimeout = "601s"', "fetch.timeout", "between 50ms and 10m"),
        ('[fetch]\nmax_body = "0B"', "fetch.max_body", "0"),
        ('[fetch]\nmax_body = "15 mb"', "fetch.max_body", "B, KB, MB"),
        ('[fetch]\nallow_networks = "127.0.0.1"', "fetch.allow_networks", "a list of networks"),
        ('[fetch]\nallow_networks = ["127.0.0.1/33"]', "fetch.allow_networks", "127.0.0.1/33"),
        ('[fetch]\nallow_networks = ["127.0.0.1/8"]', "fetch.allow_networks", "host bits"),
        ('[fetch]\nuser_agent = "ingestd\\r\\nX: y"', "fetch.user_agent", "printable ASCII"),
        ('[fetch]\nuser_agent = "日报"', "fetch.user_agent", "printable ASCII"),
        ('[fetch]\ncontact = "mailto:é@example.org"', "fetch.contact", "printable ASCII"),
        ('[fetch]\nproxy = "ftp://a:1"', "fetch.proxy", "socks5h://"),
        ('[fetch]\nproxy = "http://a:0"', "fetch.proxy", "socks5h://"),
        ('[fetch]\nproxy = "http://a:99999"', "fetch.proxy", "socks5h://"),
        ('[fetch]\nproxy = "127.0.0.1:3128"', "fetch.proxy", "socks5h://"),
        ('[schedule]\nmin_interval = "0s"', "schedule", "min_interval must be more than 0s"),
        ('[schedule]\nmin_interval = "1h"', "schedule", "min_interval <= interval <= max_interval"),
        ('[schedule]\nmax_interval = "10m"', "schedule", "min_interval <= interval <= max_interval"),
        ('[schedule]\ninterval = "25h"', "schedule", "min_interval <= interval <= max_interval"),
        ('[schedule]\nmax_interval = "11000d"', "schedule.max_interval", "315360000"),
        ('[schedule]\nrevisit = "1h"', "schedule.revisit", ""),
        ('[schedule]\nrevisit = ["1h", "soon"]', "schedule.revisit", "ms, s, m, h, d, w"),
        ('[logs]\nlevel = "loud"', "logs.level", "debug"),
        ('[logs]\nformat = "xml"', "logs.format", "plain"),
        ('[media]\nmax_size = "0MB"', "media.max_size", "0"),
        ('[websub]\ncallback_url = "hub.example"', "websub.callback_url", "absolute http:// or https:// URL"),
        ('[websub]\ncallback_url = "https://me.example/?x=1"', "websub.callback_url", "without a query"),
        ('[websub]\nlisten = "8088"', "websub.listen", "127.0.0.1:8088"),
        ('[metrics]\nlisten = "0.0.0.0:9300"', "metrics", "can be reached from other machines"),
        ('[metrics]\nlisten = "[::]:9300"', "metrics", "can be reached from other machines"),
        ('[metrics]\nlisten = "me.example:9300"', "metrics", "can be reached from other machines"),
        ('[metrics]\nlisten = "9300"', "metrics.listen", "127.0.0.1:8088"),
        ('[metrics]\nlisten = "unix:metrics.sock"', "metrics.listen", "unix:/run/ingestd/metrics.sock"),
        ("[[notify]]\nevents = []\ncommand = ['x']", "notify.0.events", "1"),
        ("[[notify]]\nevents = ['post-read']\ncommand = ['x']", "notify.0.events.0", "post-new"),
        ("[[notify]]\nevents = ['post-new']", "notify.0", "either url or command"),
        ("[[notify]]\nevents = ['post-new']\nurl = 'ftp://a.example/'", "notify.0", "absolute http:// or https:// URL"),
        ("[[notify]]\nevents = ['post-new']\ncommand = 'mail me'", "notify.0.command", ""),
        ("[[notify]]\nevents = ['post-new']\ncommand = ['x']\nsecret = 'y'", "notify.0", "those of a webhook"),
        ("[[notify]]\nevents = ['post-new']\ncommand = ['x']\ntimeout = '2m'", "notify.0", "between 1s and 60s"),
        ("[[notify]]\nevents = ['post-new']\ncommand = ['x']\n" * 2, "notify.1", "two targets are named 'x'"),
        ('[urls.hosts."a.example"]\ndrop = "id"', "urls.hosts", ""),
        ('[urls]\ntracking = "utm"', "urls.tracking", ""),
        ('[[sources]]\nurl = "https://example.org/f"', "sources.0.name", ""),
        ('[[sources]]\nname = "甲"', "sources.0.url", ""),
        ('[[sources]]\nname = ""\nurl = "https://example.org/f"', "sources.0.name", "1"),
        (f'[[sources]]\nname = "{"x" * 201}"\nurl = "https://example.org/f"', "sources.0.name", "200"),
        ('[[sources]]\nname = " 甲"\nurl = "https://example.org/f"', "sources.0.name", "without spaces around it"),
        ('[[sources]]\nname = "a\\nb"\nurl = "https://example.org/f"', "sources.0.name", "one line of printable text"),
        ('[[sources]]\nname = "甲"\nurl = "example.org/f"', "sources.0.url", "absolute http:// or https:// URL"),
        ('[[sources]]\nname = "甲"\nurl = "file:///etc/passwd"', "sources.0.url", "absolute http:// or https:// URL"),
        (f'{SOURCE}interval = "0s"', "sources.0.interval", "enabled = false"),
        (f"{SOURCE}interval = 600", "sources.0.interval", "ms, s, m, h, d, w"),
        (f'{SOURCE}article = "sometimes"', "sources.0.article", "always"),
        (f'{SOURCE}timezone = "Europe/Atlantis"', "sources.0.timezone", "Asia/Shanghai"),
        (f'{SOURCE}timezone = "CET+1"', "sources.0.timezone", "Asia/Shanghai"),
        (f'{SOURCE}remove = ".ad"', "sources.0.remove", ""),
        (f'{SOURCE}headers = {{ "X Key" = "y" }}', "sources.0.headers", "'X Key'"),
        (f'{SOURCE}headers = {{ "X-Key" = "a\\nb" }}', "sources.0.headers", "'X-Key'"),
        (f'{SOURCE}headers = {{ "" = "y" }}', "sources.0.headers", "''"),
        (f'{SOURCE}enabled = "perhaps"', "sources.0.enabled", ""),
        (f"{SOURCE}colour = 1", "sources.0.colour", "unknown key"),
        ("[fetsch]\nx = 1", "fetsch", "unknown key"),
        ("[fetch]\nuser-agent = 'x'", "fetch.user-agent", "unknown key"),
    ],
)
def test_refused_value(text, key, reason):
    said = refusal(text)
    assert said.startswith("i.toml")
    assert key in said
    assert reason in said
    assert "\n" not in said.strip()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('[fetch]\ntimeout = "50ms"', 0.05),
        ('[fetch]\ntimeout = "10m"', 600.0),
        ('[fetch]\ntimeout = "600s"', 600.0),
    ],
)
def test_bounds_of_the_timeout(text, value):
    assert parse_config(text, Path("i.toml"), {}).fetch.timeout == value


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("", "(feed archiver)"),
        ('[fetch]\ncontact = "https://me.example/about"', "(feed archiver; +https://me.example/about)"),
        ('[fetch]\nuser_agent = "mine/1"\ncontact = "x"', "mine/1"),
        ('[fetch]\nuser_agent = ""\ncontact = "x"', "(feed archiver; +x)"),
    ],
)
def test_user_agent(text, agent):
    assert parse_config(text, Path("i.toml"), {}).fetch.user_agent.endswith(agent)


def test_a_secret_is_not_repeated_in_a_refusal():
    for text in (
        '[fetch]\nproxy = "sock://anna:geheim@a.example:1"',
        f'{SOURCE}proxy = "sock://anna:geheim@a.example:1"',
        f'{SOURCE}headers = {{ "X Key" = "geheim" }}',
        '[[sources]]\nname = "甲"\nurl = "htp://anna:geheim@a.example/f"',
    ):
        assert "geheim" not in refusal(text)


def test_a_configuration_cannot_be_changed():
    config = parse_config(SOURCE, Path("i.toml"), {})
    for section, name in ((config, "path"), (config.fetch, "timeout"), (config.sources[0], "url")):
        with pytest.raises(ValueError, match="frozen"):
            setattr(section, name, None)


def test_a_rule_that_cannot_be_read_is_shown_in_one_line():
    text = refusal(f'{SOURCE}block = [\n  "title: 彩票",\n  "url: /(video/",\n]\n')
    reason = 'no regular expression: missing ) (at character 13 of "url: /(video/")'
    assert text == f"i.toml:4: sources.0.block.1: {reason}"


LOCAL = '[[sources]]\nname = "甲"\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            f'{LOCAL}url = "file:///srv/f.xml"\n',
            "URL; files and programs are read only with",
        ),
        (f'{LOCAL}command = ["make-feed"]\n', "3: sources.0.command: files and programs are read only with"),
        (f'{LOCAL}command = "make-feed"\n', "a program is a list of words"),
        (f"{LOCAL}command = []\n", "a program is a list of words"),
        (f'{LOCAL}command = ["a", ""]\n', "a program is a list of words"),
        (f'{LOCAL}command = ["a"]\nurl = "https://a.example/f"\n', "has both url and command"),
        (f'{LOCAL}url = "command:a"\n', 'a program is written command = ["/path", "argument"]'),
        (f'{LOCAL}url = "file://host/f"\n', "or file:///path"),
    ],
)
def test_files_and_programs_that_are_refused(text, reason):
    assert reason in refusal(text)


def test_files_and_programs_that_are_allowed():
    text = (
        f'[fetch]\nallow_commands = true\n{LOCAL}url = "file:///srv/f.xml"\n'
        '[[sources]]\nname = "乙"\ncommand = ["make-feed", "--token=sesame"]\n'
        '[[sources]]\nname = "丙"\ncommand = ["make-feed", "--token=other"]\n'
    )
    urls = [source.url for source in parse_config(text, Path("i.toml"), {}).sources]
    assert urls[0] == "file:///srv/f.xml"
    assert [url.partition("#")[0] for url in urls[1:]] == ["command:make-feed"] * 2
    assert urls[1] != urls[2]
    assert "sesame" not in urls[1]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ('mirrors = ["ftp://a.example/f"]', "a mirror's address is an absolute http:// or https:// URL"),
        ('mirrors = ["https://me:secret@a.example/f"]', "a mirror's address has no user name and password"),
        ('mirrors = ["https://example.org/f"]', "an address stands twice among `url` and `mirrors`"),
        ('kind = "sitemap"\nmirrors = ["https://a.example/f"]', "`mirrors` are further addresses of a feed on the web"),
    ],
)
def test_mirrors_that_are_refused(keys, reason):
    said = refusal(f"{SOURCE}{keys}\n")
    assert reason in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f'{SOURCE}kind = "atom"\n', "Input should be 'feed', 'sitemap' or 'page'"),
        (f'{SOURCE}kind = "sitemap"\nlinks = "a"\n', '`links` is for sources with kind = "page"'),
        (f'{SOURCE}links = "a"\n', '`links` is for sources with kind = "page"'),
        (
            '[[sources]]\nname = "a"\nurl = "file:///srv/s.xml"\nkind = "sitemap"\n',
            'kind = "sitemap" is read from the web',
        ),
        (f'[backfill]\nwayback = "web.archive.org"\n{SOURCE}', "a web archive's address is an absolute http://"),
    ],
)
def test_kinds_of_sources_and_archives_that_are_refused(text, reason):
    assert reason in refusal(text)

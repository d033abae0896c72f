"""The configuration: every key read, every mistake named with file, line and key."""

from pathlib import Path

import pytest

from ingestd.cli.main import run_command
from ingestd.config.load import find_config, load_config, parse_config
from ingestd.extract.rules.site_rules import load_rules
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


def test_an_empty_file_has_the_documented_defaults():
    config = read("")
    assert config.database.url == "sqlite:///var/ingestd.db"
    assert (config.fetch.concurrency, config.fetch.per_host, config.fetch.min_delay) == (32, 2, 1)
    assert (config.fetch.timeout, config.fetch.max_body, config.fetch.robots) == (20, 15_000_000, True)
    assert not config.fetch.allow_private_networks
    assert (config.schedule.interval, config.schedule.min_interval, config.schedule.max_interval) == (1800, 300, 86_400)


SOURCE = '[[sources]]\nname = "甲"\nurl = "https://example.org/f"\n'
MISTAKES = [
    ("[fetch]\nconcurency = 3", "i.toml:2: fetch.concurency: unknown key"),
    ("[fecth]\nconcurrency = 3", "i.toml:1: fecth: unknown key"),
    ('path = "x"', "i.toml:1: path: unknown key"),
    ("[fetch]\nconcurrency = 0", "i.toml:2: fetch.concurrency:"),
    ('[fetch]\nconcurrency = "many"', "i.toml:2: fetch.concurrency:"),
    ("[fetch]\ntimeout = 20", 'i.toml:2: fetch.timeout: a duration is written as "30m"'),
    ('[fetch]\ntimeout = "20 parsecs"', "i.toml:2: fetch.timeout:"),
    ('[fetch]\ntimeout = "0s"', "i.toml:2: fetch.timeout: must lie between"),
    ('[fetch]\nmax_body = "15 bananas"', 'i.toml:2: fetch.max_body: a size is written as "15MB"'),
    ('[fetch]\nallow_networks = ["localhost"]', "i.toml:2: fetch.allow_networks:"),
    ('[fetch]\nallow_networks = "127.0.0.1"', "i.toml:2: fetch.allow_networks:"),
    ('[fetch]\nuser_agent = "a\\nb"', "i.toml:2: fetch.user_agent:"),
    ('[schedule]\nmin_interval = "2h"', "i.toml:1: schedule: must hold: min_interval"),
    ('[database]\nurl = "mysql://x"', "i.toml:2: database.url: the database is sqlite"),
    ("database = 3", "i.toml:1: database:"),
    ("[[sources]]\nname = '甲'", "i.toml:1: sources.0.url: this key is required"),
    ('[[sources]]\nname = "甲"\nurl = "ftp://example.org/"', "i.toml:3: sources.0.url: a feed's address"),
    ('[[sources]]\nname = "甲"\nurl = "https://"', "i.toml:3: sources.0.url: a feed's address"),
    (SOURCE + 'interval = "0s"', "i.toml:4: sources.0.interval: must be more than 0s"),
    (SOURCE + 'article = "sometimes"', "i.toml:4: sources.0.article:"),
    (SOURCE + 'timezone = "Asia/Atlantis"', "i.toml:4: sources.0.timezone: no such time zone"),
    (SOURCE + 'timezone = "../../etc/passwd"', "i.toml:4: sources.0.timezone: no such time zone"),
    (SOURCE + 'headers = { "X\\n" = "1" }', "i.toml:4: sources.0.headers:"),
    (SOURCE + 'tags = "x"', "i.toml:4: sources.0.tags:"),
    (SOURCE + "\n" + SOURCE.replace("/f", "/g"), "i.toml:6: sources.1.name: two sources are named '甲'"),
    (SOURCE + "\n" + SOURCE.replace("甲", "乙"), "i.toml:7: sources.1.url: the source '甲' has the same address"),
    (SOURCE + SOURCE.replace("甲", "乙").replace("https", "http"), "sources.1.url: the source '甲' has the same"),
    ('[fetch]\nproxy = "socks4://127.0.0.1:1"', "i.toml:2: fetch.proxy: a proxy is an http://, https://, socks5://"),
    ('[fetch]\nproxy = "127.0.0.1:9050"', "i.toml:2: fetch.proxy: a proxy is"),
    ('[fetch]\nproxy = "socks5://me:x@host:99999"', "i.toml:2: fetch.proxy: a proxy is"),
    (SOURCE + 'proxy = "socks5://"', "i.toml:4: sources.0.proxy: a proxy is"),
    ("[fetch", "i.toml: not valid TOML:"),
    ("a = 1\na = 2", "i.toml: not valid TOML: Cannot overwrite a value"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_named_with_file_line_and_key(text: str, message: str):
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["http://a:1", "https://me:x@a", "socks5://127.0.0.1:9050", "socks5h://[::1]:1", ""])
def test_proxies(proxy: str):
    assert read(f"[fetch]\nproxy = {proxy!r}\n{SOURCE}proxy = {proxy!r}").sources[0].proxy == proxy


def test_a_wrong_proxys_password_is_not_repeated():
    with pytest.raises(ConfigError) as caught:
        read('[fetch]\nproxy = "sock5://me:s3same@host"')
    assert "s3same" not in str(caught.value)


def test_the_variable_wins_over_the_file_and_is_blamed_for_its_own_mistakes():
    assert read(WHOLE, INGESTD_DATABASE_URL="sqlite:///x.db").database.url == "sqlite:///x.db"
    with pytest.raises(ConfigError, match=r"^\$INGESTD_DATABASE_URL: the database is"):
        read(WHOLE, INGESTD_DATABASE_URL="oracle://geheim@x")
    with pytest.raises(ConfigError, match=r"i\.toml:1: database:"):
        read("database = 3", INGESTD_DATABASE_URL="sqlite:///x.db")


def test_where_the_file_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    named, by_variable = tmp_path / "a.toml", tmp_path / "b.toml"
    environ = {"INGESTD_CONFIG": str(by_variable)}
    with pytest.raises(ConfigError, match="no such configuration file"):
        find_config(named, {})
    with pytest.raises(ConfigError, match="no such configuration file"):
        find_config(None, environ)
    for path in (named, by_variable, tmp_path / "config" / "ingestd.toml"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert find_config(named, environ) == named
    assert find_config(None, environ) == by_variable
    assert find_config(None, {}) == Path("config/ingestd.toml")


def test_a_file_that_is_no_text(tmp_path: Path):
    (tmp_path / "i.toml").write_bytes(b"\xff\xfe[")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "i.toml", {})


@pytest.mark.parametrize("command", [["run"], ["fetch"], ["status"], ["config", "check"], ["db", "upgrade"]])
def test_with_a_wrong_configuration_nothing_is_started(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    database = tmp_path / "ingestd.db"
    (tmp_path / "i.toml").write_text(f'[database]\nurl = "sqlite:///{database}"\n[fetch]\nconcurency = 3\n')
    assert run_command([*command, "--config", str(tmp_path / "i.toml")]) == 78
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"ingestd: {tmp_path}/i.toml:4: fetch.concurency: unknown key\n"
    assert not database.exists()


def test_a_selector_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "i.toml").write_text(SOURCE + 'select = "div[["\n')
    assert run_command(["config", "check", "--config", str(tmp_path / "i.toml")]) == 78
    assert "'div[[' is not a CSS selector" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("sqlite:///var/ingestd.db", Path("var/ingestd.db.media")),
        ("sqlite:////srv/ingestd.db", Path("/srv/ingestd.db.media")),
        ("postgresql+psycopg://me@host/name", None),
    ],
)
def test_images_lie_beside_the_database(url: str, folder: Path | None):
    assert read(f'[database]\nurl = "{url}"').media_folder == folder


def test_beside_a_server_there_is_no_place_for_images():
    source = '[[sources]]\nname = "a"\nurl = "https://a.example/f"\nmedia = true\n'
    server = '[database]\nurl = "postgresql+psycopg://me@host/name"\n'
    with pytest.raises(ConfigError, match=r"i\.toml:6: sources\.0\.media: .*set `folder` in \[media\]"):
        read(server + source)
    assert read(f'{server}[media]\nfolder = "m"\n{source}').media_folder == Path("m")
    with pytest.raises(ConfigError, match=r"i\.toml:4: sources\.0\.media: "):
        read(source.replace("true", '"yes please"'))


def test_a_file_that_nests_without_end_is_one_clear_error(tmp_path: Path):
    with pytest.raises(ConfigError, match="nested too deeply"):
        parse_config("a = " + "[" * 5000, tmp_path / "c.toml", {})
    with pytest.raises(ConfigError, match="nested too deeply"):
        load_rules("a = " + "[" * 5000)

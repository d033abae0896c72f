"""How values are written: durations, sizes, proxies, addresses."""

from pathlib import Path

import pytest

from ingestd.config.load import parse_config
from ingestd.config.values import check_host_and_port, is_fetchable_url, parse_duration, parse_size
from ingestd.model.errors import ConfigError

SOURCE = '[[sources]]\nname = "甲"\nurl = "https://example.org/f"\n'


def read(text: str, **environ: str):
    return parse_config(text, Path("i.toml"), environ)


@pytest.mark.parametrize("proxy", ["http://a:1", "https://me:x@a", "socks5://127.0.0.1:9050", "socks5h://[::1]:1", ""])
def test_valid_proxies(proxy: str):
    assert read(f"[fetch]\nproxy = {proxy!r}\n{SOURCE}proxy = {proxy!r}").sources[0].proxy == proxy


def test_password_of_an_invalid_proxy_is_not_repeated():
    with pytest.raises(ConfigError) as caught:
        read('[fetch]\nproxy = "sock5://me:s3same@host"')
    assert "s3same" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("90s", 90), ("30m", 1800), ("1.5h", 5400), ("7d", 604_800), ("2w", 1_209_600), (" 1 h ", 3600)],
)
def test_durations(text: str, seconds: float):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("value", ["", "30", "m", "-1s", "1e3s", "1.h", "30 minutes", "9999999999s", 30, None])
def test_invalid_durations(value: object):
    with pytest.raises(ValueError, match='a duration is written as "30m"'):
        parse_duration(value)


@pytest.mark.parametrize(
    ("text", "count"),
    [("500B", 500), ("15MB", 15_000_000), ("15MiB", 15 * 2**20), ("1.5 KB", 1500), ("2GiB", 2**31), ("1GB", 10**9)],
)
def test_sizes(text: str, count: int):
    assert parse_size(text) == count


@pytest.mark.parametrize("value", ["", "15", "15mb", "15 bananas", "-1MB", 15, None])
def test_invalid_sizes(value: object):
    with pytest.raises(ValueError, match='a size is written as "15MB"'):
        parse_size(value)


@pytest.mark.parametrize(
    ("url", "valid"),
    [
        ("https://example.org/feed", True),
        ("http://[2001:db8::1]:8080/", True),
        ("https://例子.测试/订阅 源.xml", True),
        ("example.org/feed", False),
        ("//example.org/feed", False),
        ("ftp://example.org/feed", False),
        ("https://", False),
        ("https://[::1", False),
        (" https://example.org/feed", False),
    ],
)
def test_fetchable_urls(url: str, valid: bool):
    assert is_fetchable_url(url) is valid


@pytest.mark.parametrize("value", ["127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "a/b:80", ":80", "a b:80"])
def test_invalid_listening_addresses(value: str):
    with pytest.raises(ValueError, match="an address and a port such as"):
        check_host_and_port(value)


@pytest.mark.parametrize(("listen", "address"), [("[::1]:80", ("::1", 80)), ("localhost:8088", ("localhost", 8088))])
def test_listening_addresses(listen: str, address: tuple[str, int]):
    assert read(f'[websub]\nlisten = "{listen}"').websub.address == address

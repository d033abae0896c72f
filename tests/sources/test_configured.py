"""From the configuration to sources: defaults, names, and secrets that stay out of addresses."""

import base64
from pathlib import Path

import pytest

from ingestd.config.load import parse_config
from ingestd.model.errors import ConfigError, UsageError
from ingestd.model.source import Source
from ingestd.sources.configured import configured_sources, select_sources


def one(more: str, url: str = "https://example.org/f") -> Source:
    text = f'[schedule]\ninterval = "1h"\n[[sources]]\nname = "甲"\nurl = "{url}"\n{more}\n'
    return configured_sources(parse_config(text, Path("i.toml"), {}))[0]


def test_tags_categories_and_interval_have_defaults():
    source = one("")
    assert (source.tags, source.categories, source.interval_s) == (("甲",), ("甲",), 3600)
    assert one('tags = []\ninterval = "10m"').tags == ()
    assert one('interval = "10m"').interval_s == 600


def test_tags_may_be_those_of_the_feed():
    assert (one('tags = "feed"').tags_from_feed, one('tags = "feed"').tags) == (True, ("甲",))
    assert (one('tags = ["feed"]').tags_from_feed, one('tags = ["feed"]').tags) == (False, ("feed",))
    with pytest.raises(ConfigError, match=r"sources\.0\.tags: "):
        one('tags = "news"')


@pytest.mark.parametrize(
    ("url", "more", "pair"),
    [
        ("https://anna:ge%40heim@example.org/f", "", "anna:ge@heim"),
        ("https://token@example.org/f", "", "token:"),
        ("https://example.org/f", 'username = "安娜"\npassword = "geheim"', "安娜:geheim"),
        ("https://x:y@example.org/f", 'username = "anna"\npassword = "z"', "anna:z"),
    ],
)
def test_credentials_are_in_a_header_and_not_in_the_url(url: str, more: str, pair: str):
    source = one(more, url)
    assert source.url == "https://example.org/f"
    assert dict(source.headers) == {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def test_an_unknown_name_suggests_similar_ones():
    sources = [Source("联合早报", "https://a/"), Source("BBC 中文", "https://b/", enabled=False)]
    assert select_sources(sources, []) == sources[:1]
    assert select_sources(sources, ["BBC 中文"]) == sources[1:]
    with pytest.raises(UsageError, match="no source is named '联合早抱'; did you mean '联合早报'"):
        select_sources(sources, ["联合早抱"])

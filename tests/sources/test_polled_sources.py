"""The polled sources by row: each is what the configuration and its row say."""

from pathlib import Path

import pytest

from ingestd.config.load import parse_config
from ingestd.model.errors import ConfigError
from ingestd.model.source import SourceRow, WantedSource
from ingestd.sources.configured import ConfiguredSources, configured_sources
from ingestd.sources.polled_sources import PolledSources, rows_where

TEXT = """
[filters]
block = ["title: advert"]

[[sources]]
name = "A"
url = "https://a.example/"

[[sources]]
name = "B"
url = "https://anna:geheim@b.example/"

[[sources]]
name = "C"
url = "https://c.example/"
enabled = false

[[sources]]
name = "D"
url = "https://d.example/"
article = "never"
tags = ["x"]
categories = []
media = true

[[sources]]
name = "E"
url = "https://e.example/"
"""
CONFIG = parse_config(TEXT, Path("i.toml"), {})
ROWS = [
    SourceRow(50, "https://a.example/", None),
    SourceRow(7, "https://b.example/", "https://b.example/home"),
    SourceRow(8, "https://c.example/", None),
    SourceRow(2, "https://d.example/", None),
    SourceRow(9, "https://elsewhere.example/", None),
]


@pytest.fixture
def polled():
    return PolledSources(ConfiguredSources(CONFIG), ROWS)


def test_each_has_its_own_settings_and_its_row(polled):
    assert list(polled) == [2, 7, 9, 50]
    assert len(polled) == 4
    assert [polled[row].name for row in polled] == ["D", "B", "E", "A"]
    assert (polled[50].id, polled[50].tags, polled[50].categories) == (50, ("A",), ("A",))
    assert (polled[2].tags, polled[2].categories, polled[2].article) == (("x",), (), "never")
    assert (polled[9].url, polled[9].tags, polled[9].site_url) == ("https://elsewhere.example/", ("E",), None)
    assert (polled[7].url, polled[7].site_url) == ("https://b.example/", "https://b.example/home")
    assert [name for name, _ in polled[7].headers] == ["Authorization"]
    assert polled[9].headers == polled[50].headers == ()
    assert all(source.block == ("title: advert",) for source in polled.values())


def test_disabled_and_unknown_rows_are_not_there(polled):
    assert 8 not in polled and 1 not in polled and 99 not in polled and None not in polled
    assert polled.get(8) is None
    with pytest.raises(KeyError):
        polled[8]


def test_rows_by_a_setting(polled):
    assert polled.where(lambda source: source.media) == [2]
    assert rows_where(polled, lambda source: source.article != "never") == [7, 9, 50]
    assert rows_where(dict(polled), lambda source: source.article != "never") == [7, 9, 50]


def test_sequence_says_what_the_list_says():
    assert list(ConfiguredSources(CONFIG)) == configured_sources(CONFIG)
    assert ConfiguredSources(CONFIG)[1:3] == configured_sources(CONFIG)[1:3]
    assert ConfiguredSources(CONFIG).wanted()[1:3] == [
        WantedSource("B", "https://b.example/", True),
        WantedSource("C", "https://c.example/", False),
    ]


def test_password_file_that_sources_share_is_read_of_those_alone_that_are_asked_for(tmp_path):
    text = "".join(
        f'[[sources]]\nname = "{n}"\nurl = "https://{n}.example/"\nusername = "u"\npassword_file = "p"\n\n'
        for n in "ab"
    )
    config = parse_config(text, tmp_path / "i.toml", {})
    assert [source.url for source in ConfiguredSources(config, files_of=())] == [
        "https://a.example/",
        "https://b.example/",
    ]
    with pytest.raises(ConfigError, match="the source 'b': "):
        ConfiguredSources(config, files_of=("b",))
    (tmp_path / "p").write_text("x")
    first, second = ConfiguredSources(config, files_of=("b",))
    assert first.headers != second.headers
    assert ConfiguredSources(config)[0].headers == second.headers

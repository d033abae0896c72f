"""A table of sources says what the whole file says, and reads the settings once that many sources share."""

from pathlib import Path

import pytest

from ingestd.config import load, source_table
from ingestd.config.source_table import SourceTable, distinct_settings, table_of
from ingestd.model.errors import ConfigError

PATH = Path("ingestd.toml")
ENVIRONMENT = {"PASSWORD": "secret", "TITLE": "Vierte"}
HEAD = '[database]\nurl = "sqlite:///a.db"\n\n[fetch]\nallow_commands = true\n\n'
BLOCKS = (
    'name = "A"\nurl = "https://a.example/"\n',
    'name = "B"\nurl = "https://b.example/"\narticle = "never" # a reason\n# of the next one\n',
    "name = 'C'\nurl = 'https://c.example/'\n",
    'url = "https://d.example/"\nname = "D"\n',
    'name = "${TITLE}"\nurl = "https://e.example/"\n',
    'name = "F\\u00e9"\nurl = "https://f.example/"\n',
    'name = "G"\nurl = "https://anna:x@g.example/"\nusername = "a"\npassword = "${PASSWORD}"\n',
    'name = "H"\nurl = "https://h.example/"\nmirrors = ["https://any.example/"]\n',
    'name = "I"\nurl = "file:///i.xml"\n',
    'name = "J"\ncommand = ["/bin/echo", "\\\\"]\n',
    'name = "K"\nurl = "https://k.example/"\ntags = [\n  "x", # ]\n  "y",\n]\n\n[sources.headers]\nX-Key = "1"\n',
    'name = "L"\nurl = "https://l.example/"\nretention = {pages = "30d"}\nkeep = ["title: word"]\n',
    'name = "M"\nurl = "HTTPS://Müller.example/ä?b=%20"\nkind = "page"\nlinks = "a.more"\n',
)
TEXT = HEAD + "\n".join(f"[[sources]]\n{block}" for block in BLOCKS) + '\n[logs]\nlevel = "debug"\n'


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n"), TEXT.replace("]]\n", "]] # here\n")])
def test_table_says_what_the_whole_file_says(text):
    table = load._parse_in_parts(text, PATH, ENVIRONMENT)
    whole = load._parse_whole(text, PATH, ENVIRONMENT)
    assert table is not None and isinstance(table.sources, SourceTable)
    assert list(table.sources) == list(whole.sources)
    assert table.sources.names == [source.name for source in whole.sources]
    assert table.sources.urls == [source.url for source in whole.sources]
    assert table.model_copy(update={"sources": ()}) == whole.model_copy(update={"sources": ()})


@pytest.mark.parametrize(
    "text",
    [
        HEAD + '[[sources]]\nname = "A"\nurl = "https://a.example/"\nname = "B"\n',
        HEAD + '[[sources]]\nname = "A"\nurl = "https://a.example/"\nno_such_key = 1\n',
        HEAD + '[[sources]]\nname = " A"\nurl = "https://a.example/"\n',
        HEAD + '[[sources]]\nname = ""\nurl = "https://a.example/"\n',
        HEAD + '[[sources]]\nname = "A"\nurl = "nonsense"\n',
        HEAD + '[[sources]]\nname = "A"\nurl = "https://a.example/"\nmirrors = ["https://a.example/"]\n',
        HEAD + '[[sources]]\nname = "A"\nurl = "https://a.example/"\npassword = "${UNSET}"\n',
        HEAD + '[[sources]]\nname = "A"\nurl = "https://a.example/"\n# \x01\n',
        "sources = []\n" + HEAD + '[[sources]]\nname = "A"\nurl = "https://a.example/"\n',
        HEAD + "[[sources]]\nx = [\n[[sources]]\n]\n",
        HEAD + '[[sources]]\nname = "A"\nurl = "https://a.example/"\n[fetch]\ntimeout = "3s"\n',
        HEAD + "".join(f'[[sources]]\nname = "{name}"\nurl = "https://a.example/"\n' for name in "AB"),
    ],
)
def test_mistake_is_told_as_the_whole_file_tells_it(text):
    assert load._parse_in_parts(text, PATH, ENVIRONMENT) is None
    with pytest.raises(ConfigError) as whole:
        load._parse_whole(text, PATH, ENVIRONMENT)
    with pytest.raises(ConfigError) as told:
        load.parse_config(text, PATH, ENVIRONMENT)
    assert str(told.value) == str(whole.value)


def test_settings_that_sources_share_are_read_once(monkeypatch):
    read, read_source = [], source_table._read_source

    def counted(block, environ):
        read.append(block)
        return read_source(block, environ)

    monkeypatch.setattr(source_table, "_read_source", counted)
    text = HEAD + "".join(
        f'[[sources]]\nname = "{n}"\nurl = "https://a.example/{n}"\narticle = "{("auto", "never")[n % 2]}"\n\n'
        for n in range(200)
    )
    config = load.parse_config(text.rstrip() + "\n", PATH, {})
    assert len(read) <= 3
    assert [source.name for source in config.sources] == [str(n) for n in range(200)]
    assert [source.article for source in distinct_settings(config.sources)][:2] == ["auto", "never"]
    assert next(iter(distinct_settings(config.sources))).name == "0"
    assert (config.sources[-1].url, config.sources[3:4][0].article) == ("https://a.example/199", "never")


def test_table_of_single_records():
    whole = load._parse_whole(TEXT, PATH, ENVIRONMENT)
    table = table_of(whole.sources)
    assert list(table) == list(whole.sources)
    assert table_of(table) is table

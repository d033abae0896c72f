"""A part of the configuration says what the whole says, or is not taken."""

import pytest

from ingestd.config import load
from ingestd.config.source_parts import with_some_sources
from ingestd.model.errors import ConfigError

HEAD = '[database]\nurl = "sqlite:///a.db"\n'
A = '\n[[sources]]\nname = "Erste"\nurl = "https://a.example/"\n'
B = '\n[[sources]] # second\nname = "Zweite"\nurl = "https://b.example/"\n\n[sources.headers]\nX-Key = "1"\n'
C = '\n[[sources]]\nname = "${NAME}"\nurl = "https://c.example/"\n'
LOGS = '\n[logs]\nlevel = "debug"\n'
ENVIRONMENT = {"NAME": "Dritte"}


def read(tmp_path, text, needed):
    path = tmp_path / "ingestd.toml"
    path.write_text(text, newline="")
    return load.load_config(path, ENVIRONMENT, needed=needed)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("needed", "names"),
    [
        ((), []),
        (("Erste",), ["Erste"]),
        (("Zweite",), ["Zweite"]),
        (("Erste", "Zweite"), ["Erste", "Zweite"]),
        # By another way of writing, and of no source: the whole file tells.
        (("Dritte",), ["Erste", "Zweite", "Dritte"]),
        (("Keine",), ["Erste", "Zweite", "Dritte"]),
        (None, ["Erste", "Zweite", "Dritte"]),
    ],
)
def test_needed_sources_are_there_and_other_tables_are_whole(tmp_path, needed, names, newline):
    config = read(tmp_path, (A + B + LOGS + C + HEAD).replace("\n", newline), needed)
    assert [source.name for source in config.sources] == names
    assert (config.database.url, config.logs.level) == ("sqlite:///a.db", "debug")
    assert [source.headers for source in config.sources if source.name == "Zweite"] in ([], [{"X-Key": "1"}])


@pytest.mark.parametrize(
    "text",
    [
        # What looks like a header in a text of several lines, and tables that are indented or written in one line.
        HEAD + "[logs]\nlevel = '''\n[[sources]]\nname = \"a\"\n'''\n",
        A + '  [logs]\n  level = "debug"\n',
        'sources = [{name = "a", url = "https://a.example/"}]\n' + HEAD,
        HEAD,
        "",
    ],
)
def test_what_cannot_be_cut_safely_is_read_whole(text):
    cut = with_some_sources(text, ("Erste",))
    assert cut is None or cut.strip() == text.strip()


@pytest.mark.parametrize("needed", [(), ("Erste",), None])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (A + "\n[logs]\nlevel = 1\n", "ingestd.toml:7: logs.level"),
        (B + A + A, "ingestd.toml:14: sources.2.name: two sources are named 'Erste'"),
        (A + "\n[logs\n", "not valid TOML"),
    ],
)
def test_mistake_in_what_is_read_is_told_with_its_line(tmp_path, text, message, needed):
    if needed == () and "two sources" in message:
        assert read(tmp_path, text, needed).sources == ()
        return
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        read(tmp_path, text, needed)


@pytest.mark.parametrize("name", ["sources", "[[", "logs", "name", "s"])
@pytest.mark.parametrize("before", ["", A, A + B + LOGS])
def test_source_is_found_whose_name_stands_in_headers_too(name, before):
    block = f'\n[[sources]]\nname = "{name}"\nurl = "https://d.example/"\n'
    cut = with_some_sources(HEAD + before + block + A + LOGS, (name,))
    assert cut is not None
    assert block in cut
    assert cut.count("[logs]") == (before + LOGS).count("[logs]")

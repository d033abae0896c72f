"""The two configurations that ship: the one to start from, and the demonstration's."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import make_url

from ingestd.cli.demo import MARK, config
from ingestd.config.load import load_config, parse_config
from ingestd.config.settings import Config, SourceConfig

SHIPPED = Path(__file__).parents[3] / "config/ingestd.toml"
#: Keys that are shown as a comment, since they are off unless they are set.
OFF = {"fetch.proxy", "urls.aliases", "urls.hosts"}


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(SHIPPED, {})


def test_every_setting_stands_there_at_its_default(shipped: Config):
    assert shipped.model_copy(update={"sources": (), "path": None}) == Config(path=None)


def test_no_setting_is_missing():
    written = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    for name, section in Config(path=None).model_dump(exclude={"sources"}).items():
        missing = {f"{name}.{key}" for key in section} - {f"{name}.{key}" for key in written[name]}
        assert missing <= OFF, name


def test_every_key_of_a_source_is_explained():
    text = SHIPPED.read_text(encoding="utf-8")
    for key in SourceConfig.model_fields:
        assert re.search(rf"(?m)^#.*\b{key}\b", text), key


def test_every_setting_is_explained_on_its_line_or_above():
    head = SHIPPED.read_text(encoding="utf-8").split("[[sources]]")[0].splitlines()
    for above, line in pairwise(head):
        if re.match(r"\w+ = ", line):
            assert "#" in line or above.startswith("#"), line


def test_the_feeds_of_a_chinese_archive(shipped: Config):
    assert len(shipped.sources) >= 15
    names = {source.name for source in shipped.sources}
    assert {"BBC 中文", "DW 中文", "RFI 中文", "中国数字时代", "联合早报", "Solidot"} <= names
    assert all(source.url.startswith("https://") for source in shipped.sources)
    assert [source.name for source in shipped.sources if source.timezone] != []


def test_the_demonstrations_configuration_is_valid(tmp_path: Path):
    text = config("http://127.0.0.1:4321", tmp_path / "ingestd.db")
    assert text.startswith(MARK)
    read = parse_config(text, tmp_path / "ingestd.toml", {})
    assert [source.name for source in read.sources] == ["苇港日报", "The Tidewater Almanac", "青渡晚报"]
    assert [source.timezone for source in read.sources] == [None, None, "Asia/Shanghai"]
    assert [str(network) for network in read.fetch.allow_networks] == ["127.0.0.1/32"]
    assert not read.fetch.allow_private_networks
    assert (read.fetch.min_delay, read.schedule.interval) == (0, 300)


@pytest.mark.parametrize("name", ["ingestd.db", "with space.db", 'a"quote\\.db', "100%25.db", "what?.db", "档案.db"])
def test_any_path_reaches_the_database_as_it_is(tmp_path: Path, name: str):
    read = parse_config(config("http://127.0.0.1:1", tmp_path / name), tmp_path / "x.toml", {})
    assert make_url(read.database.url).database == str(tmp_path / name)


def test_a_relative_path_becomes_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    read = parse_config(config("http://127.0.0.1:1", Path("here.db")), tmp_path / "x.toml", {})
    assert make_url(read.database.url).database == str(tmp_path / "here.db")

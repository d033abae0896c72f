"""The configuration of the demonstration: valid, limited to loopback, and for any path of the database."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from ingestd.cli.demo.config import CONFIG_MARK, demo_config
from ingestd.config.load import parse_config


def test_configuration_is_valid(tmp_path: Path):
    text = demo_config("http://127.0.0.1:4321", tmp_path / "ingestd.db")
    assert text.startswith(CONFIG_MARK)
    read = parse_config(text, tmp_path / "ingestd.toml", {})
    assert [source.name for source in read.sources] == ["苇港日报", "The Tidewater Almanac", "青渡晚报"]
    assert [source.timezone for source in read.sources] == [None, None, "Asia/Shanghai"]
    assert [str(network) for network in read.fetch.allow_networks] == ["127.0.0.1/32"]
    assert not read.fetch.allow_private_networks
    assert (read.fetch.min_delay, read.schedule.interval) == (0, 300)


@pytest.mark.parametrize("name", ["ingestd.db", "with space.db", 'a"quote\\.db', "100%25.db", "what?.db", "档案.db"])
def test_any_database_path_is_escaped(tmp_path: Path, name: str):
    read = parse_config(demo_config("http://127.0.0.1:1", tmp_path / name), tmp_path / "x.toml", {})
    assert make_url(read.database.url).database == str(tmp_path / name)


def test_relative_database_path_becomes_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    read = parse_config(demo_config("http://127.0.0.1:1", Path("here.db")), tmp_path / "x.toml", {})
    assert make_url(read.database.url).database == str(tmp_path / "here.db")

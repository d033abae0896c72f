"""The shipped configuration: every key stands in it, at its default and explained."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from ingestd.config.load import load_config
from ingestd.config.service_settings import NotifyConfig
from ingestd.config.settings import Config, HostConfig
from ingestd.config.source_settings import SourceConfig

SHIPPED = Path(__file__).parents[2] / "config/ingestd.toml"
#: Keys that are shown as a comment, since they are off unless they are set.
OFF = {"fetch.proxy", "filters.max_age", "urls.aliases", "urls.hosts"}


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(SHIPPED, {})


def test_every_setting_has_its_default_value(shipped: Config):
    assert shipped.model_copy(update={"sources": (), "path": None}) == Config(path=None)


def test_every_setting_is_written():
    written = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    for name, section in Config(path=None).model_dump(exclude={"sources", "hosts", "notify"}).items():
        missing = {f"{name}.{key}" for key in section} - {f"{name}.{key}" for key in written[name]}
        assert missing <= OFF, name


def test_every_key_of_a_source_and_of_a_host_is_explained():
    text = SHIPPED.read_text(encoding="utf-8")
    for key in (*SourceConfig.model_fields, *HostConfig.model_fields, *NotifyConfig.model_fields):
        assert re.search(rf"(?m)^#.*\b{key}\b", text), key


def test_every_setting_is_explained_on_its_line_or_above():
    head = SHIPPED.read_text(encoding="utf-8").split("[[sources]]")[0].splitlines()
    for above, line in pairwise(head):
        if re.match(r"\w+ = ", line):
            assert "#" in line or above.startswith("#"), line


def test_sources_of_the_shipped_configuration(shipped: Config):
    assert len(shipped.sources) >= 15
    names = {source.name for source in shipped.sources}
    assert {"BBC 中文", "DW 中文", "RFI 中文", "中国数字时代", "联合早报", "Solidot"} <= names
    assert all(source.url.startswith("https://") for source in shipped.sources)
    assert [source.name for source in shipped.sources if source.timezone] != []

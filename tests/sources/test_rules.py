"""Rules of the shipped files and of the configuration: for sites, and for the keys of URLs."""

from pathlib import Path

import pytest

from ingestd.config.load import parse_config
from ingestd.identity.urls import normalise
from ingestd.model.errors import ConfigError
from ingestd.sources.rules import shipped, site_rules, url_rules

SOURCE = '[[sources]]\nname = "甲"\nurl = "https://example.org/f"\n'


def config(text: str):
    return parse_config(text, Path("i.toml"), {})


@pytest.mark.parametrize("name", ["sites.toml", "ingestd.toml"])
def test_shipped_files_are_found(name):
    assert shipped(name).is_file()


def test_shipped_rules_are_those_without_a_configuration():
    assert site_rules(config("")) == site_rules(config(SOURCE))


def rules_file(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return f"[sites]\nrules = ['{path}']\n"


def test_own_rules_take_precedence(tmp_path):
    text = rules_file(tmp_path, '[[site]]\nname = "x"\nhosts = ["own.example"]\nselect = "div.mine"\n')
    assert site_rules(config(text)) != site_rules(config(""))
    assert site_rules(config(text)) == site_rules(config(text + SOURCE))


BROKEN_RULES = [
    "not = [toml",
    '[[site]]\nname = "x"\nhosts = ["a.example"]\nselect = "div["\n',
    '[[site]]\nname = "x"\nhosts = ["a.example"]\nselct = "div"\n',
]


@pytest.mark.parametrize("content", BROKEN_RULES)
def test_broken_rules_are_refused_with_their_file(tmp_path, content):
    with pytest.raises(ConfigError, match=r"mine\.toml"):
        site_rules(config(rules_file(tmp_path, content)))


def test_rules_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: the site rules cannot be read"):
        site_rules(config(f"[sites]\nrules = ['{tmp_path}/none.toml']\n"))
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match=r"latin\.toml: the site rules cannot be read"):
        site_rules(config(f"[sites]\nrules = ['{tmp_path}/latin.toml']\n"))


@pytest.mark.parametrize("key", ["select", "title", "author", "date", "next_page"])
def test_selectors_of_a_source_are_checked(key):
    site_rules(config(f'{SOURCE}{key} = "div.article > p"'))
    with pytest.raises(ConfigError, match=r"i\.toml: the source '甲': 'div\[' is not a CSS selector"):
        site_rules(config(f'{SOURCE}{key} = "div["'))


def test_selectors_to_remove_are_checked():
    site_rules(config(f'{SOURCE}remove = [".ad", "#x"]'))
    with pytest.raises(ConfigError, match="'p:nope' is not a CSS selector"):
        site_rules(config(f'{SOURCE}remove = [".ad", "p:nope"]'))


URLS = """
[urls]
tracking = ["mood"]
keep = ["utm_content"]
[urls.hosts."shop.example"]
drop = ["colour"]
keep = ["fbclid"]
[urls.aliases]
"mirror.example" = "main.example"
"""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/1?mood=up", "https://a.example/1", True),
        ("https://a.example/1?id=1", "https://a.example/1", False),
        ("https://a.example/1?utm_source=x", "https://a.example/1", True),
        ("https://a.example/1?utm_content=x", "https://a.example/1", False),
        ("https://shop.example/1?colour=red", "https://shop.example/1", True),
        ("https://a.example/1?colour=red", "https://a.example/1", False),
        ("https://shop.example/1?fbclid=x", "https://shop.example/1", False),
        ("https://a.example/1?fbclid=x", "https://a.example/1", True),
        ("https://mirror.example/1", "https://main.example/1", True),
        ("https://mirror.example/1", "https://mirror.example/2", False),
    ],
)
def test_rules_of_the_configuration_decide_which_urls_are_one_article(one, other, same):
    rules = url_rules(config(URLS))
    assert (normalise(one, rules) == normalise(other, rules)) is same

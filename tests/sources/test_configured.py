"""From the configuration to sources: defaults, names, and secrets that stay out of addresses."""

import base64
from pathlib import Path

import pytest

from ingestd.config.load import parse_config
from ingestd.config.settings import Config
from ingestd.model.errors import ConfigError, UsageError
from ingestd.model.source import Source
from ingestd.sources.configured import configured_sources, select_sources, sources_to_fetch


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


def authorization(config: Config) -> str:
    (source,) = configured_sources(config)
    return base64.b64decode(dict(source.headers)["Authorization"].removeprefix("Basic ")).decode()


def with_password_file(folder: Path, name: object) -> Config:
    text = f'[[sources]]\nname = "甲"\nurl = "https://example.org/f"\nusername = "anna"\npassword_file = "{name}"\n'
    return parse_config(text, folder / "i.toml", {})


def test_a_password_file_is_read_from_credentials_of_systemd_or_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "credentials").mkdir()
    (tmp_path / "secret").write_bytes("ge heim ü\r\n".encode())
    assert authorization(with_password_file(tmp_path, "secret")) == "anna:ge heim ü"
    assert authorization(with_password_file(Path("/elsewhere"), tmp_path / "secret")) == "anna:ge heim ü"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert authorization(with_password_file(tmp_path, "secret")) == "anna:ge heim ü"
    (tmp_path / "credentials" / "secret").write_text("of the service")
    assert authorization(with_password_file(tmp_path, "secret")) == "anna:of the service"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "must hold one line of at most 4096 bytes"),
        (b"\n", "must hold one line of at most 4096 bytes"),
        (b"geheim\nx\n", "must hold one line of at most 4096 bytes"),
        (b"x" * 4097, "must hold one line of at most 4096 bytes"),
        (b"geheim\xff", "is not UTF-8 text"),
    ],
)
def test_a_password_file_that_holds_none_is_named_and_not_repeated(tmp_path: Path, content: bytes | None, says: str):
    if content is not None:
        (tmp_path / "p").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        configured_sources(with_password_file(tmp_path, "p"))
    assert str(caught.value) == f"{tmp_path}/i.toml: the source '甲': its password_file {tmp_path}/p {says}"
    for others in ((), ("乙",)):
        assert configured_sources(with_password_file(tmp_path, "p"), files_of=others)[0].name == "甲"


def test_credentials_that_may_not_be_looked_at_are_named_with_their_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A name that is too long fails as a folder that may not be read does; root may read any."""
    (tmp_path / "p").write_text("secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", f"{tmp_path}/{'x' * 300}")
    with pytest.raises(ConfigError, match=r"the source '甲': its password_file .*xxx/p cannot be read: File name too"):
        configured_sources(with_password_file(tmp_path, "p"))


def test_a_file_of_certificates_is_checked(tmp_path: Path):
    ca_file = Path(__file__).parents[1] / "fetch/tls/ca.pem"
    assert one(f'ca_file = "{ca_file}"').ca_file == str(ca_file)
    (tmp_path / "none.pem").write_text("no certificate")
    for name, reason in (("none.pem", "it holds no certificate in PEM format"), ("nowhere.pem", "No such file")):
        with pytest.raises(ConfigError, match=f"'甲': its ca_file {tmp_path}/{name} cannot be used: {reason}"):
            one(f'ca_file = "{tmp_path / name}"')


@pytest.mark.parametrize(
    ("more", "intervals"),
    [
        ("", (3600, None, None)),
        ('min_interval = "2h"', (7200, 7200, None)),
        ('max_interval = "10m"', (600, None, 600)),
        ('interval = "1m"\nmin_interval = "30s"\nmax_interval = "1h"', (60, 30, 3600)),
    ],
)
def test_a_source_has_bounds_of_its_own_for_its_interval(more: str, intervals: tuple[float | None, ...]):
    source = one(more)
    assert (source.interval_s, source.min_interval_s, source.max_interval_s) == intervals


@pytest.mark.parametrize("more", ['min_interval = "2h"\nmax_interval = "1h"', 'interval = "1m"\nmin_interval = "2m"'])
def test_bounds_out_of_order_are_refused(more: str):
    with pytest.raises(ConfigError, match=r"i\.toml:3: sources\.0: must hold: min_interval <= interval"):
        one(more)


def test_only_the_files_of_sources_that_are_fetched_are_read(tmp_path: Path):
    (tmp_path / "p").write_text("geheim")
    text = "".join(
        f'[[sources]]\nname = "{name}"\nurl = "https://{name}.example/"\npassword_file = "{file}"\nenabled = {on}\n'
        for name, file, on in (("a", "p", "true"), ("b", "none", "false"))
    )
    config = parse_config(text, tmp_path / "i.toml", {})
    assert [source.name for source in sources_to_fetch(config, [])] == ["a"]
    assert "Authorization" in dict(sources_to_fetch(config, ["a"])[0].headers)
    with pytest.raises(ConfigError, match="'b': its password_file"):
        sources_to_fetch(config, ["a", "b"])

"""The configuration file: where it is looked for, and each mistake named with file, line and key."""

from pathlib import Path

import pytest

from ingestd.cli.main import run_command
from ingestd.config import load
from ingestd.config.load import find_config, load_config, parse_config
from ingestd.extract.rules.site_rules import load_rules
from ingestd.model.errors import ConfigError
from tests.support.other_user import OtherUser

SOURCE = '[[sources]]\nname = "甲"\nurl = "https://example.org/f"\n'
DATABASE = '[database]\nurl = "sqlite:////srv/ingestd.db"\n'
MISTAKES = [
    ("[fetch]\nconcurency = 3", "i.toml:2: fetch.concurency: unknown key"),
    ("[fecth]\nconcurrency = 3", "i.toml:1: fecth: unknown key"),
    ('path = "x"', "i.toml:1: path: unknown key"),
    ("[fetch]\nconcurrency = 0", "i.toml:2: fetch.concurrency:"),
    ('[fetch]\nconcurrency = "many"', "i.toml:2: fetch.concurrency:"),
    ("[fetch]\ntimeout = 20", 'i.toml:2: fetch.timeout: a duration is written as "30m"'),
    ('[fetch]\ntimeout = "20 parsecs"', "i.toml:2: fetch.timeout:"),
    ('[fetch]\ntimeout = "0s"', "i.toml:2: fetch.timeout: must lie between"),
    ('[fetch]\nmax_body = "15 bananas"', 'i.toml:2: fetch.max_body: a size is written as "15MB"'),
    ('[fetch]\nallow_networks = ["localhost"]', "i.toml:2: fetch.allow_networks:"),
    ('[fetch]\nallow_networks = "127.0.0.1"', "i.toml:2: fetch.allow_networks:"),
    ('[fetch]\nuser_agent = "a\\nb"', "i.toml:2: fetch.user_agent:"),
    ('[schedule]\nmin_interval = "2h"', "i.toml:1: schedule: must hold: min_interval"),
    ('[database]\nurl = "mysql://x"', "i.toml:2: database.url: the database is sqlite"),
    ("database = 3", "i.toml:1: database:"),
    ("[[sources]]\nname = '甲'", "i.toml:1: sources.0.url: this key is required"),
    ('[[sources]]\nname = "甲"\nurl = "ftp://example.org/"', "i.toml:3: sources.0.url: a feed's address"),
    ('[[sources]]\nname = "甲"\nurl = "https://"', "i.toml:3: sources.0.url: a feed's address"),
    (SOURCE + 'interval = "0s"', "i.toml:4: sources.0.interval: must be more than 0s"),
    (SOURCE + 'password = "a"\npassword_file = "b"', "i.toml:1: sources.0: has both password and password_file"),
    (SOURCE + 'article = "sometimes"', "i.toml:4: sources.0.article:"),
    (SOURCE + 'timezone = "Asia/Atlantis"', "i.toml:4: sources.0.timezone: no such time zone"),
    (SOURCE + 'timezone = "../../etc/passwd"', "i.toml:4: sources.0.timezone: no such time zone"),
    (SOURCE + 'headers = { "X\\n" = "1" }', "i.toml:4: sources.0.headers:"),
    (SOURCE + 'tags = "x"', "i.toml:4: sources.0.tags:"),
    (SOURCE + "\n" + SOURCE.replace("/f", "/g"), "i.toml:6: sources.1.name: two sources are named '甲'"),
    (SOURCE + "\n" + SOURCE.replace("甲", "乙"), "i.toml:7: sources.1.url: the source '甲' has the same address"),
    (SOURCE + SOURCE.replace("甲", "乙").replace("https", "http"), "sources.1.url: the source '甲' has the same"),
    ('[fetch]\nproxy = "socks4://127.0.0.1:1"', "i.toml:2: fetch.proxy: a proxy is an http://, https://, socks5://"),
    ('[fetch]\nproxy = "127.0.0.1:9050"', "i.toml:2: fetch.proxy: a proxy is"),
    ('[fetch]\nproxy = "socks5://me:x@host:99999"', "i.toml:2: fetch.proxy: a proxy is"),
    (SOURCE + 'proxy = "socks5://"', "i.toml:4: sources.0.proxy: a proxy is"),
    ("[fetch", "i.toml: not valid TOML:"),
    ("a = 1\na = 2", "i.toml: not valid TOML: Cannot overwrite a value"),
]


def read(text: str, **environ: str):
    return parse_config(text, Path("i.toml"), environ)


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_mistakes_name_file_line_and_key(text: str, message: str):
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_database_url_variable_overrides_the_file_and_names_itself_in_errors():
    assert read(DATABASE, INGESTD_DATABASE_URL="sqlite:///x.db").database.url == "sqlite:///x.db"
    with pytest.raises(ConfigError, match=r"^\$INGESTD_DATABASE_URL: the database is"):
        read(DATABASE, INGESTD_DATABASE_URL="oracle://geheim@x")
    with pytest.raises(ConfigError, match=r"i\.toml:1: database:"):
        read("database = 3", INGESTD_DATABASE_URL="sqlite:///x.db")


def test_search_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    named, by_variable = tmp_path / "a.toml", tmp_path / "b.toml"
    environ = {"INGESTD_CONFIG": str(by_variable)}
    with pytest.raises(ConfigError, match="no such configuration file"):
        find_config(named, {})
    with pytest.raises(ConfigError, match="no such configuration file"):
        find_config(None, environ)
    for path in (named, by_variable, tmp_path / "config" / "ingestd.toml"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert find_config(named, environ) == named
    assert find_config(None, environ) == by_variable
    assert find_config(None, {}) == Path("config/ingestd.toml")


def test_file_that_is_not_utf8(tmp_path: Path):
    (tmp_path / "i.toml").write_bytes(b"\xff\xfe[")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "i.toml", {})


@pytest.mark.parametrize("text", ["", " \n", "# url = 'sqlite:///a.db'\n"])
def test_a_file_without_a_key_is_refused(text: str, tmp_path: Path):
    (tmp_path / "i.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"i\.toml: the file is empty: was it written completely\?"):
        load_config(tmp_path / "i.toml", {})
    assert load_config(tmp_path / "i.toml", {}, may_be_empty=True).sources == ()


def test_a_file_with_a_byte_order_mark(tmp_path: Path):
    (tmp_path / "i.toml").write_bytes(b"\xef\xbb\xbf" + SOURCE.encode())
    assert load_config(tmp_path / "i.toml", {}).sources[0].name == "甲"


def test_a_folder_is_no_configuration_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "config" / "ingestd.toml").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for given in (tmp_path / "config" / "ingestd.toml", None):
        with pytest.raises(ConfigError, match=r"/config/ingestd\.toml:? \(?is a folder, not a configur.*; Docker"):
            find_config(given, {})


def test_a_missing_file_is_named_with_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=rf"^{tmp_path}/i\.toml: no such configuration file$"):
        find_config(Path("i.toml"), {})
    with pytest.raises(
        ConfigError, match=rf"looked for {tmp_path}/config/ingestd\.toml and /etc/ingestd/ingestd\.toml;"
    ):
        find_config(None, {})


@pytest.mark.parametrize("closed", ["home", "home/config", "home/config/ingestd.toml"])
def test_an_unreadable_file_of_the_search_path_is_passed_over(
    closed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other_user: OtherUser
):
    local, system = tmp_path / "home" / "config" / "ingestd.toml", tmp_path / "etc.toml"
    local.parent.mkdir(parents=True)
    for path in (local, system):
        path.write_text("")
    monkeypatch.chdir(tmp_path / "home")
    monkeypatch.setattr(load, "SEARCH_PATH", ("./config/ingestd.toml", str(system)))
    (tmp_path / closed).chmod(0o600)
    with other_user(tmp_path):
        assert find_config(None, {}) == system
        with pytest.raises(ConfigError, match=r"config/ingestd\.toml: cannot be read: Permission denied"):
            find_config(local, {})
    system.chmod(0o600)
    with other_user(tmp_path), pytest.raises(ConfigError, match=r"etc\.toml \(cannot be read: Permission denied\)"):
        find_config(None, {})


def test_variables_of_the_environment_stand_in_any_string():
    text = (
        '[database]\nurl = "sqlite:///${DIR}/a.db"\n[logs]\nlevel = "${LEVEL}"\n'
        + SOURCE
        + 'username = "u-${USER_1}"\npassword = "$${A}${A}$A"\nremove = ["${A}", "b"]\n'
        + 'headers = { Cookie = "k=${A}" }\n'
    )
    config = read(text, DIR="/srv", LEVEL="error", USER_1="me", A="\\1${DIR}")
    (source,) = config.sources
    assert (config.database.url, config.logs.level) == ("sqlite:////srv/a.db", "error")
    assert (source.username, source.password, source.remove) == ("u-me", "${A}\\1${DIR}$A", ("\\1${DIR}", "b"))
    assert source.headers == {"Cookie": "k=\\1${DIR}"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('password = "${NONE}"', "i.toml:4: sources.0.password: ${NONE} is not set in the environment"),
        ('headers = { A = "${NONE}" }', "i.toml:4: sources.0.headers.A: ${NONE} is not set in the environment"),
        ('remove = ["a", "${NONE}"]', "i.toml:4: sources.0.remove.1: ${NONE} is not set"),
        ('interval = "${SECRET}"', "i.toml:4: sources.0.interval: a duration is written as"),
    ],
)
def test_a_variable_that_is_not_set_is_named_and_none_is_repeated(more: str, says: str):
    with pytest.raises(ConfigError) as caught:
        read(SOURCE + more, SECRET="geheim")
    assert says in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_tilde_is_the_home_directory_in_every_path(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/anna")
    text = '[database]\nurl = "sqlite:///~/a.db"\n[media]\nfolder = "~/m"\n[sites]\nrules = ["~/r.toml", "~"]\n'
    config = read(text + SOURCE + 'password_file = "~/p"')
    assert config.database.url == "sqlite:////home/anna/a.db"
    assert (config.media.folder, config.sites.rules) == ("/home/anna/m", ("/home/anna/r.toml", "/home/anna"))
    assert config.sources[0].password_file == "/home/anna/p"
    assert read("", INGESTD_DATABASE_URL="sqlite:///~/b.db").database.url == "sqlite:////home/anna/b.db"
    for key in ("[media]\nfolder", "[database]\nurl"):
        path = "sqlite:///~nobody-here/x" if "url" in key else "~nobody-here/x"
        with pytest.raises(ConfigError, match=r"i\.toml:2: .*: no home directory is known for the ~"):
            read(f'{key} = "{path}"')


@pytest.mark.parametrize("command", [["run"], ["fetch"], ["status"], ["config", "check"], ["db", "upgrade"]])
def test_commands_do_nothing_with_an_invalid_configuration(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    database = tmp_path / "ingestd.db"
    (tmp_path / "i.toml").write_text(f'[database]\nurl = "sqlite:///{database}"\n[fetch]\nconcurency = 3\n')
    assert run_command([*command, "--config", str(tmp_path / "i.toml")]) == 78
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"ingestd: {tmp_path}/i.toml:4: fetch.concurency: unknown key\n"
    assert not database.exists()


def test_invalid_selector(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "i.toml").write_text(SOURCE + 'select = "div[["\n')
    assert run_command(["config", "check", "--config", str(tmp_path / "i.toml")]) == 78
    assert "'div[[' is not a CSS selector" in capsys.readouterr().err


def test_media_needs_a_folder_with_a_database_server():
    source = '[[sources]]\nname = "a"\nurl = "https://a.example/f"\nmedia = true\n'
    server = '[database]\nurl = "postgresql+psycopg://me@host/name"\n'
    with pytest.raises(ConfigError, match=r"i\.toml:6: sources\.0\.media: .*set `folder` in \[media\]"):
        read(server + source)
    assert read(f'{server}[media]\nfolder = "m"\n{source}').media_folder == Path("m")
    with pytest.raises(ConfigError, match=r"i\.toml:4: sources\.0\.media: "):
        read(source.replace("true", '"yes please"'))


def test_deep_nesting_is_one_error(tmp_path: Path):
    with pytest.raises(ConfigError, match="nested too deeply"):
        parse_config("a = " + "[" * 5000, tmp_path / "c.toml", {})
    with pytest.raises(ConfigError, match="nested too deeply"):
        load_rules("a = " + "[" * 5000)

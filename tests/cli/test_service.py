"""`ingestd service`: the steps, and what they leave, of a service of the system and of a user's."""

import os
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ingestd.cli.main import run_command
from ingestd.cli.service_backups import timer_folder, timer_removal_steps, timer_steps
from ingestd.cli.service_steps import Place, Remove, Run, Write, install_steps, program_of_unit, uninstall_steps
from ingestd.model.errors import IngestdError, UsageError

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "systemd"
CONFIGURATION = (ROOT / "config/ingestd.toml").read_text(encoding="utf-8")


def place(folder: Path, *, is_user: bool = False, booted: bool = True) -> Place:
    return Place(
        folder / "system/ingestd.service",
        folder / "ingestd/ingestd.toml",
        folder / "lib/ingestd.db",
        is_user,
        booted,
        etc=folder,
    )


def steps(folder: Path, **options: bool) -> list[Write | Remove | Run]:
    return install_steps(place(folder, **options), "/opt/ingestd/bin/ingestd", UNITS, CONFIGURATION)


def commands(found: list[Write | Remove | Run]) -> list[str]:
    return [" ".join(step.words) for step in found if isinstance(step, Run)]


def test_steps_of_a_service_of_the_system(tmp_path: Path) -> None:
    found = steps(tmp_path)
    assert commands(found) == [
        "systemd-sysusers ingestd.conf",
        "systemd-tmpfiles --create ingestd.conf",
        f"runuser -u ingestd -- /opt/ingestd/bin/ingestd --config {tmp_path}/ingestd/ingestd.toml config check",
        "systemctl daemon-reload",
        "systemctl enable ingestd.service",
        "systemctl restart ingestd.service",
    ]
    written = [(step.path.name, step.mode, step.group) for step in found if isinstance(step, Write)]
    assert written == [
        ("ingestd.conf", 0o644, None),
        ("ingestd.conf", 0o644, None),
        ("ingestd.toml", 0o640, "ingestd-config"),
        ("ingestd.service", 0o644, None),
    ]


def test_an_unchanged_unit_is_not_restarted(tmp_path: Path) -> None:
    for step in steps(tmp_path, is_user=True):
        if isinstance(step, Write):
            step.run()
    assert commands(steps(tmp_path, is_user=True))[-1] == "systemctl --user start ingestd.service"


def test_without_a_running_systemd_the_service_is_only_enabled(tmp_path: Path) -> None:
    assert commands(steps(tmp_path, booted=False))[-1] == "systemctl enable ingestd.service"


def test_an_existing_configuration_is_kept(tmp_path: Path) -> None:
    (tmp_path / "ingestd").mkdir()
    path = tmp_path / "ingestd/ingestd.toml"
    path.write_text("# mine\n")
    (configuration,) = [step for step in steps(tmp_path) if isinstance(step, Write) and step.path == path]
    configuration.run()
    assert (path.read_text(), configuration.told()) == ("# mine\n", f"keep   {path} as it is")


@pytest.mark.parametrize(
    ("program", "word"),
    [
        ("/opt/ingestd/bin/ingestd", "/opt/ingestd/bin/ingestd"),
        ("/srv/my tools/ingestd", '"/srv/my tools/ingestd"'),
        ("/srv/100%/$x/ingestd", '"/srv/100%%/$$x/ingestd"'),
        ('/srv/a"b/ingestd', '"/srv/a\\"b/ingestd"'),
    ],
)
@pytest.mark.parametrize("is_user", [False, True])
def test_the_unit_runs_the_program(tmp_path: Path, program: str, word: str, is_user: bool) -> None:
    found = install_steps(place(tmp_path, is_user=is_user), program, UNITS, CONFIGURATION)
    (unit,) = [step for step in found if isinstance(step, Write) and step.path.name == "ingestd.service"]
    assert program_of_unit(unit.text) == word
    assert f"ExecStart={word} run\n" in unit.text


@pytest.mark.parametrize("name", ["lib", 'a "b" \\c', "数据"])
def test_the_configuration_names_the_database(tmp_path: Path, name: str) -> None:
    there = Place(tmp_path / "u", tmp_path / "c", tmp_path / name / "ingestd.db", is_user=True, booted=False)
    (configuration,) = [
        step
        for step in install_steps(there, "ingestd", UNITS, CONFIGURATION)
        if isinstance(step, Write) and step.path == there.config
    ]
    assert tomllib.loads(configuration.text)["database"]["url"] == f"sqlite:///{there.database}"
    assert configuration.mode == 0o600


def test_uninstalling_leaves_configuration_and_archive(tmp_path: Path) -> None:
    there = place(tmp_path)
    for path in (there.unit, there.config, there.database, tmp_path / "sysusers.d/ingestd.conf"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    found = uninstall_steps(there)
    assert commands(found) == ["systemctl disable --now ingestd.service", "systemctl daemon-reload"]
    for step in found:
        if isinstance(step, Remove):
            step.run()
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["ingestd/ingestd.toml", "lib/ingestd.db"]


def test_uninstalling_what_is_not_installed_stops_nothing(tmp_path: Path) -> None:
    assert commands(uninstall_steps(place(tmp_path, booted=False))) == []


def _configured(folder: Path, backup: str) -> Place:
    there = place(folder)
    there.config.parent.mkdir(exist_ok=True)
    there.config.write_text(f"[backup]\n{backup}\n")
    return there


@pytest.mark.parametrize(
    ("backup", "wanted", "expected"),
    [
        ('folder = "/srv/b"\nevery = "0s"', None, "/srv/b"),
        ('folder = "/srv/b"\nevery = "0s"', True, "/srv/b"),
        ('folder = "/srv/b"\nevery = "0s"', False, None),
        ('folder = "/srv/b"', None, None),
        ("", None, None),
        ("nonsense = 1", None, None),
    ],
)
def test_a_timer_makes_backups_where_the_daemon_makes_none(
    tmp_path: Path, backup: str, wanted: bool | None, expected: str | None
) -> None:
    found = timer_folder(_configured(tmp_path, backup), wanted=wanted)
    assert found == (Path(expected) if expected else None)


@pytest.mark.parametrize(
    ("backup", "reason"),
    [('folder = "/srv/b"', "the daemon makes backups already"), ("", "needs to know where: set `folder`")],
)
def test_a_timer_that_is_asked_for_and_of_no_use_is_refused(tmp_path: Path, backup: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        timer_folder(_configured(tmp_path, backup), wanted=True)


def test_the_timer_is_installed_and_removed(tmp_path: Path) -> None:
    there, folder = place(tmp_path), tmp_path / "back up"
    steps = timer_steps(there, "/opt/x/ingestd", UNITS, folder)
    assert commands(steps) == [
        f"install -d -m 750 -o ingestd -g ingestd {folder}",
        "systemctl daemon-reload",
        "systemctl enable --now ingestd-backup.timer",
    ]
    for step in steps:
        if isinstance(step, Write):
            step.run()
    unit = there.unit.with_name("ingestd-backup.service").read_text()
    assert f'\nReadWritePaths="{folder}"\n' in unit
    assert "\nExecStart=/opt/x/ingestd db backup\n" in unit
    folder.mkdir()
    again = timer_steps(there, "/opt/x/ingestd", UNITS, folder)
    assert [step.told().split()[0] for step in again] == ["keep", "keep", "run", "run"]
    removal = timer_removal_steps(there)
    assert commands(removal) == ["systemctl disable --now ingestd-backup.timer", "systemctl daemon-reload"]
    for step in removal:
        if isinstance(step, Remove):
            step.run()
    assert timer_removal_steps(there) == []


def test_a_folder_beside_the_database_needs_no_permission(tmp_path: Path) -> None:
    there = place(tmp_path)
    steps = timer_steps(there, "/opt/x/ingestd", UNITS, there.database.parent / "backups")
    assert not [step for step in steps if isinstance(step, Write) and "ReadWritePaths" in step.text]


@pytest.mark.process
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("false",), "false: exit status 1: it says nothing"),
        (("sh", "-c", "echo no such unit >&2; exit 5"), "exit status 5: no such unit"),
        (("no-such-program",), "no-such-program: not on this machine"),
    ],
)
def test_a_failing_program_is_named_with_what_it_says(words: tuple[str, ...], reason: str) -> None:
    with pytest.raises(IngestdError, match=reason):
        Run(words).run()


def test_nothing_is_done_where_nobody_can_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    assert run_command(["service", "install", "--user"]) == 2
    shown = capsys.readouterr()
    assert "write  " in shown.out and "nothing was done" in shown.err
    assert not (tmp_path / "settings").exists()


@pytest.mark.parametrize(("user_id", "reason"), [(1000, "needs root"), (0, "is in a home directory")])
def test_refusals_of_a_service_of_the_system(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], user_id: int, reason: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user_id)
    monkeypatch.setattr(sys, "prefix", "/home/anna/ingestd")
    assert run_command(["service", "install", "--yes"]) == 2
    assert reason in capsys.readouterr().err


needs_systemctl = pytest.mark.skipif(shutil.which("systemctl") is None, reason="systemctl is not installed")


@pytest.mark.process
@needs_systemctl
def test_a_users_service_is_installed_twice_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    for _time in range(2):
        assert run_command(["service", "install", "--user", "--yes"]) == 0
    unit = tmp_path / "settings/systemd/user/ingestd.service"
    assert (unit.parent / "default.target.wants/ingestd.service").is_symlink()
    assert "systemd does not run here" in capsys.readouterr().err
    assert run_command(["service", "status", "--user"]) == 0
    assert "as shipped" in capsys.readouterr().out
    assert run_command(["service", "uninstall", "--user", "--yes"]) == 0
    assert not unit.exists() and not list(unit.parent.glob("*.wants/*"))
    assert stat.S_IMODE((tmp_path / "settings/ingestd/ingestd.toml").stat().st_mode) == 0o600
    assert run_command(["service", "status", "--user"]) == 1


_IN_A_COPY = """
set -e
mount -t tmpfs tmpfs {work}
for folder in etc var/lib; do
  mkdir -p {work}/$folder/upper {work}/$folder/work
  mount -t overlay overlay -o lowerdir=/$folder,upperdir={work}/$folder/upper,workdir={work}/$folder/work /$folder
done
{python} {script}
stat -c '%U:%G %a' /etc/ingestd/ingestd.toml /etc/ingestd /var/lib/ingestd
systemctl is-enabled ingestd.service
id -nG ingestd
"""
_INSTALL_TWICE = """
from pathlib import Path
from ingestd.cli.service_steps import Place, install_steps
place = Place(Path("/etc/systemd/system/ingestd.service"), Path("/etc/ingestd/ingestd.toml"),
              Path("/var/lib/ingestd/ingestd.db"), is_user=False, booted=False)
for _time in range(2):
    for step in install_steps(place, "/usr/bin/true", Path({units!r}), Path({configuration!r}).read_text()):
        step.run()
"""


@pytest.mark.process
@needs_systemctl
def test_a_service_of_the_system_in_a_copy_of_the_machines_folders(tmp_path: Path) -> None:
    """The real programs make account, folders and links, in overlays that only this test sees."""
    script = tmp_path / "install.py"
    script.write_text(_INSTALL_TWICE.format(units=str(UNITS), configuration=str(ROOT / "config/ingestd.toml")))
    (tmp_path / "work").mkdir()
    shell = _IN_A_COPY.format(work=tmp_path / "work", python=sys.executable, script=script)
    unshare = ["unshare", "--mount", "--propagation", "private"]
    tried = subprocess.run(
        [*unshare, "mount", "-t", "tmpfs", "tmpfs", str(tmp_path / "work")], capture_output=True, check=False
    )
    if tried.returncode or os.geteuid() != 0:
        pytest.skip("no file systems can be mounted here")
    ended = subprocess.run([*unshare, "sh", "-c", shell], capture_output=True, text=True, cwd=ROOT, check=False)
    if "mount:" in ended.stderr:
        pytest.skip(f"no overlays can be mounted here: {ended.stderr.strip()}")
    assert (ended.stdout.splitlines(), ended.returncode) == (
        [
            "root:ingestd-config 640",
            "root:ingestd-config 750",
            "ingestd:ingestd 750",
            "enabled",
            "ingestd ingestd-config",
        ],
        0,
    ), ended.stderr

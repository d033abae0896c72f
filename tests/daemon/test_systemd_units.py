"""The shipped unit files, read as systemd reads them, and by systemd's own tools where they are installed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd/ingestd.service"
USER_UNIT = ROOT / "systemd/user/ingestd.service"
BACKUP_UNIT, BACKUP_TIMER = ROOT / "systemd/ingestd-backup.service", ROOT / "systemd/ingestd-backup.timer"
SYSUSERS = ROOT / "systemd/sysusers.d/ingestd.conf"
TMPFILES = ROOT / "systemd/tmpfiles.d/ingestd.conf"
DOCS = ROOT / "docs/service.md"
BACKUP_DOCS = ROOT / "docs/backup.md"


def _settings(unit: Path = UNIT) -> dict[str, list[str]]:
    """Every setting of a unit with its values in order, as "Section.Key"."""
    section, found = "", dict[str, list[str]]()
    for line in unit.read_text().splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = header[1]
        elif line and not line.startswith("#"):
            key, separator, value = line.partition("=")
            assert separator, line
            found.setdefault(f"{section}.{key}", []).append(value)
    return found


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("Service.Type", ["notify"]),
        ("Service.NotifyAccess", ["main"]),
        ("Service.ExecStart", ["/opt/ingestd/bin/ingestd run"]),
        ("Service.Restart", ["on-failure"]),
        ("Service.RestartPreventExitStatus", ["78 2"]),
        ("Service.TimeoutStopSec", ["10"]),
        ("Service.KillMode", ["mixed"]),
        ("Service.User", ["ingestd"]),
        ("Service.StateDirectory", ["ingestd"]),
        ("Install.WantedBy", ["multi-user.target"]),
    ],
)
def test_settings_that_the_daemon_needs(key, values):
    assert _settings()[key] == values


def test_the_database_lies_in_the_state_directory():
    settings = _settings()
    variables = dict(line.split("=", 1) for line in settings["Service.Environment"])
    assert variables["INGESTD_CONFIG"] == "/etc/ingestd/ingestd.toml"
    assert variables["INGESTD_DATABASE_URL"] == "sqlite:////var/lib/ingestd/ingestd.db"
    assert settings["Service.WorkingDirectory"] == ["/var/lib/ingestd"]


def test_network_and_write_access_are_allowed():
    settings = _settings()
    families = settings["Service.RestrictAddressFamilies"][0].split()
    assert {"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"} == set(families)
    assert "Service.PrivateNetwork" not in settings
    assert "Service.IPAddressDeny" not in settings
    assert settings["Service.MemoryDenyWriteExecute"] == ["no"]


def test_the_backup_has_the_account_and_the_paths_of_the_daemon_and_no_network():
    daemon, backup = _settings(), _settings(BACKUP_UNIT)
    for key in ("User", "Group", "StateDirectory", "StateDirectoryMode", "WorkingDirectory", "UMask", "Environment"):
        assert backup[f"Service.{key}"] == daemon[f"Service.{key}"]
    assert backup["Service.ExecStart"] == ["/opt/ingestd/bin/ingestd db backup"]
    assert backup["Service.Type"] == ["oneshot"]
    assert backup["Service.PrivateNetwork"] == ["yes"]
    assert _settings(BACKUP_TIMER)["Install.WantedBy"] == ["timers.target"]
    for unit in (BACKUP_UNIT, BACKUP_TIMER):
        assert f"install -D -m 644 systemd/{unit.name} /etc/systemd/system/{unit.name}" in BACKUP_DOCS.read_text()


@pytest.fixture
def checked_unit(tmp_path: Path) -> Path:
    """The unit as it ships, but for a program that exists on this machine."""
    unit = tmp_path / "ingestd.service"
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", UNIT.read_text()))
    return unit


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


needs_analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


@needs_analyze
def test_systemd_analyze_verify_finds_no_problem(checked_unit: Path):
    checked = _run("systemd-analyze", "verify", "--man=no", checked_unit)
    about_us = [line for line in checked.stderr.splitlines() if "ingestd.service" in line]
    assert (checked.returncode, about_us) == (0, [])


@needs_analyze
def test_the_unit_of_a_user_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    unit = tmp_path / "ingestd.service"
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", USER_UNIT.read_text()))
    checked = _run("systemd-analyze", "verify", "--user", "--man=no", unit)
    about_us = [line for line in checked.stderr.splitlines() if "ingestd.service" in line]
    assert (checked.returncode, about_us) == (0, [])


@needs_analyze
def test_systemd_analyze_verify_finds_no_problem_with_the_backup(tmp_path: Path):
    for path in (BACKUP_UNIT, BACKUP_TIMER):
        text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", path.read_text())
        (tmp_path / path.name).write_text(text)
    checked = _run("systemd-analyze", "verify", "--man=no", tmp_path / BACKUP_TIMER.name, tmp_path / BACKUP_UNIT.name)
    about_us = [line for line in checked.stderr.splitlines() if "ingestd-backup" in line]
    assert (checked.returncode, about_us) == (0, [])


@needs_analyze
def test_systemd_analyze_verify_reports_an_invalid_unit(checked_unit: Path):
    checked_unit.write_text(checked_unit.read_text().replace("KillMode=mixed", "KillMode=mixd"))
    assert "ingestd.service" in _run("systemd-analyze", "verify", "--man=no", checked_unit).stderr


@needs_analyze
def test_systemd_analyze_security_exposure_is_low(checked_unit: Path):
    # In tenths: 1.1 of 10 as measured by systemd 252; what goes above has lost a protection.
    checked = _run("systemd-analyze", "security", "--offline=true", "--threshold=11", checked_unit)
    if "Unknown" in checked.stderr or "unrecognized option" in checked.stderr:
        pytest.skip("this systemd-analyze cannot judge a file")
    assert checked.returncode == 0, checked.stdout[-500:]


def test_limits_are_set_by_a_system_call_that_is_allowed():
    """As the C library sets them: seccomp ends in EPERM what the unit's filter leaves out."""
    filters = " ".join(_settings()["Service.SystemCallFilter"]).split()
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    refused = _run("systemd-analyze", "syscall-filter", "@privileged", "@resources").stdout.split()
    assert {"~@privileged", "@resources"} <= set(filters)
    assert "setrlimit" in refused
    assert "prlimit64" not in refused
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, resource.getrlimit(resource.RLIMIT_AS))"
    if shutil.which("strace") is None:
        return
    traced = _run("strace", "-f", "-e", "trace=setrlimit,prlimit64", sys.executable, "-c", code).stderr
    assert "prlimit64(" in traced
    assert "setrlimit(" not in traced


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not installed")
def test_system_user_has_no_login(tmp_path: Path):
    (tmp_path / "etc").mkdir()
    made = _run("systemd-sysusers", f"--root={tmp_path}", SYSUSERS)
    assert made.returncode == 0, made.stderr
    (account,) = [line.split(":") for line in (tmp_path / "etc/passwd").read_text().splitlines()]
    groups = {line.split(":")[0]: line.split(":") for line in (tmp_path / "etc/group").read_text().splitlines()}
    assert groups["ingestd"][2] == account[3]
    assert (groups["ingestd"][3], groups["ingestd-config"][3]) == ("", "ingestd")
    assert account[0] == "ingestd"
    assert account[5] == "/var/lib/ingestd"
    assert account[6].endswith("nologin")


def test_directory_modes_exclude_others():
    lines = [line.split() for line in TMPFILES.read_text().splitlines() if not line.startswith("#")]
    assert lines == [
        ["d", "/etc/ingestd", "0750", "root", "ingestd-config", "-"],
        ["d", "/var/lib/ingestd", "0750", "ingestd", "ingestd", "-"],
    ]


@pytest.mark.parametrize("path", [UNIT, SYSUSERS, TMPFILES, ROOT / "config/ingestd.toml"])
def test_the_documentation_installs_every_file(path: Path):
    assert str(path.relative_to(ROOT)) in DOCS.read_text()


def test_the_configuration_is_installed_for_the_group_that_may_read_its_folder():
    group = next(line.split()[4] for line in TMPFILES.read_text().splitlines() if line.startswith("d /etc/ingestd"))
    assert f"install -m 640 -o root -g {group} config/ingestd.toml" in DOCS.read_text()


def test_documentation_names_the_paths_of_the_unit():
    text = DOCS.read_text()
    for path in ("/opt/ingestd/bin/ingestd", "/etc/ingestd/ingestd.toml", "/var/lib/ingestd/ingestd.db"):
        assert path in text

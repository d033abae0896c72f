"""Feeds from files and programs: bounded in time and size, refused unless they are allowed, nothing left behind."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from ingestd.fetch.local_feeds import LocalFeeds, file_path
from ingestd.model.errors import Outcome, PermanentError, PollError

PRINT = "import sys, os; "


async def refused(feeds: LocalFeeds, url: str, command: tuple[str, ...] = ()) -> tuple[Outcome, str]:
    with pytest.raises(PollError) as caught:
        await feeds.get(url, command)
    assert caught.value.url == url
    return caught.value.outcome, caught.value.reason


class TestFiles:
    async def test_a_file_is_read_also_behind_a_link(self, tmp_path):
        (tmp_path / "新 feed.xml").write_bytes(b"<rss/>")
        (tmp_path / "link").symlink_to("新 feed.xml")
        for name in ("%E6%96%B0%20feed.xml", "link"):
            response = await LocalFeeds(True).get(f"file://{tmp_path}/{name}", ())
            assert (response.body, response.status) == (b"<rss/>", 0)

    async def test_what_is_no_regular_file_is_refused_at_once(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        for path, reason in [
            ("/dev/zero", "no regular file"),
            (f"{tmp_path}/pipe", "no regular file"),
            (str(tmp_path), "Is a directory"),
            (f"{tmp_path}/none", "No such file"),
        ]:
            outcome, text = await refused(LocalFeeds(True), f"file://{path}")
            assert outcome is Outcome.LOCAL_FEED_FAILED
            assert reason in text

    async def test_a_large_file_is_refused(self, tmp_path):
        (tmp_path / "large").write_bytes(b"x" * 11)
        assert (await refused(LocalFeeds(True, max_bytes=10), f"file://{tmp_path}/large"))[0] is Outcome.TOO_LARGE
        assert (await LocalFeeds(True, max_bytes=11).get(f"file://{tmp_path}/large", ())).body == b"x" * 11

    @pytest.mark.parametrize("url", ["file://other/etc/passwd", "file:etc", "file:///a%00b"])
    def test_other_machines_and_broken_paths_are_refused(self, url):
        with pytest.raises(PermanentError):
            file_path(url)


@pytest.mark.process
@pytest.mark.real_clock
class TestPrograms:
    def program(self, code: str) -> tuple[str, ...]:
        return (sys.executable, "-S", "-E", "-c", PRINT + code)

    async def test_what_it_prints_is_the_feed_and_its_environment_has_no_secrets(self):
        environ = {"PATH": os.environ["PATH"], "TZ": "UTC", "TOKEN": "sesame", "INGESTD_DATABASE_URL": "x"}
        command = self.program(
            "print(sorted(set(os.environ) - {'LC_CTYPE'}), len(sys.stdin.read()), os.getpid() == os.getsid(0))"
        )
        body = (await LocalFeeds(True, environ=environ).get("command:x", command)).body
        assert body == b"['PATH', 'TZ'] 0 True\n"

    @pytest.mark.parametrize(
        ("code", "outcome", "reason"),
        [
            ("sys.stderr.write('no\\nsuch site\\n'); sys.exit(3)", Outcome.LOCAL_FEED_FAILED, "status 3: no such site"),
            ("os.kill(os.getpid(), 9)", Outcome.LOCAL_FEED_FAILED, "signal 9"),
            ("os.write(1, b'x' * 2000)", Outcome.TOO_LARGE, "larger than 1,000 bytes"),
            ("sys.stdout.write('x' * 10**8)", Outcome.TOO_LARGE, "larger than 1,000 bytes"),
            ("os.write(2, b'x' * 10**6); sys.exit(1)", Outcome.LOCAL_FEED_FAILED, "xxx"),
        ],
    )
    async def test_how_it_fails_is_said(self, code, outcome, reason):
        found = await refused(LocalFeeds(True, max_bytes=1_000), "command:x", self.program(code))
        assert found[0] is outcome
        assert reason in found[1]
        assert len(found[1]) < 400

    async def test_at_the_limit_it_is_killed_with_all_that_it_started(self, tmp_path):
        code = f"os.fork(); open({str(tmp_path)!r} + '/' + str(os.getpid()), 'w'); import time; time.sleep(600)"
        outcome, reason = await refused(LocalFeeds(True, timeout_s=2.0), "command:x", self.program(code))
        assert (outcome, reason.startswith("it was ended after 2 s")) == (Outcome.TIMEOUT, True)
        pids = [int(path.name) for path in tmp_path.iterdir()]
        assert pids
        for pid in pids:
            await _has_ended(pid)

    async def test_a_program_in_the_background_does_not_outlive_the_poll(self, tmp_path):
        code = (
            "pid = os.fork()\nif pid == 0:\n os.close(1); os.close(2)\n import time; time.sleep(600)\n"
            "else:\n print(pid)"
        )
        pid = int((await LocalFeeds(True).get("command:x", self.program("\n" + code))).body)
        await _has_ended(pid)

    async def test_one_that_is_not_there_is_said(self):
        outcome, reason = await refused(LocalFeeds(True), "command:x", ("/none/such",))
        assert (outcome, reason) == (Outcome.LOCAL_FEED_FAILED, "it cannot be started: No such file or directory")

    async def test_without_a_shell(self):
        response = await LocalFeeds(True).get("command:x", ("echo", "$HOME; id"))
        assert response.body == b"$HOME; id\n"


async def _has_ended(pid: int) -> None:
    """Wait until a process is gone, or a zombie that nobody of ours has to read."""
    while True:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":  # noqa: ASYNC240 - no disk
                return
        except FileNotFoundError:
            return
        await asyncio.sleep(0.01)


async def test_both_are_refused_unless_they_are_allowed(tmp_path):
    for command in ((), ("true",)):
        outcome, reason = await refused(LocalFeeds(), f"file://{tmp_path}/x", command)
        assert (outcome, "allow_commands" in reason) == (Outcome.ADDRESS_REFUSED, True)


async def test_programs_are_refused_in_the_sandbox_of_the_unit():
    feeds = LocalFeeds(True, environ={"INGESTD_SANDBOX": "1"})
    outcome, reason = await refused(feeds, "command:x", ("true",))
    assert (outcome, "sandbox" in reason) == (Outcome.ADDRESS_REFUSED, True)

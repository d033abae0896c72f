"""The commands of docs/service.md that an administrator repeats: they end well on each day."""

import re
import shlex
from pathlib import Path

import pytest

from tests.support.installation import Installation, Item, feed, page, prose

PAGE = (Path(__file__).parents[2] / "docs/service.md").read_text(encoding="utf-8")
OPML = '<opml version="2.0"><body><outline text="B" xmlUrl="https://b.example/f"/></body></opml>'


def everyday_commands(date: str, folder: Path, site: str) -> list[list[str]]:
    """The `ingestd` commands of "Every day", as they are typed on a date for a `site`, with their files in `folder`."""
    block = PAGE.split("## Every day")[1].split("```sh\n")[1].split("```")[0]
    found = []
    for line in block.splitlines():
        text = line.split("  ")[0].replace("$(date +%F)", date).replace("/var/lib/ingestd/", f"{folder}/")
        text = text.replace("https://example.org/", site)
        match = re.fullmatch(r"sudo (?:-u ingestd )?ingestd (.*)", text.replace("feeds.opml", f"{folder}/feeds.opml"))
        found += [shlex.split(match[1])] if match else []
    return found


@pytest.mark.process
def test_what_is_done_every_day_can_be_done_on_the_next(installation: Installation):
    installation.server.route("/a", page("长江", prose("长江")))
    installation.server.route("/f", feed(Item("长江", installation.server.url("/a"))))
    installation.configure({"name": "联合早报", "path": "/f"})
    installation.server.route("/g", feed())
    (installation.folder / "feeds.opml").write_text(OPML)
    for date in ("2026-05-01", "2026-05-02"):
        commands = everyday_commands(date, installation.folder, installation.server.url("/g"))
        assert {words[0] for words in commands} == {"status", "fetch", "db", "sources"}
        for words in commands:
            status, _, err = installation.command(*words)
            assert status == 0, f"{words}: {err}"
    assert len(list(installation.folder.glob("backup-2026-05-*.db"))) == 2

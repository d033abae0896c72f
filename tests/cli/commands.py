"""The command line in this process, on a configuration and a database of its own."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ingestd.cli.main import run_command

#: The folder with the sample archives, beside the project; it is not everywhere.
SAMPLES = next((path for up in Path(__file__).resolve().parents if (path := up / "shared").is_dir()), Path("shared"))


class Done(NamedTuple):
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass
class Commands:
    """Runs `ingestd -c CONFIG …`."""

    config: Path
    capture: pytest.CaptureFixture[str]

    @property
    def folder(self) -> Path:
        """Where configuration and database are."""
        return self.config.parent

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / "ingestd.db"

    def __call__(self, *arguments: object) -> Done:
        self.capture.readouterr()
        status = run_command(["-c", str(self.config), *map(str, arguments)])
        return Done(status, *self.capture.readouterr())

    def sql(self, query: str, *values: object) -> list[Any]:
        """Rows of the database as another program reads them."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            return connection.execute(query, values).fetchall()


def post(
    url: str = "https://a.example/1", title: str = "标题 one", date: str = "2024-05-01", body: str = "正文"
) -> str:
    """A file of the archive format."""
    return (
        f'---\nlayout: post\ntitle: "{title}"\ndate: {date}T01:02:03.004Z\nauthor: 联合早报\nfrom: {url}\n'
        f"tags: [ 联合早报 ]\ncategories: [ 联合早报 ]\n---\n<!--1618759080000-->\n[{title}]({url})\n------\n\n"
        f"<div>\n<p>{body}</p>\n</div>\n"
    )


def archive(folder: Path, posts: Iterable[tuple[str, str]]) -> Path:
    """A folder with these (path, text) files."""
    for name, text in posts:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


ARTICLE_TEXT = "".join(
    f"<p>Paragraph {n} tells at some length, as articles do, what happened on that day.</p>" for n in range(6)
)


def article_page(number: int) -> str:
    """The page of an article; its last sentence, with the number, is marked by the class `zz9`."""
    return (
        f"<html><head><title>{number}</title></head><body><article><h1>Article {number}</h1>{ARTICLE_TEXT}"
        f'<p class="zz9">Sentence number {number} is part of the text, at some length.</p></article></body></html>'
    )

"""What the workers are asked to do, by name."""

import importlib
import subprocess
import sys

import pytest

from ingestd.poll import jobs
from ingestd.poll.workers import Job

TASKS = {name: task for name, task in vars(jobs).items() if isinstance(task, Job)}


@pytest.mark.parametrize("name", TASKS)
def test_every_task_names_a_function(name):
    task = TASKS[name]
    assert callable(getattr(importlib.import_module(task.module), task.name))
    assert task.module in jobs.PRELOAD


@pytest.mark.process
def test_jobs_are_named_without_importing_their_modules():
    program = (
        "import sys, ingestd.cli.fetch_, ingestd.daemon.app;"
        "heavy = {'ingestd.poll.parse_and_identify', 'ingestd.extract.article', 'ingestd.feeds.parse_feed',"
        " 'nh3',"
        " 'feedparser', 'bs4', 'alembic', 'sqlalchemy.dialects.postgresql'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    assert said.stdout.strip() == "[]"


@pytest.mark.process
def test_a_feed_with_nothing_new_is_read_without_the_extraction_of_pages():
    program = (
        "import sys, datetime; from ingestd.identity.urls import UrlRules; from ingestd.model.source import Source;"
        "from ingestd.poll.parse_and_identify import build_posts, read_source;"
        "now = datetime.datetime.now(datetime.UTC); source = Source('a', 'http://a.example/f');"
        "body = b'<rss version=\"2.0\"><channel><title>t</title><link>http://a.example/</link></channel></rss>';"
        "feed = read_source(body, source=source, url=source.url, content_type=None, now=now);"
        "assert feed.entries == () == build_posts((), source, now, UrlRules());"
        "print(sorted({'ingestd.extract.article', 'ingestd.extract.list_page.entries'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    assert said.stdout.strip() == "[]"

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
        " 'nh3', 'trafilatura',"
        " 'feedparser', 'bs4', 'alembic', 'sqlalchemy.dialects.postgresql'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    assert said.stdout.strip() == "[]"

"""The private names of aiohttp and httpx that the transport needs: the test names one that a newer release lacks."""

import re
from pathlib import Path

import aiohttp
import pytest

from ingestd.fetch.library_hooks import HOOKS, Hook, changed_hooks


@pytest.mark.parametrize("hook", HOOKS, ids=str)
def test_the_installed_libraries_have_every_hook(hook):
    assert changed_hooks([hook]) == []


def test_a_hook_that_is_gone_or_has_changed_is_named():
    gone = Hook(aiohttp.TCPConnector, "_no_such_factory", "replaced")
    changed = Hook(aiohttp.StreamReader, "is_eof", "called", ("deep",))
    assert changed_hooks([gone, changed]) == [
        "aiohttp.connector.TCPConnector._no_such_factory is gone (replaced)",
        "aiohttp.streams.StreamReader.is_eof takes () instead of ('deep',) (called)",
    ]


def test_aiohttp_is_bounded_to_the_minor_release_that_is_tested():
    """The hooks may change in any minor release."""
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    bounds = re.search(r'"aiohttp>=(\d+)\.(\d+),<(\d+)\.(\d+)"', project)
    assert bounds is not None, "aiohttp has no upper bound"
    installed = tuple(int(part) for part in aiohttp.__version__.split(".")[:2])
    low, high = (int(bounds[1]), int(bounds[2])), (int(bounds[3]), int(bounds[4]))
    assert low <= installed < high
    assert high == (installed[0], installed[1] + 1)

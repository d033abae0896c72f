"""The private names of aiohttp and httpx that the transport needs: the test names one that a newer release lacks."""

import os
import re
import subprocess
import sys
from pathlib import Path

import aiohttp
import certifi
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


@pytest.mark.process
def test_the_import_of_aiohttp_reads_no_certificates():
    program = (
        "import ssl; read = []; inherited = ssl.SSLContext.set_default_verify_paths;"
        "ssl.SSLContext.load_default_certs = lambda *_: read.append(1);"
        "import ingestd.fetch;"
        "assert ssl.SSLContext.set_default_verify_paths is inherited;"
        "from aiohttp import connector;"
        "contexts = connector._SSL_CONTEXT_VERIFIED, connector._SSL_CONTEXT_UNVERIFIED;"
        "print(read, *(context.cert_store_stats() for context in contexts))"
    )
    environment = {"SSL_CERT_FILE": certifi.where(), "PATH": os.environ["PATH"]}
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, timeout=300
    )
    nothing = {"x509": 0, "crl": 0, "x509_ca": 0}
    assert said.stdout.strip() == f"[] {nothing} {nothing}"

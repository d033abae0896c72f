"""What every test of a command needs."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import Commands


@pytest.fixture
def ingestd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    """The command line, with an empty configuration and no database yet."""
    home = tmp_path / "home"
    home.mkdir()
    config = home / "ingestd.toml"
    config.write_text(
        f"[database]\nurl = {json.dumps(f'sqlite:///{home}/ingestd.db')}\n"
        "[fetch]\nmin_delay = '1ms'\nallow_networks = ['127.0.0.0/8']\n"
    )
    return Commands(config, capsys)

"""`ingestd config`: write and check the configuration."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_text
from ingestd.cli.session import current_session
from ingestd.model.errors import UsageError
from ingestd.sources.configured import configured_sources
from ingestd.sources.notify_secrets import notify_secrets
from ingestd.sources.rules import shipped, site_rules

app = typer.Typer(help="Write and check the configuration.")


@app.callback()
def config() -> None:
    """Write and check the configuration."""


@app.command("init")
def init(
    path: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="Where; an existing file is never overwritten.")
    ] = Path("config/ingestd.toml"),
) -> None:
    """Write the shipped configuration, with every key explained, as a file to start from."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(shipped("ingestd.toml").read_text(encoding="utf-8"))
    except FileExistsError as error:
        raise UsageError(f"{path} exists already, and is left as it is") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    print_text(f"{path}: edit it, and try `ingestd --config {path} fetch`")


@app.command("check")
def check_config(context: typer.Context, as_json: JsonOption = False) -> None:
    """Read the configuration and say what it holds; exit status 78 and the line of the mistake where it is wrong."""
    config = current_session(context).config
    site_rules(config)
    sources = configured_sources(config)
    notify_secrets(config)
    if config.metrics.listen:
        # What it imports takes half a second.
        import_module("ingestd.daemon.metrics").require_library(config)
    enabled = sum(source.enabled for source in sources)
    if as_json:
        print_json({"path": str(config.path), "sources": len(sources), "enabled": enabled, "ok": True})
        return
    print_text(f"{config.path}: good; {len(sources)} sources, {enabled} of them enabled")

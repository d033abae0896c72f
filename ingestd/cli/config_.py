"""`ingestd config`: the configuration."""

import typer

from ingestd.cli.common import JsonOption, say, say_json, session
from ingestd.runner import site_rules
from ingestd.sources import configured

app = typer.Typer(help="Check the configuration.")


@app.callback()
def config() -> None:
    """Check the configuration."""


@app.command("check")
def check(context: typer.Context, as_json: JsonOption = False) -> None:
    """Read the configuration and say what it holds; exit status 78 and the line of the mistake where it is wrong."""
    config = session(context).config
    site_rules(config)
    sources = configured(config)
    if as_json:
        enabled = sum(source.enabled for source in sources)
        say_json({"path": str(config.path), "sources": len(sources), "enabled": enabled, "ok": True})
        return
    say(f"{config.path}: good; {len(sources)} sources, {sum(source.enabled for source in sources)} of them enabled")

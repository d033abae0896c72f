"""The configuration with which the daemon archives the sample site."""

from pathlib import Path
from string import Template

#: The first line of the file. A folder with such a file was made by a demonstration, which may empty it.
CONFIG_MARK = "# The configuration of the demonstration: the sample site on this machine's own loopback."

_CONFIG = Template(
    """\
$mark
[database]
url = "$database"

[fetch]
concurrency = 8
per_host = 4
min_delay = "0s"
timeout = "10s"
allow_networks = ["127.0.0.1/32"]

[schedule]
interval = "5m"
min_interval = "5m"

[[sources]]
name = "苇港日报"
url = "$base/reedhaven/rss.xml"

[[sources]]
name = "The Tidewater Almanac"
url = "$base/almanac/atom.xml"
tags = ["almanac", "English"]

[[sources]]
name = "青渡晚报"
url = "$base/evening/rdf.xml"
timezone = "Asia/Shanghai" # its dates come without a zone
"""
)


def demo_config(base_url: str, database_path: Path) -> str:
    """The TOML configuration for archiving the sample site at `base_url` into the SQLite file `database_path`."""
    # In an SQLAlchemy URL the path begins behind the third slash: an absolute path makes four. Percent and question
    # marks are escaped, since they would be parsed as parts of the URL.
    path = str(database_path.absolute()).replace("%", "%25").replace("?", "%3F")
    return _CONFIG.substitute(mark=CONFIG_MARK, base=base_url, database=_toml_string(f"sqlite:///{path}"))


def _toml_string(text: str) -> str:
    """The inside of a TOML basic string."""
    return text.replace("\\", "\\\\").replace('"', '\\"')

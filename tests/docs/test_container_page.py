"""config/Containerfile and docs/container.md: the files, commands, variables and paths that they name."""

import re
import shlex
from pathlib import Path

from ingestd.cli.main import COMMANDS
from ingestd.config.load import SEARCH_PATH

ROOT = Path(__file__).parents[2]
CONTAINERFILE = (ROOT / "config/Containerfile").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/container.md").read_text(encoding="utf-8")


def instructions(name: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", CONTAINERFILE))
    return re.findall(rf"(?m)^{name} (.*)$", joined)


def test_copied_files_exist() -> None:
    copied = [words.split() for words in instructions("COPY")]
    sources = [word for words in copied if not words[0].startswith("--from") for word in words[:-1]]
    assert sources == [".", "constraints.txt"]
    assert all((ROOT / source).exists() for source in sources)


def test_configuration_and_database_are_where_the_page_mounts_them() -> None:
    variables = dict(pair.split("=", 1) for pair in shlex.split(instructions("ENV")[0]))
    assert variables["INGESTD_CONFIG"] in SEARCH_PATH and f":{variables['INGESTD_CONFIG']}:ro" in PAGE
    folder = instructions("VOLUME")[0]
    assert variables["INGESTD_DATABASE_URL"].startswith(f"sqlite:///{folder}/") and f":{folder} " in PAGE


def test_its_commands_exist() -> None:
    text = CONTAINERFILE.replace('", "', " ") + PAGE
    commands = set(re.findall(r"(?:CMD |exec ingestd |`|\[\")ingestd (\w+)", text))
    assert commands == {"run", "status"} and commands <= COMMANDS.keys()


def test_it_does_not_run_as_root() -> None:
    assert instructions("USER") == ["ingestd"]

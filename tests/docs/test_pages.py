"""Every page of documentation is listed, and what the pages name exists: files, modules, links, make targets."""

import importlib
import re
from operator import attrgetter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("*.md")])
#: Endings of files of the program's own name: `ingestd.toml` is no module.
FILE_ENDINGS = {"toml", "db", "service", "conf"}


def texts() -> list[tuple[Path, str]]:
    return [(page, page.read_text(encoding="utf-8")) for page in PAGES]


def named_paths(text: str) -> list[str]:
    """Paths from the top of the repository, such as `tests/docs`; not those of an installed system.

    The words of a link do not count: they may be a path inside of the package.
    """
    own = re.sub(r"\[[^\]]+\](?=\()", "", text)
    return re.findall(r"(?<![\w/.-])((?:ingestd|tests|docs|config|migrations|systemd)/(?![\d.])[\w./-]*\w)", own)


def test_the_index_lists_every_page_once():
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    lines = re.findall(r"^- \[[^\]]+\]\(([^)]+)\): \S.*$", index, re.MULTILINE)
    pages = [path.name for path in ROOT.glob("docs/*.md") if path.name != "index.md"]
    top = [f"../{path.name}" for path in ROOT.glob("*.md") if path.name != "README.md"]
    assert sorted(lines) == sorted([*pages, *top])


@pytest.mark.parametrize(("page", "text"), texts(), ids=lambda value: value.name if isinstance(value, Path) else "")
class TestWhatPagesName:
    def test_links(self, page: Path, text: str):
        for link, anchor in re.findall(r"\]\(([^)\s#]*)(#[^)\s]*)?\)", text):
            if link.startswith(("https:", "http:")):
                continue
            target = page.parent / link if link else page
            assert target.exists(), link
            if anchor:
                assert anchor[1:] in anchors(target), f"{link}{anchor}"

    def test_paths(self, page: Path, text: str):
        assert [path for path in named_paths(text) if not exists(path)] == []

    def test_python_files(self, page: Path, text: str):
        files = re.findall(r"`((?:\w+/)*\w+\.py)`", text)
        assert [path for path in files if not exists(path) and not (ROOT / "ingestd" / path).exists()] == []

    def test_modules(self, page: Path, text: str):
        for name in re.findall(r"(?<![\w/.-])((?:ingestd|tests)(?:\.[a-z_]\w*)+)", text):
            if name.split(".")[1] not in FILE_ENDINGS:
                assert is_importable(name), name

    def test_make_targets(self, page: Path, text: str):
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
        assert set(re.findall(r"(?:`|^\s*\$? ?)make ([\w-]+)", code(text), re.MULTILINE)) <= targets

    def test_no_line_describes_earlier_versions(self, page: Path, text: str):
        if page.name != "CHANGELOG.md":
            assert re.findall(r"\b(?:no longer|used to be|formerly|previously|at first)\b", text) == []


def exists(path: str) -> bool:
    return (ROOT / path).exists()


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def code(text: str) -> str:
    """The code of a page: its blocks, and its words between backticks."""
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`[^`\n]+`", text)])


def is_importable(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        module = ".".join(parts[:length])
        if (ROOT / module.replace(".", "/")).with_suffix(".py").exists() or (ROOT / module.replace(".", "/")).is_dir():
            rest = parts[length:]
            return not rest or hasattr_path(module, ".".join(rest))
    return False


def hasattr_path(module: str, name: str) -> bool:
    try:
        attrgetter(name)(importlib.import_module(module))
    except AttributeError:
        return False
    return True

"""Shell completion and the manual page, by the shells and groff themselves where they are here."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ingestd import __version__
from ingestd.cli.command_help import CommandHelp, program_help
from ingestd.cli.completion_scripts import bash_script, fish_script, zsh_script
from ingestd.cli.main import run_command, whole_app
from ingestd.cli.man_page import man_page

#: A command line up to the cursor, words that complete it, words that do not.
CASES = [
    ("ingestd ", ["run", "posts"], ["list"]),
    ("ingestd --co", ["--config"], ["run", "--utc"]),
    ("ingestd po", ["posts"], ["run", "pages"]),
    ("ingestd posts ", ["list", "search", "show"], ["run"]),
    ("ingestd --config x.toml posts se", ["search"], ["list"]),
    ("ingestd posts search --or", ["--order"], ["--json"]),
    ("ingestd posts search 渡轮 --order ", ["date", "relevance"], ["--json"]),
    ("ingestd status --a", ["--all"], ["--json"]),
    ("ingestd completion ", ["bash", "zsh", "fish"], ["run"]),
]


@pytest.fixture(scope="module")
def program() -> CommandHelp:
    return program_help(whole_app())


def run(words: list[str], script: str) -> str:
    done = subprocess.run(words, input=script, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout


def check(answers: list[str]) -> None:
    for (line, wanted, unwanted), answer in zip(CASES, answers, strict=True):
        found = answer.split()
        assert set(wanted) <= set(found), line
        assert not set(unwanted) & set(found), line


@pytest.mark.process
@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
def test_bash_completes_commands_options_and_values(program: CommandHelp):
    script = [bash_script(program)]
    for line, _, _ in CASES:
        words = line.split()
        words += [""] * line.endswith(" ")
        listed = " ".join(f"'{word}'" for word in words)
        script.append(f"COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}; _ingestd; echo ${{COMPREPLY[*]}}")
    check(run(["bash", "--norc"], "\n".join(script)).splitlines())


@pytest.mark.process
@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
def test_bash_completes_files_as_values_of_options(program: CommandHelp):
    # No word of ours: bash itself completes file names then (`complete -o default`).
    case = "COMP_WORDS=(ingestd export csv --out x); COMP_CWORD=4; _ingestd; echo ${#COMPREPLY[@]}"
    script = f"{bash_script(program)}\n{case}"
    assert run(["bash", "--norc"], script) == "0\n"


@pytest.mark.process
@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not here")
def test_fish_completes_commands_options_and_values(program: CommandHelp, tmp_path: Path):
    (tmp_path / "ingestd.fish").write_text(fish_script(program), encoding="utf-8")
    # Behind a tab stands the help.
    lines = "; ".join(f"complete -C '{line}' | string split -f 1 \\t; echo ---" for line, *_ in CASES)
    out = run(["fish", "--no-config", "-c", f"source {tmp_path}/ingestd.fish; {lines}"], "")
    check(out.split("---\n")[:-1])


@pytest.mark.process
@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not here")
def test_zsh_reads_its_script(program: CommandHelp):
    script = f"autoload -U compinit && compinit -u -D\n{zsh_script(program)}\nprint ${{_comps[ingestd]}}"
    assert "_bash_complete" in run(["zsh", "-f"], script)


def test_texts_of_the_help_are_quoted_in_fish():
    command = CommandHelp(("it",), "Don't \\ do. Again.", ())
    assert "-a it -d 'Don\\'t \\\\ do'" in fish_script(CommandHelp((), "", (), (command,)))


@pytest.mark.process
@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here")
def test_groff_reads_the_manual_without_a_warning(program: CommandHelp):
    shown = run(["groff", "-man", "-Tutf8", "-ww", "-K", "utf8", "-P", "-c"], man_page(program, __version__))
    text = "".join(re.sub(".\b", "", shown).split())
    assert "气候峰会" in text
    assert "ingestdpostssearch" in text


def test_no_line_of_a_text_is_a_command_of_roff():
    program = CommandHelp((), ".SH NO", (), (CommandHelp(("x",), "'so /etc/passwd \\fB --a", ()),))
    lines = man_page(program, "1").splitlines()
    assert "\\&.SH NO" in lines
    assert "\\&'so /etc/passwd \\efB \\-\\-a" in lines


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (["man"], f'.TH INGESTD 1 "" "ingestd {__version__}"'),
        (["completion", "bash"], "# bash completion"),
        (["completion", "zsh"], "# zsh completion"),
        (["completion", "fish"], "# fish completion"),
    ],
)
def test_commands(capsys: pytest.CaptureFixture[str], arguments: list[str], beginning: str):
    assert run_command(arguments) == 0
    assert capsys.readouterr().out.startswith(beginning)


def test_unknown_shell(capsys: pytest.CaptureFixture[str]):
    assert run_command(["completion", "tcsh"]) == 2
    assert "tcsh" in capsys.readouterr().err

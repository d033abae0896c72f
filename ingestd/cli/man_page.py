"""The manual page in roff, from the help of the commands."""

import re
from collections.abc import Iterator

from ingestd.cli.command_help import CommandHelp, ParameterHelp

_HEAD = """\
.SH CONFIGURATION
The file that \\fB\\-\\-config\\fR names, else the one of \\fBINGESTD_CONFIG\\fR, else
\\fI./config/ingestd.toml\\fR, else
\\fI/etc/ingestd/ingestd.toml\\fR. \\fBingestd config init\\fR writes one with every key explained.
"""
_TAIL = """\
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Some source or file failed, and which is printed.
.TP
.B 2
Wrong usage.
.TP
.B 78
The configuration is wrong.
.SH ENVIRONMENT
.TP
.B INGESTD_CONFIG
The configuration file.
.TP
.B INGESTD_DATABASE_URL
The database, in place of the one that the configuration names.
.TP
.B NO_COLOR
Where it is set and not empty, nothing is coloured or bold.
.TP
.B TZ
The time zone in which times are shown, where it is not the one of the machine.
.SH SEE ALSO
.BR sqlite3 (1),
.BR systemd (1),
.BR journalctl (1)
"""


def man_page(program: CommandHelp, version: str) -> str:
    """The manual page, section 1."""
    lines = [
        f'.TH INGESTD 1 "" "ingestd {version}" "User Commands"',
        ".SH NAME",
        r"ingestd \- archive news and blogs: feeds in, one clean post per article, in SQLite",
        ".SH SYNOPSIS",
        r".B ingestd",
        r"[\fB\-\-config\fR \fIFILE\fR] \fICOMMAND\fR ...",
        ".SH DESCRIPTION",
        _text(program.help),
        ".SH OPTIONS",
        "These may stand behind the command too.",
        *_parameters(program.parameters),
        ".SH COMMANDS",
    ]
    for command in program.walk():
        if command.words and not command.subcommands:
            lines += _command(command)
    return "\n".join(lines) + "\n" + _HEAD + _TAIL


def _command(command: CommandHelp) -> Iterator[str]:
    yield f".SS ingestd {_text(' '.join(command.words))}"
    yield f"\\fBingestd {_text(' '.join(command.words))}\\fR " + _text(
        " ".join(parameter.usage for parameter in command.parameters)
    )
    yield ".PP"
    yield _text(command.help)
    yield from _parameters(command.parameters)


def _parameters(parameters: tuple[ParameterHelp, ...]) -> Iterator[str]:
    for parameter in parameters:
        value = f" \\fI{_text(parameter.value)}\\fR" if parameter.names and parameter.value else ""
        names = ", ".join(f"\\fB{_text(name)}\\fR" for name in parameter.names)
        yield ".TP"
        yield (names + value) or f"\\fI{_text(parameter.value or '')}\\fR"
        choices = f" One of: {', '.join(parameter.choices)}." if parameter.choices else ""
        yield _text(parameter.help + choices)


def _text(text: str) -> str:
    """Text for roff: no character of it is a command, hyphens are those that are typed."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\`")
    return re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.MULTILINE)

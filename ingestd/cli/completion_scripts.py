"""Shell scripts that complete commands, subcommands, options and their values, from the help of the commands.

The scripts hold all words, so that a completion starts no program.
"""

from collections.abc import Iterator

from ingestd.cli.command_help import CommandHelp, ParameterHelp

_BASH = """\
# bash completion for ingestd; made by `ingestd completion bash`
_ingestd() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[$((COMP_CWORD-1))]} place="" word skip="" choices
    for word in "${COMP_WORDS[@]:1:$((COMP_CWORD-1))}"; do
        if [[ $skip ]]; then skip=""; continue; fi
        case "$word" in
            --config|-c) skip=1 ;;
            -*) ;;
            *) case "$place $word" in %(paths)s) place="$place $word" ;; esac ;;
        esac
    done
    case "$place $previous" in
%(values)s
    esac
    case "$previous" in %(files)s) COMPREPLY=(); return ;; esac
    case "$place" in
%(commands)s
        *) choices="" ;;
    esac
    [[ $choices ]] && COMPREPLY=($(compgen -W "$choices" -- "$current"))
}
complete -o default -F _ingestd ingestd
"""
_ZSH = """\
# zsh completion for ingestd; made by `ingestd completion zsh`
autoload -U +X bashcompinit && bashcompinit
"""


def bash_script(program: CommandHelp) -> str:
    """The script for bash."""
    general = [name for name in _options(program.parameters) if name != "--version"]
    commands: list[str] = []
    values: list[str] = []
    paths: list[str] = []
    for command in program.walk():
        path = "".join(f" {word}" for word in command.words)
        below = [one.words[-1] for one in command.subcommands]
        words = [*below, *_options(command.parameters), *(general if command.words else []), "--help"]
        words += [choice for one in command.parameters if not one.names for choice in one.choices]
        commands.append(f'        "{path}") choices="{" ".join(dict.fromkeys(words))}" ;;')
        if path:
            paths.append(f'"{path}"')
        for parameter in command.parameters:
            values += _bash_values(path, parameter)
    takes_file = {name for command in program.walk() for one in command.parameters if one.value for name in one.names}
    parts = {"paths": "|".join(paths), "values": "\n".join(values), "commands": "\n".join(commands)}
    return _BASH % {**parts, "files": "|".join(sorted(takes_file))}


def _bash_values(path: str, parameter: ParameterHelp) -> Iterator[str]:
    """The line that completes the value of an option with few values."""
    if parameter.names and parameter.choices:
        patterns = "|".join(f'"{path} {name}"' for name in parameter.names)
        yield f'        {patterns}) COMPREPLY=($(compgen -W "{" ".join(parameter.choices)}" -- "$current")); return ;;'


def _options(parameters: tuple[ParameterHelp, ...]) -> list[str]:
    """The long names of options."""
    return [name for one in parameters for name in one.names if name.startswith("--")]


def zsh_script(program: CommandHelp) -> str:
    """The script for zsh: that of bash, by zsh's own emulation."""
    return _ZSH + bash_script(program)


def fish_script(program: CommandHelp) -> str:
    """The script for fish, which shows the help beside each word."""
    lines = ["# fish completion for ingestd; made by `ingestd completion fish`"]
    for command in program.walk():
        if not command.words:
            start = "complete -c ingestd -n __fish_use_subcommand -f -a"
            lines += [f"{start} {_fish_word(one)}" for one in command.subcommands]
            lines += [_fish_option("true", one) for one in command.parameters]
            continue
        seen = " ; and ".join(f"__fish_seen_subcommand_from {word}" for word in command.words)
        below = " ".join(one.words[-1] for one in command.subcommands)
        unseen = f"{seen} ; and not __fish_seen_subcommand_from {below}" if below else seen
        lines += [f"complete -c ingestd -n '{unseen}' -f -a {_fish_word(one)}" for one in command.subcommands]
        lines += [_fish_option(seen, one) for one in command.parameters if one.names or one.choices]
    return "\n".join(lines) + "\n"


def _fish_word(command: CommandHelp) -> str:
    return f"{command.words[-1]} -d {_quoted(command.help)}"


def _fish_option(condition: str, parameter: ParameterHelp) -> str:
    names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in parameter.names]
    value = "" if parameter.value is None else " -r"
    choices = f" -f -a {_quoted(' '.join(parameter.choices))}" if parameter.choices else ""
    return f"complete -c ingestd -n '{condition}' {' '.join(names)}{value}{choices} -d {_quoted(parameter.help)}"


def _quoted(text: str) -> str:
    """A text of one sentence as a word of fish."""
    sentence = text.partition(". ")[0].rstrip(".")
    return "'" + sentence.replace("\\", "\\\\").replace("'", "\\'") + "'"

"""Mutation testing: `python -m tests.mutation [MODULE ...]` changes code in small ways and counts what tests notice.

    python -m tests.mutation                              every module of targets.toml
    python -m tests.mutation fetch/guard identity/decide  these
    python -m tests.mutation --survivors fetch/guard      only what survived the last time
    python -m tests.mutation --function Guard.check_url fetch/guard

A mutant is killed by a test that fails or hangs with it. It runs the tests that pass through the changed line, the
quickest first, in a process forked from one that has imported and collected everything, so that most take milliseconds.
Mutants that no test can tell from the code are listed in targets.toml, each with its reason, and do not count.

mutmut and cosmic-ray are not used: mutmut 3 leaves out functions with decorators (properties, context managers) and
the constants at a module's top, and deletes no statement; cosmic-ray starts pytest once a mutant.

Exit status 0 when every module reaches its score, 1 otherwise. A module whose tests fail with the real code is not
measured, and the rest are.
"""

import argparse
import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.report import Result, print_result, print_table
from tests.mutation.run import Target, run

HERE = Path(__file__).parent
#: Where the survivors of the last run are kept, for `--survivors`.
RESULTS = Path(".mutants")


@dataclass(frozen=True)
class _Options:
    modules: list[str]
    survivors: bool
    function: str | None
    verbose: bool


def options(argv: list[str]) -> _Options:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="as in targets.toml: fetch/guard")
    parser.add_argument("--survivors", action="store_true", help="only the mutants that survived the last run")
    parser.add_argument("--function", help="only the mutants of functions whose name contains this")
    parser.add_argument("--verbose", action="store_true", help="print each mutant and the test that kills it")
    args = parser.parse_args(argv)
    return _Options(args.modules, args.survivors, args.function, args.verbose)


def load_targets(path: Path) -> dict[str, Target]:
    """The modules to mutate: their tests, and the mutants that nothing can tell from the code."""
    table = tomllib.loads(path.read_text("utf-8"))
    return {
        name: Target(name, tuple(entry["tests"]), entry.get("without", ""), dict(entry.get("equivalent", {})))
        for name, entry in table.items()
    }


def main(argv: list[str]) -> int:
    """Run what is asked for; the exit status."""
    chosen = options(argv)
    targets = load_targets(HERE / "targets.toml")
    results: list[Result] = []
    unmeasured: list[str] = []
    for name in chosen.modules or targets:
        only = None
        file = RESULTS / f"{name.replace('/', '.')}.json"
        if chosen.survivors and file.exists():
            only = frozenset(json.loads(file.read_text("utf-8")))
        try:
            result = run(targets[name], only=only, function=chosen.function, verbose=chosen.verbose)
        except RuntimeError as error:
            print(error, flush=True)
            unmeasured.append(name)
            continue
        print_result(result)
        if chosen.function is None:
            RESULTS.mkdir(exist_ok=True)
            file.write_text(json.dumps([mutant.name for mutant in result.survived], ensure_ascii=False), "utf-8")
        results.append(result)
    print_table(results)
    for name in unmeasured:
        print(f"{name}: not measured")
    return 0 if not unmeasured and all(result.is_good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What came of the mutants, for people."""

from dataclasses import dataclass, field

from tests.mutation.mutants import Mutant

#: Share of the mutants that tests must kill, equivalent ones left out.
WANTED_SCORE = 0.95


@dataclass
class Result:
    """The mutants of one module, by what came of them. `stale` names equivalent mutants that exist no longer."""

    module: str
    killed: list[tuple[Mutant, str]] = field(default_factory=list)
    survived: list[Mutant] = field(default_factory=list)
    equivalent: list[Mutant] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """All mutants but the equivalent ones."""
        return len(self.killed) + len(self.survived)

    @property
    def score(self) -> float:
        """Killed of all that tests can kill."""
        return len(self.killed) / self.total if self.total else 1.0

    @property
    def is_good(self) -> bool:
        """Whether the module reaches the score that is wanted."""
        return self.score >= WANTED_SCORE


def print_result(result: Result) -> None:
    """The survivors of a module, line by line."""
    for mutant in result.survived:
        print(f"  survived  ingestd/{result.module}.py:{mutant.line}  {mutant.name}")
    for name in result.stale:
        print(f"  no such mutant any longer, listed as equivalent: {name}")
    print(
        f"{result.module}: {len(result.killed)} of {result.total} killed ({result.score:.1%}), "
        f"{len(result.equivalent)} equivalent, {result.seconds:.0f} s",
        flush=True,
    )


def print_table(results: list[Result]) -> None:
    """One line a module, and all together."""
    if len(results) < 2:
        return
    print(f"\n{'module':<28}{'mutants':>9}{'killed':>9}{'survived':>10}{'equivalent':>12}{'score':>9}")
    total = Result("all")
    for result in results:
        _print_row(result)
        total.killed += result.killed
        total.survived += result.survived
        total.equivalent += result.equivalent
    _print_row(total)
    print(f"{sum(result.seconds for result in results):.0f} s")


def _print_row(result: Result) -> None:
    counts = f"{result.total:>9}{len(result.killed):>9}{len(result.survived):>10}{len(result.equivalent):>12}"
    print(f"{result.module:<28}{counts}{result.score:>9.1%}")

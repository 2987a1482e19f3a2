"""`python -m tests.mutants [paths] [--sample N] [--seed S]`: which faults in the code would no test notice?

Takes a random sample of the possible changes of each package under `bot/`, runs the tests that cover each changed
line, and prints the changes that survived and a score for each package. `.github/CONTRIBUTING.md` says how to use it.
"""

import argparse
import ast
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import zip_longest
from pathlib import Path

from tests.mutants import equivalent
from tests.mutants.changes import Change, find_changes
from tests.mutants.trials import (
    BROKEN,
    SOURCE,
    TESTS,
    CoverageMap,
    Test,
    coverage_map,
    preload,
    run_tests,
    sources,
    start,
)

PATIENCE = 15
"""Seconds that a child may take beyond three times what its tests took when they were measured."""


class Verdict(StrEnum):
    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    NO_TEST = "no test"
    NOT_RUN = "not run"


NOTICED, UNNOTICED = {Verdict.KILLED, Verdict.TIMED_OUT}, {Verdict.SURVIVED, Verdict.NO_TEST}


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """One change of one file."""

    path: Path
    number: int
    change: Change

    @property
    def package(self) -> str:
        """The folder under `bot/`; the files at its top are a package of their own."""
        return self.path.parts[1] if len(self.path.parts) > 2 else SOURCE

    def fits(self, row: equivalent.Equivalent) -> bool:
        return row.function == self.change.function and (row.before, row.after) == self.change.text()

    def __str__(self) -> str:
        before, after = self.change.text()
        return f"{self.path}:{self.change.lines.start} {self.change.function}\n    - {before}\n    + {after}"


class BrokenError(Exception):
    """The tool itself does not work, so its figures mean nothing."""


def all_mutants(root: Path, chosen: Sequence[str]) -> list[Mutant]:
    """Every change of the chosen files; all files if none is chosen."""
    paths = [path for path in sources(root, SOURCE) if not chosen or any(path.is_relative_to(one) for one in chosen)]
    changes = ((path, find_changes(ast.parse((root / path).read_text()))) for path in paths)
    return [Mutant(path, number, change) for path, found in changes for number, change in enumerate(found)]


def sample(mutants: Sequence[Mutant], *, size: int, seed: int) -> list[Mutant]:
    """So many of each package, one package after the other, so that a run cut short has seen some of each."""
    packages = sorted({mutant.package for mutant in mutants})
    drawn = []
    for package in packages:
        of_package = [mutant for mutant in mutants if mutant.package == package]
        drawn.append(random.Random(f"{seed} {package}").sample(of_package, min(size, len(of_package))))
    return [mutant for turn in zip_longest(*drawn) for mutant in turn if mutant]


def tests_for(mutant: Mutant, covered: CoverageMap, *, longest: float) -> list[Test]:
    """Those that run the changed lines; for code that runs at import, those that run anything of the file."""
    path = mutant.path.as_posix()
    tests = covered.tests(path, mutant.change.lines, longest=longest)
    return covered.tests(path, [0], longest=longest) if mutant.change.at_import and not tests else tests


@dataclass(slots=True)
class _Trial:
    mutant: Mutant | None
    """None is the control: the tests of a mutant without its change, which must pass."""
    tests: list[Test]
    deadline: float = 0


def run(
    root: Path, trials: Sequence[_Trial], covered: CoverageMap, *, workers: int, until: float
) -> Iterator[tuple[_Trial, Verdict]]:
    """Run the trials, so many at once, and yield each as it ends. What has not ended by `until` is not run."""
    waiting, running = list(reversed(trials)), dict[int, _Trial]()
    while waiting or running:
        now = time.monotonic()
        while waiting and len(running) < workers:
            trial = waiting.pop()
            if not trial.tests or now > until:
                yield trial, Verdict.NO_TEST if not trial.tests else Verdict.NOT_RUN
                continue
            trial.deadline = now + 3 * sum(covered.seconds[test] for test in trial.tests) + PATIENCE
            changed = (trial.mutant.path, trial.mutant.number) if trial.mutant else None
            running[start(partial(run_tests, root, trial.tests, changed))] = trial
        for child, trial in list(running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            late = not ended and now > min(trial.deadline, until + 1)
            if ended or late:
                _end_group(child)
                if late:
                    os.waitpid(child, 0)
                del running[child]
                yield (
                    trial,
                    (Verdict.TIMED_OUT if now > trial.deadline else Verdict.NOT_RUN) if late else _verdict(status),
                )
        time.sleep(0.02)


def _end_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:  # it ended and left nothing behind
        return


def _verdict(status: int) -> Verdict:
    code = os.waitstatus_to_exitcode(status)
    if code in {BROKEN, 5}:
        raise BrokenError(f"a trial ended with exit status {code}; set MUTANTS_OUTPUT to a file and read it")
    return Verdict.KILLED if code else Verdict.SURVIVED


def report(
    verdicts: Mapping[Mutant, Verdict], equivalents: Mapping[Mutant, equivalent.Equivalent], total: Counter[str]
) -> None:
    """Print the survivors, the equivalent changes and the table of scores."""
    for mutant, verdict in sorted(verdicts.items(), key=lambda item: (item[0].path, item[0].number)):
        if verdict in UNNOTICED:
            print(f"{verdict}: {mutant}")
    for mutant, row in equivalents.items():
        print(f"equivalent: {mutant}\n    because {row.reason}")
    print(
        f"\n{'package':<12}{'changes':>9}"
        + "".join(f"{verdict:>11}" for verdict in Verdict)
        + f"{'equivalent':>12}{'score':>8}"
    )
    for package in [*sorted(total), "all"]:
        counted = Counter(verdict for mutant, verdict in verdicts.items() if package in {mutant.package, "all"})
        same = sum(package in {mutant.package, "all"} for mutant in equivalents)
        noticed, unnoticed = (sum(counted[verdict] for verdict in group) for group in (NOTICED, UNNOTICED))
        score = f"{100 * noticed / (noticed + unnoticed):.0f} %" if noticed + unnoticed else "none"
        changes = total[package] if package in total else total.total()
        print(
            f"{package:<12}{changes:>9}" + "".join(f"{counted[one]:>11}" for one in Verdict) + f"{same:>12}{score:>8}"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("paths", nargs="*", help="files or folders under bot/ to change; all if none is given")
    parser.add_argument("--sample", type=int, default=15, metavar="N", help="changes for each package (default: 15)")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws another sample (default: 1)")
    parser.add_argument("--tests", nargs="*", default=[TESTS], help="use only these tests (default: all)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--longest", type=float, default=20, help="seconds of tests for each change (default: 20)")
    parser.add_argument("--within", type=float, default=float("inf"), metavar="SECONDS", help="stop after this time")
    given, root, until = parser.parse_args(arguments), Path.cwd(), time.monotonic()
    until += given.within

    mutants = all_mutants(root, given.paths)
    rows = {mutant: row for mutant in mutants for row in equivalent.EQUIVALENT if mutant.fits(row)}
    if not given.paths:
        for row in set(equivalent.EQUIVALENT) - set(rows.values()):
            print(f"no such change any more, remove it from {equivalent.__file__}: {row}")
    drawn = sample([mutant for mutant in mutants if mutant not in rows], size=given.sample, seed=given.seed)

    preload(root)
    tests = [
        path
        for path in sources(root, TESTS)
        if path.name.startswith("test_") and any(path.is_relative_to(one) for one in given.tests)
    ]
    covered = coverage_map(root, tests, workers=given.workers)
    print(f"{len(covered.seconds)} test functions measured; not used: {', '.join(covered.left_out) or 'none'}")
    trials = [_Trial(mutant, tests_for(mutant, covered, longest=given.longest)) for mutant in drawn]
    controls = list(
        {trial.mutant.package: _Trial(None, trial.tests) for trial in trials if trial.mutant and trial.tests}.values()
    )
    verdicts = {}
    for trial, verdict in run(root, [*controls, *trials], covered, workers=given.workers, until=until):
        if trial.mutant:
            verdicts[trial.mutant] = verdict
        elif verdict is not Verdict.SURVIVED:
            raise BrokenError(f"these tests fail although nothing is changed ({verdict}): {' '.join(trial.tests)}")
    report(verdicts, rows, Counter(mutant.package for mutant in mutants))


if __name__ == "__main__":
    try:
        main()
    except (BrokenError, RuntimeError) as error:
        sys.exit(f"the tool is broken: {error}")

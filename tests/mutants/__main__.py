"""`python -m tests.mutants [paths] [--sample N] [--seed S]`: which faults in the code would no test notice?

Takes a random sample of the possible changes of each package under `bot/`, runs the tests that cover each changed
line, and prints the changes that survived and a score for each package. `.github/CONTRIBUTING.md` says how to use it.
"""

import argparse
import ast
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.mutants import equivalent
from tests.mutants.changes import Change, find_changes
from tests.mutants.trials import (
    BROKEN,
    SOURCE,
    TESTS,
    CoverageMap,
    Test,
    coverage_map,
    end_group,
    importers,
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
    """The tool cannot do its work, so it has no figures to print."""


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


def tests_for(root: Path, mutant: Mutant, covered: CoverageMap, *, longest: float) -> list[Test]:
    """The tests that run the changed lines.

    A line that runs when its module is imported belongs to no test. For such a line: the tests that run anything of
    the file, then those of the files that import it.
    """
    lines = [(mutant.path.as_posix(), line) for line in mutant.change.lines]
    file = [(mutant.path.as_posix(), 0)]
    if not mutant.change.at_import:
        return covered.tests([lines], longest=longest)
    return covered.tests([file, [(path.as_posix(), 0) for path in importers(root, mutant.path)]], longest=longest)


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
    try:
        while waiting or running:
            now = time.monotonic()
            while waiting and len(running) < workers:
                trial = waiting.pop()
                if not trial.tests or now > until:
                    yield trial, Verdict.NOT_RUN if trial.tests else Verdict.NO_TEST
                    continue
                trial.deadline = now + 3 * sum(covered.seconds[test] for test in trial.tests) + PATIENCE
                changed = (trial.mutant.path, trial.mutant.number) if trial.mutant else None
                running[start(partial(run_tests, root, trial.tests, changed))] = trial
            for child, trial in list(running.items()):
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended:
                    del running[child]
                    end_group(child)
                    yield trial, _verdict(status)
                elif now > min(trial.deadline, until):
                    del running[child]
                    end_group(child)
                    os.waitpid(child, 0)
                    yield trial, Verdict.TIMED_OUT if now > trial.deadline else Verdict.NOT_RUN
            time.sleep(0.02)
    finally:
        for child in running:
            end_group(child)


def _verdict(status: int) -> Verdict:
    code = os.waitstatus_to_exitcode(status)
    if code == BROKEN:
        raise BrokenError("a child ended with an error of the tool; set MUTANTS_OUTPUT to a file and read it")
    known = {int(pytest.ExitCode.OK): Verdict.SURVIVED, int(pytest.ExitCode.NO_TESTS_COLLECTED): Verdict.NO_TEST}
    return known.get(code, Verdict.KILLED)


def report(
    verdicts: Mapping[Mutant, Verdict], equivalents: Mapping[Mutant, equivalent.Equivalent], total: Counter[str]
) -> None:
    """Print the survivors, the equivalent changes and the table of scores."""
    for mutant, verdict in sorted(verdicts.items(), key=lambda item: (item[0].path, item[0].number)):
        if verdict in UNNOTICED:
            print(f"{verdict}: {mutant}")
    for mutant, row in equivalents.items():
        print(f"equivalent: {mutant}\n    because {row.reason}")
    verdict_names = "".join(f"{verdict:>11}" for verdict in Verdict)
    print(f"\n{'package':<12}{'changes':>9}{verdict_names}{'equivalent':>12}{'score':>8}")
    for package in [*sorted(total), "all"]:
        counted = Counter(verdict for mutant, verdict in verdicts.items() if package in {mutant.package, "all"})
        same = sum(package in {mutant.package, "all"} for mutant in equivalents)
        noticed, unnoticed = (sum(counted[verdict] for verdict in group) for group in (NOTICED, UNNOTICED))
        score = f"{100 * noticed / (noticed + unnoticed):.0f} %" if noticed + unnoticed else "none"
        changes = total[package] if package in total else total.total()
        figures = "".join(f"{counted[verdict]:>11}" for verdict in Verdict)
        print(f"{package:<12}{changes:>9}{figures}{same:>12}{score:>8}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("paths", nargs="*", help="files or folders under bot/ to change; all if none is given")
    parser.add_argument("--sample", type=int, default=15, metavar="N", help="changes for each package (default: 15)")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws another sample (default: 1)")
    parser.add_argument("--tests", nargs="*", default=[TESTS], help="use only these tests (default: all)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--longest", type=float, default=20, help="seconds of tests for each change (default: 20)")
    parser.add_argument("--within", type=float, default=float("inf"), metavar="SECONDS", help="stop after this time")
    return parser.parse_args()


def measure(root: Path, chosen: Sequence[str], *, workers: int, until: float) -> CoverageMap:
    """Find out which test runs which line, and say what this leaves open."""
    found = [path for path in sources(root, TESTS) if path.name.startswith("test_")]
    tests = [path for path in found if any(path.is_relative_to(one) for one in chosen)]
    covered = coverage_map(root, tests, workers=workers, until=until)
    print(f"{len(covered.seconds)} test functions measured")
    for test in covered.left_out:
        print(f"not used, because it fails without any change: {test}")
    if not covered.seconds:
        raise BrokenError("no test could be measured")
    if time.monotonic() > until:
        print("not all tests could be measured in the time given, so some mutants count as survivors that are none")
    return covered


def check(controls: Sequence[_Trial], run_in_time: Callable[..., Iterator[tuple[_Trial, Verdict]]]) -> None:
    """Raise BrokenError unless the tests pass when nothing is changed."""
    for control, first in run_in_time(controls):
        # once more, if need be: beside the others a time limit of the code may have passed
        verdict = next(run_in_time([control]))[1] if first is Verdict.KILLED else first
        if verdict not in {Verdict.SURVIVED, Verdict.NOT_RUN}:
            raise BrokenError(f"these tests fail although nothing is changed ({verdict}): {' '.join(control.tests)}")


def main() -> None:
    given, root, started = arguments(), Path.cwd(), time.monotonic()
    mutants = all_mutants(root, given.paths)
    if not mutants:
        raise BrokenError(f"nothing to change in {given.paths or SOURCE}")
    rows = {mutant: row for mutant in mutants for row in equivalent.EQUIVALENT if mutant.fits(row)}
    if not given.paths:
        for row in set(equivalent.EQUIVALENT) - set(rows.values()):
            print(f"no such change any more, remove it from {equivalent.__file__}: {row}")
    drawn = sample([mutant for mutant in mutants if mutant not in rows], size=given.sample, seed=given.seed)

    preload(root)
    covered = measure(root, given.tests, workers=given.workers, until=started + given.within / 2)
    trials = [_Trial(mutant, tests_for(root, mutant, covered, longest=given.longest)) for mutant in drawn]
    run_in_time = partial(run, root, covered=covered, workers=given.workers, until=started + given.within)
    controls = {trial.mutant.package: _Trial(None, trial.tests) for trial in trials if trial.mutant and trial.tests}
    check(list(controls.values()), run_in_time)
    verdicts = dict[Mutant, Verdict]()
    for trial, verdict in run_in_time(trials):
        if trial.mutant:
            verdicts[trial.mutant] = verdict
        if sys.stderr.isatty():
            print(f"\r{len(verdicts)} of {len(trials)}", end="", file=sys.stderr)
    report(verdicts, rows, Counter(mutant.package for mutant in mutants))


if __name__ == "__main__":
    try:
        main()
    except (BrokenError, RuntimeError) as error:
        sys.exit(f"no score: {error}")

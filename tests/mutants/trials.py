"""Run tests in forked processes: once to see which test runs which line, then once for each mutant.

The parent imports the libraries and never the code under test, so a child starts in milliseconds and imports the code
itself, with one module changed in memory. No file is touched.
"""

import ast
import contextlib
import hashlib
import importlib
import importlib.util
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType

import coverage
import pytest

from tests.mutants.changes import find_changes

SOURCE, TESTS, CACHE = "bot", "tests", Path(".pytest_cache")
EQUIVALENT = Path(TESTS, "mutants", "equivalent.py")
LEFT_OUT = {"demo", "migrations", "benchmarks"}
"""Folders whose code is not changed and whose tests are not run: stand-ins, written history, measurements."""
MEMORY = 4 << 30
BROKEN = 70
"""Exit status of a child whose own machinery failed."""

Test = str
"""A test function, as `file::function` without parameters."""


_HAVE_RUN = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageMap:
    """Which tests run which lines."""

    seconds: Mapping[Test, float]
    """Of the processor, so that the choice of tests does not depend on what else the machine does. A test that starts
    a process waits for it, and all of its time counts."""
    lines: Mapping[str, Mapping[int, Sequence[Test]]]
    """By file, relative to the root; line 0 holds the tests that run anything of the file."""
    left_out: Sequence[str]
    """Tests that fail without any change."""
    reach: Mapping[Test, int]
    """Lines that a test runs: the fewer, the more it is about each of them."""

    def tests(self, groups: Iterable[Iterable[tuple[str, int]]], *, longest: float) -> list[Test]:
        """The tests that run any of these lines, as many as fit into the time: by group, quick and specific first."""
        chosen, files, total = dict[Test, None](), set[str](), 0.0
        for places in groups:
            found = {test for path, line in places for test in self.lines.get(path, {}).get(line, [])}
            for test in sorted(found, key=lambda test: (self.reach[test] * (0.05 + self.seconds[test]), test)):
                file = test.partition("::")[0]
                needed = self.seconds[test] + (0 if file in files else 0.2)
                if test not in chosen and (not chosen or total + needed <= longest):
                    total += needed
                    chosen[test] = None
                    files.add(file)
        return list(chosen)


def sources(root: Path, folder: str) -> list[Path]:
    """The Python files of a folder, relative to the root, without those that are left out."""
    found = (path.relative_to(root) for path in (root / folder).rglob("*.py"))
    return sorted(path for path in found if not LEFT_OUT & set(path.parts))


def importers(root: Path, path: Path) -> list[Path]:
    """The files of the code that name this module in an import."""
    package, module = ".".join(path.parent.parts), path.stem
    names = {f"from {package}.{module} import", f"import {package}.{module}", f"from {package} import {module}"}
    return [other for other in sources(root, SOURCE) if any(name in (root / other).read_text() for name in names)]


def preload(root: Path) -> None:
    """Import every library that the code or its tests name, so that no child has to."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    for path in [*sources(root, SOURCE), *sources(root, TESTS)]:
        for node in ast.walk(ast.parse((root / path).read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name and name.partition(".")[0] not in {SOURCE, TESTS}:
                    try:
                        importlib.import_module(name)
                    except ImportError:  # an optional driver; what needs it fails in the child and is left out
                        continue


def start(work: Callable[[], int]) -> int:
    """Fork a silent child in its own process group; its exit status is what the work returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    if child := os.fork():
        return child
    status = BROKEN
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
        silence = os.open(os.environ.get("MUTANTS_OUTPUT", os.devnull), os.O_RDWR | os.O_CREAT | os.O_APPEND)
        for stream in range(3):
            os.dup2(silence, stream)
        status = work()
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - whatever it is, it must not go up into the parent's code
        traceback.print_exc()
    finally:
        os._exit(status)


def end_group(child: int) -> None:
    """Kill a child and what it started."""
    with contextlib.suppress(ProcessLookupError):  # all of it has ended
        os.killpg(child, signal.SIGKILL)


def run_tests(root: Path, tests: Sequence[Test], changed: tuple[Path, int] | None) -> int:
    """Run the tests in this order up to the first failure, with the change of this file that has this number."""
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    if changed:
        path, number = changed
        sys.meta_path.insert(0, _Mutated(root / path, ".".join(path.with_suffix("").parts), number))
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    return _pytest([*files, "-x", "--timeout", "15"], _InThisOrder({test: place for place, test in enumerate(tests)}))


def _pytest(arguments: Sequence[str], plugin: object) -> int:
    always = ["-q", "-p", "timeout", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "xdist", "-n", "0"]
    always += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # plugins that the parent has imported already
    return int(pytest.main([*always, *arguments], plugins=[plugin]))


def _test_of(item: pytest.Item) -> Test:
    return item.nodeid.partition("[")[0]


class _InThisOrder:
    def __init__(self, places: Mapping[Test, int]) -> None:
        self._places = places

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if _test_of(item) in self._places]
        items[:] = sorted(chosen, key=lambda item: self._places[_test_of(item)])


class _Mutated(SourceFileLoader):
    """Finds and loads one module, with its change of this number; nothing is read from or written to a cache."""

    def __init__(self, path: Path, name: str, number: int) -> None:
        super().__init__(name.removesuffix(".__init__"), str(path))
        self._number = number

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, _fullname: str) -> CodeType:
        tree = ast.parse(Path(self.path).read_text())
        find_changes(tree)[self._number].apply()
        return compile(tree, self.path, "exec", dont_inherit=True)


def coverage_map(root: Path, tests: Sequence[Path], *, workers: int, until: float) -> CoverageMap:
    """Run the tests once under coverage, in so many processes, unless neither code nor tests changed since.

    What has not run by `until` is left out, and the map is then not stored.
    """
    folder = root / CACHE
    folder.mkdir(exist_ok=True)
    cache = folder / f"mutants-{_hash(root, tests)}.json"
    if not cache.exists():
        parts = [folder / f"mutants-part-{number}.json" for number in range(workers)]
        by_size = sorted(tests, key=lambda path: ((root / path).stat().st_size, path))
        children = [start(_measuring(root, by_size[number::workers], part, until)) for number, part in enumerate(parts)]
        try:
            statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        finally:
            for child in children:
                end_group(child)
        if any(statuses):
            raise RuntimeError(
                f"the tests could not be measured: exit {statuses}; set MUTANTS_OUTPUT to a file and read it"
            )
        runs = [run for part in parts for run in json.loads(part.read_text())]
        for old in folder.glob("mutants-*.json"):
            old.unlink()
        if time.monotonic() > until:
            return _read_map(runs)
        cache.write_text(json.dumps(runs))
    return _read_map(json.loads(cache.read_text()))


def _hash(root: Path, tests: Sequence[Path]) -> str:
    digest = hashlib.sha256(repr((sys.version, [str(path) for path in tests])).encode())
    for path in sorted({*sources(root, SOURCE), *sources(root, TESTS)} - {EQUIVALENT}):
        digest.update(str(path).encode() + (root / path).read_bytes())
    return digest.hexdigest()[:16]


def _read_map(runs: Sequence[Mapping[str, object]]) -> CoverageMap:
    seconds, reach = dict[Test, float](), dict[Test, int]()
    lines: dict[str, dict[int, list[Test]]] = defaultdict(lambda: defaultdict(list))
    left_out = []
    for run in map(_Run.read, runs):
        if run.fails:
            left_out.append(run.test)
            continue
        seconds[run.test], reach[run.test] = run.seconds, sum(map(len, run.lines.values()))
        for path, numbers in run.lines.items():
            for line in [0, *numbers]:
                lines[path][line].append(run.test)
    return CoverageMap(seconds=seconds, lines=lines, left_out=left_out, reach=reach)


@dataclass(slots=True)
class _Run:
    """What a test function did."""

    test: Test
    seconds: float = 0
    fails: bool = False
    lines: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def read(cls, values: Mapping[str, object]) -> "_Run":
        return cls(**values)  # type: ignore[arg-type]


def _measuring(root: Path, tests: Sequence[Path], into: Path, until: float) -> Callable[[], int]:
    def measure() -> int:
        os.environ["HYPOTHESIS_PROFILE"] = "mutants-map"
        measured = coverage.Coverage(
            data_file=None,
            config_file=False,
            source=[str(root / SOURCE)],
            omit=[f"*/{name}/*" for name in LEFT_OUT],
            concurrency=["thread", "greenlet"] if importlib.util.find_spec("greenlet") else ["thread"],
            messages=False,
        )
        recorder = _Recorder(measured, until)
        measured.start()
        status = _pytest([*map(str, tests), "--timeout", "30"], recorder) if tests else 0
        measured.stop()
        stopped = status == pytest.ExitCode.INTERRUPTED and time.monotonic() > until
        if not stopped and status not in _HAVE_RUN:
            return status
        data = measured.get_data()
        for path in data.measured_files():
            short = Path(path).relative_to(root).as_posix()
            for line, contexts in data.contexts_by_lineno(path).items():
                for context in filter(None, contexts):
                    recorder.runs[context].lines.setdefault(short, []).append(line)
        into.write_text(
            json.dumps([{name: getattr(run, name) for name in _Run.__slots__} for run in recorder.runs.values()])
        )
        return 0

    return measure


class _Recorder:
    def __init__(self, measured: coverage.Coverage, until: float) -> None:
        self.runs: dict[Test, _Run] = {}
        self._measured = measured
        self._until = until
        self._current = ""
        self._has_waited = False
        """For a process that the test started: the time is not its own."""
        sys.addaudithook(self._notice)

    def _notice(self, event: str, _arguments: object) -> None:
        self._has_waited |= event in {"subprocess.Popen", "os.posix_spawn", "os.fork"}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        if time.monotonic() > self._until:
            item.session.shouldstop = "out of time"
        test = _test_of(item)
        if test != self._current:
            self._current = test
            self._measured.switch_context(test)
        run = self.runs.setdefault(test, _Run(test))
        self._has_waited = False
        worked, elapsed = time.process_time(), time.perf_counter()
        try:
            return (yield)
        finally:
            run.seconds += time.perf_counter() - elapsed if self._has_waited else time.process_time() - worked

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.runs[report.nodeid.partition("[")[0]].fails = True

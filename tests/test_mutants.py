"""The mutation testing tool: which changes it makes, how it samples them, and that it tells killed from survived."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.__main__ import all_mutants, sample
from tests.mutants.changes import find_changes

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        pytest.param("x = a < b", {"x = a <= b"}, id="a bound is shifted"),
        pytest.param("x = a and b", {"x = a", "x = b", "x = a or b"}, id="half of a condition is dropped"),
        pytest.param("x = 5 - a", {"x = 6 - a", "x = 5 + a"}, id="a number and an operator are changed"),
        pytest.param("x = min(a, key=b)", {"x = max(a, key=b)", "x = min(a)"}, id="an argument is dropped"),
        pytest.param("x = [a for a in b if c]", {"x = [a for a in b]"}, id="a filter is dropped"),
        pytest.param("a.b = c", {"pass"}, id="an assignment of an attribute is dropped"),
        pytest.param("if a: pass", {"if True:", "if False:"}, id="a condition always or never holds"),
        pytest.param("try: pass\nexcept (A, B): pass", {"except (B,):", "except (A,):"}, id="an error is not caught"),
        pytest.param("def f() -> A | None: return a", {"return None"}, id="nothing is returned where that is allowed"),
        pytest.param("def f() -> A: return a", set(), id="no None where a type checker would see it"),
        pytest.param('"""Docstring."""\nx: Literal[1] = a\nlog.info("a", b=1)', set(), id="what is no behaviour stays"),
    ],
)
def test_the_changes_of_a_statement(source: str, changed: set[str]) -> None:
    assert {change.text()[1] for change in find_changes(ast.parse(source))} == changed


def _project(root: Path) -> None:
    (root / "bot" / "door").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "bot" / "__init__.py").touch()
    (root / "bot" / "door" / "age.py").write_text("def may_enter(age):\n    return age >= 18\n")
    (root / "bot" / "untested.py").write_text("def double(number):\n    return number + number\n")
    (root / "tests" / "test_age.py").write_text(
        "from bot.door.age import may_enter\n\n"
        "def test_age():\n    assert (may_enter(18), may_enter(17)) == (True, False)\n"
    )


def test_the_same_seed_draws_the_same_changes(tmp_path: Path) -> None:
    _project(tmp_path)
    first, again = (sample(all_mutants(tmp_path, []), size=1, seed=1) for _ in range(2))
    assert [str(mutant) for mutant in first] == [str(mutant) for mutant in again]
    assert [mutant.package for mutant in first] == ["bot", "door"]


def test_a_tested_bound_is_killed_and_an_untested_line_survives(tmp_path: Path) -> None:
    _project(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutants", "--workers", "1"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no test: bot/untested.py:2 double" in done.stdout
    rows = {line.split()[0]: line.split()[1:4] for line in done.stdout.partition("package")[2].splitlines()[1:]}
    assert rows == {"bot": ["1", "0", "0"], "door": ["2", "2", "0"], "all": ["3", "2", "0"]}
    assert done.stdout.rstrip().endswith("67 %")

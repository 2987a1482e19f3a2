"""The house's own rules: what the pages say is what the code does, and every file is one that people can read."""

import ast
import fnmatch
import inspect
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot import errors
from bot.errors import BotError
from bot.settings import setting_rows
from bot.slack.errors import RULES

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "bot").rglob("*.py"))
TOP_LEVEL = {"bot", "tests", "manifest.yaml", "Procfile", "pyproject.toml", "README.md", "LICENSE"}
TRY_IT = "python -m bot demo"


def _tree_below(error: type[BotError], indent: str = "") -> list[str]:
    """The names below an error, drawn as in the docstring of `bot.errors`, in the order of the file."""
    drawn: list[str] = []
    children = [child for child in error.__subclasses__() if child.__module__ == errors.__name__]
    for child in children:
        last = child is children[-1]
        drawn.append(f"{indent}{'└── ' if last else '├── '}{child.__name__}")
        drawn += _tree_below(child, indent + ("    " if last else "│   "))
    return drawn


def test_the_drawing_of_the_errors_is_the_tree() -> None:
    page = inspect.getdoc(errors) or ""
    drawn = [match.group() for line in page.splitlines() if (match := re.match(r"[ │]*[├└]── \w+", line))]
    assert drawn == _tree_below(BotError)


def _offenders(offends: Callable[[str], object]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in SOURCES if offends(path.read_text())]


def test_every_file_says_what_it_is() -> None:
    assert _offenders(lambda text: not ast.get_docstring(ast.parse(text))) == []


def test_only_the_command_line_and_the_demo_print() -> None:
    printing = _offenders(lambda text: any(_prints(node) for node in ast.walk(ast.parse(text))))
    assert [path for path in printing if not path.startswith(("bot/cli", "bot/demo/"))] == []


def _prints(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


def test_the_top_level_holds_the_cards_entries_alone() -> None:
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()]
    seen = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert {name for name in seen if not any(fnmatch.fnmatch(name, pattern) for pattern in ignored)} == TOP_LEVEL


def test_the_env_example_is_every_setting_with_its_default() -> None:
    _, _, written = (ROOT / ".env.example").read_text().partition("\n\n")
    blocks = (f"# {row.what}, e.g. {row.example}\n{row.name}={row.default}\n" for row in setting_rows())
    assert written == "\n".join(blocks)


def _readme_section(heading: str) -> str:
    _, found, rest = (ROOT / "README.md").read_text().partition(f"\n## {heading}\n")
    assert found, f"the README has no section {heading!r}"
    return rest.partition("\n## ")[0]


def test_the_readmes_table_is_every_setting_with_its_default() -> None:
    """A row is `| setting | what it is for | default |`; backticks mark a default, a cell without them has none."""
    lines = [line for line in _readme_section("Settings").splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    told = [(_code(name), _code(default)) for name, _what, default in rows]
    assert told == [(row.name, row.default) for row in setting_rows()]


def _code(cell: str) -> str:
    match = re.search(r"`([^`]+)`", cell)
    return match.group(1) if match else ""


def test_the_readme_holds_the_two_commands() -> None:
    readme, long_run = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    (prove_it,) = [line for line in long_run.splitlines() if line.startswith("python3 -m venv")]
    assert TRY_IT in readme
    assert prove_it in readme


def _pins() -> dict[str, str]:
    lines = (ROOT / ".ci" / "constraints.txt").read_text().splitlines()
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


def test_the_constraints_are_versions_and_no_addresses() -> None:
    lines = (ROOT / ".ci" / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!+]+", line)] == []


def test_the_constraints_pin_everything_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    pins = _pins()
    for requirement in map(Requirement, asked):
        assert pins.get(canonicalize_name(requirement.name), "none") in requirement.specifier, str(requirement)


def test_the_readme_tells_what_follows_when_slack_takes_no_post() -> None:
    """A row for each rule, with its codes and what it stops."""
    lines = [line for line in _readme_section("Troubleshooting").splitlines() if line.startswith("| ")]
    for rule in RULES:
        codes = ", ".join(f"`{code}`" for code in sorted(rule.codes)) or "anything else"
        assert any(line.startswith(f"| {codes} | {rule.stops} |") for line in lines)

"""A file holds one responsibility: at most 600 lines, and a function at most 60."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
MAX_FILE, MAX_FUNCTION, MAX_MEDIAN = 600, 60, 150
SUFFIXES = (".py", ".rs", ".ts", ".tsx")


def sources() -> list[Path]:
    """Our own source files, whether committed yet or not, without what is generated."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [ROOT / line for line in listed.stdout.splitlines() if line.endswith(SUFFIXES)]
    return [file for file in files if file.exists() and "generated" not in file.name]


def python_functions(text: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


OPENING = re.compile(
    r"^(?P<indent>\s*)(?:export\s+)?(?:default\s+)?(?:pub(?:\([a-z]+\))?\s+)?(?:const\s+)?(?:unsafe\s+)?(?:async\s+)?"
    r"(?:fn|function\*?)\s+(?P<name>\w+)"
    r"|^(?P<indent2>\s*)(?:export\s+)?const\s+(?P<name2>\w+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:\([^)]*\)|\w+)(?::\s*[^=]+)?\s*=>\s*\{"
)


def braced_functions(text: str) -> Iterator[tuple[str, int]]:
    """Rust and TypeScript: formatters put the closing brace at the indentation of the opening line."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        found = OPENING.match(line)
        if not found or line.rstrip().endswith((";", "}")):
            continue
        indent = found["indent"] if found["name"] else found["indent2"]
        for end in range(start + 1, len(lines)):
            if re.match(rf"^{indent}\}}", lines[end]):
                yield found["name"] or found["name2"], end - start + 1
                break
            if lines[end] and not lines[end].startswith(
                (indent + " ", indent + "}", indent + ")", indent + "where", "#")
            ):
                break


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_no_file_and_no_function_is_too_long(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_FILE
    functions = python_functions(text) if file.suffix == ".py" else braced_functions(text)
    assert [(name, length) for name, length in functions if length > MAX_FUNCTION] == []


def test_the_typical_file_is_short() -> None:
    lengths = [len(file.read_text(encoding="utf-8").splitlines()) for file in sources()]
    assert median(lengths) <= MAX_MEDIAN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fn a() {\n    b();\n}\n", [("a", 3)]),
        ("    pub(crate) async fn a(\n        x: u8,\n    ) -> u8 {\n        x\n    }\n", [("a", 5)]),
        ("export function A() {\n  return 1;\n}\n", [("A", 3)]),
        ("const a = async (x: number) => {\n  b();\n  c();\n};\n", [("a", 4)]),
    ],
)
def test_the_counter_counts(text: str, expected: list[tuple[str, int]]) -> None:
    assert list(braced_functions(text)) == expected

"""How the tests are laid out: what several test modules need stands in a module of its own."""

import ast

from tests.paths import ROOT

SOURCES = [path for top in ("tests", "benchmarks") for path in sorted((ROOT / top).rglob("*.py"))]


def imported(path):
    """The modules that a file imports, and each name it takes from them, which may be a module too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_test_module(name):
    return name.startswith("tests.") and any(part == "conftest" or part.startswith("test_") for part in name.split("."))


def test_no_module_imports_a_test_module():
    found = {str(path.relative_to(ROOT)): [*filter(is_test_module, imported(path))] for path in SOURCES}
    assert {path: names for path, names in found.items() if names} == {}

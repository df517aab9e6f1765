"""Who may import whom: edge and hub meet in wire and base and nowhere else, and no import runs in a circle."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "wire": {"wire"},
    "base": {"base", "wire"},
    "edge": {"edge", "base", "wire"},
    "hub": {"hub", "base", "wire"},
}
OURS = {*MAY_IMPORT, "deploy", "tests"}


def modules(package: str, root: Path = ROOT) -> dict[str, Path]:
    """Dotted name and file of every module of a package; a package's __init__ goes by the package's own name."""
    found = {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path) -> Iterator[str]:
    """Every dotted name a module asks for, wherever in the file: `from a import b` is `a.b`."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            home = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{home}.{alias.name}" for alias in node.names)


def graph(package: str, root: Path = ROOT) -> dict[str, set[str]]:
    """For each module of a package, the modules of the same package it imports."""
    own = modules(package, root)
    edges: dict[str, set[str]] = {name: set() for name in own}
    for name, path in own.items():
        for asked in imports(name, path):
            target = asked if asked in own else asked.rpartition(".")[0]
            if target in own and target != name:
                edges[name].add(target)
    return edges


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    own = modules(package)
    assert own, f"no modules in {package}"
    crossed = [
        f"{name} imports {asked}"
        for name, path in own.items()
        for asked in imports(name, path)
        if asked.split(".")[0] in OURS - MAY_IMPORT[package]
    ]
    assert not crossed


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_import_of_a_package_runs_in_a_circle(package: str) -> None:
    try:
        TopologicalSorter(graph(package)).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]), pytrace=False)


def test_every_form_of_import_is_seen(tmp_path: Path) -> None:
    home = tmp_path / "edge" / "camera"
    home.mkdir(parents=True)
    (tmp_path / "edge" / "__init__.py").touch()
    (home / "__init__.py").write_text("from . import rtsp\n")
    (home / "rtsp.py").write_text("import hub.desk\nfrom ..errors import Fault\ndef f():\n    from base import clock\n")

    found = {name: list(imports(name, path)) for name, path in modules("edge", tmp_path).items()}

    assert found == {
        "edge": [],
        "edge.camera": ["edge.camera.rtsp"],
        "edge.camera.rtsp": ["hub.desk", "edge.errors.Fault", "base.clock"],
    }


def test_a_circle_is_found(tmp_path: Path) -> None:
    home = tmp_path / "edge"
    home.mkdir()
    (home / "a.py").write_text("from edge.b import thing\n")
    (home / "b.py").write_text("import edge.a\n")

    with pytest.raises(CycleError):
        TopologicalSorter(graph("edge", tmp_path)).prepare()

"""What must never slip into the repository: addresses of package hosts, paths of one machine, pauses, promises."""

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("base", "edge", "hub", "wire")
NOT_OURS = {
    ".git",
    ".venv",
    ".cache",
    ".demo",
    ".hypothesis",
    "node_modules",
    "build",
    "dist",
    "htmlcov",
    "__pycache__",
}
PAGES = {".html", ".css", ".js", ".svg", ".webmanifest"}

PACKAGE_HOST = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|piwheels\.org|npmjs\.org|npmmirror\.com|deb\.debian\.org|crates\.io|unpkg\.com"
    r"|jsdelivr\.net|cdnjs\.\w+|tuna\.tsinghua\.\w+|mirrors\.\w+\.(?:com|cn))\b",
    re.IGNORECASE,
)
ONE_MACHINE = re.compile(r"(?<![\w.:/}])/(?:home|root|Users|work)/[\w.-]+")
PROMISE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|NotImplemented" r"Error)\b")
# A namespace is a name, not an address: nothing is fetched. SVG and XLink need theirs.
OUTSIDE = re.compile(r"""https?://(?!www\.w3\.org/)[\w.-]+|(?:src|href|url)\s*[=(]\s*["']?//[\w.-]+""", re.IGNORECASE)


def files(root: Path = ROOT) -> Iterator[Path]:
    """Every file of the repository, read from the tree: works in a checkout and in an unpacked archive."""
    for folder, inside, names in os.walk(root):
        inside[:] = sorted(d for d in inside if d not in NOT_OURS and not d.endswith(("_cache", "__", ".egg-info")))
        yield from (Path(folder) / name for name in sorted(names) if not name.startswith(".coverage"))


def text_of(path: Path) -> str:
    """The file's text; nothing for pictures and other bytes."""
    data = path.read_bytes()
    return "" if b"\0" in data[:4096] else data.decode("utf-8", "replace")


def hits(pattern: re.Pattern[str], paths: Iterator[Path] | list[Path]) -> list[str]:
    """`file:line: text` of every match."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), 1)
        for match in pattern.finditer(line)
    ]


def sleeps(path: Path) -> Iterator[int]:
    """The lines on which a module sleeps, or takes `sleep` where a call would no longer be seen.

    Handing time.sleep to a part that asks for a way to wait is no sleep: a test hands it another.
    """
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "time.sleep":
            yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (node.lineno for alias in node.names if alias.name == "sleep")


def scripts() -> list[Path]:
    """Every shell script, by its first line."""
    return [path for path in files() if re.match(r"#!.*\b(?:ba)?sh\b", text_of(path)[:80])]


def test_no_package_host_is_named() -> None:
    assert hits(PACKAGE_HOST, files()) == []


def test_no_lock_holds_an_address() -> None:
    locks = sorted((ROOT / "requirements").glob("*.lock"))
    assert {lock.stem for lock in locks} >= {"run", "demo", "dev", "build"}
    assert hits(re.compile(r"://|index-url|find-links|^-", re.IGNORECASE), locks) == []


def test_every_pinned_package_carries_hashes() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        entries = re.split(r"\n(?=\S)", lock.read_text("utf-8").strip())
        assert [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_no_path_of_one_machine_is_written_down() -> None:
    assert hits(ONE_MACHINE, files()) == []


def test_nothing_is_left_for_later() -> None:
    assert hits(PROMISE, files()) == []


@pytest.mark.parametrize("package", PRODUCT)
def test_the_product_never_sleeps(package: str) -> None:
    naps = [
        f"{path.relative_to(ROOT)}:{line}" for path in sorted((ROOT / package).rglob("*.py")) for line in sleeps(path)
    ]
    assert naps == []


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py") if "__pycache__" not in path.parts}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_every_shell_script_can_be_run_and_parsed() -> None:
    found = scripts()
    assert {path.name for path in found} >= {"demo", "run", "setup.sh", "lock"}
    for script in found:
        assert os.access(script, os.X_OK), f"{script} is not executable"
        checked = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, timeout=30, check=False)
        assert checked.returncode == 0, checked.stderr


def test_no_page_asks_for_anything_outside_the_machine() -> None:
    pages = [path for path in files() if path.suffix in PAGES and path.relative_to(ROOT).parts[0] in PRODUCT]
    assert hits(OUTSIDE, pages) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (PACKAGE_HOST, "see https://files.pythonhosted" + ".org/packages"),
        (ONE_MACHINE, "open('/" + "home/li/clip.mp4')"),
        (PROMISE, "# TO" + "DO: later"),
        (OUTSIDE, '<script src="https://cdn.example/x.js">'),
        (OUTSIDE, '<link href="//cdn.example/x.css">'),
    ],
)
def test_a_guard_sees_what_it_guards_against(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (ONE_MACHINE, "/var/lib/linli/spool.db"),
        (OUTSIDE, '<svg xmlns="http://www.w3.org/2000/svg">'),
        (OUTSIDE, '<a href="/nodes">'),
    ],
)
def test_a_guard_lets_pass_what_is_right(pattern: re.Pattern[str], line: str) -> None:
    assert not pattern.search(line)


def test_both_ways_to_sleep_are_seen(tmp_path: Path) -> None:
    module = tmp_path / "nap.py"
    module.write_text("import time\nfrom time import sleep\ntime.sleep(1)\nopen_source(wait=time.sleep)\n")

    assert sorted(sleeps(module)) == [2, 3]

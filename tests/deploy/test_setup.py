"""deploy/setup.sh and deploy/demo: what they say, and when they do nothing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def bash(script: str, *, root: Path = ROOT, language: str = "C") -> "subprocess.CompletedProcess[str]":
    """Run lines of bash with setup.sh of a checkout loaded."""
    return subprocess.run(
        ["bash", "-c", f'set -euo pipefail; . "{root}/deploy/setup.sh"; {script}'],
        env={"PATH": os.environ["PATH"], "LANG": language},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as set-up looks at, with a stamp that says all is done."""
    root = tmp_path / "a checkout"
    (root / "deploy").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "setup.sh", root / "deploy")
    shutil.copytree(ROOT / "requirements", root / "requirements")
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").symlink_to("/bin/true")
    (root / ".venv" / ".linli-dev").write_text(bash("fingerprint", root=root).stdout)
    return root


def is_set_up(root: Path, profile: str) -> bool:
    return bash(f'is_set_up {profile} "$(fingerprint)"', root=root).returncode == 0


def test_help_is_printed_before_anything_is_set_up(tmp_path: Path) -> None:
    fresh = tmp_path / "checkout" / "deploy"
    fresh.mkdir(parents=True)
    for name in ("demo", "setup.sh"):
        shutil.copy(ROOT / "deploy" / name, fresh)

    shown = subprocess.run([fresh / "demo", "--help"], cwd="/", capture_output=True, text=True, timeout=60, check=True)

    assert "--synthetic" in shown.stdout
    assert [path.name for path in fresh.parent.iterdir()] == ["deploy"]


@pytest.mark.parametrize("language", ["C", "zh_CN.UTF-8"])
def test_help_names_every_option_of_the_demo(language: str) -> None:
    known = set(re.findall(r'add_argument\(\s*"(--[a-z-]+)"', (ROOT / "deploy" / "demo.py").read_text("utf-8")))

    told = set(
        re.findall(r"^  (--[a-z-]+)", bash('. "$ROOT/deploy/demo" --help', language=language).stdout, re.MULTILINE)
    )

    assert known
    assert told == known | {"--help"}


def test_help_is_chinese_where_the_machine_is() -> None:
    assert "用法" in bash('. "$ROOT/deploy/demo" --help', language="zh_CN.UTF-8").stdout


def test_without_root_the_one_missing_package_is_named() -> None:
    done = bash("as_root() { return 1; }; need_packages mosquitto")

    assert done.returncode == 1
    assert done.stderr.strip().endswith("sudo apt-get install mosquitto")


def test_a_finished_set_up_says_nothing_and_does_nothing(checkout: Path) -> None:
    done = bash("has_program() { true; }; set_up demo; set_up dev", root=checkout)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (checkout / ".cache").exists()


def test_the_tests_packages_serve_the_demo_and_not_the_other_way_round(checkout: Path) -> None:
    assert is_set_up(checkout, "demo")
    assert is_set_up(checkout, "dev")

    (checkout / ".venv" / ".linli-dev").rename(checkout / ".venv" / ".linli-demo")

    assert is_set_up(checkout, "demo")
    assert not is_set_up(checkout, "dev")


@pytest.mark.parametrize("changed", ["requirements/demo.lock", "pyproject.toml", "deploy/setup.sh"])
def test_a_change_of_what_was_installed_asks_for_a_new_set_up(checkout: Path, changed: str) -> None:
    with (checkout / changed).open("a") as file:
        file.write("\n")

    assert not is_set_up(checkout, "demo")


def test_a_moved_checkout_asks_for_a_new_set_up(checkout: Path) -> None:
    moved = checkout.rename(checkout.with_name("moved"))

    assert not is_set_up(moved, "demo")


def test_a_python_that_has_gone_asks_for_a_new_set_up(checkout: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")

    assert not is_set_up(checkout, "demo")


def test_a_python_for_the_environment_is_found_and_is_new_enough() -> None:
    found = bash("find_python ensurepip,venv").stdout.strip()

    told = subprocess.run(
        [found, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "True"


def test_a_module_nobody_has_finds_no_python() -> None:
    assert bash("find_python no_such_module_anywhere").returncode == 1

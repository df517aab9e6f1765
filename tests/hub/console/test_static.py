"""What is sent to browsers besides pages: small, ours or known, and from nowhere else."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from hub.console.parts import STATIC, static_address
from tests.hub.console.village import Browser, Village

VENDOR = STATIC / "vendor"
OWN = sorted(path for path in STATIC.iterdir() if path.is_file())
FOREIGN = re.compile(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}""")


def test_every_file_from_elsewhere_is_the_one_in_the_manifest() -> None:
    manifest = tomllib.loads((VENDOR / "vendor.toml").read_text(encoding="utf-8"))["file"]
    listed = {entry["name"] for entry in manifest} | {entry["licence_file"] for entry in manifest}

    assert {path.name for path in VENDOR.iterdir()} == listed | {"vendor.toml"}
    for entry in manifest:
        assert hashlib.sha256((VENDOR / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]
        assert (entry["version"] != "", entry["licence"] != "") == (True, True)


@pytest.mark.parametrize("path", OWN, ids=lambda path: Path(path).name)
def test_no_file_of_ours_names_an_address_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")

    assert FOREIGN.findall(text) == []


def test_the_style_sheet_stays_small() -> None:
    assert len((STATIC / "console.css").read_bytes()) <= 15_000


def test_each_script_of_ours_stays_small() -> None:
    scripts = [path for path in OWN if path.suffix == ".js"]

    assert [path.name for path in scripts if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []
    assert len(scripts) <= 5


def test_files_are_kept_for_ever_under_an_address_that_changes_with_them(tmp_path: Path) -> None:
    browser = Browser(Village(tmp_path))

    named, bare = browser.get(static_address("console.css")), browser.get("/static/console.css")

    assert (named.status_code, named.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert bare.headers["cache-control"] == "no-cache"
    assert browser.get("/favicon.ico").headers["location"] == static_address("favicon.svg")


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/vendor/../../app.py"]
)
def test_no_path_leads_out_of_the_static_folder(tmp_path: Path, path: str) -> None:
    assert Browser(Village(tmp_path)).get(path).status_code in (303, 404)

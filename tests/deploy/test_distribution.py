"""deploy.distribution against a shop of its own: real .deb files, real dpkg-deb, an apt-get that reads a folder."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.clips import ClipError, prepare
from deploy.distribution import FetchError, fetch_file

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb builds the packages of these tests")

APT_GET = """#!/bin/sh
for last; do :; done
deb="{shelf}/$last.deb"
case " $* " in
*" update "*) exit 0 ;;
*" --print-uris "*) [ -e "$deb" ] && echo "'file:$deb' $last.deb $(stat -c %s "$deb") SHA256:0" ;;
*) if [ -e "{shelf}/outage" ]; then head -c 100 "$deb" > "$last.deb"; echo "E: Failed to fetch" >&2; exit 100; fi
   cp "$deb" . ;;
esac
"""


class Shop:
    """A package archive in a folder, with verbs for what happens to archives."""

    def __init__(self, shelf: Path) -> None:
        self._shelf = shelf
        shelf.mkdir()
        self.apt_get = shelf / "apt-get"
        self.apt_get.write_text(APT_GET.format(shelf=shelf))
        self.apt_get.chmod(0o755)

    def stock(self, package: str, name: str, content: bytes) -> None:
        """Put a package holding one file on the shelf."""
        tree = self._shelf / package
        (tree / name).parent.mkdir(parents=True)
        (tree / name).write_bytes(content)
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN" / "control").write_text(
            f"Package: {package}\nVersion: 1\nArchitecture: all\nMaintainer: n <n@example.org>\nDescription: x\n"
        )
        built = ["dpkg-deb", "--root-owner-group", "-b", str(tree), str(self._shelf / f"{package}.deb")]
        subprocess.run(built, check=True, capture_output=True)

    def damage(self, package: str) -> None:
        """Cut a package in half."""
        deb = self._shelf / f"{package}.deb"
        deb.write_bytes(deb.read_bytes()[: deb.stat().st_size // 2])

    def set_outage(self, is_out: bool) -> None:
        """Let downloads break off from now on, or work again."""
        flag = self._shelf / "outage"
        flag.touch() if is_out else flag.unlink()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def fetch(shop: Shop, tmp_path: Path, name: str = "film.avi") -> bytes:
    target = tmp_path / "cache" / name
    target.parent.mkdir(exist_ok=True)
    fetch_file("films", name, target, say=print, apt_get=str(shop.apt_get))
    return target.read_bytes()


def test_one_file_is_taken_out_and_the_package_is_not_kept(shop: Shop, tmp_path: Path) -> None:
    shop.stock("films", "usr/share/doc/films/film.avi", b"pictures")

    assert fetch(shop, tmp_path) == b"pictures"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["film.avi"]


def test_a_file_that_debian_compressed_is_unpacked(shop: Shop, tmp_path: Path) -> None:
    shop.stock("films", "usr/share/doc/films/film.avi.gz", gzip.compress(b"pictures"))

    assert fetch(shop, tmp_path) == b"pictures"


def test_an_interrupted_download_leaves_no_film_and_the_next_one_succeeds(shop: Shop, tmp_path: Path) -> None:
    shop.stock("films", "usr/share/doc/films/film.avi", b"pictures")
    shop.set_outage(True)
    with pytest.raises(FetchError, match="Failed to fetch"):
        fetch(shop, tmp_path)
    assert not (tmp_path / "cache" / "film.avi").exists()

    shop.set_outage(False)

    assert fetch(shop, tmp_path) == b"pictures"


def test_a_package_nobody_knows_is_reported(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="films"):
        fetch(shop, tmp_path)


def test_a_package_without_the_file_is_reported(shop: Shop, tmp_path: Path) -> None:
    shop.stock("films", "usr/share/doc/films/other.avi", b"pictures")

    with pytest.raises(FetchError, match=r"film\.avi"):
        fetch(shop, tmp_path)


def test_a_damaged_package_is_reported_and_leaves_no_film(shop: Shop, tmp_path: Path) -> None:
    shop.stock("films", "usr/share/doc/films/film.avi", b"pictures" * 5000)
    shop.damage("films")

    with pytest.raises(FetchError):
        fetch(shop, tmp_path)
    assert not (tmp_path / "cache" / "film.avi").exists()


def test_a_machine_without_apt_is_told_what_else_it_can_do(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="--synthetic"):
        prepare(tmp_path / "cache", clip=None, say=print, apt_get=str(tmp_path / "no-such-program"))

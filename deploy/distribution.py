"""One file out of a Debian package, without installing the package and without root.

Upstream: apt's package lists and dpkg-deb. Downstream: deploy.clips. apt checks the download against the signed lists.
"""

import gzip
import lzma
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Protocol

from deploy.speech import Say, either, megabytes

PROGRESS_S = 5.0
MAX_FILE_BYTES = 200_000_000
CHUNK_BYTES = 1 << 20
QUOTED_URI = re.compile(r"^'[^']*' (?P<name>[^ /]+) (?P<size>\d+)\b", re.MULTILINE)
OPENERS = {"": None, ".gz": gzip.open, ".xz": lzma.open}  # Debian may compress what lies under /usr/share/doc


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class FetchError(Exception):
    """A package could not be found, downloaded or opened; the text says what to do."""


def fetch_file(package: str, name: str, target: Path, *, say: Say, apt_get: str = "apt-get") -> None:
    """Download `package` and put the one file called `name` in it at `target`; the package itself is not kept.

    The package lies in `target.parent / "package"` meanwhile, where an interrupted download is taken up again.
    target: appears complete or not at all.
    Raises FetchError when there is no apt, no network, no room, or no such file in the package.
    """
    shelf = target.parent / "package"
    shelf.mkdir(parents=True, exist_ok=True)
    archive, size = _locate(package, apt_get=apt_get, say=say)
    if shutil.disk_usage(shelf).free < size + MAX_FILE_BYTES:
        raise FetchError(
            either(
                f"{package} takes {megabytes(size)} and there is no room for it in {shelf}",
                f"{package} 需要 {megabytes(size)},{shelf} 所在磁盘空间不足",
            )
        )
    say(
        either(
            f"downloading Debian's package {package} for {name}: {megabytes(size)}, once; it is not installed",
            f"下载 Debian 软件包 {package} 以取出 {name}:{megabytes(size)},仅此一次,不安装",
        )
    )
    _download(package, shelf / archive, size=size, apt_get=apt_get, say=say)
    _extract(shelf / archive, name, target)
    shutil.rmtree(shelf)


def _locate(package: str, *, apt_get: str, say: Say) -> tuple[str, int]:
    found = _look_up(package, apt_get)
    if found is None and os.geteuid() == 0:
        say(either("the package lists are empty: apt-get update", "软件包列表为空:apt-get update"))
        _run([apt_get, "-q", "-o", "DPkg::Lock::Timeout=120", "update"])
        found = _look_up(package, apt_get)
    if found is None:
        raise FetchError(
            either(
                f"apt does not know the package {package}; run: sudo apt-get update",
                f"apt 找不到软件包 {package},请先运行:sudo apt-get update",
            )
        )
    return found


def _look_up(package: str, apt_get: str) -> tuple[str, int] | None:
    found = QUOTED_URI.search(_run([apt_get, "-q", "--print-uris", "download", package]).stdout)
    return (found["name"], int(found["size"])) if found else None


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
        )
    except FileNotFoundError:
        raise FetchError(
            either(
                f"{command[0]} was not found: this is no Debian or Raspberry Pi OS",
                f"找不到 {command[0]}:本机不是 Debian 或 Raspberry Pi OS",
            )
        ) from None


def _download(package: str, archive: Path, *, size: int, apt_get: str, say: Say) -> None:
    command = [apt_get, "-q", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30", "download", package]
    with (archive.parent / "apt.log").open("w+b") as log:
        apt = subprocess.Popen(command, cwd=archive.parent, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _follow(apt, archive, size=size, say=say)
        finally:
            apt.kill()  # does nothing once it has ended
            apt.wait()
        log.seek(0)
        words = log.read().decode("utf-8", "replace")
    if apt.returncode != 0 or not archive.is_file():
        reasons = [line.removeprefix("E: ") for line in words.splitlines() if line.startswith(("E:", "Err:"))]
        raise FetchError(
            either(f"{package} could not be downloaded", f"{package} 下载失败") + f": {'; '.join(reasons[-2:])}"
        )


def _follow(apt: "subprocess.Popen[bytes]", archive: Path, *, size: int, say: Say) -> None:
    while True:
        try:
            apt.wait(PROGRESS_S)
            return
        except subprocess.TimeoutExpired:
            have = archive.stat().st_size if archive.exists() else 0
            say(f"  {megabytes(have)} / {megabytes(size)}")


def _extract(archive: Path, name: str, target: Path) -> None:
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as dpkg:
        assert dpkg.stdout is not None
        try:
            with tarfile.open(fileobj=dpkg.stdout, mode="r|") as tree:
                _pick(tree, name, target)
        except (tarfile.TarError, EOFError, lzma.LZMAError) as error:
            raise FetchError(either(f"{archive.name} cannot be opened", f"无法打开 {archive.name}")) from error
        finally:
            dpkg.kill()


def _pick(tree: tarfile.TarFile, name: str, target: Path) -> None:
    wanted = {name + ending: opener for ending, opener in OPENERS.items()}
    for member in tree:
        found = Path(member.name).name
        if member.isfile() and found in wanted and (packed := tree.extractfile(member)) is not None:
            opener = wanted[found]
            _write(packed if opener is None else opener(packed), target)
            return
    raise FetchError(either(f"the package holds no file {name}", f"软件包中没有 {name}"))


def _write(source: _Readable, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    left = MAX_FILE_BYTES
    with part.open("wb") as out:
        while chunk := source.read(CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise FetchError(f"{target.name}: more than {megabytes(MAX_FILE_BYTES)}")
            out.write(chunk)
    part.replace(target)

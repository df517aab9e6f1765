"""The films the demo's household camera plays: a real street scene from Debian, or a file of the user's.

Upstream: deploy.distribution (the package file), deploy.transcode (the two streams). Downstream: deploy.demo, which
serves the folder of a PreparedClips over RTSP, and the replay camera.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.distribution import FetchError, fetch_file
from deploy.speech import Say, either
from deploy.transcode import TranscodeError, make_streams

PACKAGE = "opencv-doc"
STREET = "vtest.avi"  # PETS 2009 S2.L1: a campus street from a pole, 795 pictures of 768x576, 10 a second
RECIPE = "1"  # raise it when deploy.transcode makes other files from the same film


class ClipError(Exception):
    """No film could be prepared; the text is for the person at the terminal and says what to do."""


@dataclass(frozen=True, slots=True)
class PreparedClips:
    """A camera's two streams as MP4 files in one folder: H.264 without B-frames, times from zero, rising.

    main: full size (768x576 for the street). sub: what the detector decodes (384x288).
    """

    main: Path
    sub: Path


def prepare(cache: Path, *, clip: Path | None, say: Say, apt_get: str = "apt-get") -> PreparedClips:
    """Return the streams of `clip`, or of the street scene when it is None; made once, then taken from `cache`.

    say: called with one line of text per step. apt_get: the program that downloads packages.
    Safe to call from several processes: one works, the others wait. Raises ClipError.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        found = _existing(cache, clip)
        if found is not None:
            return found
        with _alone(cache, say):
            return _existing(cache, clip) or _make(cache, clip, say, apt_get)
    except FetchError as error:
        advice = either(
            "without a network: ./deploy/demo --synthetic, or --clip FILE",
            "没有网络时:./deploy/demo --synthetic 或 --clip 文件",
        )
        raise ClipError(f"{error}\n{advice}") from error
    except (TranscodeError, OSError) as error:
        raise ClipError(str(error)) from error


def _existing(cache: Path, clip: Path | None) -> PreparedClips | None:
    made = _home(cache, clip)
    return PreparedClips(made / "main.mp4", made / "sub.mp4") if made.is_dir() else None


def _home(cache: Path, clip: Path | None) -> Path:
    """Return the folder whose existence says that both streams of this very film are complete."""
    if clip is None:
        return cache / f"street-{RECIPE}"
    if not clip.is_file():  # a pipe or a folder would block or confuse what follows
        raise ClipError(either(f"{clip}: no such film file", f"{clip}:没有这个视频文件"))
    seen = clip.stat()
    print_ = f"{clip.resolve()}\0{seen.st_size}\0{seen.st_mtime_ns}\0{RECIPE}"
    return cache / f"clip-{hashlib.sha256(os.fsencode(print_)).hexdigest()[:16]}"


def _make(cache: Path, clip: Path | None, say: Say, apt_get: str) -> PreparedClips:
    source = clip
    if source is None:
        source = cache / STREET
        if not source.exists():
            fetch_file(PACKAGE, STREET, source, say=say, apt_get=apt_get)
    home = _home(cache, clip)
    part = cache / "part"
    shutil.rmtree(part, ignore_errors=True)  # of a run that was interrupted: we hold the lock
    part.mkdir()
    say(either(f"converting {source.name} for the camera", f"将 {source.name} 转换为摄像机码流"))
    make_streams(source, main=part / "main.mp4", sub=part / "sub.mp4", say=say)
    part.rename(home)
    return PreparedClips(home / "main.mp4", home / "sub.mp4")


@contextmanager
def _alone(cache: Path, say: Say) -> Iterator[None]:
    with (cache / "lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(either("another run is preparing the film; waiting for it", "另一个进程正在准备视频,等待中"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield

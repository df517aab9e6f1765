"""Choose a camera's adapter by its address.

Upstream: edge.settings. Downstream: edge.camera.keeper, which opens what is chosen here and keeps it open.

    rtsp://user:password@192.168.1.20/stream    a network camera (rtsps:// over TLS)
    usb:/dev/v4l/by-id/...                      a USB camera (v4l2: is the same)
    picamera:0                                  the Pi's own camera
    file:/path/clip.mp4?loop=1&speed=fast       a recorded clip
    synthetic:evening?seed=1&size=640x360       a scripted yard
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from edge.camera.credentials import describe
from edge.camera.picamera import PiCameraSource
from edge.camera.replay import ReplaySource
from edge.camera.rtsp import RtspSource
from edge.camera.source import Source
from edge.camera.synthetic import SyntheticSource
from edge.camera.usb import UsbSource
from edge.camera.yard import Yard

__all__ = ["describe", "open_source"]

SCHEMES = (
    "rtsp://HOST/PATH, rtsps://HOST/PATH, usb:/dev/video0, picamera:0, file:/path/to/clip.mp4 "
    "or synthetic:evening"
)
_SIZE = re.compile(r"([1-9][0-9]{1,3})x([1-9][0-9]{1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a camera is asked for: the caller's words, or the address's own where it has some; None: as it comes."""

    clock: Callable[[], float]
    wait: Callable[[float], object]
    timeout_s: float
    size: tuple[int, int] | None
    fps: float | None
    loop: bool | None


def open_source(
    url: str,
    *,
    clock: Callable[[], float],
    wait: Callable[[float], object],
    timeout_s: float = 10.0,
    password: str | None = None,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    loop: bool | None = None,
) -> Source:
    """Return the camera at an address, not yet opened.

    clock: the node's monotonic clock. wait: rests for so many seconds; replay and synthetic camera keep pace by it.
    timeout_s: longest wait for the connection and for each packet, seconds.
    size: (width, height), px, and fps: for cameras that can be asked. Options in the address win over these.
    Raises ValueError, free of credentials, saying what would be right.
    """
    scheme, _, rest = url.partition(":")
    scheme = scheme.lower()
    wanted = _Wanted(clock=clock, wait=wait, timeout_s=timeout_s, size=size, fps=fps, loop=loop)
    if scheme in ("rtsp", "rtsps") and rest.startswith("//"):
        return RtspSource(url, timeout_s=timeout_s, clock=clock, password=password)
    makers = {"usb": _usb, "v4l2": _usb, "picamera": _picamera, "file": _replay, "synthetic": _synthetic}
    if scheme not in makers:
        raise ValueError(f"{describe(url)!r} names no camera; expected {SCHEMES}")
    path, options = _options(rest)
    return makers[scheme](path, options, wanted)


def _usb(device: str, options: dict[str, str], wanted: _Wanted) -> Source:
    _only(options, {"size", "fps", "format"})
    if not device.startswith("/dev/"):
        raise ValueError(f"usb:{device[:60]} names no device; expected usb:/dev/video0 or usb:/dev/v4l/by-id/...")
    input_format = options.get("format", "mjpeg")
    if input_format not in ("mjpeg", "h264"):
        raise ValueError(f"format={input_format[:20]}; expected mjpeg or h264")
    return UsbSource(
        device,
        clock=wanted.clock,
        size=_size(options) or wanted.size or (1280, 720),
        fps=_fps(options) or wanted.fps or 10.0,
        input_format=input_format,
        timeout_s=wanted.timeout_s,
    )


def _picamera(number: str, options: dict[str, str], wanted: _Wanted) -> Source:
    _only(options, {"size", "fps", "lores"})
    if not (number.isdecimal() and int(number) < 16):
        raise ValueError(f"picamera:{number[:20]} names no camera; expected picamera:0 or picamera:1")
    return PiCameraSource(
        int(number),
        clock=wanted.clock,
        size=_size(options) or wanted.size or (1280, 720),
        lores_size=_size(options, "lores"),
        fps=_fps(options) or wanted.fps or 10.0,
        timeout_s=wanted.timeout_s,
    )


def _replay(path: str, options: dict[str, str], wanted: _Wanted) -> Source:
    _only(options, {"loop", "speed"})
    speed = options.get("speed", "real")
    if speed not in ("real", "fast"):
        raise ValueError(f"speed={speed[:20]}; expected real or fast")
    if not path:
        raise ValueError("file: names no clip; expected file:/path/to/clip.mp4")
    path = path[2:] if path.startswith("///") else path
    loop = _flag(options, "loop")
    return ReplaySource(
        Path(unquote(path)),
        clock=wanted.clock,
        wait=wanted.wait,
        loop=bool(wanted.loop if loop is None else loop),
        real_speed=speed == "real",
    )


def _synthetic(script: str, options: dict[str, str], wanted: _Wanted) -> Source:
    _only(options, {"seed", "size", "fps"})
    seed = options.get("seed", "1")
    if not (seed.isdecimal() and len(seed) <= 9):
        raise ValueError(f"seed={seed[:20]}; expected a whole number from 0 to 999999999")
    size = _size(options) or wanted.size or (640, 360)
    fps = _fps(options) or wanted.fps or 10.0
    scene = Yard(size, fps=fps, seed=int(seed), script=script or "evening")
    return SyntheticSource(scene, size=size, fps=fps, clock=wanted.clock, wait=wanted.wait)


def _options(rest: str) -> tuple[str, dict[str, str]]:
    path, question, query = rest.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=16) if question else []
    return path, dict(pairs)


def _only(options: dict[str, str], known: set[str]) -> None:
    unknown = sorted(set(options) - known)
    if unknown:
        known_names = ", ".join(sorted(known))
        raise ValueError(f"unknown option {unknown[0][:30]!r} in a camera's address; expected {known_names}")


def _size(options: dict[str, str], name: str = "size") -> tuple[int, int] | None:
    if name not in options:
        return None
    match = _SIZE.fullmatch(options[name])
    if match is None or int(match[1]) % 2 or int(match[2]) % 2:
        raise ValueError(f"{name}={options[name][:20]}; expected even numbers such as 640x360")
    return int(match[1]), int(match[2])


def _fps(options: dict[str, str]) -> float | None:
    if "fps" not in options:
        return None
    try:
        fps = float(options["fps"])
    except ValueError:
        fps = 0.0
    if not 0 < fps <= 60:
        raise ValueError(f"fps={options['fps'][:20]}; expected a number above 0 and up to 60")
    return fps


def _flag(options: dict[str, str], name: str) -> bool | None:
    if name not in options:
        return None
    if options[name] not in ("0", "1"):
        raise ValueError(f"{name}={options[name][:20]}; expected 0 or 1")
    return options[name] == "1"

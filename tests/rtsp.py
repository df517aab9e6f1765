"""RTSP cameras for tests: our own with every fault a real one has, and the aio-rtsp-toolkit server as it is.

FaultyCamera speaks RTSP 1.0 over TCP (RFC 2326) with RTP inside the connection (section 10.12), Basic and Digest
authentication (RFC 2617), and H.264 packed by RFC 6184. Faults are chosen before it is started.
"""

import base64
import hashlib
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy.village import free_port
from edge.camera.encode import Encoder
from edge.camera.source import Packet, StreamInfo
from edge.camera.yard import Yard

RTP_CLOCK = 90_000
MTU = 1400
REALM, NONCE = "camera", "5f2c1a"


def film(
    *, seconds: float, size: tuple[int, int] = (320, 180), fps: float = 10.0, key_every_s: float = 1.0,
    script: str = "walker",
) -> tuple[StreamInfo, list[Packet]]:  # fmt: skip
    """Return a compressed clip of a scripted yard; times from 0."""
    yard, encoder = Yard(size, fps=fps, script=script), Encoder(size, fps=fps, key_every_s=key_every_s)
    packets = [p for n in range(round(seconds * fps)) for p in encoder.encode(yard.picture(n), n / fps)]
    return encoder.info, packets


@dataclass
class Faults:
    """What the camera does wrong. Numbers are packets since PLAY."""

    stall_after: int | None = None
    close_after: int | None = None
    jumps: dict[int, float] = field(default_factory=dict)
    auth: str | None = None
    user: str = "admin"
    password: str = "secret"
    status: int | None = None
    garbage: bool = False
    no_parameter_sets_in_sdp: bool = False


def units(data: bytes) -> list[bytes]:
    """Split an Annex B packet into NAL units."""
    found = [unit.rstrip(b"\x00") for unit in data.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")]
    return [unit for unit in found if unit]


class FaultyCamera:
    """A camera on 127.0.0.1 that plays the same packets to every caller, over and over, `speed` times real time."""

    def __init__(self, info: StreamInfo, packets: list[Packet], *, faults: Faults | None = None, speed: float = 20.0):
        self.faults = faults or Faults()
        self.requests: list[str] = []
        self._info, self._packets, self._speed = info, packets, speed
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, userinfo: str = "") -> str:
        """Return the stream's address."""
        return f"rtsp://{userinfo}{'@' if userinfo else ''}127.0.0.1:{self.port}/yard"

    def stop(self) -> None:
        """Switch the camera off."""
        self._stop.set()
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        self._listener.settimeout(0.1)
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            buffered = b""
            try:
                while not self._stop.is_set():
                    while b"\r\n\r\n" not in buffered:
                        got = connection.recv(4096)
                        if not got:
                            return
                        buffered += got
                    head, _, buffered = buffered.partition(b"\r\n\r\n")
                    if self._answer(connection, head.decode("latin-1")):
                        self._play(connection)
                        return
            except OSError:
                return

    def _answer(self, connection: socket.socket, head: str) -> bool:
        lines = head.split("\r\n")
        method, url, _ = lines[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.requests.append(method)
        body, extra, status = "", {}, "200 OK"
        if method != "OPTIONS" and not self._allowed(method, headers.get("authorization", "")):
            status = "401 Unauthorized"
            digest = f'Digest realm="{REALM}", nonce="{NONCE}"'
            extra["WWW-Authenticate"] = digest if self.faults.auth == "digest" else f'Basic realm="{REALM}"'
        elif self.faults.status is not None:
            status = f"{self.faults.status} No"
        elif method == "DESCRIBE":
            body = self._sdp()
            extra = {"Content-Type": "application/sdp", "Content-Base": url + "/"}
        elif method == "SETUP":
            extra = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"}
        elif method == "OPTIONS":
            extra = {"Public": "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"}
        extra |= {"CSeq": headers.get("cseq", "0"), "Session": "1", "Content-Length": str(len(body))}
        text = "".join(f"{name}: {value}\r\n" for name, value in extra.items())
        connection.sendall(f"RTSP/1.0 {status}\r\n{text}\r\n{body}".encode())
        return method == "PLAY" and status.startswith("200")

    def _allowed(self, method: str, given: str) -> bool:
        user, password = self.faults.user, self.faults.password
        if self.faults.auth is None:
            return True
        if self.faults.auth == "basic":
            return given == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        fields = dict(part.strip().split("=", 1) for part in given.removeprefix("Digest ").split(",") if "=" in part)
        fields = {name: value.strip('"') for name, value in fields.items()}
        first = hashlib.md5(f"{user}:{REALM}:{password}".encode()).hexdigest()
        second = hashlib.md5(f"{method}:{fields.get('uri')}".encode()).hexdigest()
        wanted = hashlib.md5(f"{first}:{NONCE}:{second}".encode()).hexdigest()
        return fields.get("username") == user and fields.get("response") == wanted

    def _sdp(self) -> str:
        found = [unit for unit in units(self._info.extradata) if unit[0] & 31 in (7, 8)]
        sets = ",".join(base64.b64encode(unit).decode() for unit in found)
        told = "" if self.faults.no_parameter_sets_in_sdp else f"; sprop-parameter-sets={sets}"
        return (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=yard\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
            "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
            f"a=fmtp:96 packetization-mode=1{told}\r\na=framerate:{self._info.fps:g}\r\na=control:track1\r\n"
        )

    def _play(self, connection: socket.socket) -> None:
        step = self._packets[1].at - self._packets[0].at
        sequence, offset, start = 0, 1000.0, time.monotonic()
        count = 0
        while not self._stop.is_set():
            if count == self.faults.close_after:
                return
            if count == self.faults.stall_after:
                self._stop.wait(30)
                return
            packet = self._packets[count % len(self._packets)]
            offset += self.faults.jumps.get(count, 0.0)
            stamp = round((offset + count * step) * RTP_CLOCK) & 0xFFFFFFFF
            head = self._info.extradata if packet.is_key else b""
            for payload, last in self._payloads(units(head + packet.data)):
                header = struct.pack(">BBHII", 0x80, 96 | (0x80 if last else 0), sequence & 0xFFFF, stamp, 0x1234)
                connection.sendall(struct.pack(">cBH", b"$", 0, len(header) + len(payload)) + header + payload)
                sequence += 1
            count += 1
            self._stop.wait(max(0.0, start + count * step / self._speed - time.monotonic()))

    def _payloads(self, found: list[bytes]) -> Iterator[tuple[bytes, bool]]:
        noise = random.Random(1)
        for number, unit in enumerate(found):
            body = unit[:1] + noise.randbytes(len(unit) - 1) if self.faults.garbage else unit
            last_unit = number == len(found) - 1
            if len(body) <= MTU:
                yield body, last_unit
                continue
            kind, start = body[0], 1
            while start < len(body):
                piece = body[start : start + MTU]
                final = start + MTU >= len(body)
                flags = (0x80 if start == 1 else 0) | (0x40 if final else 0) | (kind & 0x1F)
                yield bytes([(kind & 0xE0) | 28, flags]) + piece, last_unit and final
                start += MTU


class RealServer:
    """The aio-rtsp-toolkit server as a process of its own; every clip of a folder is one stream."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port, self._control = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, name: str) -> str:
        """Return the address of a clip, played for ever."""
        return f"rtsp://127.0.0.1:{self.port}/{name}?play_count=0"

    def start(self, *, within_s: float = 20.0) -> None:
        """Start and return when the port answers."""
        program = Path(sys.executable).with_name("rtsp-server")
        command = [str(program), "-d", str(self._folder), "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "-cp", str(self._control)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                threading.Event().wait(0.05)
        raise AssertionError(f"the RTSP server did not answer within {within_s} s")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait(timeout=10)
            self._process = None

    def freeze(self) -> None:
        """Stop it in its tracks: connections stay, nothing comes."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

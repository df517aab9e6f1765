"""What the stream does to a finished picture: a clock written into it, signals that are none, few bits.

Upstream: edge.camera.encode's neighbour PyAV. Downstream: edge.camera.yard, edge.camera.stage.layers.
"""

from collections.abc import Callable
from fractions import Fraction

import av
import cv2
import numpy as np
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from edge.camera.stage.act import Act
from edge.camera.stage.canvas import Canvas, Plane, Size

#: Distance of key frames of a stream with few bits, seconds.
KEY_EVERY_S = 2.0


def draw_clock(canvas: Canvas, act: Act) -> None:
    """Date and time with a dark rim at the upper left; the seconds change."""
    seconds = int(canvas.at) + act.seed % 80000
    text = f"2026-11-23 {seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    scale = 0.55 * canvas.unit
    place, thick = (round(12 * canvas.unit), round(24 * canvas.unit)), max(1, round(canvas.unit))
    strip = canvas.luma[: round(34 * canvas.unit)]
    letters = np.zeros_like(strip)
    cv2.putText(letters, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thick, cv2.LINE_AA)
    rim = cv2.dilate(letters, np.ones((2 * thick + 1, 2 * thick + 1), np.uint8))
    cv2.multiply(strip, cv2.bitwise_not(rim), dst=strip, scale=1 / 255)
    cv2.add(strip, cv2.convertScaleAbs(letters, alpha=0.92), dst=strip)


def draw_lost(canvas: Canvas, act: Act) -> None:
    """A picture of no camera, the same bit for bit: black, blue, or words on grey."""
    luma, u, v = {"lost": (16, 128, 128), "lost_blue": (41, 240, 110), "lost_text": (70, 128, 128)}[act.kind]
    canvas.luma[:], canvas.u[:], canvas.v[:] = luma, u, v
    if act.kind == "lost_text":
        width, height = canvas.size
        place = (round(0.22 * width), round(0.53 * height))
        thick = max(1, round(3 * canvas.unit))
        font, scale = cv2.FONT_HERSHEY_SIMPLEX, 2.0 * canvas.unit
        cv2.putText(canvas.luma, "NO SIGNAL", place, font, scale, 225, thick, cv2.LINE_AA)


class FewBits:
    """Pictures as a stream with few bits shows them: really encoded to H.264 and decoded.

    Each group of pictures has an encoder of its own, so that a picture depends on its group alone and any can be asked
    for: in turn it costs one picture, else those of its group before it.
    """

    def __init__(self, size: Size, *, fps: float, crf: float, paint: Callable[[int], Plane]) -> None:
        self._size, self._fps, self._crf, self._paint = size, fps, crf, paint
        self._group = max(1, round(fps * KEY_EVERY_S))
        self._next = -1
        self._coder: tuple[VideoCodecContext, VideoCodecContext] | None = None

    def picture(self, index: int) -> Plane:
        """Picture number `index` after coding: I420, the caller's own."""
        first = index // self._group * self._group
        if self._coder is None or not first < self._next <= index:
            self._coder, self._next = (self._encoder(), _decoder()), first
        shown: Plane | None = None
        while self._next <= index:
            shown = self._pass(self._coder, self._next)
            self._next += 1
        assert shown is not None
        return shown

    def _pass(self, coder: tuple[VideoCodecContext, VideoCodecContext], index: int) -> Plane:
        frame = av.VideoFrame.from_ndarray(self._paint(index), format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, round(self._fps * 1000)) * 1000
        shown = [picture for packet in coder[0].encode(frame) for picture in coder[1].decode(packet)]
        return np.ascontiguousarray(shown[0].to_ndarray(format="yuv420p"))

    def _encoder(self) -> VideoCodecContext:
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = self._size
        context.pix_fmt = "yuv420p"
        context.time_base = Fraction(1000, round(self._fps * 1000))
        context.framerate = Fraction(self._fps).limit_denominator(1000)
        context.gop_size, context.max_b_frames, context.thread_count = 10 * self._group, 0, 1
        context.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": f"{self._crf:g}"}
        context.open()
        return context


def _decoder() -> VideoCodecContext:
    context = av.CodecContext.create("h264", "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    context.flags |= Flags.low_delay
    return context

"""Compress pictures to H.264 packets: for cameras that give pictures only, so that their clips are real.

Upstream: edge.camera.synthetic, edge.camera.picamera_fake. Downstream: edge.ring.
"""

from fractions import Fraction

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from edge.camera.source import Packet, Plane, StreamInfo

MICRO = 1_000_000


class Encoder:
    """Compress I420 pictures with x264, each to one packet at once, without reordering.

    size: (width, height), even, px. fps: pictures per second. key_every_s: distance of key frames, seconds.
    """

    def __init__(self, size: tuple[int, int], *, fps: float, key_every_s: float = 1.0) -> None:
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = size
        context.pix_fmt = "yuv420p"
        context.time_base = Fraction(1, MICRO)
        context.framerate = Fraction(fps).limit_denominator(1000)
        context.gop_size = max(1, round(fps * key_every_s))
        context.max_b_frames = 0
        context.thread_count = 1
        context.flags |= Flags.global_header
        context.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "26"}
        context.open()
        self._context = context
        self.info = StreamInfo("h264", size[0], size[1], bytes(context.extradata or b""), fps)

    def encode(self, picture: Plane, at: float) -> list[Packet]:
        """Return the packets that are ready, oldest first; `at` in seconds, growing from call to call.

        picture: I420, (height * 3 // 2, width) uint8.
        """
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = round(at * MICRO)
        frame.time_base = Fraction(1, MICRO)
        return [_packet(packet) for packet in self._context.encode(frame)]


def _packet(packet: "av.Packet[av.VideoStream]") -> Packet:
    assert packet.pts is not None
    at = packet.pts / MICRO
    decode_at = at if packet.dts is None else packet.dts / MICRO
    return Packet(bytes(packet), at, min(at, decode_at), packet.is_keyframe)

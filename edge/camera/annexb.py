"""Parameter sets of H.264, H.265 and MPEG-4 inside the packets, so that every clip can be decoded from its start.

Upstream: edge.camera adapters. Downstream: edge.recorder.

All packets of this project carry H.264 and H.265 as a byte stream with start codes (ITU-T H.264 and H.265, Annex B).
Some cameras give the parameter sets once, when the stream is set up, and never again in the stream; a clip that begins
at such a key frame gets them put in front.
"""

from collections.abc import Iterator

START = b"\x00\x00\x01"
H264_SPS, H264_PPS = 7, 8
HEVC_VPS, HEVC_SPS, HEVC_PPS = 32, 33, 34
# A parameter set comes before the first slice, and a slice is the bulk of a packet: no need to search it all.
SEARCHED_BYTES = 4096


def unit_types(data: bytes, codec: str) -> Iterator[int]:
    """Give the types of the NAL units that start within the first bytes of an Annex B packet.

    codec: h264 or hevc.
    """
    at = data.find(START, 0, SEARCHED_BYTES)
    while 0 <= at < len(data) - len(START):
        header = data[at + len(START)]
        yield header & 0x1F if codec == "h264" else (header >> 1) & 0x3F
        at = data.find(START, at + len(START), SEARCHED_BYTES)


def is_annexb(data: bytes) -> bool:
    """Tell whether these bytes begin with a start code (of three or four bytes)."""
    return data.startswith((START, b"\x00" + START))


def has_parameter_sets(data: bytes, codec: str) -> bool:
    """Tell whether a packet brings all a decoder needs to start at it."""
    if codec == "h264":
        return {H264_SPS, H264_PPS} <= set(unit_types(data, codec))
    if codec == "hevc":
        return {HEVC_VPS, HEVC_SPS, HEVC_PPS} <= set(unit_types(data, codec))
    if codec == "mpeg4":
        # 0xB0 visual object sequence, 0x20-0x2F video object layer (ISO/IEC 14496-2, table 6-3).
        return data.startswith(START + b"\xb0") or any(
            data.find(START + bytes([code]), 0, SEARCHED_BYTES) >= 0 for code in range(0x20, 0x30)
        )
    return True


def self_contained(data: bytes, codec: str, extradata: bytes) -> bytes:
    """Return a key packet that decodes on its own: with the stream's parameter sets in front where it lacks them."""
    if not extradata or has_parameter_sets(data, codec):
        return data
    if codec in ("h264", "hevc") and not is_annexb(extradata):
        return data
    return extradata + data

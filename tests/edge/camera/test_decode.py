import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from edge.camera.decode import Decoder, i420_of, luma_of
from edge.camera.replay import ReplaySource
from edge.camera.source import Packet, StreamInfo
from edge.camera.yard import Yard
from edge.errors import CameraLost, ReplayEnded
from tests.edge.camera.conftest import Film
from tests.edge.camera.rig import HandClock, transcode, write_mp4
from tests.rtsp import film


def until_the_end(source: ReplaySource) -> Iterator[Packet]:
    while True:
        try:
            items = source.read()
        except ReplayEnded:
            return
        yield from (item for item in items if isinstance(item, Packet))


def test_every_packet_becomes_a_picture_with_its_time(yard_film: Film) -> None:
    info, packets = yard_film
    decoder = Decoder(info)

    pictures = [picture for packet in packets for picture in decoder.feed(packet)]

    assert [round(p.at, 5) for p in pictures] == [round(p.at, 5) for p in packets]
    assert pictures[0].luma.shape == (180, 320)
    assert pictures[0].luma.dtype == np.uint8


def test_a_picture_looks_like_what_was_filmed(yard_film: Film) -> None:
    info, packets = yard_film
    filmed = Yard((320, 180), fps=10.0, script="walker").picture(0).astype(np.int16)

    picture = Decoder(info).feed(packets[0])[0]
    colour = picture.colour()

    assert colour.shape == (270, 320)
    assert colour.flags.c_contiguous
    assert np.array_equal(colour[:180], picture.luma)
    assert np.abs(colour.astype(np.int16) - filmed).mean() < 6.0


def test_only_key_frames_are_decoded_when_that_is_enough(yard_film: Film) -> None:
    info, packets = yard_film
    decoder = Decoder(info)
    decoder.switch("key_only")

    pictures = [picture for packet in packets for picture in decoder.feed(packet)]

    assert [round(p.at, 5) for p in pictures] == [p.at for p in packets if p.is_key] == [0.0, 1.0, 2.0]


def test_full_decoding_comes_back_at_the_next_key_frame(yard_film: Film) -> None:
    info, packets = yard_film
    decoder = Decoder(info)
    decoder.switch("key_only")
    for packet in packets[:5]:
        decoder.feed(packet)

    decoder.switch("all")
    counts = [len(decoder.feed(packet)) for packet in packets[5:15]]

    assert counts == [0] * 5 + [1] * 5
    assert decoder.mode == "all"


def test_damaged_packets_are_counted_and_decoding_goes_on(yard_film: Film) -> None:
    info, packets = yard_film
    noise = random.Random(3)
    decoder = Decoder(info)

    pictures = 0
    for number, packet in enumerate(packets):
        data = noise.randbytes(400) if 3 <= number < 7 else packet.data
        pictures += len(decoder.feed(Packet(data, packet.at, packet.decode_at, packet.is_key)))

    assert decoder.broken >= 4
    assert pictures >= 20


def test_a_stream_of_garbage_ends_as_a_lost_camera(yard_film: Film) -> None:
    info, _ = yard_film
    noise = random.Random(4)
    decoder = Decoder(info, blind_after_s=5.0)

    for n in range(51):
        decoder.feed(Packet(noise.randbytes(300), n / 10, n / 10, n % 10 == 0))
    with pytest.raises(CameraLost, match="no picture in 5 s"):
        decoder.feed(Packet(noise.randbytes(300), 5.1, 5.1, False))


def test_few_key_frames_are_no_blindness_while_they_decode() -> None:
    info, packets = film(seconds=6, fps=4, key_every_s=3)
    decoder = Decoder(info, blind_after_s=4.0)
    decoder.switch("key_only")

    assert sum(len(decoder.feed(packet)) for packet in packets) == 2


def test_a_picture_larger_than_allowed_is_refused() -> None:
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 5000, 4000, "yuvj420p", Fraction(1, 10)
    frame = av.VideoFrame(5000, 4000, "yuvj420p")
    frame.pts = 0
    data = bytes(encoder.encode(frame)[0])
    decoder = Decoder(StreamInfo("mjpeg", 640, 480))

    assert decoder.feed(Packet(data, 0.0, 0.0, True)) == []
    assert decoder.broken == 1


@pytest.mark.parametrize("codec", ["no_such_codec", "aac", ""])
def test_a_codec_without_pictures_is_refused(codec: str) -> None:
    with pytest.raises(CameraLost):
        Decoder(StreamInfo(codec, 640, 480))


@pytest.mark.parametrize(
    ("codec", "suffix", "pix_fmt"),
    [
        ("mpeg4", "avi", "yuv420p"),
        ("mjpeg", "avi", "yuvj422p"),
        ("libx264", "mkv", "yuv420p"),
        ("libx265", "mp4", "yuv420p"),
    ],
)
def test_other_codecs_and_containers_give_pictures_too(
    yard_clip: Path, tmp_path: Path, codec: str, suffix: str, pix_fmt: str
) -> None:
    clip = transcode(yard_clip, tmp_path / f"clip.{suffix}", codec, pix_fmt=pix_fmt)
    clock = HandClock()
    source = ReplaySource(clip, clock=clock, wait=clock.wait)
    decoder = Decoder(source.open())

    shapes = []
    for packet in until_the_end(source):
        shapes += [(p.luma.shape, p.colour().shape) for p in decoder.feed(packet)]

    assert len(shapes) >= 24  # a decoder that reorders keeps a few to the end
    assert decoder.broken == 0
    assert set(shapes) == {((180, 320), (270, 320))}


@pytest.mark.parametrize(
    "pix_fmt", ["yuv420p", "yuvj420p", "yuv422p", "yuyv422", "gray", "nv12", "rgb24", "yuv420p10le"]
)
@pytest.mark.parametrize("size", [(64, 48), (67, 51), (322, 182)])
def test_any_layout_and_size_gives_the_same_luma_and_even_colour(pix_fmt: str, size: tuple[int, int]) -> None:
    width, height = size
    frame = av.VideoFrame(width + width % 2, height + height % 2, "gray")
    ramp = np.tile(np.linspace(30, 220, frame.width).astype(np.uint8), (frame.height, 1))
    frame = av.VideoFrame.from_ndarray(ramp, format="gray")
    if pix_fmt != "yuyv422":  # which has even widths only
        frame = frame.reformat(width=width, height=height)
    frame = frame.reformat(format=pix_fmt)

    luma, colour = luma_of(frame), i420_of(frame)

    assert luma.shape == (frame.height, frame.width)
    assert colour.shape == (frame.height // 2 * 3, frame.width // 2 * 2)
    assert np.all(np.diff(luma[0].astype(np.int16)) >= -1)
    assert luma[0, -1] > luma[0, 0] + 100


def test_pictures_before_they_are_due_are_decoded_and_not_given(yard_film: Film) -> None:
    info, packets = yard_film
    decoder = Decoder(info)

    pictures = [picture for packet in packets for picture in decoder.feed(packet, due_at=1.55)]

    assert pictures[0].at == pytest.approx(1.6)
    assert len(pictures) == 14
    assert decoder.pictures == 30
    assert decoder.px == 30 * 320 * 180


def test_a_picture_is_given_at_the_very_time_it_is_due(yard_film: Film) -> None:
    info, packets = yard_film
    decoder = Decoder(info)
    shifted = [replace(p, at=p.at + 1234.5678901, decode_at=p.decode_at + 1234.5678901) for p in packets]

    assert [len(decoder.feed(packet, due_at=packet.at)) for packet in shifted] == [1] * len(packets)


def test_of_a_codec_without_references_only_what_is_due_is_decoded(yard_clip: Path, tmp_path: Path) -> None:
    clip = transcode(yard_clip, tmp_path / "clip.avi", "mjpeg", pix_fmt="yuvj420p")
    clock = HandClock()
    source = ReplaySource(clip, clock=clock, wait=clock.wait)
    decoder = Decoder(source.open())
    start = clock()

    for packet in until_the_end(source):
        decoder.feed(packet, due_at=start + 2.0)

    assert decoder.pictures == pytest.approx(10, abs=1)


def test_without_the_loop_filter_as_many_pictures_come_out_and_differ_within_limits(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    write_mp4(source, *film(seconds=3))
    options = {"g": "15", "bf": "0", "b": "60k", "preset": "veryfast", "sc_threshold": "0"}
    clip = transcode(source, tmp_path / "clip.mp4", "libx264", pix_fmt="yuv420p", options=options)
    clock = HandClock()
    replay = ReplaySource(clip, clock=clock, wait=clock.wait)
    smooth = Decoder(info := replay.open())
    rough = Decoder(info, loop_filter=False)

    drift = []
    for packet in until_the_end(replay):
        pairs = zip(smooth.feed(packet), rough.feed(packet), strict=True)
        drift += [float(np.abs(one.luma.astype(np.int16) - other.luma).mean()) for one, other in pairs]

    assert len(drift) == 30
    assert 0 < max(drift) < 10


def test_a_rest_without_key_frames_is_no_blindness(yard_film: Film) -> None:
    info, packets = yard_film
    decoder = Decoder(info, blind_after_s=1.0)
    decoder.feed(packets[0])
    decoder.switch("key_only")

    for packet in packets[1:10]:
        assert decoder.feed(replace(packet, at=packet.at + 5)) == []

"""Cost: what is timed was really done, and memory is the detector's own."""

from pathlib import Path

import av
import numpy as np
import pytest

from edge.bench.contents import KEPT, SIZES, STREAM_SIZE, busiest, encode_stream, paint
from edge.bench.cost import format_cost, time_frames
from edge.bench.measure import alone
from edge.bench.memory import grown_bytes, swing
from edge.bench.peers import ENTRIES
from edge.bench.stream import WAYS, format_stream, time_stream, time_ways
from tests.edge.bench.parts import Hoarder, make_clip


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    path = tmp_path / "pictures.npy"
    np.save(path, np.random.default_rng(1).integers(0, 255, (5, 36, 64), np.uint8))
    return path


def test_frames_swing_forwards_and_backwards_without_a_leap() -> None:
    assert [swing(index, 4) for index in range(9)] == [0, 1, 2, 3, 2, 1, 0, 1, 2]
    assert [swing(index, 1) for index in range(3)] == [0, 0, 0]


def test_what_a_detector_takes_is_what_its_process_grows_by(pictures: Path) -> None:
    assert 32e6 <= alone(grown_bytes, Hoarder, pictures) < 36e6
    assert alone(grown_bytes, ENTRIES["never"].make, pictures) < 2e6


def test_a_detector_that_names_its_stages_has_them_timed(pictures: Path) -> None:
    figures = time_frames(Hoarder, pictures)

    assert figures["stages"] == {"looking": pytest.approx(2.0)}
    assert min(figures["ms"], figures["p95"]) > 0
    table = format_cost({"hoarder": {"360p busy": figures, "grown_mb": 32.0}})
    assert "| 360p busy | 2.0000 |" in table


def test_busy_frames_move_and_quiet_frames_only_differ_by_noise(tmp_path: Path) -> None:
    files = paint(make_clip(tmp_path, "gate", first=30, last=89), tmp_path).files
    busy, quiet = (np.load(files[f"360p {kind}"]).astype(np.int16) for kind in ("busy", "quiet"))

    assert busy.shape == quiet.shape == (KEPT, SIZES["360p"][1], SIZES["360p"][0])
    assert np.abs(busy[1] - busy[0]).max() > 40
    assert np.abs(quiet[1] - quiet[0]).max() < 20
    assert np.std(quiet[1] - quiet[0]) == pytest.approx(2.0 * 2**0.5, rel=0.1)


def test_a_sub_stream_is_decoded_in_each_way(tmp_path: Path) -> None:
    path = tmp_path / "stream.mkv"
    encode_stream(make_clip(tmp_path, "gate", first=0, last=89), path)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.width, stream.codec_context.height) == STREAM_SIZE
        assert sum(packet.is_keyframe for packet in container.demux(stream) if packet.size) == 2

    ways = time_ways(path)

    assert ways.keys() == WAYS.keys()
    assert ways["key frames only"] < ways["all frames"]
    assert time_stream(ENTRIES["mog2"].make, path) > ways["all frames"]
    assert "| key frames only |" in format_stream({way: {"total": ms} for way, ms in ways.items()})


def test_the_busiest_clip_is_the_largest_with_a_long_event(tmp_path: Path) -> None:
    short = make_clip(tmp_path, "gate")
    small, large = (make_clip(tmp_path, name, last=count - 1, count=count) for name, count in (("a", 320), ("b", 400)))

    assert busiest([short]) is None
    assert busiest([short, small, large]) == large

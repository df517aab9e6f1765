import os
from pathlib import Path

import av
import numpy as np
import pytest

from edge.bench.film import MAIN_SIZE, SUB_SIZE, make_films, shrink
from edge.bench.node import Cost, _read_log, format_costs, main
from edge.bench.process import read_usage
from edge.camera.yard import Yard


def test_the_usage_of_a_process_is_what_the_kernel_counts() -> None:
    before = read_usage(os.getpid())
    total = sum(number * number for number in range(1_000_000))
    after = read_usage(os.getpid())

    assert total > 0
    assert 0.0 < after.cpu_s - before.cpu_s < 5.0
    assert after.peak_bytes >= after.rss_bytes > 10_000_000
    assert after.switches >= before.switches > 0


def test_a_process_that_is_gone_has_no_usage(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        read_usage(1, proc=tmp_path)


def test_odd_lines_of_the_kernel_and_a_name_with_blanks_are_read(tmp_path: Path) -> None:
    home = tmp_path / "7"
    (home / "task" / "7").mkdir(parents=True)
    (home / "stat").write_text("7 (a ) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 3 0 1")
    status = "Name:\ta: b\nVmHWM:\t  2000 kB\nVmRSS:\t  1000 kB\n"
    (home / "status").write_text(status)
    (home / "io").write_text("rchar: 1\nwrite_bytes: 4096\n")
    (home / "task" / "7" / "status").write_text("voluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t2\n")
    usage = read_usage(7, proc=tmp_path)

    assert usage.cpu_s == pytest.approx(200 / os.sysconf("SC_CLK_TCK"))
    assert (usage.written_bytes, usage.rss_bytes, usage.peak_bytes, usage.switches) == (4096, 1_024_000, 2_048_000, 7)


def test_films_are_two_streams_of_the_same_yard_and_made_once(tmp_path: Path) -> None:
    said: list[str] = []
    films = make_films(tmp_path, fps=5, gop_s=1.0, seconds=2, say=said.append)
    again = make_films(tmp_path, fps=5, gop_s=1.0, seconds=2, say=said.append)

    assert films == again
    assert len(said) == 2
    for name, size in ((films["quiet"].main, MAIN_SIZE), (films["busy"].sub, SUB_SIZE)):
        with av.open(str(tmp_path / name)) as film:
            stream = film.streams.video[0]
            keys = [packet.is_keyframe for packet in film.demux(stream) if packet.size]
            assert (stream.codec_context.width, stream.codec_context.height) == size
        assert keys == [True, False, False, False, False] * 2


def test_a_small_picture_shows_what_the_large_one_does() -> None:
    large = Yard((640, 360), seed=1, script="empty").picture(0)
    small = shrink(large, (640, 360), (320, 180))

    assert small.shape == (270, 320)
    assert small[:180].mean() == pytest.approx(large[:360].mean(), abs=1.0)
    assert small[180:].mean() == pytest.approx(large[360:].mean(), abs=1.0)
    assert small.dtype == np.uint8


def test_costs_are_a_table_with_rates() -> None:
    cost = Cost(
        script="busy", cameras=4, seconds=10.0, cpu_ms=12.34, rss_bytes=110_000_000, peak_bytes=112_000_000,
        disk_bytes=50_000, clip_bytes=40_000, spool_bytes=5_000, switches=81.2, episodes=3, camera_ms=70.0,
    )  # fmt: skip
    line = format_costs([cost]).splitlines()[-1]

    assert line == "| busy | 4 | 10 | 12.3 | 110 | 112 | 5.0 | 4.0 | 0.5 | 81 | 3 | 70 |"


@pytest.mark.parametrize("arguments", [["--cameras", "0"], ["--cameras", "17"], ["--scripts", "noon"]])
def test_what_cannot_be_measured_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main(arguments)

    assert ending.value.code == 2
    assert "expected" in capsys.readouterr().err


def test_a_run_in_which_a_camera_was_lost_gives_no_figures() -> None:
    with pytest.raises(RuntimeError, match="lost meanwhile"):
        _read_log("[info] camera live\n[warning] camera lost camera=yard-4 reason='did not answer'\n")


def test_episodes_are_counted_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    log = "motion began camera=yard-1\nmotion ended\nmotion began camera=yard-2\ncost of looking camera=yard-1\n"

    assert _read_log(log) == 2
    assert "cost of looking" in capsys.readouterr().err

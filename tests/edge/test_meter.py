import pytest

from edge.meter import Figures, Meter


def test_the_figures_are_of_the_last_minute() -> None:
    meter = Meter()
    for index in range(1200):
        meter.arrived(index / 10)

    assert meter.figures(120.0).fps == pytest.approx(10.0, abs=0.1)
    assert meter.figures(150.0).fps == pytest.approx(5.0, abs=0.1)
    assert meter.figures(300.0) == Figures()


def test_without_pictures_there_are_no_figures() -> None:
    assert Meter().figures(10.0) == Figures()


def test_cost_is_told_for_a_second_of_video_and_for_one_picture() -> None:
    meter = Meter()
    for index in range(100):
        at = index / 10
        meter.arrived(at)
        meter.decoded(at, pictures=1, px=1000, cpu_s=0.002)
        if index % 2:
            meter.looked(at, cpu_s=0.001)
        meter.spent(at, cpu_s=0.004)
    figures = meter.figures(10.0)

    assert figures.decoded_fps == pytest.approx(10.0)
    assert figures.looked_fps == pytest.approx(5.0)
    assert figures.decoded_px_s == pytest.approx(10_000)
    assert figures.decode_ms_s == pytest.approx(20.0)
    assert figures.detect_ms_s == pytest.approx(5.0)
    assert figures.thread_ms_s == pytest.approx(40.0)
    assert (figures.decode_ms, figures.detect_ms) == pytest.approx((2.0, 1.0))


def test_pictures_of_a_catch_up_are_counted_though_they_are_older() -> None:
    meter = Meter()
    meter.arrived(20.0)
    meter.looked(18.5, cpu_s=0.001)

    assert meter.figures(21.0).looked_fps == pytest.approx(1.0)

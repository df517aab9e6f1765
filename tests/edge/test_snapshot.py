import cv2
import numpy as np
import pytest

from edge.camera.source import Plane
from edge.camera.yard import Yard
from edge.mask import Mask
from edge.snapshot import jpeg

LEFT_HALF = Mask([[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]])


def noise(width: int, height: int) -> Plane:
    return np.random.default_rng(9).integers(0, 256, (height * 3 // 2, width), np.uint8)


def decoded(data: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def test_a_yard_is_kept_sharp_in_its_own_size() -> None:
    picture = Yard((640, 360), script="walker").picture(30)

    image = decoded(jpeg(picture, mask=None))

    assert image.shape == (360, 640, 3)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.int16)
    shown = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_YUV2BGR_I420), cv2.COLOR_BGR2GRAY)
    assert np.abs(grey - shown).mean() < 4.0


def test_a_large_picture_is_shrunk_to_the_width_wanted() -> None:
    assert decoded(jpeg(Yard((1920, 1080), script="empty").picture(0), mask=None)).shape[1] <= 1280
    assert decoded(jpeg(Yard((640, 360), script="empty").picture(0), mask=None, max_width=320)).shape == (180, 320, 3)


@pytest.mark.parametrize("size", [(640, 360), (1920, 1080), (64, 48), (2, 2), (64, 2000), (2000, 16)])
@pytest.mark.parametrize("max_bytes", [4096, 40_000])
def test_even_noise_fits_into_its_bytes(size: tuple[int, int], max_bytes: int) -> None:
    data = jpeg(noise(*size), mask=None, max_bytes=max_bytes)

    assert len(data) <= max_bytes
    assert decoded(data).size > 0


def test_the_mask_is_burned_in_and_the_callers_picture_is_not() -> None:
    picture = noise(320, 180)
    before = picture.copy()

    image = decoded(jpeg(picture, mask=LEFT_HALF)).astype(np.int16)

    assert image[:, : image.shape[1] // 2 - 8].std() < 8.0
    assert image[:, image.shape[1] // 2 + 8 :].std() > 20.0
    assert np.array_equal(picture, before)


def test_too_few_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="4096 or more"):
        jpeg(noise(64, 48), mask=None, max_bytes=1000)

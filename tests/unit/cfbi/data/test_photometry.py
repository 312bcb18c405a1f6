import numpy as np
import pytest

from cfbi.data.photometry import compress, film, line_kernel, noise_field


@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2])
@pytest.mark.parametrize("length", [1.5, 5.0, 40.0])
def test_line_kernel_keeps_brightness(length: float, angle: float) -> None:
    kernel = line_kernel(length, angle)

    assert kernel.sum() == pytest.approx(1.0)
    assert kernel.shape[0] == kernel.shape[1] <= 13
    assert kernel.shape[0] % 2 == 1


def test_line_kernel_lies_along_its_angle() -> None:
    assert np.count_nonzero(line_kernel(5, 0.0).sum(axis=1)) == 1
    assert np.count_nonzero(line_kernel(5, np.pi / 2).sum(axis=0)) == 1


def test_noise_field_is_the_same_every_time() -> None:
    field = noise_field(40)

    assert field.shape == (40, 40, 3)
    assert np.array_equal(field, noise_field(40))
    assert field.std() == pytest.approx(32, abs=2)


def test_film_changes_looks_but_neither_shape_nor_input() -> None:
    ramp = np.linspace(0, 255, 32).astype(np.uint8)
    frames = np.broadcast_to(ramp[:, None, None], (4, 32, 32, 3)).copy()
    before = frames.copy()
    noise = noise_field(64)

    looks = [film(frames, np.random.default_rng(seed), noise, strength=1.0) for seed in range(40)]

    assert np.array_equal(frames, before)
    assert {look.shape for look in looks} == {frames.shape}
    assert len({look.tobytes() for look in looks}) == len(looks)
    assert np.array_equal(looks[3], film(frames, np.random.default_rng(3), noise, strength=1.0))
    # a look, not another picture
    for look in looks:
        left, right = frames.mean(axis=3).ravel(), look.mean(axis=3).ravel()
        assert np.corrcoef(left, right)[0, 1] > 0.7


def test_compress_is_lossy_but_close() -> None:
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[:, 13:] = (200, 100, 50)

    result = compress(picture, 60)

    assert result.shape == picture.shape
    assert 0 < np.abs(result.astype(int) - picture).mean() < 12

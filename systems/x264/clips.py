"""What x264 is given: `clips.py KIND HEIGHT FILE` writes a clip of a kind, the same in every run."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

FRAMES, PER_S = 48, 24
SIZES = {"180p": (180, 320), "360p": (360, 640)}
"""Height and width in pixels."""

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Brightness (h, w) and two differences of colour (h, w), each 0 to 255."""


def film(chance: np.random.Generator, h: int, w: int) -> Iterator[Planes]:
    """A camera pans over rough ground, somebody walks through, there is grain, and after two thirds a cut."""
    scenes = [rough(chance, h + 40, w + 80) for _ in range(2)]
    coat = rough(chance, h // 2, w // 8)
    for i in range(FRAMES):
        ground = scenes[3 * i >= 2 * FRAMES]
        y, x = round(20 + 15 * np.sin(i / 15)), round(1.3 * i)
        light = ground[y : y + h, x : x + w].copy()
        left = round((w - coat.shape[1]) * i / FRAMES)
        light[-coat.shape[0] :, left : left + coat.shape[1]] = 0.5 * coat + 20
        grain = chance.normal(0, 3, (h, w))
        yield light + grain, 118 + 0.08 * light, 134 - 0.05 * light


def cartoon(chance: np.random.Generator, h: int, w: int) -> Iterator[Planes]:
    """Flat discs bounce over stripes, without noise."""
    row, column = np.mgrid[:h, :w] * (180 / h)
    place, step = chance.uniform(20, 160, (9, 2)), chance.uniform(-5, 5, (9, 2))
    looks = chance.integers(40, 215, (9, 3))
    for i in range(FRAMES):
        planes = [100.0 + 60 * ((column + row) // 40 % 2), np.full((h, w), 110.0), np.full((h, w), 140.0)]
        for k, (y, x) in enumerate(bounced(place + i * step, (180, 320))):
            inside = (row - y) ** 2 + (column - x) ** 2 < (14 + 3 * k) ** 2
            for plane, look in zip(planes, looks[k], strict=True):
                plane[inside] = look
        yield planes[0], planes[1], planes[2]


def screen(chance: np.random.Generator, h: int, w: int) -> Iterator[Planes]:
    """Lines of letters scroll in jumps beside a window that stays, and a pointer moves."""
    letters = chance.random((40, 10, 7)) < 0.5
    letters[:8], letters[:, 7:], letters[:, :, 5:] = False, False, False
    lines = chance.integers(0, 40, (h // 6, w // 14))
    page = 235.0 - 200 * letters[lines].transpose(0, 2, 1, 3).reshape(len(lines) * 10, -1)
    grey = np.full((h, w), 128.0)
    for i in range(FRAMES):
        light = np.full((h, w), 200.0)
        top = 10 * (i // 6) + 2 * (i % 6 > 2)
        light[:, : page.shape[1]] = page[top : top + h]
        light[h // 8 : h // 2, -w // 3 : -w // 20] = 60
        y, x = int(h * (0.5 + 0.3 * np.sin(i / 5))), int(w * (0.6 + 0.3 * np.cos(i / 7)))
        light[y : y + 9, x : x + 6] = 16
        yield light, grey, grey + 10 * (light < 100)


def water(chance: np.random.Generator, h: int, w: int) -> Iterator[Planes]:
    """Waves of all lengths cross, so that nothing moves as a whole, while the light fades."""
    row, column = np.mgrid[:h, :w] * (180 / h)
    lengths, angles, pace = chance.uniform(0.03, 0.6, 14), chance.uniform(0, 6.3, 14), chance.uniform(0.1, 0.5, 14)
    for i in range(FRAMES):
        light = np.zeros((h, w))
        for length, angle, speed in zip(lengths, angles, pace, strict=True):
            light += np.sin(length * (row * np.sin(angle) + column * np.cos(angle)) + speed * i) / np.sqrt(length)
        fade = 1 - 0.6 * i / FRAMES
        yield 20 + fade * (90 + 12 * light), 128 + 2 * fade * light, 120 - fade * light


KINDS = {"film": film, "cartoon": cartoon, "screen": screen, "water": water}


def rough(chance: np.random.Generator, h: int, w: int) -> np.ndarray:
    """A ground (h, w) whose detail is as strong at all scales (its spectrum falls as 1 / f)."""
    frequency = np.hypot(np.fft.fftfreq(h)[:, None], np.fft.rfftfreq(w)[None, :])
    frequency[0, 0] = np.inf
    waves = np.fft.rfft2(chance.normal(size=(h, w))) / frequency
    ground = np.fft.irfft2(waves, (h, w))
    return 120 + 35 * ground / ground.std()


def bounced(place: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Places (n, 2) folded back into a frame: what flies out of it comes back as from a mirror."""
    span = np.array(size, dtype=float)
    return span - np.abs(place % (2 * span) - span)


def clip(kind: str, size: str) -> Iterator[bytes]:
    """A clip as YUV4MPEG: its head, then the frames, with a quarter of the colours (4:2:0)."""
    h, w = SIZES[size]
    yield f"YUV4MPEG2 W{w} H{h} F{PER_S}:1 Ip A1:1 C420jpeg\n".encode()
    for light, blue, red in KINDS[kind](np.random.default_rng(sum(kind.encode())), h, w):
        planes = (light, *(colour.reshape(h // 2, 2, w // 2, 2).mean((1, 3)) for colour in (blue, red)))
        yield b"FRAME\n" + b"".join(plane.round().clip(0, 255).astype(np.uint8).tobytes() for plane in planes)


if __name__ == "__main__":
    Path(sys.argv[3]).write_bytes(b"".join(clip(sys.argv[1], sys.argv[2])))

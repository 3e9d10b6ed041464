"""x264 through ffmpeg as a system: its constraints say what it would change, and its stream what really ran."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from transferperf.data.measurement import Status
from transferperf.errors import MeasurementError
from transferperf.measure import System
from transferperf.testing import SystemContract

SYSTEMS = Path(__file__).parents[2] / "systems"
FRAME = b"FRAME\n"
TINY = b"YUV4MPEG2 W32 H32 F24:1 Ip A1:1 C420jpeg\n" + FRAME + bytes(32 * 48)
"""One black frame: all that x264 needs to say what it makes of its options."""

pytestmark = pytest.mark.skipif(shutil.which("taskset") is None, reason="needs taskset: apt-get install util-linux")


class TestX264(SystemContract):
    """A small screen on one core where nothing else is said."""

    name = "x264"
    folder = SYSTEMS
    environment = {"hardware": "simd-1core", "workload": "screen-180p", "version": "7.0.2"}
    also = ({"hardware": "sse2-2core", "workload": "cartoon-180p", "version": "4.1"},)
    deterministic = ("stream_bytes", "psnr_db")
    far = {"crf": 29, "subme": 10, "trellis": 2, "me": "umh", "merange": 32, "bframes": 9, "partitions": "all"}
    impossible = {"me": "magic"}
    changed = (
        ({"subme": 10}, {"subme": 9}),
        ({"merange": 32}, {"merange": 16}),
        ({"bframes": 16, "keyint": 10, "b_adapt": 2}, {"bframes": 9, "rc_lookahead": 10, "b_adapt": 2}),
        ({"bframes": 1, "b_pyramid": "strict", "mbtree": 0, "rc_lookahead": 60}, {"b_pyramid": "normal"}),
    )
    measured = SYSTEMS.with_name("measurements") / "x264" / "2026-11-options.csv.gz"

    def test_it_declares_nineteen_options_and_a_trade_off_between_three_metrics(self, system: System) -> None:
        """CPU time comes first; wall time beside it, size and likeness to what was filmed stand against it."""
        assert len(system.space.options) == 19
        said = [(metric.name, metric.unit, metric.lower_is_better) for metric in system.metrics]
        expected = [("cpu_s", "s", True), ("wall_s", "s", True), ("stream_bytes", "B", True), ("psnr_db", "dB", False)]
        assert said == expected

    def test_the_constraints_are_what_x264_would_change(self, system: System) -> None:
        """A configuration runs as asked where it is valid, and only there: tried on a frame."""
        self.run(system)
        (cast(Any, system)._place.folder / "clip.y4m").write_bytes(TINY)
        chance, seen = np.random.default_rng(3), set()
        for _ in range(24):
            drawn = {o.name: o.levels[chance.integers(len(o.levels))] for o in system.space.options}
            asked = system.space.canonical(drawn)
            outcome = system.measure(asked, self.where(system))
            is_valid = system.space.why_invalid(asked) is None
            assert (outcome.status, dict(outcome.configuration) == asked) == (Status.OK, is_valid)
            seen.add(is_valid)
        assert seen == {True, False}

    def test_better_quality_takes_more_bytes(self, system: System) -> None:
        """Of two runs that differ in crf alone."""
        fine, coarse = (self.run(system, {"crf": crf}).values for crf in (20, 29))
        assert fine["psnr_db"] > coarse["psnr_db"]
        assert fine["stream_bytes"] > coarse["stream_bytes"]

    def test_psnr_is_that_of_the_frames_that_a_player_shows(self, system: System) -> None:
        """10 log10(255² / mean squared error), over all pixels and planes."""
        outcome = self.run(system, {"crf": 26})
        prepared = cast(Any, system)
        program, folder = prepared._ffmpeg, prepared._place.folder
        command = [program, "-v", "error", "-i", folder / "stream.h264", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]
        shown = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.uint8)
        frames = (folder / "clip.y4m").read_bytes().partition(b"\n")[2]
        filmed = np.frombuffer(frames, np.uint8).reshape(-1, len(FRAME) + 180 * 320 * 3 // 2)[:, len(FRAME) :].ravel()
        error = np.mean((shown.astype(float) - filmed) ** 2)
        assert outcome.values["psnr_db"] == pytest.approx(10 * np.log10(255**2 / error), abs=0.01)

    def test_a_run_over_its_cpu_time_is_a_value_that_is_too_small(self, system: System) -> None:
        """Whether it ended by itself or was stopped: a timeout with the limit as its CPU time."""
        for limit_s, where in ((0.01, {}), (0.3, {"hardware": "scalar-2core", "workload": "film-360p"})):
            cast(Any, system).cpu_limit_s = limit_s
            outcome = self.run(system, wanted=where)
            assert (outcome.status, dict(outcome.values)) == (Status.TIMEOUT, {"cpu_s": limit_s})
            assert "CPU time" in outcome.reason

    def test_other_instructions_than_the_environment_says_are_an_error(
        self, system: System, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is measured without SIMD is never recorded as what ran with it."""
        known = type(system).measure.__globals__["INSTRUCTIONS"]
        monkeypatch.setitem(known, "simd", ("0", known["simd"][1]))
        with pytest.raises(MeasurementError, match="x264 uses none! in place of"):
            self.run(system)


@pytest.mark.parametrize(("kind", "size"), [("film", (180, 320)), ("cartoon", (360, 640))])
def test_a_clip_has_the_frames_that_its_head_announces(kind: str, size: tuple[int, int], tmp_path: Path) -> None:
    """Two seconds of them, which move, and the same bytes every time."""
    h, w = size
    clips = []
    for name in ("one", "other"):
        subprocess.run([sys.executable, SYSTEMS / "x264" / "clips.py", kind, f"{h}p", tmp_path / name], check=True)
        clips.append((tmp_path / name).read_bytes())
    assert clips[0] == clips[1]
    head, _, frames = clips[0].partition(b"\n")
    assert head.split()[:4] == [b"YUV4MPEG2", f"W{w}".encode(), f"H{h}".encode(), b"F24:1"]
    planes = np.frombuffer(frames, np.uint8).reshape(48, len(FRAME) + h * w * 3 // 2)
    assert all(bytes(frame[: len(FRAME)]) == FRAME for frame in planes)
    assert len({frame.tobytes() for frame in planes}) == 48

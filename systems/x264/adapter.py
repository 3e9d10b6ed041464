"""x264 as a system: which release of ffmpeg, which clip, which processor; each run is one worker process."""

import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from transferperf.errors import MeasurementError
from transferperf.measure import Declaration, Outcome, Workplace, install_release, pinned, read_answer, run_process
from transferperf.space import Configuration, Environment

WORKER, CLIPS = (Path(__file__).with_name(name) for name in ("worker.py", "clips.py"))
WHEELS = {"4.1": "0.3.0", "4.2.2": "0.5.1", "7.0.2": "0.6.0", "9.0.2": "0.8.1"}
"""Release of ffmpeg -> release of imageio-ffmpeg that brings it."""

INSTRUCTIONS = {
    "simd": ("auto", "^(?!none)"),
    "sse2": ("SSE2", "MMX2 SSE2$"),
    "scalar": ("0", "none!"),
    "arm64": ("auto", "NEON"),
}
"""Hardware -> what x264 is told of the processor, and a pattern for what it then says it uses."""

ARM64, EMULATOR, CLIP_S = "manylinux2014_aarch64", "qemu-aarch64-static", 60.0
"""Platform of wheels for arm64, the program that runs them here, seconds that a clip may take to be written."""


class X264:
    """x264 through ffmpeg, measured in a worker process."""

    def __init__(self, declaration: Declaration) -> None:
        self.name, self.space, self.factors = declaration.name, declaration.space, declaration.factors
        self.metrics, self.timeout_s = declaration.metrics, declaration.timeout_s
        self.cpu_limit_s, self.releases = declaration.content["cpu_limit_s"], declaration.folder / "releases"
        self._place = Workplace(declaration.name)
        self._before: tuple[str, ...] = ()  # the words before ffmpeg
        self._ffmpeg = Path()

    def prepare(self, environment: Environment) -> None:
        """Install the release where it is missing, and write the clip that is encoded."""
        self.cleanup()
        factors = environment.as_mapping()
        processor, _, n = factors["hardware"].removesuffix("core").rpartition("-")
        is_emulated = processor == "arm64"
        if is_emulated and shutil.which(EMULATOR) is None:
            raise MeasurementError(f"{EMULATOR} is missing; install it: apt-get install qemu-user-static")
        self._before = (*pinned(int(n)), *([EMULATOR] if is_emulated else []))
        releases, wheel = self.releases / ("arm64" if is_emulated else ""), WHEELS[factors["version"]]
        install_release("imageio-ffmpeg", wheel, releases, platform=ARM64 if is_emulated else None)
        self._ffmpeg = _program(releases / wheel)
        self._ffmpeg.chmod(0o755)
        folder = self._place.make()
        command = [sys.executable, str(CLIPS), *factors["workload"].split("-"), str(folder / "clip.y4m")]
        written = run_process(command, timeout_s=CLIP_S)
        if written.reason:
            raise MeasurementError(f"no clip for {factors['workload']} ({written.reason}); mend {CLIPS}")

    def measure(self, configuration: Configuration, environment: Environment) -> Outcome:
        """Encode the clip once."""
        asked = self.space.canonical(configuration)
        asm, expected = INSTRUCTIONS[environment.as_mapping()["hardware"].partition("-")[0]]
        place = {"ffmpeg": [*self._before, str(self._ffmpeg)], "folder": str(self._place.folder)}
        request = {**place, "asm": asm, "cpu_limit_s": self.cpu_limit_s, "configuration": asked}
        command = [sys.executable, "-I", "-S", str(WORKER)]
        finished = run_process(command, stdin=json.dumps(request), timeout_s=self.timeout_s)
        outcome, used = read_answer(finished, self.space, asked)
        if used and not re.search(expected, used):
            raise MeasurementError(f"x264 uses {used} in place of {environment.label}; measure on another processor")
        return outcome

    def cleanup(self) -> None:
        """Remove the clip and the last stream."""
        self._place.clear()

    def provenance(self) -> Mapping[str, str]:
        """The x264 in each release of ffmpeg that is installed."""
        encode = ["-f", "lavfi", "-i", "nullsrc=s=32x32", "-frames:v", "1", "-c:v", "libx264", "-f", "h264", "-"]
        there = {ffmpeg: self.releases / wheel for ffmpeg, wheel in WHEELS.items() if (self.releases / wheel).is_dir()}
        said = {v: run_process([str(_program(path)), *encode], timeout_s=CLIP_S).stdout for v, path in there.items()}
        cores = {ffmpeg: re.search("x264 - (core .+?) - ", text) for ffmpeg, text in said.items()}
        return {f"x264 in ffmpeg {ffmpeg}": core[1] for ffmpeg, core in cores.items() if core}


def _program(release: Path) -> Path:
    return next((release.resolve() / "imageio_ffmpeg" / "binaries").glob("ffmpeg-*"))


def system(declaration: Declaration) -> X264:
    """The system that the registry loads."""
    return X264(declaration)

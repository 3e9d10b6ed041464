"""One run of x264 in a process of its own: a request as JSON on standard input, its outcome on standard output.

It imports nothing of transferperf, so that it starts fast. What x264 made of the options stands in the stream itself.
"""

import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

OURS = {"dct8x8": "8x8dct"}
"""Options that x264 calls by a name that no formula could hold."""

PARTITIONS = {"none": "none", "intra": "i4x4,i8x8", "most": "i4x4,i8x8,p8x8,b8x8", "all": "all"}
SHAPES = {0: "none", 0x1: "intra", 0x111: "most", 0x131: "all"}
"""Bits of partitions between frames, without the one of i8x8, which comes and goes with dct8x8."""

WORDS = {
    "direct": ("none", "spatial", "temporal", "auto"),
    "b_pyramid": ("none", "strict", "normal"),
}
"""What numbers in the stream mean."""

SAID = {"merange": "me_range", **OURS}
"""Options that the stream calls by another name."""

SLACK_S = 1
"""Seconds beyond the limit at which the kernel stops x264: it counts in ticks, up to a tenth too many."""

FIXED = "psnr=1"
"""Makes x264 compare what it encodes with what a player will show."""


def main() -> None:
    """Answer one request."""
    sys.stdout.write(json.dumps(run(json.load(sys.stdin))))


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Status, reason, metrics, and the configuration that really ran."""
    asked, folder = request["configuration"], Path(request["folder"])
    spelt = {OURS.get(name, name): value for name, value in {**asked, "asm": request["asm"]}.items()}
    spelt["partitions"] = PARTITIONS.get(asked["partitions"], asked["partitions"])
    parameters = ":".join([*(f"{name}={value}" for name, value in spelt.items()), FIXED])
    stream, clip = folder / "stream.h264", folder / "clip.y4m"
    command = [*request["ffmpeg"], "-hide_banner", "-nostdin", "-y", "-i", str(clip), "-c:v", "libx264"]
    limit_s = request["cpu_limit_s"]
    stop_s = int(limit_s) + SLACK_S
    resource.setrlimit(resource.RLIMIT_CPU, (stop_s, stop_s))  # x264 inherits it
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603  # the program comes from the adapter
        [*command, "-x264-params", parameters, "-f", "h264", str(stream)], capture_output=True, check=False, text=True
    )
    wall_s, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime
    refused = re.search(r"Error parsing option '.*'", done.stderr)
    if refused:
        return {"status": "invalid", "reason": f"x264 refused: {refused[0]}"}
    if cpu_s >= limit_s:
        reason = f"it needs more than {limit_s} s of CPU time"
        return {"status": "timeout", "reason": reason, "values": {"cpu_s": limit_s}}
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        return {"status": "failed", "reason": f"ffmpeg: exit status {done.returncode}: {last}"}
    values = {
        "cpu_s": round(cpu_s, 6),
        "wall_s": round(wall_s, 6),
        "stream_bytes": stream.stat().st_size,
        "psnr_db": float(found(r"\] PSNR Mean .*Global:([\d.]+)", done.stderr)),
    }
    said = dict(re.findall(r"([\w-]+)=(\S+)", found(r"options: ([ -~]+)", stream.read_text("latin-1"))))
    instructions = found(r"using cpu capabilities: (.*)", done.stderr)
    return {"status": "ok", "values": values, "configuration": applied(asked, said), "release": instructions}


def applied(asked: dict[str, Any], said: dict[str, str]) -> dict[str, Any]:
    """The options as the stream has them; as they were asked for where it does not speak of one."""
    mode, _, strength = said["aq"].partition(":")
    ran = {name: said[SAID.get(name, name)] for name in asked if SAID.get(name, name) in said}
    for name, words in WORDS.items():
        if name in ran:
            ran[name] = words[int(ran[name])]
    ran["partitions"] = SHAPES[int(said["analyse"].partition(":")[2], 16) & 0x131]
    ran["aq_mode"] = mode if strength != "0.00" else "0"  # how x264 spells that mbtree runs without aq
    return {**asked, **{name: type(asked[name])(float(v) if name == "crf" else v) for name, v in ran.items()}}


def found(pattern: str, text: str) -> str:
    """The first group of a pattern that has to be there."""
    match = re.search(pattern, text)
    if match is None:
        sys.exit(f"nothing says {pattern!r}: this is no x264 that we know")
    return match[1].strip()


if __name__ == "__main__":
    main()

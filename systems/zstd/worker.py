"""One run of zstd in a process of its own: a request as JSON on standard input, its outcome on standard output.

It imports nothing of transferperf, so that it starts fast. The release is chosen by PYTHONPATH. Only compressing and
decompressing are measured: not the start, nor the reading of the corpus.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

zstandard: Any = importlib.import_module("zstandard")

STRATEGIES = ("fast", "dfast", "greedy", "lazy", "lazy2", "btlazy2", "btopt", "btultra")
"""In the order of zstd's numbers, which start at 1."""

SAME = (
    *("window_log", "hash_log", "chain_log", "search_log", "min_match", "target_length", "threads", "overlap_log"),
    *("ldm_hash_log", "ldm_min_match", "ldm_bucket_size_log", "ldm_hash_rate_log"),
)
"""Options that are called as their parameter is."""

KIB = 1 << 10
LEAST_S = 0.02
"""CPU seconds below which a call is made again and again."""
BYTES_PER_S = 2.5e6
"""What a line of 20 Mbit/s carries."""


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    sys.stdout.write(json.dumps(run(Path(request["path"]).read_bytes(), request["configuration"])))


def run(content: bytes, asked: dict[str, Any]) -> dict[str, Any]:
    """Status, reason, metrics, and the configuration and the release that really ran."""
    try:
        parameters = parameters_of(asked)
        compressor = zstandard.ZstdCompressor(compression_params=parameters)
        frame, cpu_s, wall_s = timed(lambda: compressor.compress(content))
    except (zstandard.ZstdError, ValueError, OverflowError) as error:
        return {"status": "invalid", "reason": f"zstd refused: {error}"}
    again, decompress_s, _ = timed(lambda: zstandard.ZstdDecompressor().decompress(frame))
    if again != content:
        return {"status": "failed", "reason": "what was decompressed differs from what was compressed"}
    values = {
        "cpu_s": round(cpu_s, 7),
        "compressed_bytes": len(frame),
        "decompress_s": round(decompress_s, 7),
        "memory_bytes": compressor.memory_size(),
        "wall_s": round(wall_s, 7),
        "delivery_s": round(cpu_s + len(frame) / BYTES_PER_S + decompress_s, 7),
    }
    ran, release = applied(parameters, frame, len(content)), zstandard.__version__
    return {"status": "ok", "values": values, "configuration": ran, "release": release}


def parameters_of(asked: dict[str, Any]) -> Any:
    """All parameters, none of which is left to a level."""
    plain = {name: asked[name] for name in SAME if asked["long_distance"] or not name.startswith("ldm")}
    return zstandard.ZstdCompressionParameters(
        **plain,
        strategy=STRATEGIES.index(asked["strategy"]) + 1,
        enable_ldm=asked["long_distance"],
        job_size=asked["job_size"] * KIB if asked["threads"] else 0,
        write_checksum=asked["checksum"],
    )


def applied(parameters: Any, frame: bytes, size: int) -> dict[str, Any]:
    """The parameters as the library has them, after what zstd makes of them when it begins (ZSTD_adjustCParams)."""
    found = zstandard.get_frame_parameters(frame)
    window = (min(found.window_size, size) - 1).bit_length()
    cycle = parameters.chain_log - (parameters.strategy >= zstandard.STRATEGY_BTLAZY2)
    return {
        **{name: getattr(parameters, name) for name in SAME},
        "window_log": window,
        "hash_log": min(parameters.hash_log, window + 1),
        "chain_log": parameters.chain_log - max(0, cycle - window),
        "strategy": STRATEGIES[parameters.strategy - 1],
        "long_distance": int(parameters.enable_ldm),
        "job_size": parameters.job_size / KIB,
        "checksum": int(found.has_checksum),
    }


def timed(action: Callable[[], bytes]) -> tuple[bytes, float, float]:
    """What a call gives, and its CPU and wall seconds; a short one only warms up for those whose mean counts."""
    cpu, wall = time.process_time(), time.perf_counter()
    result, n = action(), 1
    if time.process_time() - cpu < LEAST_S:
        cpu, wall, n = time.process_time(), time.perf_counter(), 0
        while time.process_time() - cpu < LEAST_S:
            result, n = action(), n + 1
    return result, (time.process_time() - cpu) / n, (time.perf_counter() - wall) / n


if __name__ == "__main__":
    main()

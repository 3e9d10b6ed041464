"""One run of onnxruntime in a process of its own: a request as JSON on standard input, its outcome on standard output.

It imports nothing of transferperf. Releases of onnxruntime and numpy are chosen by PYTHONPATH. The first time that a
request names a file of reference scores that is not there, its scores are written.
"""

import importlib
import itertools
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

np: Any = importlib.import_module("numpy")
ort: Any = importlib.import_module("onnxruntime")
refusals: Any = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")

N_IMAGES = 16
LEAST_S, LEAST_RUNS = 0.05, 4
"""CPU seconds, and runs, that are measured at least."""

LEVELS = {
    "disable": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
MODES = {"sequential": ort.ExecutionMode.ORT_SEQUENTIAL, "parallel": ort.ExecutionMode.ORT_PARALLEL}
DISABLE_PREPACKING, BLOCKS = "session.disable_prepacking", "session.dynamic_block_base"
SPINNING = ("session.intra_op.allow_spinning", "session.inter_op.allow_spinning")
REFUSALS = tuple(
    getattr(refusals, name) for name in ("Fail", "InvalidArgument", "NoSuchFile", "NotImplemented", "RuntimeException")
)


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    network, reference = Path(request["folder"]), Path(request["folder"], "reference.npy")
    sys.stdout.write(json.dumps(run(network, reference, request["side"], request["configuration"])))


def run(network: Path, reference: Path, side: int, asked: dict[str, Any]) -> dict[str, Any]:
    """Status, reason, metrics, and the configuration and the release that really ran."""
    images = np.random.default_rng(3).random((N_IMAGES, 3, side, side), dtype=np.float32)
    batches = [images[i : i + asked["batch"]] for i in range(0, N_IMAGES, asked["batch"])]
    before, n_threads, start = memory_bytes("VmRSS"), count_threads(), time.perf_counter()
    try:
        path = str(network / f"{asked['quantisation']}.onnx")
        session = ort.InferenceSession(path, session_options(asked), providers=["CPUExecutionProvider"])
        start_ms = 1e3 * (time.perf_counter() - start)
        scores = np.concatenate([scored(session, batch, asked) for batch in batches])
    except REFUSALS as error:
        return {"status": "invalid", "reason": f"onnxruntime refused: {error}"}
    latency_ms, cpu_ms = timed(session, batches, asked)
    if not reference.exists():
        np.save(reference, scores)
    expected = np.load(reference)
    values = {
        "latency_ms": round(latency_ms, 6),
        "cpu_ms": round(cpu_ms, 6),
        "memory_bytes": max(0, memory_bytes("VmHWM") - before),
        "output_error": float(np.sqrt(((scores - expected) ** 2).mean() / (expected**2).mean())),
        "start_ms": round(start_ms, 3),
    }
    ran = applied(session.get_session_options(), asked, count_threads() - n_threads)
    return {"status": "ok", "values": values, "configuration": ran, "release": ort.__version__}


def session_options(asked: dict[str, Any]) -> Any:
    """What a session is told; onnxruntime accepts entries that it does not know, without a word."""
    options = ort.SessionOptions()
    options.graph_optimization_level = LEVELS[asked["graph_optimization"]]
    options.execution_mode = MODES[asked["execution_mode"]]
    options.intra_op_num_threads = asked["intra_op_threads"]
    options.inter_op_num_threads = asked["inter_op_threads"]
    options.enable_cpu_mem_arena = bool(asked["cpu_arena"])
    options.enable_mem_pattern = bool(asked["mem_pattern"])
    options.enable_mem_reuse = bool(asked["mem_reuse"])
    options.add_session_config_entry(DISABLE_PREPACKING, str(1 - asked["prepacking"]))
    for pool in SPINNING:
        options.add_session_config_entry(pool, str(asked["spinning"]))
    options.add_session_config_entry(BLOCKS, str(asked["dynamic_block_base"]))
    return options


def scored(session: Any, batch: Any, asked: dict[str, Any]) -> Any:
    """Scores of some images; memory is given back after each run where that is asked for."""
    how = ort.RunOptions()
    if asked["arena_shrinkage"]:
        how.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return session.run(None, {"images": batch}, how)[0]


def timed(session: Any, batches: list[Any], asked: dict[str, Any]) -> tuple[float, float]:
    """Wall time of the median run and CPU time of the mean run, in ms for one image."""
    began, walls = time.process_time(), []
    for batch in itertools.cycle(batches):
        start = time.perf_counter()
        scored(session, batch, asked)
        walls.append(time.perf_counter() - start)
        if time.process_time() - began >= LEAST_S and len(walls) >= LEAST_RUNS:
            break
    used_s = (time.process_time() - began) / len(walls)
    return 1e3 * statistics.median(walls) / asked["batch"], 1e3 * used_s / asked["batch"]


def applied(options: Any, asked: dict[str, Any], n_new: int) -> dict[str, Any]:
    """The options as the session has them; threads as the system counts them, of those that came with the session."""
    named = {
        "graph_optimization": next(name for name, level in LEVELS.items() if level == options.graph_optimization_level),
        "execution_mode": next(name for name, mode in MODES.items() if mode == options.execution_mode),
    }
    inter = options.inter_op_num_threads if named["execution_mode"] == "parallel" else 1
    return {
        **asked,
        **named,
        "intra_op_threads": n_new + 2 - inter,
        "inter_op_threads": inter,
        "cpu_arena": int(options.enable_cpu_mem_arena),
        "mem_pattern": int(options.enable_mem_pattern),
        "mem_reuse": int(options.enable_mem_reuse),
        "prepacking": 1 - int(options.get_session_config_entry(DISABLE_PREPACKING)),
        "spinning": int(options.get_session_config_entry(SPINNING[0])),
        "dynamic_block_base": int(options.get_session_config_entry(BLOCKS)),
    }


def memory_bytes(kind: str) -> int:
    """Memory of this process: VmRSS now, VmHWM at its peak."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(kind))


def count_threads() -> int:
    """Threads of this process."""
    return len(list(Path("/proc/self/task").iterdir()))


if __name__ == "__main__":
    main()

"""
Choose the number format a model computes in, without loading torch.

bfloat16 is 2.5 times as fast as float32 on a CPU that multiplies in it, and slower on one that
does not; against float32 it moves 0.8 % of the top eight passages of a paper (1,399 passages,
28 questions). ``auto`` follows the machine, and the choice is part of the space, so vectors of
two formats are never compared.
"""

import contextlib
import ctypes
from pathlib import Path

__all__ = ["cpu_has_bfloat16", "gpu_has_bfloat16", "resolve_dtype"]

_CPUINFO = Path("/proc/cpuinfo")
_CPU_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
#: First generation of NVIDIA GPUs with bfloat16 arithmetic (Ampere).
_MIN_COMPUTE_MAJOR = 8


def resolve_dtype(dtype: str) -> str:
    """
    Turn a setting into a format.

    Args:
        dtype: ``auto``, ``float32`` or ``bfloat16``.

    Returns:
        ``float32`` or ``bfloat16``; ``auto`` gives bfloat16 where the GPU, or else the CPU,
        computes in it.
    """
    if dtype != "auto":
        return dtype
    return "bfloat16" if cpu_has_bfloat16() or gpu_has_bfloat16() else "float32"


def cpu_has_bfloat16(cpuinfo: Path = _CPUINFO) -> bool:
    """True where Linux lists AVX512-BF16 or AMX-BF16; False where it cannot be read."""
    try:
        content = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    flags = next((line for line in content.splitlines() if line.startswith("flags")), "")
    return not _CPU_FLAGS.isdisjoint(flags.split())


def gpu_has_bfloat16() -> bool:
    """
    True where the first NVIDIA GPU is of the Ampere generation or later.

    Asks the driver's management library: unlike CUDA it leaves no state behind that would
    break a later fork of a worker.
    """
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return False
    if nvml.nvmlInit_v2() != 0:
        return False
    with contextlib.ExitStack() as stack:
        stack.callback(nvml.nvmlShutdown)
        device, major, minor = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_int()
        if nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(device)) != 0:
            return False
        status = nvml.nvmlDeviceGetCudaComputeCapability(
            device, ctypes.byref(major), ctypes.byref(minor)
        )
        return bool(status == 0 and major.value >= _MIN_COMPUTE_MAJOR)

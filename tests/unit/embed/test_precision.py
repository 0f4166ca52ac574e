from pathlib import Path

import pytest

from etl.embed.precision import cpu_has_bfloat16, resolve_dtype


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu sse avx512f avx512_bf16", True),
        ("fpu amx_bf16 amx_tile", True),
        ("fpu avx2 avx512f", False),
        # A flag that only begins like the right one.
        ("fpu avx512_bf16x", False),
    ],
)
def test_the_cpu_is_asked_by_its_flags(tmp_path: Path, flags: str, expected: bool) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\n", encoding="utf-8")
    assert cpu_has_bfloat16(cpuinfo) is expected


def test_a_system_without_cpuinfo_has_no_bfloat16(tmp_path: Path) -> None:
    assert cpu_has_bfloat16(tmp_path / "absent") is False


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_chosen_format_is_kept_whatever_the_machine(dtype: str) -> None:
    assert resolve_dtype(dtype) == dtype


def test_auto_is_resolved_to_a_format() -> None:
    assert resolve_dtype("auto") in {"float32", "bfloat16"}

"""Showing a night: bars on a terminal, one plain line a change otherwise."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.progress import TaskID as BarId

from etl.stack.night import NightResult, NightStep

__all__ = ["NightProgress", "describe_failures"]

#: A plain line at most this often while only counts change, seconds.
_LINE_SECONDS = 10.0


class NightProgress:
    """
    Callable progress of :func:`etl.stack.night.run_night`; use it as a context.

    Args:
        console: Where to show it; bars where it is a terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description:<17}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]:<8}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._rows: dict[str, BarId] = {}
        self._last: dict[str, NightStep] = {}
        self._line_at = 0.0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._bars.stop()

    def __call__(self, step: NightStep) -> None:
        """Show one step as it stands."""
        if self._console.is_terminal:
            self._show_bar(step)
        elif self._is_worth_a_line(step):
            self._console.print(_line(step), highlight=False, markup=False, soft_wrap=True)
            self._line_at = time.monotonic()
        self._last[step.dag_id] = step

    def _show_bar(self, step: NightStep) -> None:
        if step.dag_id not in self._rows:
            self._rows[step.dag_id] = self._bars.add_task(step.dag_id, total=None, state="")
        row = self._rows[step.dag_id]
        total = step.total or None
        self._bars.update(row, completed=step.done, total=total, state=step.state)
        if step.seconds is not None:
            self._bars.stop_task(row)

    def _is_worth_a_line(self, step: NightStep) -> bool:
        last = self._last.get(step.dag_id)
        if last is None or last.state != step.state:
            return True
        return last.done != step.done and time.monotonic() - self._line_at > _LINE_SECONDS


def describe_failures(result: NightResult) -> list[str]:
    """Lines for people: which DAG, which task, what its log says last and where it is."""
    lines = [f"{step.dag_id} failed" for step in result.steps if step.state == "failed"]
    for failed in result.failures:
        batch = f" [{failed.map_index}]" if failed.map_index >= 0 else ""
        lines.append(f"  task {failed.task_id}{batch}, log {failed.log}")
        lines += [f"    {line}" for line in failed.tail]
    return lines


def _line(step: NightStep) -> str:
    words = [f"{step.dag_id}: {step.state}"]
    if step.total:
        words.append(f"{step.done}/{step.total} tasks")
    if step.seconds is not None:
        words.append(f"{step.seconds:.1f} s")
    return ", ".join(words)

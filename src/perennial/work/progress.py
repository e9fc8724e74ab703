"""How long work shows on a terminal: what is done, of how much, how fast, for how long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars


class Progress:
    """Steps of a work, each with its bar (or, where its end is not known, its count)."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, object] = {}

    def advance(self, step: str, count: int, unit: str) -> None:
        """``count`` more units of a step whose end is not known."""
        task = self._task(step, None, unit)
        self._bars.update(task, advance=count)  # type: ignore[arg-type]

    def reach(self, step: str, done: int, of: int, unit: str) -> None:
        """``done`` units of a step, ``of`` so many."""
        task = self._task(step, of, unit)
        self._bars.update(task, completed=done, total=of)  # type: ignore[arg-type]

    def _task(self, step: str, total: int | None, unit: str) -> object:
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=total, unit=unit)
        return self._tasks[step]


@contextmanager
def counting(console: Console) -> Iterator[Progress]:
    """Show progress on ``console`` while the block runs."""
    from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Rate(ProgressColumn):
        """Units per second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f} {task.fields['unit']}/s" if speed else "")

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:,.0f} {task.fields[unit]}"),
        Rate(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=console, transient=True) as bars:
        yield Progress(bars)

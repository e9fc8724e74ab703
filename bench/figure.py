"""What a measurement found, shown on the terminal and kept in docs/figures."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "figures"


@dataclass(frozen=True, slots=True)
class Line:
    """One contender in one size. ``ratio``: beside its peer, in words."""

    what: str
    rows: int
    seconds: float
    peak_mb: float = 0.0
    ratio: str = ""

    def cells(self) -> tuple[str, ...]:
        """As shown."""
        speed = f"{self.rows / self.seconds:,.0f}" if self.rows and self.seconds else ""
        return (
            self.what,
            f"{self.rows:,}" if self.rows else "",
            f"{self.seconds:.3f}" if self.seconds < 10 else f"{self.seconds:.1f}",
            speed,
            f"{self.peak_mb:,.0f}" if self.peak_mb else "",
            self.ratio,
        )


@dataclass(frozen=True, slots=True)
class Aim:
    """What is aimed at, what came out, and whether that is enough."""

    wanted: str
    found: str
    reached: bool


@dataclass(slots=True)
class Figure:
    """A figure in one size. Texts are Markdown sentences."""

    name: str
    title: str
    size: str
    lines: list[Line] = field(default_factory=list)
    aims: list[Aim] = field(default_factory=list)
    growth: list[str] = field(default_factory=list)
    profile: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def times(self, ours: float, peer: float) -> str:
        """``ours`` seconds beside ``peer`` seconds, as a share of the peer's speed."""
        return f"{peer / ours:.2f} of its speed" if ours else ""


HEAD = ("what", "rows", "seconds", "rows/s", "peak MB", "ratio")


def machine() -> str:
    """Cores, memory, Python: what must be known to compare two runs."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {pages:.0f} GiB, {system}, Python {platform.python_version()}"


def show(figure: Figure, console: Console) -> None:
    """The figure on the terminal."""
    from rich.table import Table

    table = Table(title=f"{figure.title} ({figure.size})", title_justify="left")
    for number, column in enumerate(HEAD):
        table.add_column(column, justify="left" if number in (0, 5) else "right")
    for line in figure.lines:
        table.add_row(*line.cells())
    console.print(table)
    for aim in figure.aims:
        mark = "[green]reached[/]" if aim.reached else "[red]missed[/]"
        console.print(f"  aim: {aim.wanted}; found: {aim.found}: {mark}", highlight=False)
    for text in (*figure.growth, *figure.profile, *figure.notes):
        console.print(f"  {text}", highlight=False, markup=False)
    console.print()


def section(figure: Figure) -> str:
    """The figure as a part of its page; without dates, so that only what changed differs."""
    rows = [" | ".join(HEAD), "---|---:|---:|---:|---:|---", *(" | ".join(line.cells()) for line in figure.lines)]
    command = f"python -m bench {figure.name}" + (f" --size {figure.size}" if figure.size != "small" else "")
    parts = [f"## {figure.size}", f"`{command}` on {machine()}", "\n".join(rows)]
    if figure.aims:
        aims = (f"{a.wanted} | {a.found} | {'yes' if a.reached else '**no**'}" for a in figure.aims)
        parts.append("\n".join(["aim | found | reached", "---|---|---", *aims]))
    for title, texts in (("Growth", figure.growth), ("Where the time goes", figure.profile), ("Notes", figure.notes)):
        if texts:
            parts.append(f"### {title}\n\n" + "\n".join(f"- {text}" for text in texts))
    return "\n\n".join(parts)


def keep(figure: Figure, folder: Path = FOLDER) -> Path:
    """Write the figure into its page, in the place of the same size's last one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{figure.name}.md"
    found: dict[str, str] = {}
    if path.exists():
        for text in re.split(r"(?m)^(?=## )", path.read_text())[1:]:
            found[text.split("\n", 1)[0].removeprefix("## ")] = text.strip()
    found[figure.size] = section(figure)
    ordered = [found[size] for size in sorted(found, key=lambda size: (size != "full", size))]
    path.write_text(f"# {figure.title}\n\n" + "\n\n".join(ordered) + "\n")
    return path

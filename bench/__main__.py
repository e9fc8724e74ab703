"""``python -m bench [NAME] [--size small|full] [--work FOLDER]``: measure, show, keep in docs/figures."""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path

import click

# name -> module, or module:function; in the order in which they are measured
FIGURES = {
    "start": "bench.start",
    "csv-lab": "bench.csv_lab",
    "csv-database": "bench.csv_database",
    "record": "bench.record",
    "insight": "bench.insight",
    "insight-pandas": "bench.insight:measure_pandas",
    "insight-growth": "bench.insight:measure_growth",
    "report-cold": "bench.report_cold",
    "behaviour": "bench.behaviour",
    "segments": "bench.segments",
    "segments-live": "bench.segments_live",
    "pages": "bench.pages",
}


@click.command()
@click.argument("only", required=False, type=click.Choice(list(FIGURES)))
@click.option("--size", type=click.Choice(["small", "full"]), default="small", show_default=True)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep made inputs here, and use those that are there. Default: a temporary folder",
)
def main(only: str | None, size: str, work: Path | None) -> None:
    """Measure Perennial beside bare tools, each ratio within one run. Nothing is asserted."""
    from rich.console import Console

    from bench.figure import keep, machine, show
    from bench.measure import Failed
    from bench.places import place

    console = Console()
    console.print(f"[dim]{machine()}[/]", highlight=False)
    failed = []
    for name, module in FIGURES.items():
        if only not in (None, name):
            continue
        began = time.perf_counter()
        with place(size, work) as where:
            try:
                path, _, function = module.partition(":")
                figures = getattr(import_module(path), function or "measure")(where)
            except Failed as wrong:
                failed.append(name)
                console.print(f"[red]{name} was not measured:[/] {wrong}", highlight=False)
                continue
        for figure in figures:
            show(figure, console)
            keep(figure)
        console.print(f"[dim]{name}: {time.perf_counter() - began:.0f} s[/]\n", highlight=False)
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()

"""``python -m prove P28 [--seed N] [--size full|small]``: keep a promise at its full numbers."""

from __future__ import annotations

import secrets
import sys
from importlib import import_module

import click

# name -> module:function(seed, size) -> Outcome
PROMISES = {
    "P02": "prove.calls:prove",
    "P03": "prove.histories:prove",
    "P28": "prove.imports:prove",
    "P33": "prove.api:prove",
    "P31": "prove.backups:prove",
    "P32": "prove.erasure:prove",
    "ids": "prove.identifiers:prove",
    "singles-under-import": "prove.singles:prove",
}


@click.command()
@click.argument("name", type=click.Choice(list(PROMISES)))
@click.option("--seed", type=int, help="Replay a run. Default: a new one, printed")
@click.option("--size", type=click.Choice(["full", "small"]), default="full", show_default=True)
def main(name: str, seed: int | None, size: str) -> None:
    """Prove a promise; the page goes to docs/figures, exit code 1 says it was broken."""
    from bench.figure import machine
    from rich.console import Console

    console = Console()
    seed = secrets.randbelow(10**6) if seed is None else seed
    console.print(f"{name}, seed {seed}", highlight=False)
    module, _, function = PROMISES[name].partition(":")
    outcome = getattr(import_module(module), function)(seed=seed, size=size)
    for claim in outcome.claims:
        mark = "[green]kept[/]" if claim.kept else "[red]BROKEN[/]"
        console.print(f"  {mark} {claim.text}: {claim.found}", highlight=False)
    for note in outcome.notes:
        console.print(f"  [dim]{note}[/]", highlight=False)
    if size == "full":
        console.print(f"[dim]{outcome.keep(machine())}[/]", highlight=False)
    if not outcome.kept:
        sys.exit(1)


if __name__ == "__main__":
    main()

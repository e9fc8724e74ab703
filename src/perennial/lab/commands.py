"""The analyst's commands: `perennial report` and `perennial ask`. Neither needs a database or Django."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from perennial.lab.shop import Shop

_LANGUAGES = ("en", "es", "it", "fr")
_ROWS = 20


def _reading(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say how a source is read."""
    options = [
        click.option(
            "--as-of", metavar="DAY", help="As seen at the end of this day (2024-01-31). Default: last order's."
        ),
        click.option("--zone", metavar="ZONE", help="The store's time zone, such as Europe/Madrid."),
        click.option("--currency", metavar="CODE", help="Currency of the amounts, where the file does not say."),
        click.option(
            "--mapping",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Names of columns that are not recognised; perennial import --dry-run proposes one.",
        ),
        click.option("--with-tax", is_flag=True, help="Count tax as revenue."),
        click.option("--with-shipping", is_flag=True, help="Count shipping as revenue."),
        click.option("--brand", metavar="KEY", help="Which brand, in a database of several."),
        click.option("--unmasked", is_flag=True, help="Show names and addresses of customers as the file has them."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _opened(source: str, options: dict[str, Any]) -> Shop:
    from perennial.insight.tables import Treatment
    from perennial.lab.opening import open_shop

    treatment = Treatment(tax=options.pop("with_tax"), shipping=options.pop("with_shipping"))
    options.pop("as_of")
    return open_shop(source, treatment=treatment, **options)


@click.command()
@click.argument("source")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="Where to write the page.",
)
@click.option("--lang", type=click.Choice(_LANGUAGES), default="en", show_default=True, help="The page's language.")
@_reading
def report(source: str, output: Path, lang: str, **options: Any) -> None:
    """Write a page that says who the customers of a shop are.

    SOURCE is an export of orders (CSV, also .gz and .zip), a Parquet file, a folder of either, or the address
    of a Perennial database. The page is one HTML file without scripts: open it, print it, send it.
    """
    from perennial.lab.report.build import build, prepare

    as_of = options["as_of"]
    prepare()
    try:
        text = build(_opened(source, options), lang, as_of)
        output.write_text(text, encoding="utf-8")
    except (ValueError, OSError) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    click.echo(f"Wrote {output}")


@click.command()
@click.argument("answer", required=False)
@click.argument("source", required=False)
@click.option("--rows", type=click.IntRange(min=1), default=_ROWS, show_default=True, help="Rows to show.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all rows to a .csv or .parquet file instead.",
)
@_reading
def ask(answer: str | None, source: str | None, rows: int, output: Path | None, **options: Any) -> None:
    """Ask orders one question and show the answer as a table.

    ANSWER is one of those that `perennial ask` alone lists; SOURCE is as for `perennial report`. Money is in
    minor units (cents), days and months are numbers since 1970.
    """
    from perennial.lab.doors import answers

    known = answers()
    if answer is None:
        click.echo(repr(known))
        return
    if answer not in known:
        raise click.ClickException(f"there is no answer {answer!r}; perennial ask lists them")
    if source is None:
        raise click.ClickException(f"say of which orders: perennial ask {answer} orders.csv")
    as_of = options["as_of"]
    try:
        table = _opened(source, options).ask(answer, as_of)
        if output is None:
            _show(table.limit(rows).to_pyarrow().to_pylist(), list(table.columns))
            return
        _write(table, output)
    except (ValueError, OSError) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    click.echo(f"Wrote {output}")


@click.command()
@click.argument("rule")
@click.argument("source")
@click.option("--rows", type=click.IntRange(min=1), default=_ROWS, show_default=True, help="People to show.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all people to a .csv or .parquet file instead.",
)
@_reading
def segment(rule: str, source: str, rows: int, output: Path | None, **options: Any) -> None:
    """Say who is in a segment: how many people a rule holds for, and who.

    RULE is written as on the desk, such as 'spent(6 months) >= 250 and not rhythm is lost'; SOURCE is as for
    `perennial report`.
    """
    as_of = options["as_of"]
    try:
        from perennial.lab.segmenting import segment as asked

        shop = _opened(source, options)
        found = asked(shop, rule, as_of)
        if output is None:
            held = found.to_pyarrow()
            click.echo(f"{held.num_rows} people")
            _show(held.slice(0, rows).to_pylist(), held.column_names)
            return
        _write(found, output)
    except (ValueError, OSError) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    click.echo(f"Wrote {output}")


def _write(table: Any, output: Path) -> None:
    if output.suffix == ".parquet":
        table.to_parquet(output)
    elif output.suffix == ".csv":
        table.to_csv(output)
    else:
        raise click.ClickException(f"{output}: write to a file ending in .csv or .parquet")


def _show(rows: list[dict[str, Any]], columns: list[str]) -> None:
    texts = [columns, *([_text(row[column]) for column in columns] for row in rows)]
    widths = [max(len(row[i]) for row in texts) for i in range(len(columns))]
    for row in texts:
        click.echo("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1 else f"{value:.2f}"
    # Signs that would move a terminal's cursor or turn its direction stay out of it.
    return "" if value is None else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))

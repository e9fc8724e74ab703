"""What was counted in a file and what became of it: sums to hold against the shop's own."""
# ruff: noqa: S608 (the SQL is made of our own names; no text of a file gets into it)

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal

from perennial.stores.csv.mapping.guess import Guess
from perennial.stores.csv.mapping.shape import Shape
from perennial.stores.csv.mapping.stage import Stage


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Counts over the rows that were read (not those rejected), then what was made of them.

    ``quantity`` in pieces and ``value`` (of ``currency``) are plain sums of the rows' cells. ``rejected``:
    rows in the rejects file, those of otherwise right orders (``left_out`` orders) included.
    """

    rows: int
    rejected: int
    left_out: int
    names: int  # different order or invoice numbers
    customers: int
    countries: int
    quantity: Decimal
    value: Decimal
    currency: str
    orders: int
    lines: int
    anonymous_orders: int
    anonymous_rows: int
    duplicate_rows: int  # alike in every cell to another row; kept
    negative_orders: int  # cancellations and credits without an order here; kept as orders below zero
    cancelled_orders: int
    refunds: int
    refunded: Decimal
    unconverted_orders: int
    # Online Retail only.
    cancelling_names: int = 0
    paired_lines: int = 0
    partly_paired_lines: int = 0
    unpaired_lines: int = 0
    stock_rows: int = 0
    write_off_rows: int = 0
    fee_rows: int = 0

    def as_json(self) -> dict[str, int | str]:
        """The stored form: decimals as text."""
        return {k: str(v) if isinstance(v, Decimal) else v for k, v in asdict(self).items()}


def report(stage: Stage, guess: Guess) -> ImportReport:
    """Count a staged and shaped file."""
    shape = Shape(stage)
    currency = guess.currency

    def one(sql: str) -> tuple[int, ...]:
        return tuple(int(value or 0) for value in stage.one(sql))

    value = "line_total" if shape.has("line_total") else "total"
    summed = f"sum({value}::HUGEINT) * 1000" if shape.has(value) else "0"
    if shape.has("unit_price") and not shape.has("line_total"):
        summed = f"sum(coalesce({shape.col('quantity')}, 1000)::HUGEINT * unit_price)"
    country = (
        "count(DISTINCT raw_country)"
        if "raw_country" in stage.columns
        else f"count(DISTINCT {shape.col('country', 'VARCHAR')})"
    )
    rows, customers, countries, quantity, total, anonymous_rows, names = one(
        f"""SELECT count(*), count(DISTINCT ckey), {country}, sum({shape.col("quantity")}), {summed},
        count(*) FILTER (ckey IS NULL), count(DISTINCT oid) FROM placed"""
    )
    rejected, left_out = one("""SELECT (SELECT count(DISTINCT pos) FROM (SELECT pos FROM bad UNION ALL
        SELECT pos FROM placed JOIN left_out USING (oid))), (SELECT count(DISTINCT oid) FROM left_out)""")
    reporting = guess.currency
    if shape.has("currency"):
        reporting = stage.one("SELECT mode(currency) FROM shop_order")[0] or currency
    orders, anonymous, negative, cancelled, foreign = one(
        f"""SELECT count(*), count(*) FILTER (ckey IS NULL), count(*) FILTER (total < 0),
        count(*) FILTER (cancelled IS NOT NULL), count(*) FILTER (currency != '{reporting}') FROM shop_order"""
    )
    (lines,) = one("SELECT count(*) FROM shop_line")
    refunds, refunded = one(
        f"SELECT count(*), sum(amount) FILTER (currency = '{reporting}') FROM shop_refund JOIN shop_order USING (oid)"
    )
    return ImportReport(
        rows, rejected, left_out, names, customers, countries, Decimal(quantity) / 1000,
        (Decimal(total) / 10**7).quantize(Decimal("0.01")), reporting, orders, lines, anonymous, anonymous_rows,
        _duplicates(stage), negative, cancelled, refunds, _major(refunded, reporting), foreign,
        **(_retail(stage) if guess.layout == "online_retail" else {}),
    )  # fmt: skip


def _major(amount: int, currency: str) -> Decimal:
    from perennial.values.money import Money

    return Money(amount, currency).major


def _duplicates(stage: Stage) -> int:
    """Rows alike in every cell to an earlier one, by the columns that are read."""
    if not stage.plan.by_line:
        return 0
    columns = ", ".join(f'"{name}"' for name in stage.columns if name not in ("pos", "run"))
    found = stage.one(
        f"SELECT coalesce(sum(n - 1), 0)::BIGINT FROM (SELECT count(*) AS n FROM placed GROUP BY oid, {columns})"
    )
    return int(found[0])


def _retail(stage: Stage) -> dict[str, int]:
    found = stage.one(
        """SELECT
        (SELECT count(*) FROM cancelling),
        (SELECT count(*) FROM whole WHERE taken = wanted),
        (SELECT count(*) FROM whole WHERE taken > 0 AND taken < wanted),
        (SELECT count(*) FROM whole WHERE taken = 0),
        (SELECT count(*) FROM src WHERE stock), (SELECT count(*) FROM src WHERE stock AND quantity < 0),
        (SELECT count(*) FROM src WHERE kind IN ('fee', 'shipping') AND NOT stock)
        FROM (SELECT 1)""".replace(
            "whole",
            """(SELECT -src.quantity AS wanted, coalesce(sum(p.quantity), 0) AS taken
            FROM src LEFT JOIN pairs p ON p.cancel = src.pos WHERE cancels GROUP BY src.pos, src.quantity)""",
        )
    )
    names = ("cancelling_names", "paired_lines", "partly_paired_lines", "unpaired_lines", "stock_rows",
             "write_off_rows", "fee_rows")  # fmt: skip
    return dict(zip(names, (int(value) for value in found), strict=True))

"""How a table gets from the database into the mirror: the declaration, and the arithmetic of conversion."""

from __future__ import annotations

from dataclasses import dataclass

from perennial.insight.calendar import first_day
from perennial.insight.tables import SCHEMA

# For DuckDB. ``rate_e12``: reporting minor units per own minor unit, times 1e12. Null stays null. Away from zero goes
# what is over a half, or half and odd; both divisions cut towards zero. Few words: each is a vector in every statement.
MACROS = """
CREATE OR REPLACE MACRO exact(amount, rate_e12) AS amount::HUGEINT * rate_e12::HUGEINT;
CREATE OR REPLACE MACRO floored(x) AS
    x // 1000000000000::HUGEINT - CASE WHEN x % 1000000000000::HUGEINT < 0 THEN 1 ELSE 0 END;
CREATE OR REPLACE MACRO half_even(x) AS CAST(
    x // 1000000000000::HUGEINT + CASE
        WHEN 2 * abs(x % 1000000000000::HUGEINT) + abs(x // 1000000000000::HUGEINT % 2) > 1000000000000
        THEN sign(x) ELSE 0 END AS BIGINT);
CREATE OR REPLACE MACRO converted(amount, rate_e12) AS CASE
    WHEN rate_e12 = 1000000000000 THEN CAST(amount AS BIGINT)
    ELSE half_even(exact(amount, rate_e12)) END;
"""
_TYPES = {"int64": "BIGINT", "string": "VARCHAR", "boolean": "BOOLEAN"}
WHOLE = 0  # the month of a table that has one file


@dataclass(frozen=True, slots=True)
class Mirrored:
    """One table of the mirror: SELECTs as text, in which only whole numbers are filled in.

    ``source``: for SQLite and PostgreSQL alike; ``{chosen}`` stands for one of the three that follow. In it
    ``CROSS JOIN`` keeps SQLite to the written order of tables.
    ``by_day``: rows of ``{brand}`` whose day lies in ``{first}`` .. ``{last}``.
    ``by_id``: rows of ``{brand}`` (and ``{month}``) by rising id from ``{after}``, ``{limit}`` at a time;
    the id is the first column. A table has one of these two.
    ``by_customer``: rows of the customers ``{ids}``; None: the table says nothing of single customers.
    ``days``: (table, column) that cuts it into months; None: one file, called month 0.
    ``shape``: for DuckDB over ``raw`` (what the source gave), to the columns of `SCHEMA` in any order.
    ``order``: what the file is sorted by: time, then id, so that equal rows make equal files.
    """

    name: str
    source: str
    shape: str
    order: str
    by_day: str | None = None
    by_id: str | None = None
    by_customer: str | None = None
    days: tuple[str, str] | None = None

    def of_days(self, brand: int, first: int, last: int) -> str:
        """The source cut to local days."""
        return self._filled(self.by_day, brand=brand, first=first, last=last)

    def of_ids(self, brand: int, month: int, after: int, limit: int) -> str:
        """The source's next rows by id."""
        return self._filled(self.by_id, brand=brand, month=month, after=after, limit=limit)

    def of_customers(self, brand: int, ids: list[int]) -> str:
        """The source cut to customers."""
        return self._filled(self.by_customer, brand=brand, ids=", ".join(str(int(one)) for one in ids))

    def _filled(self, chosen: str | None, **numbers: int | str) -> str:
        if chosen is None:
            raise ValueError(f"table {self.name} cannot be read that way")
        return self.source.replace("{chosen}", chosen).format(**numbers)

    def shaped(self, raw: str, first: int, last: int) -> str:
        """The DuckDB SELECT over the table ``raw``, every column in its declared type, sorted."""
        columns = ", ".join(f'CAST("{c}" AS {_TYPES[t]}) AS "{c}"' for c, t in SCHEMA[self.name].items())
        inner = self.shape.replace("FROM raw", f"FROM {raw}").format(first=first, last=last)
        return f"SELECT {columns} FROM ({inner}) ORDER BY {self.order}"  # noqa: S608  # declared text only


def empty(name: str) -> str:
    """The DuckDB SELECT of no rows with the columns of a table."""
    columns = ", ".join(f'CAST(NULL AS {_TYPES[t]}) AS "{c}"' for c, t in SCHEMA[name].items())
    return f"SELECT {columns} WHERE FALSE"


def month_days(month: int) -> tuple[int, int]:
    """First and last local day of a month since January 1970."""
    return first_day(month), first_day(month + 1) - 1

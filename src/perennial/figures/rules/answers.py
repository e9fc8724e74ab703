"""Stored answers as JSON: plain values by column, without NaN, and back into a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 5_000  # a stored answer is for reading: longer ones keep their first rows and their total


def body_of(table: pa.Table) -> dict[str, Any]:
    """{"columns": names, "types": Ibis names of types, "rows": lists}; NaN and infinities become null."""
    rows = [[_plain(value) for value in row.values()] for row in table.to_pylist()]
    return {
        "columns": table.column_names,
        "types": [
            "float64" if str(kind) == "double" else _NAMES.get(str(kind), str(kind)) for kind in table.schema.types
        ],
        "rows": rows,
    }


def table_of(body: dict[str, Any]) -> pa.Table:
    """The Arrow table of a stored body."""
    import pyarrow as pa

    kinds = {"int64": pa.int64(), "float64": pa.float64(), "string": pa.string(), "boolean": pa.bool_()}
    columns = list(zip(*body["rows"], strict=True)) or [()] * len(body["columns"])
    fields = [(name, kinds[kind]) for name, kind in zip(body["columns"], body["types"], strict=True)]
    return pa.table(
        [pa.array(list(column), kind) for column, (_, kind) in zip(columns, fields, strict=True)],
        schema=pa.schema(fields),
    )


_NAMES = {"bool": "boolean", "large_string": "string"}


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

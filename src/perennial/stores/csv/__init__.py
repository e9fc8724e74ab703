"""The file door: order exports as CSV become facts. Pure: `parser` reads bytes to rows, `mapping` gives them meaning.

Way in: `mapping.source.open_source(path, ...)` gives a `Source` with `.guess`, `.batches()`, `.tables()`, `.report()`.
"""

"""The rejected rows of a file with their cells: the file is read once more, and only they are taken out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from perennial.stores.csv.mapping.stage import Stage
from perennial.stores.csv.parser.reader import Block, Reader
from perennial.stores.csv.parser.rejects import Reject
from perennial.values.reason import Reason

_Found = tuple[int, int, str, Reason]


def rejected_rows(reader: Reader, stage: Stage) -> Iterator[Reject]:
    """Every rejected row once, in order of the file, with the first reason that was found for it."""
    found = (next(group) for _, group in groupby(stage.bad(), key=lambda bad: bad[:2]))
    wanted = next(found, None)
    if wanted is None:
        return
    for block in reader.blocks():
        here = []
        while wanted is not None and wanted[:2] <= (block.end.member, block.end.line):
            here.append(wanted)
            wanted = next(found, None)
        if here:
            yield from _of_block(block, here, reader.header.names)
        if wanted is None:
            return


def _of_block(block: Block, wanted: list[_Found], names: tuple[str, ...]) -> Iterator[Reject]:
    import numpy as np

    bad = {row.line: row.cells for row in block.bad}
    lines = np.array([line for _, line, _, _ in wanted])
    places = np.searchsorted(block.lines, lines)
    for (_, line, column, reason), place in zip(wanted, places.tolist(), strict=True):
        if line in bad:
            yield Reject(block.file, line, column, reason, bad[line])
        elif place < len(block.lines) and block.lines[place] == line:
            row = block.table.slice(place, 1).to_pydict()
            yield Reject(block.file, line, column, reason, tuple(row[name][0] for name in names))

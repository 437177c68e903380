"""How many rows of a Parquet file are decoded in one go, so that memory is bounded (S-67).

A page may say a long text once, and repeat it in every row: in a dictionary, or as a prefix of the
text before. So before a row group is decoded, its pages say how much its rows can come to, and
batches are as short as that asks for. What footers say is only said.
"""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from raw_events.common.budget import (
    BATCH_BYTES,
    MOST_LEAVES,
    MOST_NESTED_VALUES,
    MOST_PAGES,
    NESTED_BYTES,
    PAGES_BYTES,
    SPREAD_BYTES,
)
from raw_events.readers.parquet_pages import (
    DELTA_LENGTHS,
    DELTA_TEXTS,
    DICTIONARY_ENCODINGS,
    LeafPages,
    TooMuchAtOnce,
    leaf_pages,
)

BATCH_ROWS = 4_096
# Without it, a column is read as a whole before its first page is.
_BLOCK_BYTES = 1024 * 1024
# A decoded number, instant or index, with its level; no type that lands is wider.
_WIDTH = 20
# Of a text in a decoded dictionary, beside its bytes.
_ENTRY_BYTES = 16
# Shorter dictionaries are not worth a look: no text of theirs is longer.
_SHORT = 1_024


class BoundedBatches:
    """Decodes a file, each batch within BATCH_BYTES or about what its pages have.

    Texts inside of lists and maps may come as dictionaries, not decoded: their size is to be told
    first (parquet_sizes.py).
    """

    def __init__(self, opened: BinaryIO, file: pq.ParquetFile):
        self._opened, self._file = opened, file
        self._leaves = [file.schema.column(leaf) for leaf in range(file.metadata.num_columns)]
        if len(self._leaves) > MOST_LEAVES:
            raise TooMuchAtOnce(
                f"it has {len(self._leaves):,} columns, those inside of others counted; at most "
                f"{MOST_LEAVES:,} are read"
            )

    def batches(self, most: int) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `most` in a batch. Raises TooMuchAtOnce, NoPages, Arrow's."""
        left = MOST_PAGES
        for group in range(self._file.metadata.num_row_groups):
            metadata = self._file.metadata.row_group(group)
            pages = []
            for leaf in range(len(self._leaves)):
                pages.append(leaf_pages(self._opened.fileno(), metadata.column(leaf), left))
                left -= pages[-1].headers
            _check_pages(pages)
            file = self._file
            if inside := self._nested(pages):
                file = open_parquet(self._opened, inside, self._file.metadata)
            yield from file.iter_batches(self._rows(group, pages, min(BATCH_ROWS, most)), [group])

    def _nested(self, pages: list[LeafPages]) -> list[int]:
        """Which leaves inside of lists and maps to read as dictionaries. Pages do not say how many
        of their values are in one row: it may be all."""
        nested = [n for n, leaf in enumerate(self._leaves) if leaf.max_repetition_level > 0]
        values = sum(pages[leaf].values for leaf in nested)
        texts = [leaf for leaf in nested if self._is_text(leaf)]
        repeated = [leaf for leaf in texts if pages[leaf].dictionary_bytes]
        written = sum(_written(pages[leaf]) for leaf in texts)
        in_all = sum(pages[leaf].values * pages[leaf].dictionary_bytes for leaf in repeated)
        if written + in_all > NESTED_BYTES and not any(pages[leaf].is_delta for leaf in repeated):
            in_all = 0
        else:
            repeated = []
        if values > MOST_NESTED_VALUES or written + in_all > NESTED_BYTES:
            raise TooMuchAtOnce(
                f"the lists and maps of one row group have {values:,} values with up to "
                f"{(written + in_all) >> 20:,} MiB of text; {MOST_NESTED_VALUES:,} and "
                f"{NESTED_BYTES >> 20} MiB are read. Write it with fewer rows in a row group"
            )
        return repeated

    def _is_text(self, leaf: int) -> bool:
        return bool(self._leaves[leaf].physical_type == "BYTE_ARRAY")

    def _rows(self, group: int, pages: list[LeafPages], rows: int) -> int:
        """How many rows a batch of this row group may have."""
        each = _WIDTH * len(pages)
        spread = []
        for leaf, of_leaf in enumerate(pages):
            if self._leaves[leaf].max_repetition_level or not self._is_text(leaf):
                continue
            each += self._longest(group, leaf, of_leaf)
            written = [page for page in of_leaf.pages if page[2] not in DICTIONARY_ENCODINGS]
            if written:
                spread.append(written)
        # Of wide files rows are on two pages of each column, and no shorter batch has less.
        both = 2 * sum(max(size for _, size, _ in pages) for pages in spread)
        most = max(BATCH_BYTES, min(both, SPREAD_BYTES))
        while rows > 1 and rows * each + sum(_within(pages, rows) for pages in spread) > most:
            rows //= 2
        return rows

    def _longest(self, group: int, number: int, leaf: LeafPages) -> int:
        """Bytes of the longest text that one row may have beside those that pages spell out."""
        # What a text has of the one before was once spelled out in the page.
        prefixed = max(
            (size for _, size, encoding in leaf.pages if encoding == DELTA_TEXTS), default=0
        )
        if leaf.dictionary_bytes <= _SHORT or leaf.dictionary_values == 1:
            return max(prefixed, leaf.dictionary_bytes)
        return max(prefixed, self._longest_of_dictionary(group, number, leaf))

    def _longest_of_dictionary(self, group: int, number: int, leaf: LeafPages) -> int:
        dictionaries = open_parquet(self._opened, [number], self._file.metadata)
        for batch in dictionaries.reader.iter_batches(
            1, row_groups=[group], column_indices=[number], use_threads=False
        ):
            column = batch.column(0)
            while pa.types.is_struct(column.type):
                column = column.field(0)
            # The first page may spell its text out, and know nothing of the dictionary.
            if len(column.dictionary) >= leaf.dictionary_values:
                # None, if it has no text at all.
                return int(pc.max(pc.binary_length(column.dictionary)).as_py() or 0)
        return leaf.dictionary_bytes


def _check_pages(pages: list[LeafPages]) -> None:
    size = sum(
        2 * leaf.dictionary_bytes + _ENTRY_BYTES * leaf.dictionary_values + _page_bytes(leaf)
        for leaf in pages
    )
    if size > PAGES_BYTES:
        raise TooMuchAtOnce(
            f"the pages of its columns need {size >> 20:,} MiB at once, and a file may need "
            f"{PAGES_BYTES >> 20}. Write it with smaller pages, fewer columns or shorter texts"
        )


def _written(leaf: LeafPages) -> int:
    """The most bytes that the texts can have together that no dictionary has."""
    return sum(
        size * (values if encoding == DELTA_TEXTS else 1)
        for values, size, encoding in leaf.pages
        if encoding not in DICTIONARY_ENCODINGS
    )


def _page_bytes(leaf: LeafPages) -> int:
    # The lengths of all texts of a page, where they stand apart from the texts.
    return max(
        (
            size + (8 * values if encoding in (DELTA_LENGTHS, DELTA_TEXTS) else 0)
            for values, size, encoding in leaf.pages
        ),
        default=0,
    )


def _within(pages: list[tuple[int, int, int]], rows: int) -> int:
    """The most bytes that those of the pages can have in which so many rows after another are."""
    ends = np.cumsum([values for values, _, _ in pages])
    sizes = np.cumsum([0, *(size for _, size, _ in pages)])
    # From the last row of a page on.
    last = np.searchsorted(ends, ends + rows - 1)
    upto = np.minimum(last + 1, len(pages))
    return int((sizes[upto] - sizes[: len(pages)]).max())


def open_parquet(
    opened: BinaryIO, dictionaries: list[int] | None = None, metadata: pq.FileMetaData | None = None
) -> pq.ParquetFile:
    """The file, read in blocks and not by whole columns; some columns as dictionaries."""
    return pq.ParquetFile(
        opened, read_dictionary=dictionaries, metadata=metadata, buffer_size=_BLOCK_BYTES
    )

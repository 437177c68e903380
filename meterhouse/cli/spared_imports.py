"""Imports that a command can do without."""

import sys

import pyarrow as pa


class _Hidden:
    """A finder of modules that says there is no pandas."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """As `sys.meta_path` asks for it; None leaves the name to the other finders."""
        if name == "pandas":
            raise ImportError("hidden from pyarrow", name=name)


def spare_pandas() -> None:
    """Keep pyarrow from importing pandas in this process, unless somebody else has.

    The first array that pyarrow makes of anything lets it look for pandas, whose objects it would
    take: a fifth of a second, and landing has none of them. It looks once and remembers.
    """
    if "pandas" in sys.modules:
        return
    hidden = _Hidden()
    sys.meta_path.insert(0, hidden)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(hidden)

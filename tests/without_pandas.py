"""`meterhouse` as where pandas is not installed: `python tests/without_pandas.py run …`.

Says at the end what was imported, after the word "modules".
"""

import sys

from meterhouse.cli.main import main


class Without:
    """A finder of modules that says there is none of that name."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """As `sys.meta_path` asks for it; None leaves the name to the other finders."""
        if name == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


if __name__ == "__main__":
    sys.meta_path.insert(0, Without())
    status = main(sys.argv[1:])
    print("modules", *sorted({name.split(".")[0] for name in sys.modules}))
    sys.exit(status)

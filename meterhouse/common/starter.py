"""The starting point that `meterhouse init` writes, from the files in meterhouse/starter/."""

from pathlib import Path

from meterhouse.common.errors import UsageError
from meterhouse.common.settings import PACKAGE, SHIPPED

STARTER = PACKAGE / "starter"
# A name that tools would obey inside the package itself.
RENAMED = {"gitignore": ".gitignore"}
# Where `dagster dev` looks for it: without its pool limit two runs would share one warehouse.
DAGSTER_SETTINGS = Path("data/dagster/dagster.yaml")


def write_starter(folder: Path) -> tuple[list[Path], list[Path]]:
    """Write the files to `folder`, which is absolute; (what was written, what was there before).

    Nothing is overwritten. If there is a price book already, no file is added to it: a book is read
    as a whole, and an example's rate would be billed. Raises UsageError if `folder` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder: meterhouse init DIR")
    has_book = any((folder / "seeds").glob("*"))
    written, kept = [], []
    files = {path: path.relative_to(STARTER) for path in STARTER.rglob("*") if path.is_file()}
    files[SHIPPED / "dagster.yaml"] = DAGSTER_SETTINGS
    for source, part in sorted(files.items(), key=lambda file: file[1]):
        target = folder / part.with_name(RENAMED.get(part.name, part.name))
        if target.exists():
            kept.append(target)
        elif not (has_book and part.parts[0] == "seeds"):
            target.parent.mkdir(parents=True, exist_ok=True)
            text = source.read_text("utf-8").replace("{folder}", str(folder))
            target.write_text(text, "utf-8")
            written.append(target)
    return written, kept

"""Style, scripts and their licences, which lie beside every page: nothing is asked elsewhere."""

from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"
_KINDS = {".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}


def static_file(name: str) -> tuple[Path, str] | None:
    """The file of that name and its media type; None if there is none."""
    path = STATIC / name
    return (path, _KINDS[path.suffix]) if path.name in names() and path.name == name else None


def names() -> set[str]:
    """The names of all of them."""
    return {path.name for path in STATIC.iterdir()}

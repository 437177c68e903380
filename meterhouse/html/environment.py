"""Jinja over the templates of a folder and the shared ones. Everything from data is escaped."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from meterhouse.html import words

SHARED = Path(__file__).resolve().parent / "templates"


@cache
def environment(folder: Path) -> Environment:
    """Templates of `folder`, and those that pages share; a name that is unknown is an error."""
    made = Environment(
        loader=FileSystemLoader([folder, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "day": words.day,
        "last_day": words.last_day,
        "moment": words.moment,
        "line_words": words.line_words,
        "service": words.service,
        "number": words.number,
        "span": words.span,
        "exact": words.plain,
        "words": words.words,
        "group": words.group_words,
        "name": lambda text: text.replace("_", " "),
    }
    return made

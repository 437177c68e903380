"""Regular expressions of schemas: the part that RE2, Python and JSON Schema read alike (S-64).

Landing matches with RE2, which takes time in proportion to the text whatever the pattern. What RE2
does not have (references, looking around) is refused, and so is what it has and means otherwise
than the reader of a JSON Schema would. `^` and `$` are the ends of the whole text; a pattern
without them may match anywhere in it.
"""

import re
from collections.abc import Iterator
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

MAX_PATTERN = 1_000
_MOST_REPEATS = 1_000
_CONTROLS = "nrtf"
_CLASSES = "dDwW"
_PUNCTUATION = frozenset(r"\^$.|?*+()[]{}/-_!\"#%&',:;<=>@`~ ")
_QUANTIFIER = re.compile(r"[*+?]|\{([0-9]+)(,([0-9]*))?\}")
_ADVICE = {
    "b": "it is read differently by different programs",
    "B": "it is read differently by different programs",
    "s": r"programs disagree on what is a space; write [ \t\r\n]",
    "S": r"programs disagree on what is a space; write [^ \t\r\n]",
    "u": "write the character itself",
    "x": "write the character itself",
    "p": "write the characters themselves, or \\w for letters and digits of ASCII",
    "P": "write the characters themselves",
    "A": "write ^",
    "z": "write $",
    "Z": "write $",
}


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern is refused, in a sentence; None if it is fine."""
    if len(pattern) > MAX_PATTERN:
        return f"it has {len(pattern):,} characters, and the most is {MAX_PATTERN:,}."
    if "\0" in pattern:
        return "it has a NUL character."
    problem = next(_problems(pattern), None)
    if problem:
        return problem
    try:
        python_pattern(pattern)
        # Of no value of Python, for which pyarrow would load pandas where it is installed.
        pc.match_substring_regex(pa.nulls(1, pa.string()), pattern)
    except (re.error, pa.ArrowInvalid, OverflowError) as error:
        return f"it is no regular expression ({str(error).splitlines()[0]})."
    return None


@cache
def python_pattern(pattern: str) -> re.Pattern[str]:
    """The same pattern for Python: `$` there also stands before a line feed. To compare with."""
    pieces, in_class, at = [], False, 0
    while at < len(pattern):
        sign = pattern[at]
        size = 2 if sign == "\\" else 1
        if size == 1 and sign in "[]":
            in_class = sign == "["
        pieces.append(r"\Z" if sign == "$" and not in_class else pattern[at : at + size])
        at += size
    return re.compile("".join(pieces), re.ASCII)


def _problems(pattern: str) -> Iterator[str]:
    at, may_repeat = 0, False
    while at < len(pattern):
        sign = pattern[at]
        quantifier = _QUANTIFIER.match(pattern, at)
        if sign == "[":
            end, problem = _class(pattern, at)
            if problem:
                yield problem
                return
            at, may_repeat = end, True
        elif sign == "\\":
            problem = _escape(pattern, at)
            if problem:
                yield problem
            at, may_repeat = at + 2, True
        elif quantifier:
            yield from _quantifier(quantifier, may_repeat)
            at, may_repeat = quantifier.end(), False
            if pattern[at : at + 1] == "?":  # as few as possible: whether it matches is the same
                at += 1
        elif sign in "{}":
            yield f"a {sign} that is no number of repeats; write \\{sign} for the character."
            return
        elif sign == "]":
            yield "a ] without its [; write \\] for the character."
            return
        elif pattern.startswith("(?", at) and not pattern.startswith("(?:", at):
            yield f"{pattern[at : at + 3]}… is not known to RE2, or read otherwise; only (?:…) is."
            return
        else:
            at += 3 if pattern.startswith("(?:", at) else 1
            may_repeat = sign not in "(|^$"


def _quantifier(found: re.Match[str], may_repeat: bool) -> Iterator[str]:
    if not may_repeat:
        yield f"{found[0]} repeats nothing, or what is repeated already."
    if any(int(number) > _MOST_REPEATS for number in (found[1], found[3]) if number):
        yield f"{found[0]} repeats more than {_MOST_REPEATS:,} times, which RE2 does not."


def _escape(pattern: str, at: int) -> str | None:
    letter = pattern[at + 1 : at + 2]
    if letter and (letter in _CONTROLS or letter in _CLASSES or letter in _PUNCTUATION):
        return None
    why = _ADVICE.get(letter, "it is not known, or read differently by different programs")
    return f"\\{letter}: {why}."


def _class(pattern: str, at: int) -> tuple[int, str | None]:
    """(Behind the closing bracket, what is wrong) of the class that begins at `at`."""
    inside = at + (2 if pattern.startswith("[^", at) else 1)
    position = inside
    while position < len(pattern):
        sign = pattern[position]
        if sign == "]":
            if position == inside:
                return position, "an empty class [] or [^]; write \\] for the character."
            return position + 1, None
        if sign == "[":
            return position, "a [ inside a class; write \\[ for the character."
        if pattern[position : position + 2] in ("&&", "--", "~~", "||"):
            return position, f"{sign * 2} inside a class; write the character once."
        if sign == "\\":
            problem = _escape(pattern, position)
            if problem:
                return position, problem
            position += 1
        position += 1
    return position, "a [ without its ]; write \\[ for the character."

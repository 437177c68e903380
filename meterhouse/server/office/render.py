"""Pages as HTML, by the templates; the rest of how a page looks is in meterhouse/html."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from meterhouse.html import words
from meterhouse.html.environment import environment
from meterhouse.server.office.door import may
from meterhouse.server.office.pages import sections
from meterhouse.server.reading.reader import Reader
from meterhouse.server.tokens import Scope, Token

TEMPLATES = Path(__file__).resolve().parent / "templates"
_UNITS = "select pricing_unit, decimals from {book.pricing_units}"


@dataclass(frozen=True)
class Frame:
    """What every page says beside its own: who looks, of which moment it is.

    `as_of` is null of what stands in the data directory now.
    """

    token: Token
    as_of: datetime | None = None
    decimals: dict[str, int] = field(default_factory=dict)

    def may_see_money(self) -> bool:
        """Whether finance's pages are open."""
        return may(self.token, Scope.FINANCE)


def frame(token: Token, reader: Reader) -> Frame:
    """The frame of a page over a publication."""
    decimals = {row["pricing_unit"]: row["decimals"] for row in reader.rows(_UNITS)}
    return Frame(token, reader.at.as_of, decimals)


def rendered(template: str, frame: Frame, here: str, said: dict[str, Any]) -> bytes:
    """The page; `here` is the name of the list that it belongs to."""

    def money(amount: Decimal, unit: str) -> str:
        return words.money(amount, unit, frame.decimals)

    found = environment(TEMPLATES).get_template(f"{template}.html")
    nav = sections(lambda scope: may(frame.token, scope))
    return found.render(frame=frame, here=here, nav=nav, money=money, **said).encode()


def signing_in(to: str, said: str | None, is_from_elsewhere: bool) -> bytes:
    """The form that asks for a token; afterwards the browser goes on `to`."""
    found = environment(TEMPLATES).get_template("sign-in.html")
    return found.render(to=to, said=said, is_from_elsewhere=is_from_elsewhere).encode()


def refusal(frame: Frame, title: str, message: str) -> bytes:
    """A page that says why there is nothing else on it."""
    return rendered("refused", frame, "", {"title": title, "message": message})

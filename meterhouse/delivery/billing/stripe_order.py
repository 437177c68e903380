"""The order in which Stripe lists the lines of a draft: that of our line numbers (S-40, S-71).

Stripe lists what was added to an invoice by the second in which it was made. Those of one second
come in any order, and a draft has several a second: 1, 3, 2, 4.
"""

from typing import TYPE_CHECKING, Any

from meterhouse.delivery.billing.provider import Document, DocumentLine
from meterhouse.delivery.billing.stripe_calls import LINE, LOOKED_THROUGH, noted
from meterhouse.delivery.billing.stripe_lines import item, midnight, shown_lines_of

if TYPE_CHECKING:
    from stripe import V1Services

# What of an item stands in the line that shows it.
_SHOWN = ("amount", "description", "discountable", "metadata", "period")


def put_in_order(api: "V1Services", document: Document, invoice: str) -> None:
    """See that a draft with all its lines lists them by their numbers; errors are the library's.

    What stands in the lines is exchanged, in one call. An order that Stripe refuses to change holds
    no invoice back: it comes to the same.
    """
    from stripe import InvalidRequestError

    there = list(
        api.invoices.line_items.list(invoice, {"limit": LOOKED_THROUGH}).auto_paging_iter()
    )
    ours = {str(line.line_number): line for line in shown_lines_of(document)}
    numbers = [noted(line, LINE) for line in there]
    if set(numbers) != set(ours) or len(numbers) != len(ours):
        return
    changed: Any = [
        {"id": str(line.id), **_content(document, wanted)}
        for line, number, wanted in zip(there, numbers, ours.values(), strict=True)
        if number != str(wanted.line_number)
    ]
    if not changed:
        return
    try:
        api.invoices.update_lines(invoice, {"lines": changed})
    except InvalidRequestError:
        return


def _content(document: Document, line: DocumentLine) -> dict[str, Any]:
    made = item(document, "", line)
    # Of a line without days nothing may stay of those that stood there; none are shown of one day.
    issued = midnight(document.issue_on)
    return {"period": {"start": issued, "end": issued}} | {
        name: made[name] for name in _SHOWN if name in made
    }

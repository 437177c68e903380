"""A document as data after EN 16931: its business terms (BT-…), which `factur-x` writes as XML.

A line whose price or quantity needs more than four decimals goes as quantity 1 with the true
figures in its text, coverage as quantity -1, a void as type 381. Lines in a custom pricing unit
are no part of the sum and are left out: their conversion is (S-49).
"""

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from meterhouse.documents.errors import DocumentError
from meterhouse.documents.kept import CREDIT_NOTE
from meterhouse.documents.words import item_details, item_name, price, tax_reason
from meterhouse.reports.text import group, number
from raw_events.common.text import shown

Content = dict[str, Any]
FACTURX, UBL = "facturx", "ubl"
_FLAVORS = {FACTURX: "factur-x", UBL: "ubl-2.1"}
_INVOICE, _CREDIT = "380", "381"
_ONE = "C62"
# Codes of the reasons why there is no tax (VATEX); category E has many, and says its own in words.
_VATEX = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
_SEPA, _TRANSFER = "58", "30"
_EMAIL = "EM"
# Of a document with three decimals no e-invoice is valid: BR-DEC-09 and its sisters allow two.
_MOST_DECIMALS = 2


def einvoice_xml(content: Content) -> bytes:
    """The XML of the form that `content` asks for. Raises DocumentError if there can be none."""
    from facturx import generate_xml

    if content["decimals"] > _MOST_DECIMALS:
        raise DocumentError(
            f"EN 16931 allows two decimals, and {content['currency']} has {content['decimals']}: "
            "write none into einvoice of the customer's row in billing_accounts.csv."
        )
    try:
        made = generate_xml(
            deepcopy(business_terms(content)),
            flavor=_FLAVORS[content["einvoice"]],
            level="en16931",
            check_xsd=True,
            check_schematron=False,
        )
    except Exception as error:
        # The library raises plain exceptions, of a wrong currency as of a broken schema.
        raise DocumentError(
            f"The e-invoice cannot be written: {shown(str(error).strip().splitlines()[0])}"
        ) from error
    return bytes(made)


def business_terms(content: Content) -> dict[str, Any]:
    """BT-… → value, as `facturx.generate_xml` takes it: amounts as text, days as date."""
    is_credit = content["kind"] == CREDIT_NOTE
    lines = [line for line in content["lines"] if line["is_in_currency"]]
    tax = content["tax"]
    terms = {
        "BT-1": content["number"],
        "BT-2": date.fromisoformat(content["issue_on"]),
        "BT-3": _CREDIT if is_credit else _INVOICE,
        "BT-5": content["currency"],
        "BT-12": content["contract_id"],
        "BT-13": content["customer"]["purchase_order"],
        **_dates(content),
        "BG-4": _party(content["seller"], tax),
        "BG-7": _party(content["customer"], tax),
        **_means(content, is_credit),
        "BT-106": content["total"],
        "BT-109": content["total"],
        "BT-110": tax["amount"],
        "BT-112": content["payable"],
        "BT-115": content["payable"],
        "BG-23": [_breakdown(tax)],
        "BG-25": [_line(content, line, tax) for line in lines],
    }
    if is_credit:
        back = content["takes_back"]
        terms["BG-3"] = [{"BT-25": back["number"], "BT-26": date.fromisoformat(back["issue_on"])}]
        terms["BT-20"] = f"Credited against invoice {back['number']}."
    if tax["category"] == "K":
        # Goods or services within the EU say where they went (BR-IC-12).
        terms["BG-13"] = _place(content["customer"]) | {"name": content["customer"]["name"]}
    return {name: value for name, value in terms.items() if value is not None}


def _dates(content: Content) -> dict[str, Any]:
    """The period, and the day by which the service was there: without one `factur-x` 7.8 writes an
    empty element of delivery, which the schema refuses."""
    start, end = content["period_start"], content["period_end"]
    due = content["due_on"]
    found: dict[str, Any] = {"BT-9": date.fromisoformat(due) if due else None}
    if start and end:
        last = _last_day(start, end)
        return found | {"BT-72": last, "BT-73": date.fromisoformat(start), "BT-74": last}
    return found | {"BT-72": date.fromisoformat(content["issue_on"])}


def _last_day(start: str, end: str) -> date:
    return max(date.fromisoformat(start), date.fromisoformat(end) - timedelta(days=1))


def _party(party: dict[str, Any], tax: dict[str, Any]) -> dict[str, Any]:
    """Outside of the tax nobody's VAT id may stand there (BR-O-02)."""
    found = {"name": party["name"], **_place(party)}
    identifier = party.get("seller_id") or party.get("customer_id")
    found["identifiers"] = {None: identifier}
    if party["vat_id"] and tax["category"] != "O":
        found["vat_identifier"] = "".join(party["vat_id"].split())
    if party["email"]:
        found |= {"einvoicing_addr": party["email"], "einvoicing_addr_schemeid": _EMAIL}
    return found


def _place(party: dict[str, Any]) -> dict[str, Any]:
    street = [line.strip() for line in (party["address"] or "").split("|") if line.strip()]
    found = {
        "addr_l1": street[0] if street else None,
        "addr_l2": street[1] if len(street) > 1 else None,
        "addr_l3": ", ".join(street[2:]) or None,
        "city": party["city"],
        "postcode": party["postcode"],
        "country_code": party["country"],
    }
    return {name: value for name, value in found.items() if value}


def _means(content: Content, is_credit: bool) -> dict[str, Any]:
    seller = content["seller"]
    if is_credit or not seller["account"]:
        return {}
    account = "".join(seller["account"].split())
    is_iban = account[:2].isalpha() and account[2:4].isdigit()
    return {
        "BT-81": _SEPA if is_iban and content["currency"] == "EUR" else _TRANSFER,
        "BT-83": content["number"],
        "BT-84": account,
        "BT-85": seller["name"],
        "BT-86": seller["bic"],
    }


def _breakdown(tax: dict[str, Any]) -> dict[str, Any]:
    found = {
        "BT-116": tax["base"],
        "BT-117": tax["amount"],
        "BT-118": tax["category"],
        "BT-119": _percent(tax),
        "BT-120": tax_reason(tax) if tax["category"] not in ("S", "Z", "L", "M") else None,
        "BT-121": _VATEX.get(tax["category"]),
    }
    return {name: value for name, value in found.items() if value is not None}


def _line(content: Content, line: dict[str, Any], tax: dict[str, Any]) -> dict[str, Any]:
    start, end = line["service_start"], line["service_end"]
    found = {
        "BT-126": str(line["number"]),
        "BT-129": line["short_quantity"],
        "BT-130": _ONE,
        "BT-131": line["amount"],
        "BT-134": date.fromisoformat(start) if start else None,
        "BT-135": _last_day(start, end) if start and end else None,
        "BT-146": line["short_price"],
        "BT-151": tax["category"],
        "BT-152": _percent(tax),
        "BT-153": item_name(line),
        "BT-154": _description(content, line),
        "BT-155": line["product_id"],
    }
    return {name: value for name, value in found.items() if value is not None}


def _description(content: Content, line: dict[str, Any]) -> str | None:
    """What the page says of the line; the true figures where the line has others."""
    found = item_details(content, line)
    if not line["is_short"] and line["type"] != "commit_applied":
        found.append(f"{number(Decimal(line['quantity'] or 0))} at {_price(content, line)}")
    found += [
        f"{group(part['group']) or '(none)'}: {part['quantity']} for {part['amount']}"
        for part in line["parts"]
    ]
    return "; ".join(found) or None


def _price(content: Content, line: dict[str, Any]) -> str:
    return price(content, line, line["unit_price"]) or "no unit price"


def _percent(tax: dict[str, Any]) -> str | None:
    """`19` for 0.19: shifted, not computed. None outside of the tax (BR-O-05)."""
    if tax["category"] == "O":
        return None
    whole, _, decimals = tax["rate"].partition(".")
    digits = decimals.ljust(4, "0")
    text = f"{whole}{digits[:2]}.{digits[2:]}".lstrip("0").rstrip("0").rstrip(".")
    return f"0{text}" if text.startswith(".") else text or "0"

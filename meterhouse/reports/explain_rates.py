"""The price of a line: rate row, override, tiers, as the price book of the invoice has them."""

from typing import Any

from meterhouse.reports.explain_case import Case, Section


def rate_sections(case: Case) -> list[Section]:
    """Rate and override with their tiers; nothing for a line that no rate prices."""
    line = case.line
    if line["rate_id"] is None:
        return []
    sections = [
        Section(
            "Rate",
            {"price of the rate row (list)": line["list_unit_price"], "charged": line["unit_price"]}
            | _row(case, "select * from book_rates where rate_id = ?", line["rate_id"]),
        )
    ]
    override = {}
    if line["override_id"] is not None:
        query = "select * from book_contract_overrides where override_id = ?"
        override = _row(case, query, line["override_id"])
        sections.append(Section("Override (S-32)", override))
    is_overwrite = override.get("override_type") == "overwrite"
    tiers_of = line["override_id"] if is_overwrite else line["rate_id"]
    tiers = case.section(
        f"Tiers of {tiers_of}"
        + (" (before the multiplier)" if override and not is_overwrite else ""),
        "select tier, up_to, price, flat_fee, case when tier = ? then 'this line' end as used "
        "from book_rate_tiers where rate_id = ? order by tier",
        line["tier"],
        tiers_of,
    )
    return [*sections, tiers] if tiers.rows else sections


def _row(case: Case, query: str, *parameters: object) -> dict[str, Any]:
    """The first row of a query without what is null or an empty group."""
    found = case.rows(query, *parameters)
    if not found:
        return {"not in this price book": parameters[0]}
    return {
        name.replace("_", " ") if name != "override_type" else name: value
        for name, value in found[0].items()
        if value is not None and value != "{}"
    }

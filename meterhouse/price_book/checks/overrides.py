"""Overrides of a contract (S-32).

Overrides that overlap are no problem: S-32 puts them in order. A pricing group that no product can
have is none either: such an override never agrees.
"""

from meterhouse.price_book.checks.rule import Rule

# Which cells each kind of override has; what stands in another cell would be ignored.
_CELLS = {
    "overwrite": ("rate_type", "price", "package_size"),
    "multiplier": ("multiplier",),
    "entitlement": ("entitled",),
}


def _filled_in_vain() -> str:
    cases = [
        f"case when {cell} is not null and override_type <> '{kind}' then '{cell}' end"
        for kind, cells in _CELLS.items()
        for cell in cells
    ]
    return f"list_filter([{', '.join(cases)}], lambda name: name is not null)"


RULES = (
    Rule(
        "override_target",
        "contract_overrides",
        "product_id",
        "select file_row from contract_overrides where (product_id is null) = (tag is null)",
        "An override applies to one product or to one tag (S-32).",
        "Fill in one of product_id and tag.",
    ),
    Rule(
        "override_cells",
        "contract_overrides",
        "override_type",
        f"""
        select file_row, override_type, {_filled_in_vain()} as cells from contract_overrides
        where cells <> []
        """,
        "An override of type {override_type} has no {cells} (S-32).",
        "Leave the cells empty, or write a second override for them.",
    ),
    *(
        Rule(
            "override_incomplete",
            "contract_overrides",
            cell,
            f"""
            select file_row, override_type from contract_overrides
            where override_type = '{cell_of}' and {cell} is null
            """,
            f"An override of type {{override_type}} needs {cell} (S-32).",
            "Fill it in.",
        )
        for cell_of, cell in (("multiplier", "multiplier"), ("entitlement", "entitled"))
    ),
    Rule(
        "price_missing",
        "contract_overrides",
        "price",
        """
        select file_row, rate_type from contract_overrides
        where
            override_type = 'overwrite'
            and rate_type in ('flat', 'package', 'percentage')
            and price is null
        """,
        "An overwrite with a {rate_type} rate needs a price (S-32).",
        "Fill it in, or write tiered or volume in rate_type and add tiers.",
    ),
    Rule(
        "price_beside_tiers",
        "contract_overrides",
        "price",
        """
        select file_row, rate_type from contract_overrides
        where
            override_type = 'overwrite'
            and rate_type in ('tiered', 'volume')
            and price is not null
        """,
        "The prices of a {rate_type} overwrite are those of its tiers (S-26, S-27).",
        "Leave it empty; the price would never apply.",
    ),
    Rule(
        "package_size_missing",
        "contract_overrides",
        "package_size",
        """
        select file_row from contract_overrides
        where override_type = 'overwrite' and rate_type = 'package' and package_size is null
        """,
        "A package rate needs the size of a package (S-28).",
        "Write how many units one package holds.",
    ),
    Rule(
        "package_size_unused",
        "contract_overrides",
        "package_size",
        """
        select file_row, rate_type from contract_overrides
        where
            override_type = 'overwrite' and rate_type <> 'package' and package_size is not null
        """,
        "A {rate_type} rate has no packages (S-28).",
        "Leave it empty, or make it a package rate.",
    ),
    Rule(
        "rate_type_of_product",
        "contract_overrides",
        "rate_type",
        """
        select contract_overrides.file_row, contract_overrides.rate_type, products.product_id,
            products.type
        from contract_overrides
        inner join products on contract_overrides.product_id = products.product_id
        where
            (contract_overrides.rate_type = 'percentage' and products.type <> 'composite')
            or (
                products.type in ('subscription', 'composite')
                and contract_overrides.rate_type not in ('flat', 'percentage')
            )
        """,
        "'{product_id}' is a {type} product and cannot have a {rate_type} price (S-29, S-34).",
        "Correct the rate_type, or the product.",
    ),
)

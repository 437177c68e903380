"""Three months of a small AI-infrastructure company, from events to invoices: `python -m demo`.

`company` says who uses what and when something happens, `workload` and `injected_faults` make the
events, `files` writes them, `replay` sends them through the `meterhouse` commands month by month,
and `report` prints what the published marts say. The company's price book is in `seeds/`.
"""

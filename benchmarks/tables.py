"""Markdown tables of measured rows."""

from benchmarks.rows import Rows


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a Markdown table, the first column left, the others right."""
    return [
        f"| {' | '.join(header)} |",
        f"|---|{'---:|' * (len(header) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def cost_table(rows: Rows, what: str) -> list[str]:
    """Wall-clock and CPU seconds and peak memory of each contestant and step, a column a size."""
    sizes = rows.sizes()
    body = []
    for contestant, step in rows.lines():
        cells = [cell(rows, contestant, step, size) for size in sizes]
        body.append([f"{contestant}: {step}" if step else contestant, *cells])
    return table([f"wall s · CPU s · peak MB, by {what}", *map("{:,}".format, sizes)], body)


def cell(rows: Rows, contestant: str, step: str, size: int) -> str:
    """`12.3 · 20.1 · 450`, or why there is no figure."""
    row = rows.find(contestant, step, size)
    if row is None:
        return "–"
    cost = row.cost
    if row.note or cost is None:
        return row.note
    return f"{cost.wall:,.1f} · {cost.cpu:,.1f} · {cost.peak_mb:,.0f}"


def factors(rows: Rows, step: str, measured: str, others: list[str], wanted: str) -> list[str]:
    """How many times the wall-clock time of `measured` each other one takes, or the reverse."""
    body = []
    for other in others:
        cells = []
        for size in rows.sizes():
            mine, theirs = rows.wall(measured, step, size), rows.wall(other, step, size)
            cells.append(f"{mine / theirs:.2f} ×" if mine and theirs else "–")
        body.append([f"{measured} ÷ {other}", *cells])
    return table([wanted, *map("{:,}".format, rows.sizes())], body)


def growth(rows: Rows, contestant: str, step: str) -> str:
    """`0.98 × from 1,000,000 to 30,000,000`: wall clock at the largest size by the smallest."""
    walls = [(size, rows.wall(contestant, step, size)) for size in rows.sizes()]
    known = [(size, wall) for size, wall in walls if wall]
    if len(known) < 2:
        return "one size only"
    (small, first), (large, last) = known[0], known[-1]
    return f"{last / first:.2f} × from {small:,} to {large:,}"

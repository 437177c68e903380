"""Cost over size as a picture: contestants on the left, runs with a growing log on the right."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.results_file import FOLDER, load
from benchmarks.rows import Rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLOT = FOLDER / "cost_over_size.svg"
# Results without a text of their own date give the same bytes again.
STYLE: dict[Any, Any] = {"svg.hashsalt": "meterhouse", "svg.fonttype": "none", "font.size": 9}


def curves() -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """(size, seconds, peak MB) of each contestant, and of each hour and run without news."""
    contest: dict[str, list[Any]] = {}
    for question in ("limit", "rivals"):
        for name, points in _points(question, "all").items():
            # The pipeline is in both; the second measurement fills in what the first has not.
            known = contest.setdefault(name, [])
            known.extend(point for point in points if point[0] not in {size for size, *_ in known})
            known.sort()
    growing = {f"an hour, {name}": points for name, points in _points("hour", "both").items()}
    growing |= {f"an hour, {name}": points for name, points in _points("month", "both").items()}
    return contest, growing


def draw() -> Path | None:
    """Write the picture; None if nothing was measured for it."""
    contest, growing = curves()
    if not contest and not growing:
        return None
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    with pyplot.rc_context(STYLE):
        figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(12, 4), layout="constrained")
        _panel(left, "The same bill: seconds", contest, 1)
        _panel(middle, "The same bill: peak memory, MB", contest, 2)
        _panel(right, "New events in a growing log: seconds", growing, 1)
        right.set_ylim(0, 1.1 * right.get_ylim()[1])
        for axes in (left, middle):
            axes.set_yscale("log")
        figure.savefig(PLOT, metadata={"Date": None})
        pyplot.close(figure)
    return PLOT


def _points(question: str, step: str) -> dict[str, list[Any]]:
    found = load(question)
    rows = found[1] if found else Rows()
    points: dict[str, list[Any]] = {}
    for row in rows:
        if row.step == step and row.cost:
            points.setdefault(row.contestant, []).append(
                (row.size, row.cost.wall, row.cost.peak_mb)
            )
    return {name: sorted(found) for name, found in points.items()}


def _panel(axes: "Axes", title: str, points: dict[str, list[Any]], column: int) -> None:
    axes.set_title(title)
    axes.set_xlabel("events")
    axes.set_xscale("log")
    axes.grid(True, which="major", alpha=0.3)
    for name, measured in points.items():
        axes.plot(
            [point[0] for point in measured],
            [point[column] for point in measured],
            "o-",
            label=name,
        )
    if points:
        axes.legend()

"""Where a run's seconds go: `python -m benchmarks profile --sizes 1` (stages, models, tests)."""

from datetime import timedelta

from benchmarks.bench import Bench
from benchmarks.generate.events import CUSTOMERS
from benchmarks.months import MONTH, NOW, GrowingPipeline, instant, month_stream
from benchmarks.pipeline import Pipeline
from benchmarks.questions.hour import NEW_EVENTS

SHOWN = 25


def profile(bench: Bench, sizes: list[int]) -> None:
    """Print stages and the slowest nodes of a first run, an hour and a run without news."""
    for size in sizes:
        book = bench.book("usage", CUSTOMERS, str(MONTH[0]))
        growing = GrowingPipeline(bench, Pipeline(bench.fresh("homes/profile"), book), NEW_EVENTS)
        landing = growing.pipeline.ingest(bench.ndjson(month_stream(size)), instant(NOW))
        print(f"\n{size:,} events landed: {landing.wall:.1f} s, {landing.peak_mb:,.0f} MB")
        _profile_run(growing, f"first run after {size:,} events")
        growing.land_hour()
        _profile_run(growing, f"run after {NEW_EVENTS:,} more")
        growing.now += timedelta(minutes=1)
        _profile_run(growing, "run with nothing new")
        _profile_run(growing, "run --again with nothing new", "--again")
        growing.pipeline.delete()


def _profile_run(growing: GrowingPipeline, title: str, *options: str) -> None:
    pipeline = growing.pipeline
    pipeline.forget_models()
    cost = growing.run(*options)
    stages, models = pipeline.stages(), pipeline.models()
    rest = cost.wall - sum(stages.values())
    print(f"\n{title}: {cost.wall:.1f} s, CPU {cost.cpu:.1f} s, peak {cost.peak_mb:,.0f} MB")
    print("  " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in stages.items()))
    print(f"  outside of stages (imports, parsing, Dagster): {rest:.1f}")
    print(f"  {len(models)} models and tests: {sum(models.values()):.1f} s")
    slowest = sorted(models.items(), key=lambda item: -item[1])[:SHOWN]
    for name, seconds in slowest:
        print(f"    {seconds:7.2f}  {name}")

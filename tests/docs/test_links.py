"""Links, paths and commands of all pages lead somewhere.

Guards against a page that nobody reads again after a file was moved or a command renamed.
"""

import re
from importlib import import_module
from pathlib import Path

import pytest

from meterhouse.cli.main import COMMANDS
from tests.docs.structure import REPO

CHANGELOG = "CHANGELOG.md"
PAGES = sorted(
    str(path.relative_to(REPO))
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/*.md", "tests/**/README.md")
    for path in REPO.glob(pattern)
    if "scenarios" not in path.parts
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
# A path of the repository as pages write it: from the root, from dbt_project/ or from its models.
ROOTS = ("", "dbt_project", "dbt_project/models", "meterhouse", "raw_events", "docs")
TOP = {"raw_events", "meterhouse", "dagster_pipeline", "dbt_project", "tests", "docs", "demo"} | {
    *("benchmarks", "models", "macros"),
}
# Folders of the data directory have names of their own, and some places are not built yet.
ELSEWHERE = re.compile(
    r"raw_events/collectors/|raw_events/_|meterhouse/cluster/|benchmarks/data|tests/upgrade/|.*gpu_minutes"
)
COMMAND = re.compile(r"^(?:\S*/)?meterhouse ([a-z][a-z-]*)", re.MULTILINE)
MAKE = re.compile(r"^make ([a-z-]+)", re.MULTILINE)
# Pages that speak of today; decisions and the changelog speak of their own time.
CURRENT = [name for name in PAGES if not name.startswith("docs/decisions/0") and name != CHANGELOG]
# Commands that rules speak of and that are not built yet.
PLANNED = {"collect", "source", "link", "pages", "export", "close"}


def without_code_blocks(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def code_of(text: str) -> list[str]:
    """What stands in code marks and in code blocks."""
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE)
    return [*CODE.findall(without_code_blocks(text)), *blocks]


def anchors(page: Path) -> set[str]:
    """The anchors of a page: written ones, and those that headings get."""
    text = page.read_text("utf-8")
    named = set(re.findall(r'<a id="([^"]+)">', text))
    headings = re.findall(r"^#+ (.+)$", without_code_blocks(text), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return named | {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str):
    page = REPO / name
    dead = []
    for link in LINK.findall(without_code_blocks(page.read_text("utf-8"))):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert not dead


@pytest.mark.parametrize("name", PAGES)
def test_paths_exist(name: str):
    """What stands in code marks and begins with a folder of the repository is there."""
    missing = []
    for code in CODE.findall(without_code_blocks((REPO / name).read_text("utf-8"))):
        path = code.split()[0].rstrip(",;:")
        if path.split("/")[0] not in TOP or "/" not in path or ELSEWHERE.match(path):
            continue
        pattern = re.sub(r"<[^>]*>|…", "*", path.split(":")[0]).rstrip("/")
        if not any(any((REPO / root).glob(pattern)) for root in ROOTS):
            missing.append(path)
    assert not missing, "no such path; an example in angle brackets stands for any name"


@pytest.mark.parametrize("name", CURRENT)
def test_commands_and_targets_exist(name: str):
    code = code_of((REPO / name).read_text("utf-8"))
    unknown = {word for text in code for word in COMMAND.findall(text)} - set(COMMANDS)
    assert not unknown - (PLANNED if name == "docs/rules.md" else set()), "no such command"
    makefile = (REPO / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    assert {word for text in code for word in MAKE.findall(text)} <= targets


def test_every_command_is_in_the_interface():
    text = (REPO / "docs/interface.md").read_text("utf-8")
    missing = [command for command in COMMANDS if f"`meterhouse {command}" not in text]
    assert not missing, "docs/interface.md has a table of commands"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_that_a_page_names_exists(command: str):
    """`meterhouse run --again`: the parser of `run` knows `--again`."""
    module = import_module(f"meterhouse.cli.commands.{command.replace('-', '_')}")
    # Commands of a command (`quarantine list`) have options of their own in the same module.
    known = set(re.findall(r"--[a-z-]+", Path(module.__file__).read_text("utf-8"))) | {"--as-of"}
    unknown = [
        (name, option)
        for name in CURRENT
        for text in code_of((REPO / name).read_text("utf-8"))
        for line in text.splitlines()
        if re.match(rf"(\S*/)?meterhouse {command}\b", line.strip())
        for option in re.findall(r"(?<!\S)\[?(--[a-z-]+)", line.partition("#")[0])
        if option not in known
    ]
    assert not unknown

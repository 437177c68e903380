"""The Jinja of a metric's file: text, and calls of known macros with constants.

Nothing of the file is run: its template is parsed, and what is not one of a few kinds of nodes is
refused. An attribute, an index, a filter or a statement leads to all of dbt.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from raw_events.common.sql import identifier, literal

EVENTS = "billable_events"
LOOKUPS = "lookups"
# Macros without an argument, those that take a property's name, and those whose arguments are SQL.
WITHOUT = ("billable_events", "declared_metric")
OF_PROPERTIES = ("property_text", "property_number", "property_value", "is_bad_number")
OF_SQL = (
    *("to_quantity", "exact_divide", "exact_weighted_sum", "to_scaled", "from_scaled"),
    *("number_from_text", "to_amount", "to_unit_price", "round_decimals", "rounded_quotient"),
)
MACROS = (*WITHOUT, "lookup", *OF_PROPERTIES, *OF_SQL)
# In unit tests, where rows are made up; their arguments are lists of texts.
OF_TESTS = ("given_window", "given_carried", "given_events")
# In a macro's argument a comment could end where the macro goes on.
UNSAFE_IN_SQL = re.compile(r"--|/\*|;|\x00|\{|\}")


class TemplateRefused(ValueError):
    """In words: what of the template is not allowed, as the rest of a sentence about its file."""


@dataclass
class Filled:
    """The SQL with a stand-in for each call of a macro, and what was called with."""

    sql: str
    calls: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def count(self, macro: str) -> int:
        """How often a macro is called."""
        return len(self.calls.get(macro, []))


def filled(text: str, of_tests: bool = False) -> Filled:
    """The template with stand-ins, or TemplateRefused; in a unit test's rows with `of_tests`."""
    try:
        # `do` and loop controls are dbt's, so that what they are is said of their nodes.
        tree = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"]).parse(text)
    except TemplateSyntaxError as error:
        raise TemplateRefused(f"is not a template that dbt can fill in: {error.message}") from error
    result = Filled("")
    parts = []
    for node in tree.body:
        if not isinstance(node, nodes.Output):
            raise TemplateRefused(_statement(node))
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                parts.append(part.data)
            else:
                parts.append(_value(part, result, of_tests))
    result.sql = "".join(parts)
    return result


def _value(node: nodes.Node, result: Filled, of_tests: bool) -> str:
    """The text that an expression stands for: a constant, texts joined by ~, or a macro's call."""
    if isinstance(node, nodes.Const) and isinstance(node.value, (str, int)):
        return str(node.value)
    if isinstance(node, nodes.TemplateData):
        return node.data
    if isinstance(node, nodes.Concat):
        return "".join(_value(part, result, of_tests) for part in node.nodes)
    if not isinstance(node, nodes.Call):
        raise TemplateRefused(_expression(node))
    if not isinstance(node.node, nodes.Name):
        raise TemplateRefused(_expression(node.node))
    name = node.node.name
    known = MACROS + (OF_TESTS if of_tests else ())
    if name not in known:
        raise TemplateRefused(f"uses {name} of dbt; a metric calls {', '.join(known)}.")
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise TemplateRefused(f"calls {name} with named arguments; give them in their order.")
    if name in OF_TESTS:
        result.calls.setdefault(name, []).append(tuple(map(_constants, node.args)))
        return f"select * from {name}"
    arguments = [_value(argument, result, of_tests) for argument in node.args]
    result.calls.setdefault(name, []).append(tuple(arguments))
    return STAND_INS[name](name, arguments)


def _constants(node: nodes.Node) -> object:
    """A constant, or a list of constants: the rows of a unit test."""
    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, (nodes.List, nodes.Tuple)):
        return [_constants(item) for item in node.items]
    raise TemplateRefused(_expression(node))


def _without(name: str, arguments: list[str]) -> str:
    if arguments:
        raise TemplateRefused(f"calls {name} with an argument; it takes none.")
    own = f"select contract_id, window_start, window_end from {EVENTS}"
    return EVENTS if name == "billable_events" else own


def _lookup(name: str, arguments: list[str]) -> str:
    if len(arguments) != 1 or not re.fullmatch(r"\w+", arguments[0], re.ASCII):
        raise TemplateRefused("calls lookup without the one name of a lookup table.")
    return f"{LOOKUPS}.{identifier(arguments[0])}"


def _of_property(name: str, arguments: list[str]) -> str:
    if len(arguments) != 1 or not arguments[0] or not arguments[0].isprintable():
        raise TemplateRefused(f"calls {name} without the one name of a property.")
    return f"{name}({literal(arguments[0])})"


def _of_sql(name: str, arguments: list[str]) -> str:
    for argument in arguments:
        if UNSAFE_IN_SQL.search(argument):
            raise TemplateRefused(
                f"gives {name} a comment, a semicolon or a brace; write the expression alone."
            )
    return f"{name}({', '.join(f'({argument})' for argument in arguments)})"


STAND_INS: dict[str, Callable[[str, list[str]], str]] = {
    **dict.fromkeys(WITHOUT, _without),
    **dict.fromkeys(OF_PROPERTIES, _of_property),
    **dict.fromkeys(OF_SQL, _of_sql),
    "lookup": _lookup,
}
KINDS: dict[type[nodes.Node], str] = {
    nodes.Getattr: "the attribute .{attr}",
    nodes.Filter: "the filter |{name}",
    nodes.Test: "the test `is {name}`",
    nodes.Name: "{name}",
}


def _expression(node: nodes.Node) -> str:
    what = KINDS.get(type(node), f"a {type(node).__name__.lower()}")
    words = what.format(**{name: getattr(node, name) for name in node.fields if "{" in what})
    return (
        f"uses {words} of dbt's templates; between {{{{ and }}}} stand calls of known macros with "
        "texts in quotes, joined by ~, and nothing else."
    )


def _statement(node: nodes.Node) -> str:
    called = [call.node.name for call in node.find_all(nodes.Call) if hasattr(call.node, "name")]
    what = f"uses {', '.join(called)} of dbt in a statement" if called else "has a statement"
    return f"{what} ({{% … %}}); a metric is SQL with calls of macros between {{{{ and }}}}."

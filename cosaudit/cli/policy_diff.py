"""`cosaudit policy diff`: what one policy allows and another one does not."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from cosaudit.cli import policy_source, streams

if TYPE_CHECKING:
    from cosaudit.cam.policy import Policy


class Format(Enum):
    """How to print the answer."""

    text = "text"
    json = "json"


def command(
    a: Annotated[str, typer.Argument(metavar="A", help="A policy; `-` reads one of the two from standard input.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The policy that it is compared with.")],
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.text,
) -> int:
    """Say which of two policies allows more, over all actions and resources, with one request that shows it.

    Example: cosaudit policy diff sts-old.json sts-new.json
    """
    from cosaudit.cam.language import compare, settled
    from cosaudit.config.reader import InputError, Problem, Reader
    from cosaudit.cos import actions, conditions
    from cosaudit.model import Place
    from cosaudit.report import policy as report

    if a == b == "-":
        text = "standard input can be read once only"
        raise InputError([Problem(Place("B", 1, 1), text, "a file for one of the two")])
    reader = Reader()
    first, second = policy_source.read(a, reader), policy_source.read(b, reader)
    reader.stop_if_wrong()
    assert first is not None and second is not None  # otherwise a problem was told
    never = conditions.sent_by_nobody
    comparison = compare(settled(first, never), settled(second, never), actions.known())
    notes = _notes(first, second)
    if format is Format.json:
        streams.out(report.difference_json(comparison, notes))
    else:
        streams.out(report.difference(comparison, notes, a, b, streams.width(), streams.paint()))
    answers = (comparison.a_within_b, comparison.b_within_a)
    return 1 if False in answers else 3 if None in answers else 0


def _notes(first: "Policy", second: "Policy") -> tuple[str, ...]:
    """What the answer leaves aside."""
    found = [*policy_source.unfit(first), *policy_source.unfit(second)]
    people = [
        {(row.allow, tuple(sorted(row.principals or ()))) for row in policy.statements} for policy in (first, second)
    ]
    if policy_source.names_people(first) or policy_source.names_people(second):
        more = "" if people[0] == people[1] else ", and A and B do not name the same"
        found.append(f"principals are not looked at: the answer is for those whom the statements name{more}")
    return tuple(dict.fromkeys(found))

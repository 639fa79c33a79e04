"""`cosaudit policy diff`: what one policy allows and another one does not."""

from enum import Enum
from typing import Annotated

import typer

from cosaudit.cli import policy_source, streams


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
    from cosaudit.cam.language import compare
    from cosaudit.config.reader import InputError, Problem, Reader
    from cosaudit.cos import actions
    from cosaudit.model import Place
    from cosaudit.report import policy as report

    if a == b == "-":
        text = "standard input can be read once only"
        raise InputError([Problem(Place("B", 1, 1), text, "a file for one of the two")])
    reader = Reader()
    first, second = policy_source.read(a, reader), policy_source.read(b, reader)
    reader.stop_if_wrong()
    assert first is not None and second is not None  # otherwise a problem was told
    comparison = compare(first, second, actions.known())
    if format is Format.json:
        streams.out(report.difference_json(comparison))
    else:
        streams.out(report.difference(comparison, a, b, streams.width(), streams.paint()))
    answers = (comparison.a_within_b, comparison.b_within_a)
    return 1 if False in answers else 3 if None in answers else 0

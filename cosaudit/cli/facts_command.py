"""`cosaudit facts`: what is known, from where, and how surely."""

from enum import Enum
from typing import Annotated

import typer

from cosaudit.cli import streams


class Format(Enum):
    """How to print the facts."""

    text = "text"
    json = "json"


def command(
    id: Annotated[str | None, typer.Argument(metavar="ID", help="The id of a fact; all of them without it.")] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="TEXT", help="Only facts with this text.")] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print them.")] = Format.text,
) -> int:
    """Show the facts that verdicts rest on, with their sources, dates and confidence.

    Example: cosaudit facts cos.path-style.cutoff
    """
    from cosaudit import data
    from cosaudit.cli import facts
    from cosaudit.config.reader import InputError, Problem
    from cosaudit.model import Place

    if id is not None:
        try:
            fact = data.fact(id)
        except KeyError:
            near = facts.suggest(id)
            expected = (
                "one of " + ", ".join([f"`{one}`" for one in near]) if near else "an id that `cosaudit facts` lists"
            )
            raise InputError([Problem(Place("ID", 1, 1), f"there is no fact `{id}`", expected)]) from None
        text = facts.render_one(fact)
        found = [fact]
    else:
        found = facts.select(search)
        text = facts.render_list(search)
        if not found:
            raise InputError([Problem(Place("--search", 1, 1), f"no fact holds the text `{search}`")])
    if format is Format.json:
        from cosaudit.report.json_ import dump

        streams.out(dump(facts.to_json(found)))
    else:
        streams.out(text)
    return 0

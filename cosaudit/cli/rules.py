"""`cosaudit rules`: the catalogue; one rule explained."""

from enum import Enum
from typing import Annotated

import typer

from cosaudit.cli import streams


class Format(Enum):
    """How to print the rules."""

    text = "text"
    json = "json"


def command(
    rule: Annotated[str | None, typer.Argument(metavar="RULE", help="The id of a rule; all without it.")] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print them.")] = Format.text,
) -> int:
    """List the rules, or explain one: why it matters, how to mend it, what it rests on.

    Example: cosaudit rules allowlist-missing
    """
    from cosaudit.config.reader import InputError, Problem, nearest_word
    from cosaudit.model import Place
    from cosaudit.report.plain import WIDTH, table, wrap
    from cosaudit.rules import rules

    every = rules()
    if rule is not None and rule not in every:
        names = tuple(every)
        raise InputError(
            [
                Problem(
                    Place("RULE", 1, 1),
                    f"there is no rule `{rule}`",
                    "an id that `cosaudit rules` lists",
                    nearest_word(rule, names),
                )
            ]
        )
    shown = [every[rule]] if rule is not None else list(every.values())
    if format is Format.json:
        from cosaudit.report.json_ import dump

        streams.out(dump({"version": 1, "rules": [{**one._asdict(), "severity": one.severity.value} for one in shown]}))
        return 0
    if rule is None:
        heads = table([(one.id, one.severity.value, one.gate) for one in shown])
        streams.out("".join([f"{head}\n    {one.title}\n" for head, one in zip(heads, shown, strict=True)]))
        return 0
    one = shown[0]
    lines = [f"{one.id}  {one.severity.value}  gate {one.gate}  since {one.since}", one.title, ""]
    lines += wrap(one.why, WIDTH)
    lines += ["", *wrap(one.mend, WIDTH, "mend   ", "       ")]
    lines += wrap(", ".join(one.facts), WIDTH, "facts  ", "       ")
    lines.append("       cosaudit facts ID shows each with its source")
    streams.out("\n".join(lines) + "\n")
    return 0

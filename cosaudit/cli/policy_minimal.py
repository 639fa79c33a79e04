"""`cosaudit policy minimal`: the smallest session policy that the described uploads need."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from cosaudit.cli import policy_source, streams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cosaudit.config.reader import Problem
    from cosaudit.minimal import Minimal
    from cosaudit.model import Placeholder, Session
    from cosaudit.run import Run


class Format(Enum):
    """How to print it: text is the policy with what it rests on, as comments on standard error."""

    text = "text"
    json = "json"


class Shape(Enum):
    """As what to print it."""

    policy = "policy"
    scopes = "scopes"
    node = "node"
    python = "python"
    php = "php"
    java = "java"
    go = "go"


def command(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="The configuration; `-` reads standard input.", show_default=False)
    ],
    session: Annotated[
        str | None, typer.Argument(metavar="SESSION", help="The session; needed when there are several.")
    ] = None,
    set: policy_source.Set = None,
    shape: Annotated[
        Shape,
        typer.Option(
            "--as",
            help="The policy (a template where users stand in it), the `scopes` of the official helper, or code that "
            "puts the user in and refuses `*`, `/` and `..`.",
        ),
    ] = Shape.policy,
    conditions: Annotated[
        bool,
        typer.Option(
            "--with-conditions/--no-conditions",
            help="Conditions on size and type, where the uploads declare them and every request meets them.",
        ),
    ] = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.text,
) -> int:
    """Print the smallest policy that the uploads of a session need, ready for STS.

    Example: cosaudit policy minimal config.yaml user-key
    """
    from cosaudit.config.load import load
    from cosaudit.config.reader import InputError, Reader
    from cosaudit.minimal import minimal
    from cosaudit.run import Run

    reader = Reader()
    run = Run(load(config, reader))
    wrong: list[Problem] = []
    if conditions and shape is Shape.scopes:
        wrong.append(_no_conditions())
    chosen = _session(run, session, wrong)
    values = _values(set, wrong)
    if wrong:
        raise InputError(wrong)
    assert chosen is not None
    found = minimal(run, chosen, values, conditions)
    if not found.document["statement"]:
        raise InputError([_nothing(chosen)])
    unused = [name for name in values if name not in found.named]
    if unused:
        raise InputError([_unused(unused[0], found)])
    wrong = _undeclared(values, run.inventory.placeholders)
    if wrong:
        raise InputError(wrong)
    streams.out(_printed(found, shape, run.inventory.placeholders))
    return 3 if found.unknown else 0


def _printed(found: "Minimal", shape: Shape, placeholders: "Mapping[str, Placeholder]") -> str:
    import json

    from cosaudit.minimal import scopes

    if shape is Shape.policy:
        return json.dumps(found.document, indent=2, ensure_ascii=True) + "\n"
    if shape is Shape.scopes:
        return json.dumps(scopes(found.document), indent=2, ensure_ascii=True) + "\n"
    from cosaudit.report.policy_code import code, declared

    forms = {name: declared(placeholders[name]) for name in found.placeholders if name in placeholders}
    return code(shape.value, found.document, found.placeholders, forms)


def _session(run: "Run", name: str | None, wrong: "list[Problem]") -> "Session | None":
    """The session that is named, or the only one."""
    from cosaudit.config.reader import Problem, nearest_word
    from cosaudit.cos.names import quoted
    from cosaudit.model import Place

    sessions = run.inventory.sessions
    names = tuple([one.name for one in sessions])
    if name is not None:
        for one in sessions:
            if one.name == name:
                return one
        text = f"there is no session {quoted(policy_source.word(name))}"
        expected = (
            "one of " + ", ".join([f"`{one}`" for one in names[:20]]) if names else "a configuration with `sessions`"
        )
        wrong.append(Problem(Place("SESSION", 1, 1), text, expected, nearest_word(name, names)))
    elif len(sessions) == 1:
        return sessions[0]
    elif not sessions:
        wrong.append(
            Problem(Place("CONFIG", 1, 1), "the configuration has no `sessions`", "a session that uploads name")
        )
    else:
        some = ", ".join([f"`{one}`" for one in names[:20]])
        wrong.append(Problem(Place("SESSION", 1, 1), f"the configuration has {len(names)} sessions", f"one of {some}"))
    return None


#: What no value of a user may hold: it would change what the policy means.
_REFUSED = ("*", "/", "..", "?", "$", "{", "}", "\\")


def _values(given: list[str] | None, wrong: "list[Problem]") -> dict[str, str]:
    """Placeholder → value; refused are values that would open more than one user's files."""
    from cosaudit.config.reader import Problem
    from cosaudit.cos.names import quoted
    from cosaudit.model import Place

    found: dict[str, str] = {}
    for name, value in policy_source.pairs(given, "--set", "openid=oABC", wrong):
        bad = next((one for one in _REFUSED if one in value), None)
        if bad is not None or not value or not value.isprintable():
            what = f"holds `{bad}`" if bad is not None else "is empty" if not value else "holds a control character"
            text = f"the value {quoted(value)} of {quoted(name)} {what}"
            wrong.append(Problem(Place("--set", 1, 1), text, "the name of one user: letters, digits, `_` and `-`"))
        elif name in found:
            wrong.append(Problem(Place("--set", 1, 1), f"{quoted(name)} is given twice", "one value for a placeholder"))
        found[name] = value
    return found


def _undeclared(values: "Mapping[str, str]", placeholders: "Mapping[str, Placeholder]") -> "list[Problem]":
    """Values that have not the characters or the length that the configuration declares."""
    from cosaudit.config.reader import Problem
    from cosaudit.cos.names import quoted
    from cosaudit.excess.users import fits
    from cosaudit.model import Place
    from cosaudit.report.policy_code import declared

    found = []
    for name, value in values.items():
        known = placeholders.get(name)
        if known is not None and known.declared and not fits(known, value):
            text = f"the value {quoted(value)} of {quoted(name)} is none that `placeholders` declares"
            found.append(Problem(Place("--set", 1, 1), text, f"it {declared(known).says}"))
    return found


def _no_conditions() -> "Problem":
    from cosaudit.config.reader import Problem
    from cosaudit.model import Place

    text = "the helper's scopes cannot carry conditions"
    return Problem(Place("--with-conditions", 1, 1), text, "`--as policy`, or no conditions")


def _nothing(session: "Session") -> "Problem":
    from cosaudit.config.reader import Problem
    from cosaudit.model import Place

    return Problem(
        Place("SESSION", 1, 1),
        f"no upload or download with a request to COS names the session `{session.name}`",
        "uploads with `session:`",
    )


def _unused(name: str, found: "Minimal") -> "Problem":
    from cosaudit.config.reader import Problem, nearest_word
    from cosaudit.cos.names import quoted
    from cosaudit.model import Place

    names = found.named
    expected = "one of " + ", ".join([f"`{one}`" for one in names]) if names else "no `--set`: no user stands in it"
    return Problem(
        Place("--set", 1, 1), f"the policy has no placeholder {quoted(name)}", expected, nearest_word(name, names)
    )

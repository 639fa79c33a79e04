"""What the `policy` commands share: a policy from a file or standard input, and words of the form NAME=VALUE."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cosaudit.cam.policy import Policy as Parsed
    from cosaudit.config.reader import Problem, Reader

Policy = Annotated[str, typer.Argument(metavar="POLICY", help="A policy, as JSON or YAML; `-` reads standard input.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Put a value for the placeholder `{NAME}`. May repeat."),
]


def read(path: str, reader: "Reader") -> "Parsed | None":
    """The policy in a file, or on standard input (`-`); None after telling the reader what is wrong with it.

    Every problem is told: a file that cannot be read, and each oddity that leaves no meaning to judge.
    """
    from cosaudit.cam.parse import PolicyError, loads, told
    from cosaudit.config.reader import Problem

    source = reader.open(path)
    if source is None:
        return None
    try:
        return loads(source.text, source.name)
    except PolicyError as error:
        for odd in error.oddities:
            if odd.fatal:
                reader.add(Problem(odd.place, told(odd), odd.expected, line=source.line(odd.place.line)))
        return None


def pairs(given: list[str] | None, flag: str, example: str, wrong: "list[Problem]") -> list[tuple[str, str]]:
    """(name, value) of each `NAME=VALUE`; what is none is told."""
    from cosaudit.config.reader import Problem
    from cosaudit.cos.names import quoted
    from cosaudit.model import Place

    found = []
    for text in map(word, given or ()):
        name, equals, value = text.partition("=")
        if name.strip() and equals:
            found.append((name.strip(), value))
        else:
            what = "KEY=VALUE" if flag == "--context" else "NAME=VALUE"
            wrong.append(Problem(Place(flag, 1, 1), f"{quoted(text)} is no {what}", f"words such as `{example}`"))
    return found


def word(text: str) -> str:
    """A word of the command line as text: in a C locale it arrives as escaped bytes."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # half of a character pair, as Windows can hand over
        return text.encode("utf-8", "replace").decode()


_NAME = re.compile(r"\$?\{([A-Za-z_][A-Za-z0-9_-]*)\}|%7B([A-Za-z_][A-Za-z0-9_-]*)%7D")


#: CAM's own, as `${uin}`.
_VARIABLES = ("app_id", "owner_uin", "uin")


def names(text: str) -> tuple[str, ...]:
    """The names of the placeholders in a user's text, also as they stand in a URL."""
    found = [one for one in _NAME.finditer(text) if one[0][:1] != "$" or one[1] not in _VARIABLES]
    return tuple(dict.fromkeys([one[1] or one[2] for one in found]))


def unfit(policy: "Parsed") -> list[str]:
    """Why no service takes a policy at all, whatever it says; empty for one that is in order."""
    odd = policy.refused
    if odd is None:
        return []
    return [f"{odd.place}: neither CAM nor STS takes this policy: found {odd.found}; expected {odd.expected}"]


def names_people(policy: "Parsed") -> bool:
    """Is a policy for certain principals only, and not for whoever holds it?"""
    return any(one != "*" for statement in policy.statements for one in statement.principals or ())


def values(given: list[str] | None, policy: "Parsed | None", wrong: "list[Problem]", asked: str = "") -> dict[str, str]:
    """Placeholder → value of `--set`; told are names that neither the policy nor the request has, or given twice."""
    from cosaudit.config.reader import Problem, nearest_word
    from cosaudit.cos.names import quoted
    from cosaudit.model import Place

    found: dict[str, str] = {}
    for name, value in pairs(given, "--set", "openid=oABC", wrong):
        known = () if policy is None else tuple(dict.fromkeys([*policy.placeholders, *names(asked)]))
        if name in found:
            wrong.append(Problem(Place("--set", 1, 1), f"{quoted(name)} is given twice", "one value for a placeholder"))
        elif policy is not None and name not in known:
            some = "one of " + ", ".join([f"`{one}`" for one in known[:20]])
            text = f"the policy has no placeholder {quoted(name)}"
            expected = some if known else "no `--set`: it has none at all"
            wrong.append(Problem(Place("--set", 1, 1), text, expected, nearest_word(name, known)))
        found[name] = value
    return found


def put(policy: "Parsed", given: dict[str, str]) -> "Parsed":
    """The policy with values in the place of placeholders. A `*` in a value is the wildcard that STS would get."""
    from cosaudit.cam.parse import symbols as with_symbols
    from cosaudit.cam.policy import atom

    symbols = {ord(atom(name)): with_symbols(value) for name, value in given.items()}
    if not symbols:
        return policy
    statements = []
    for statement in policy.statements:
        resources = tuple(
            [
                one._replace(areas=tuple([area._replace(path=area.path.translate(symbols)) for area in one.areas]))
                for one in statement.resources
            ]
        )
        conditions = tuple(
            [
                one._replace(values=tuple([value.translate(symbols) for value in one.values]))
                for one in statement.conditions
            ]
        )
        statements.append(statement._replace(resources=resources, conditions=conditions))
    return policy._replace(statements=tuple(statements))


def filled(text: str, names: tuple[str, ...], given: dict[str, str]) -> str:
    """A user's text with these placeholders: those with a value as that, the others as their symbols."""
    from urllib.parse import quote

    from cosaudit.cam.parse import symbols
    from cosaudit.cam.policy import atom

    for name in names:
        value = given.get(name)
        symbol = atom(name) if value is None else symbols(value)
        encoded = symbol if value is None else quote(value, safe="")
        for written in (f"${{{name}}}", f"{{{name}}}"):
            text = text.replace(written, symbol)
        text = text.replace(f"%24%7B{name}%7D", encoded).replace(f"%7B{name}%7D", encoded)
    return text

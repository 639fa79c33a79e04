"""Sessions: policies read closely, and the arguments of an official STS helper turned into the policy they give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cosaudit.cam import policy as cam
from cosaudit.cam.parse import parse
from cosaudit.config import table
from cosaudit.config.fields import short
from cosaudit.config.reader import NodePlaces, Problem
from cosaudit.cos import sts
from cosaudit.model import Place, Session
from cosaudit.yamltree import MAPPING, SCALAR, SEQUENCE, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cosaudit.config.reader import Reader, Source

#: Field of a session → its index among the decoded values.
_INDEX = {field.name: index for index, field in enumerate(table.SESSION.fields)}
_API = "GetFederationToken"
#: What a session's policy may come from.
_SOURCES = ("policy", "scopes", "helper")
#: The arguments of a helper, and the other spellings of each.
_ARGUMENTS = ("bucket", "region", "allowPrefix", "allowActions")
_SPELLED = {
    field: (field, *(other for other, meant in table.SPELLINGS.items() if meant == field))
    for field in (*_ARGUMENTS, "duration")
}


def policy(root: Node, source: Source, reader: Reader, *, text: str | None = None) -> Any:
    """The cam Policy of a document; None after telling what in it has no meaning. Read once, however often it is named.

    Args:
        root, source: the document and where it stands.
        reader: where problems go.
        text: of a file that is meant to be JSON.
    """
    key = ("policy", f"{source.name}:{id(root)}")
    if key not in reader.made:
        read = parse(root, source.name, strict_json=text is not None, text=text)
        fatal = [oddity for oddity in read.oddities if oddity.fatal]
        for oddity in fatal:
            place = oddity.place
            reader.add(Problem(place, f"the policy has {oddity.found}", oddity.expected, line=source.line(place.line)))
        reader.made[key] = root, None if fatal else read  # the node is kept, and with it its identity
    return reader.made[key][1]


def session(values: list[Any], node: Node, source: Source, reader: Reader, index: int) -> Session:
    """A Session of the values of `table.SESSION`; what contradicts itself is told to the reader."""
    if reader.source is not source:
        reader.source = source
    given = [name for name in _SOURCES if values[_INDEX[name]] is not None]
    if len(given) > 1:
        reader.problem(
            node,
            f"the session has {' and '.join(f'`{field}`' for field in given)}",
            "one of `policy`, `scopes` and `helper`",
        )
    chosen = {field: _spelled(field, values, node, reader) for field in _SPELLED}
    duration = chosen["duration"]
    helper: sts.Helper | None = values[_INDEX["helper"]]
    if helper is None and node.get("helper") is None:
        for field in _ARGUMENTS:
            name = chosen[field]
            if name is not None:
                reader.problem(
                    _key(node, name),
                    f"`{name}` is an argument of a helper, and the session has no `helper`",
                    "`helper: qcloud-cos-sts` beside it, or `policy`",
                )
    else:
        helper = _by_fields(helper, chosen)
    if helper is not None and helper.name == sts.JAVA and values[_INDEX["api"]] == "AssumeRole":
        reader.problem(
            node.get("api") or node,
            "the Java helper's call for AssumeRole takes no bucket, prefix or actions",
            "`policy`, with the text that it is given",
        )
    found = values[_INDEX["policy"]]
    quirks: tuple[tuple[str, str, Place], ...] = ()
    if len(given) == 1 and given[0] != "policy" and not reader.problems:
        if helper is not None:
            found, quirks = _helped(helper, values, node, source, chosen, reader)
        else:
            found, quirks = _scoped(values[_INDEX["scopes"]], node, source, reader)
    if helper is not None and helper.assumption is not None:
        reader.assumptions.append(f"sessions[{index}].helper: {helper.assumption}")
    return Session(
        name=values[_INDEX["name"]],
        policy=found,
        source=given[0] if given else None,
        helper=str(helper) if helper is not None else None,
        api=values[_INDEX["api"]] or _API,
        duration=values[_INDEX[duration]] if duration is not None else None,
        served=values[_INDEX["served"]],
        issuer=values[_INDEX["issuer"]],
        owner=values[_INDEX["owner"]],
        index=index,
        at=NodePlaces(source, node),
        quirks=quirks,
    )


def _by_fields(helper: sts.Helper | None, chosen: Mapping[str, str | None]) -> sts.Helper | None:
    """The helper that is meant: the name that all languages share, and the arguments of one of them."""
    if helper is None or helper.name != sts.NPM or helper.asked is not None:
        return helper
    spelled = (chosen["allowPrefix"], chosen["allowActions"])
    meant = sts.JAVA if "allowPrefixes" in spelled else sts.PYPI if "_" in "".join(filter(None, spelled)) else None
    if meant is None:
        return helper
    found = sts.resolve(meant)
    name = next(one for one in spelled if one is not None and one not in ("allowPrefix", "allowActions"))
    what = f"`{sts.NPM}` with `{name}` is taken as the {'Java' if meant == sts.JAVA else 'Python'} helper, {found}"
    return found._replace(assumption=what)


_SYMBOLS = re.compile("[\ud800-\udfff]")


def names(policies: Iterable[Any]) -> dict[str, None]:
    """The names of the placeholders in cam Policies (or None), in order of appearance."""
    found: dict[str, None] = {}
    for one in {id(policy): policy for policy in policies if policy is not None}.values():
        for statement in one.statements:
            texts = [area.path for resource in statement.resources for area in resource.areas]
            texts += [value for condition in statement.conditions for value in condition.values]
            for symbol in _SYMBOLS.findall("".join(texts)):
                name = cam.atom_name(symbol)
                if name is not None:
                    found[name] = None
    return found


def _key(node: Node, name: str) -> Node:
    return next(key for key, _ in node.pairs() if key.value == name)


def _spelled(field: str, values: list[Any], node: Node, reader: Reader) -> str | None:
    """The spelling of a field that the session uses; a second one beside it is told."""
    used = [name for name in _SPELLED[field] if values[_INDEX[name]] is not None]
    for name in used[1:]:
        reader.problem(
            _key(node, name),
            f"`{name}` and `{used[0]}` are one field",
            "one of them",
            also=reader.place(_key(node, used[0])),
            also_text=short(used[0]),
        )
    return used[0] if used else None


def _helped(
    helper: sts.Helper,
    values: list[Any],
    node: Node,
    source: Source,
    chosen: Mapping[str, str | None],
    reader: Reader,
) -> tuple[Any, tuple[tuple[str, str, Place], ...]]:
    arguments = {field: values[_INDEX[name]] for field in _ARGUMENTS if (name := chosen[field]) is not None}
    api = values[_INDEX["api"]] or _API
    made = sts.helper_document(helper.name, helper.version, arguments, api)
    whole = node.get("helper") or node

    def node_at(path: sts.Path) -> Node:
        if not path:
            return whole
        name = chosen[str(path[0])]
        below = node.get(name) if name is not None else None
        return _below(below, path[1:]) if below is not None else whole

    return _policy_of(made, node_at, source, reader)


def _scoped(
    scopes: tuple[dict[str, Any], ...], node: Node, source: Source, reader: Reader
) -> tuple[Any, tuple[tuple[str, str, Place], ...]]:
    whole = node.get("scopes") or node
    return _policy_of(sts.scopes_document(scopes), lambda path: _below(whole, path), source, reader)


def _below(node: Node, path: sts.Path) -> Node:
    """The node at a path, or the nearest above it."""
    for step in path:
        below = None
        if isinstance(step, int):
            if node.kind == SEQUENCE and step < len(node.value):
                below = node.value[step]
        else:
            below = node.get(step)
        if below is None:
            break
        node = below
    return node


def _policy_of(
    made: sts.Expansion, node_at: Callable[[sts.Path], Node], source: Source, reader: Reader
) -> tuple[Any, tuple[tuple[str, str, Place], ...]]:
    """The policy that a helper makes, with the places of the arguments, and what is odd about it.

    Where no policy comes of them, or one without an action, it has no statements: STS makes no key of it.
    """
    quirks = tuple([(quirk.code, quirk.found, _place(node_at(quirk.at), source)) for quirk in made.quirks])
    whole = node_at(())
    if made.document is None or any(quirk.code in sts.NO_POLICY for quirk in made.quirks):
        return cam.Policy((), None, (), _place(whole, source), made.document), quirks
    return policy(_nodes(made.document, (), whole, made.origins, node_at), source, reader), quirks


def _place(node: Node, source: Source) -> Place:
    return Place(source.name, node.line, node.column)


def _nodes(
    value: Any,
    path: sts.Path,
    above: Node,
    origins: Mapping[sts.Path, sts.Path],
    node_at: Callable[[sts.Path], Node],
) -> Node:
    """A plain document as a tree that stands where its arguments stand."""
    origin = origins.get(path)
    at = node_at(origin) if origin is not None else above
    line, column = at.line, at.column
    if isinstance(value, dict):
        items: list[Node] = []
        for name, item in value.items():
            below = _nodes(item, (*path, name), at, origins, node_at)
            items += (Node(SCALAR, name, below.line, below.column), below)
        return Node(MAPPING, items, line, column)
    if isinstance(value, list):
        listed = [_nodes(item, (*path, number), at, origins, node_at) for number, item in enumerate(value)]
        return Node(SEQUENCE, listed, line, column)
    return Node(SCALAR, value, line, column)


__all__ = ["names", "policy", "session"]

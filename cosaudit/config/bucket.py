"""What a configuration says of a bucket's own settings, as typed values: ACL, bucket policy, referer rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cosaudit.config.fields import short
from cosaudit.config.reader import Problem, nearest_word
from cosaudit.cos.acl import Acl, Grant, grantee
from cosaudit.cos.referer import Entry, Referers

if TYPE_CHECKING:
    from cosaudit.cam.policy import Policy
    from cosaudit.config.reader import Reader, Source
    from cosaudit.config.xmltree import Element
    from cosaudit.model import Place
    from cosaudit.yamltree import Node


def acl_word(word: str, place: Place) -> Acl:
    """The ACL that one of the four words stands for."""
    return Acl(word, (), place)


def grant(values: list[Any], node: Node, reader: Reader) -> Grant | None:
    """One grant; None after telling that nobody is meant by it."""
    to, permission = values
    who = grantee(to)
    if who is None:
        reader.problem(
            node.get("to") or node,
            f"{short(to)} is no one whom an ACL can name",
            "the number (uin) of a root account, `AllUsers` or `AuthenticatedUsers`",
            near=(to, ("AllUsers", "AuthenticatedUsers")),
        )
        return None
    return Grant(to, who, permission, reader.place(node))


def acl_grants(values: list[Any], node: Node, reader: Reader) -> Acl:
    """The ACL of a list of grants."""
    return Acl(None, tuple(values[0]), reader.place(node))


def literal(policy: Policy) -> Policy:
    """A bucket policy is stored as it is: `{openid}` in it is text, and stands for nothing."""
    from cosaudit.cam.policy import has_atoms, shown

    rows = []
    for row in policy.statements:
        resources = tuple(
            [
                one._replace(areas=tuple([area._replace(path=shown(area.path)) for area in one.areas]))
                if any(has_atoms(area.path) for area in one.areas)
                else one
                for one in row.resources
            ]
        )
        conditions = tuple([one._replace(values=tuple(map(shown, one.values))) for one in row.conditions])
        rows.append(row._replace(resources=resources, conditions=conditions))
    return policy._replace(statements=tuple(rows))


def referers(values: list[Any], node: Node, reader: Reader) -> Referers:
    """The rules as they stand in a configuration; requests without a referer are refused unless these allow them."""
    kind, domains, empty = values
    listed = node.get("domains")
    nodes = listed.value if listed is not None and len(listed.value) == len(domains) else [node] * len(domains)
    entries = [Entry(text, reader.place(at)) for text, at in zip(domains, nodes, strict=True)]
    return Referers(True, kind == "allow", tuple(entries), empty == "allow", reader.place(node))


_STATUS = {"Enabled": True, "Disabled": False}
_TYPE = {"White-List": True, "Black-List": False}
_EMPTY = {"Allow": True, "Deny": False}
_ELEMENTS = ("Status", "RefererType", "DomainList", "EmptyReferConfiguration")


def referers_of_xml(source: Source, reader: Reader) -> Referers | None:
    """The rules of the XML that COS returns for `GET /?referer`; None after telling what is wrong with it.

    Elements that are not known are left aside; an empty `RefererConfiguration` is that of a bucket without rules.
    """
    from cosaudit.config.xmltree import parse

    root = parse(source, reader)
    if root is None:
        return None
    xml = _Xml(source, reader)
    if root.name != "RefererConfiguration":
        xml.wrong(root, f"the element `{short(root.name)[1:-1]}`", "`RefererConfiguration`", (root.name, _ROOTS))
        return None
    for child in root.children:
        if child.name not in _ELEMENTS:
            expected = "one of " + ", ".join([f"`{name}`" for name in _ELEMENTS])
            xml.wrong(child, f"the element {short(child.name)}", expected, (child.name, _ELEMENTS))
    enabled = xml.word(root, "Status", _STATUS)
    if enabled is None and not root.children and not xml.broken:
        return Referers(False, True, (), True, root.place)
    kind = xml.word(root, "RefererType", _TYPE)
    empty = xml.word(root, "EmptyReferConfiguration", _EMPTY)
    entries = []
    for listed in root.all("DomainList"):
        for child in listed.children:
            if child.name != "Domain" or not child.text:
                xml.wrong(child, f"the element {short(child.name)}" if child.text else "an empty entry", "`Domain`")
            else:
                entries.append(Entry(child.text, child.place))
    if enabled is None and not xml.broken:
        xml.wrong(root, "no `Status`", "`<Status>Enabled</Status>` or `<Status>Disabled</Status>`")
    if enabled and kind is None and not xml.broken:
        xml.wrong(root, "no `RefererType`", "`<RefererType>White-List</RefererType>` or `Black-List`")
    if xml.broken:
        return None
    return Referers(bool(enabled), kind is not False, tuple(entries), bool(empty), root.place)


_ROOTS = ("RefererConfiguration",)


class _Xml:
    """Reads words out of elements, and tells what is wrong with them."""

    def __init__(self, source: Source, reader: Reader) -> None:
        self.source = source
        self.reader = reader
        self.broken = False

    def wrong(
        self, element: Element, found: str, expected: str, near: tuple[str, tuple[str, ...]] | None = None
    ) -> None:
        self.broken = True
        nearest = nearest_word(*near) if near is not None else None
        line = self.source.line(element.place.line)
        self.reader.add(Problem(element.place, found, expected, nearest, line=line))

    def word(self, root: Element, name: str, known: dict[str, bool]) -> bool | None:
        found = root.all(name)
        for second in found[1:]:
            self.wrong(second, f"a second {short(name)}", "each element once")
        if not found:
            return None
        value = known.get(found[0].text)
        if value is None:
            expected = " or ".join([f"`{word}`" for word in known])
            self.wrong(found[0], f"{short(found[0].text)} in `{name}`", expected, (found[0].text, tuple(known)))
        return value


__all__ = ["acl_grants", "acl_word", "grant", "literal", "referers", "referers_of_xml"]

"""Reads CAM policies from JSON and YAML, with the place of everything, and says what is odd about their form.

Nothing is refused silently: what has another form than the vendor's pages describe is an `Oddity`, and what has no
meaning at all a fatal one. Sources: facts `cam.document.*`, `cam.actions.*`, `cam.resource.*`.
"""

from __future__ import annotations

import gc
import re
from functools import lru_cache
from typing import Any, NamedTuple

from cosaudit import yamltree
from cosaudit.cam.condition import glob, parse_operator
from cosaudit.cam.policy import (
    REFUSED,
    Action,
    Area,
    Condition,
    Oddity,
    Policy,
    Resource,
    Statement,
    TooManyPlaceholders,
    atom,
    has_atoms,
)
from cosaudit.model import Place
from cosaudit.yamltree import MAPPING, SCALAR, SEQUENCE, Node, scalar

#: More oddities of one policy are not kept, but for the first fatal one: nobody reads them.
MAX_ODDITIES = 1000
#: More `*` before the path of a resource of the legacy form are not tried: each may end the bucket's name.
MAX_STARS = 16
_WRAPPERS = ("policy", "Policy", "PolicyDocument")
_MAX_WRAPPED = 5

_VERSION, _STATEMENT, _PRINCIPAL, _EFFECT, _ACTION, _RESOURCE, _CONDITION = range(7)
_NAMES = ("version", "statement", "principal", "effect", "action", "resource", "condition")
_OF_POLICY = {_VERSION, _STATEMENT, _PRINCIPAL}
_OF_STATEMENT = {_PRINCIPAL, _EFFECT, _ACTION, _RESOURCE, _CONDITION}
#: A name as written → (element, is it capitalised).
_TOP = {name: (at, name[0].isupper()) for at in _OF_POLICY for name in (_NAMES[at], _NAMES[at].capitalize())}
_INNER = {name: (at, name[0].isupper()) for at in _OF_STATEMENT for name in (_NAMES[at], _NAMES[at].capitalize())}
_NEGATIONS = {"notaction": "action", "notresource": "resource", "notprincipal": "principal"}

_AN_ACTION = "an action such as `name/cos:PutObject`"
_A_RESOURCE = "a resource such as `qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/folder/*`"
_A_VALUE = "a text, a number, true, false, or a list of them"
_A_POLICY = "a policy: a mapping with `version` and `statement`"
_NEARNESS = 0.6
_MAX_COMPARED = 200  # words compared with the known ones in one policy


def told(odd: Oddity) -> str:
    """What was found, for a message; what is said of a text that cannot be read is a sentence already."""
    return odd.found if odd.code == "unreadable" else f"found {odd.found}"


class PolicyError(Exception):
    """A text is no policy that could be judged; `oddities` says all that is wrong, with places."""

    def __init__(self, oddities: tuple[Oddity, ...]) -> None:
        wrong = [one for one in oddities if one.fatal]
        super().__init__("; ".join(f"{one.place}: {told(one)}; expected {one.expected}" for one in wrong[:3]))
        self.oddities = oddities


class _Form(NamedTuple):
    """Something odd about a text, wherever it stands."""

    code: str
    found: str
    expected: str


def _quoted(text: str) -> str:
    """A text of the policy for a message; long ones are cut."""
    return f"`{text if len(text) <= 80 else text[:79] + '…'}`"


# --- actions


_PATTERN = re.compile(r"[A-Za-z0-9_*-]+(?::[A-Za-z0-9_*-]+)?")
_SPACE = re.compile(r"\s")


@lru_cache(maxsize=8192)
def _action(text: str) -> tuple[str | None, bool, _Form | None]:
    """The pattern of an action as written, whether it is a feature set, and what is odd about it."""
    if text.startswith(("permid/", "actionName/")):
        expected = f"{_AN_ACTION}: which actions a feature set holds is not known"
        return None, True, _Form("action-opaque", _quoted(text), expected)
    bare = text[5:] if text.startswith("name/") else text
    if bare == "*":
        return "*:*", False, None
    if _SPACE.search(text) is not None:
        return None, False, _Form("action-spaces", _quoted(text), "an action without spaces")
    form = None
    if ":" not in bare:
        form = _Form("action-no-service", _quoted(text), f"a service before the name, as in {_quoted('cos:' + bare)}")
    if _PATTERN.fullmatch(bare) is None or (":" not in bare and "*" not in bare):  # no request's action has such a name
        return None, False, form or _Form("action-malformed", _quoted(text), _AN_ACTION)
    return bare, False, form


# --- resources


_NAME = r"\{([A-Za-z_][A-Za-z0-9_-]*)\}"
_PLACEHOLDER = re.compile(r"\$?" + _NAME)
_VARIABLE = re.compile(r"\$\{(?:uin|owner_uin|app_id)\}")


def _symbol(match: re.Match[str]) -> str:
    return match[0] if _VARIABLE.fullmatch(match[0]) else atom(match[1])


@lru_cache(maxsize=8192)
def symbols(text: str) -> str:
    """A text with its placeholders, `{name}` or `${name}`, as symbols; CAM's own variables stay as they are.

    Raises:
        TooManyPlaceholders: there are more names than symbols.
    """
    return _PLACEHOLDER.sub(_symbol, text)


class TooComplex(ValueError):  # noqa: N818
    """A resource of the legacy form with more than `MAX_STARS` `*` before its path: its readings are too many."""


_LEGACY = "prefix//"


def _up_to_slash(pattern: str) -> list[tuple[str, str]]:
    """The ways to cut a pattern at the first slash of what it matches: a `*` may hold that slash too."""
    before, slash, after = pattern.partition("/")
    cuts = [(before[: at + 1], pattern[at:]) for at, char in enumerate(before) if char == "*"]
    return [*cuts, (before, after)] if slash else cuts


def _modern(path: str) -> list[str]:
    """The patterns of today's form for a path that may be of the legacy form `prefix//<appid>/<bucket>/<path>`."""
    rest = path[len(_LEGACY) :]
    if not path.startswith(_LEGACY):
        return [path]
    rest = re.sub(r"\*{2,}", "*", rest)
    if rest == "*":
        return ["*"]
    if sum(part.count("*") for part in rest.split("/", 2)[:2]) > MAX_STARS:
        raise TooComplex(path)
    found = {
        f"{bucket}-{appid}/{key}": None for appid, behind in _up_to_slash(rest) for bucket, key in _up_to_slash(behind)
    }
    patterns = list(found)
    if len(patterns) > 1 and len(path) <= 2000:  # what another one holds already is left out
        # a `*` of the narrow one is a character here, which only a `*` of the wide one matches
        patterns = [one for one in patterns if not any(wide != one and glob(wide, one) for wide in patterns)]
    return patterns or [path]  # no slash where the appid or the bucket ends: not of that form


@lru_cache(maxsize=8192)
def _resource(text: str) -> tuple[tuple[Area, ...], tuple[_Form, ...]]:
    """The readings of a resource as written, and what is odd about it."""
    if text == "*":
        return (_EVERYTHING,), ()
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "qcs":
        return (), (_Form("resource-malformed", _quoted(text), f"`*`, or {_A_RESOURCE}"),)
    _, project, service, region, account, path = parts
    forms = []
    # a key may hold spaces, the name of its bucket and what stands before it may not
    if _SPACE.search(text, 0, len(text) - len(path) + len(path.partition("/")[0])) is not None or text[-1:].isspace():
        forms.append(_Form("resource-spaces", _quoted(text), "a resource without spaces"))
    areas: tuple[Area, ...] = ()
    if project not in ("", "*"):
        forms.append(_Form("resource-project", _quoted(project), "an empty second part, as in `qcs::cos:…`"))
    elif (variable := _VARIABLE.search(path)) is not None:
        expected = "a path without CAM's own variables, which have no meaning there"
        forms.append(_Form("resource-variable", _quoted(variable[0]), expected))
    else:
        areas = tuple(
            [
                Area(service or "*", region or "*", account or None, pattern)
                for pattern in _modern(symbols(path) if "{" in path else path)
            ]
        )
    return areas, tuple(forms)


_ACCOUNT = re.compile("uid/[0-9]+")
_WITH_APPID = re.compile(r"-[0-9]+\Z")


def _nameless(area: Area) -> bool:
    """Does a bucket stand there without its APPID, in today's form? Fact `cam.resource.bucket-without-appid`."""
    bucket, slash, _ = area.path.partition("/")
    return (
        area.service == "cos"
        and slash != ""
        and bucket not in ("", "prefix")
        and "*" not in bucket
        and "." not in bucket
        and _WITH_APPID.search(bucket) is None
        and not has_atoms(bucket)
    )


_EVERYTHING = Area("*", "*", "*", "*")
_NO_RESOURCE = Area("", "", None, "")


def area_of(text: str) -> tuple[Area, ...]:
    """What a resource of a policy reaches, as patterns; placeholders in its path are symbols.

    Args:
        text: `*`, or the six segments as written.

    Returns:
        Its readings: one, several for a legacy path with a `*` in its bucket or appid, none when it matches nothing.

    Raises:
        TooManyPlaceholders: there are more names of placeholders than symbols.
        TooComplex: more `*` in the bucket or appid of a legacy path than are tried.

    Source: facts `cam.resource.form`, `cam.resource.legacy-form`, `cam.resource.own-account`.
    """
    return _resource(text)[0]


@lru_cache(maxsize=4096)
def concrete(text: str) -> Area | None:
    """The resource of one request, all literal: a `*` in it is a character.

    Args:
        text: six segments with an empty second one, `qcs::cos:ap-guangzhou:uid/1250000000:bucket-1250000000/key`; a
            legacy path is rewritten. `*` alone is asked for by requests that have no resource of their own, such as
            the list of all buckets: only a whole `*` grants them.

    Returns:
        Its segments, an empty account as ""; for `*` the account is None. None when it is no resource of a request.
        Source: facts `cam.resource.form`, `cam.resource.legacy-form`, `cam.actions.operation-level`.
    """
    if text == "*":
        return _NO_RESOURCE
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "qcs" or parts[1]:
        return None
    path = parts[5]
    if path.startswith(_LEGACY):
        pieces = path[len(_LEGACY) :].split("/", 2)
        if len(pieces) == 3:
            path = f"{pieces[1]}-{pieces[0]}/{pieces[2]}"
    return Area(parts[2], parts[3], parts[4], path)


# --- documents


def _found(node: Node) -> str:
    """What stands there, for a message."""
    if node.kind == MAPPING:
        return "a mapping" if node.value else "an empty mapping"
    if node.kind == SEQUENCE:
        return "a list" if node.value else "an empty list"
    value = scalar(node)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value) if value else "an empty text"
    return f"the number {node.value[:40]}"


def _text(node: Node) -> str | None:
    """The text of a node that is a text and not empty, else None."""
    value: str = node.value
    if node.kind != SCALAR or not value or (node.plain and type(scalar(node)) is not str):
        return None
    return value


def _plain(node: Node) -> Any:
    """The tree below a node as dicts, lists and scalars."""
    if node.kind == SCALAR:
        return scalar(node) if node.plain else node.value
    if node.kind == SEQUENCE:
        return [item.value if item.kind == SCALAR and not item.plain else _plain(item) for item in node.value]
    items = iter(node.value)
    return {scalar(key) if key.plain else key.value: _plain(value) for key, value in zip(items, items, strict=True)}


def _condition_text(node: Node) -> str | None:
    """A condition's value as text; None for what is none."""
    if node.kind != SCALAR:
        return None
    text: str = node.value
    if not node.plain or (text.isascii() and text.isdigit()):
        return text
    value = scalar(node)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and text[:2] in ("0x", "0o") and len(text) <= 40:
        return str(value)
    return text


class _Reader:
    """Reads one document."""

    __slots__ = (
        "accounts", "capitals", "compared", "fatal", "file", "fixed", "mixed", "nameless", "oddities", "refused",
    )  # fmt: skip

    def __init__(self, file: str, fixed: Place | None) -> None:
        self.file = file
        self.fixed = fixed  # the place of the text that holds the document, where it is inside another one
        self.oddities: list[Oddity] = []
        self.fatal = False
        self.refused: Oddity | None = None
        self.accounts: dict[str, Place] = {}
        self.nameless: Resource | None = None
        self.capitals: bool | None = None  # is the first element's name capitalised?
        self.mixed = False
        self.compared = 0

    def place(self, node: Node) -> Place:
        return Place(self.file, node.line, node.column) if self.fixed is None else self.fixed

    def add(self, code: str, found: str, expected: str, node: Node, fatal: bool = False) -> None:
        self.keep(Oddity(code, found, expected, self.place(node), fatal))

    def keep(self, odd: Oddity) -> None:
        if self.refused is None and odd.code in REFUSED:
            self.refused = odd
        elif len(self.oddities) >= MAX_ODDITIES and (self.fatal or not odd.fatal):
            return
        self.oddities.append(odd)
        self.fatal = self.fatal or odd.fatal

    def form(self, form: _Form, node: Node) -> None:
        self.add(form.code, form.found, form.expected, node)

    def policy(self, root: Node, strict_json: bool) -> Policy:
        version: Node | None = None
        listed: Node | None = None
        principal: tuple[Node, Node] | None = None
        if root.kind != MAPPING:
            self.add("policy-form", _found(root), _A_POLICY, root, True)
            return Policy((), None, tuple(self.oddities), self.place(root))
        seen: set[int] = set()
        for key, value in root.pairs():
            element = self.element(key, _TOP, seen)
            if element == _VERSION:
                version = value
            elif element == _STATEMENT:
                listed = value
            elif element == _PRINCIPAL:
                principal = key, value
        self.version(root, version, strict_json)
        common = self.principals(principal[1]) if principal is not None else None
        common_place = self.place(principal[0]) if principal is not None else None
        statements: list[Statement] = []
        if listed is None:
            self.add("element-missing", "no `statement`", _A_POLICY, root, True)
        elif listed.kind == SCALAR:
            self.add("statement-form", _found(listed), "a list of statements", listed, True)
        elif listed.kind == SEQUENCE and not listed.value:
            self.add("grants-nothing", "an empty list", "a list of statements", listed)
        else:
            for index, node in enumerate(listed.value if listed.kind == SEQUENCE else (listed,)):
                one = self.statement(index, node, common, common_place)
                if one is not None:
                    statements.append(one)
        return Policy(
            tuple(statements),
            None if version is None else _plain(version),
            tuple(self.oddities),
            self.place(root),
            _plain(root),
            None if version is None else self.place(version),
            self.refused,
            tuple(self.accounts.items()),
            self.nameless,
        )

    def element(self, key: Node, known: dict[str, tuple[int, bool]], seen: set[int]) -> int | None:
        """Which element a key names; None for one that is none."""
        name = key.value
        found = known.get(name)
        if found is None:
            if not name.startswith("x-"):
                self.unknown(key, known)
            return None
        element, capital = found
        if capital is not self.capitals and (capital or element != _VERSION):
            if self.capitals is None:
                self.capitals = capital
            elif not self.mixed:
                self.mixed = True
                other = "capitalised names" if self.capitals else "names in lower case"
                self.add("element-case", _quoted(name), f"one form: the policy begins with {other}", key)
        if element in seen:
            self.twice(key)
        seen.add(element)
        return element

    def twice(self, key: Node) -> None:
        expected = f"each name once: of two {_quoted(key.value)} readers of JSON keep the last"
        self.add("duplicate-key", f"{_quoted(key.value)} a second time", expected, key)

    def unknown(self, key: Node, known: dict[str, tuple[int, bool]]) -> None:
        name: str = key.value
        names = [written for written in known if written.islower()]
        negated = _NEGATIONS.get(name.lower())
        if negated is not None:
            what = f"`{negated}`: CAM has no `Not{negated.capitalize()}`"
            self.add("element-unknown", _quoted(name), what, key, True)
            return
        near: list[str] = []
        self.compared += 1
        if self.compared <= _MAX_COMPARED:
            from difflib import get_close_matches

            near = get_close_matches(name[:80].lower(), names, 1, _NEARNESS)
        expected = _quoted(near[0]) if near else "one of " + ", ".join(map(_quoted, names))
        self.add("element-unknown", _quoted(name), expected, key)

    def version(self, root: Node, node: Node | None, strict_json: bool) -> None:
        if node is None:
            self.add("version-missing", "no `version`", '`"version": "2.0"`', root)
        elif node.kind != SCALAR or node.value != "2.0":
            self.add("version-wrong", _found(node), 'the text `"2.0"`', node)
        elif node.plain and strict_json:
            self.add("version-number", _found(node), 'the text `"2.0"`', node)

    def principals(self, node: Node) -> tuple[str, ...]:
        """The principals of `{qcs: …}` or `*`."""
        expected = "`*`, or a mapping with `qcs` and a text or a list of texts"
        if node.kind == SCALAR and node.value == "*":
            return ("*",)
        found: list[str] = []
        if node.kind != MAPPING or not node.value:
            self.add("principal-form", _found(node), expected, node)
            return ()
        for key, value in node.pairs():
            if key.value != "qcs":
                self.add("principal-form", _quoted(key.value), expected, key)
                continue
            for item in value.value if value.kind == SEQUENCE else (value,):
                text = _text(item)
                if text is None:
                    self.add("principal-form", _found(item), expected, item)
                else:
                    found.append(text)
        return tuple(found)

    def statement(
        self, index: int, node: Node, principals: tuple[str, ...] | None, principal_place: Place | None
    ) -> Statement | None:
        """One statement; None when it is none or has no effect that could be read."""
        if node.kind != MAPPING:
            expected = "a statement: a mapping with `effect`, `action` and `resource`"
            self.add("statement-form", _found(node), expected, node, True)
            return None
        effect: Node | None = None
        action: Node | None = None
        resource: Node | None = None
        condition: Node | None = None
        seen: set[int] = set()
        for key, value in node.pairs():
            element = self.element(key, _INNER, seen)
            if element == _EFFECT:
                effect = value
            elif element == _ACTION:
                action = value
            elif element == _RESOURCE:
                resource = value
            elif element == _CONDITION:
                condition = value
            elif element == _PRINCIPAL:
                principals, principal_place = self.principals(value), self.place(key)
        if effect is None or action is None or resource is None:
            for at, given in ((_EFFECT, effect), (_ACTION, action), (_RESOURCE, resource)):
                if given is None:
                    name = _quoted(_NAMES[at])
                    self.add("element-missing", f"no {name}", f"a statement with {name}", node, True)
        allow = self.effect(effect) if effect is not None else None
        actions = self.actions(action) if action is not None else ()
        resources = self.resources(resource) if resource is not None else ()
        conditions = self.conditions(condition) if condition is not None else ()
        if allow is None:
            return None
        return Statement(index, allow, actions, resources, conditions, principals, self.place(node), principal_place)

    def effect(self, node: Node) -> bool | None:
        text = node.value
        if text in ("allow", "Allow"):
            return True
        if text in ("deny", "Deny"):
            return False
        lower = text.lower() if node.kind == SCALAR else ""
        if lower in ("allow", "deny"):
            self.add("effect-case", _quoted(text), _quoted(lower), node)
            return lower == "allow"
        self.add("effect-form", _found(node), "`allow` or `deny`", node, True)
        return None

    def actions(self, node: Node) -> tuple[Action, ...]:
        if node.kind == SEQUENCE:
            items = node.value
            if not items:
                self.add("grants-nothing", "an empty list", _AN_ACTION, node)
        else:
            items = (node,)
        found = []
        for item in items:
            text = _text(item)
            if text is None:
                self.add("action-form", _found(item), _AN_ACTION, item, True)
                continue
            pattern, opaque, form = _action(text)
            if form is not None:
                self.form(form, item)
            found.append(Action(text, pattern, self.place(item), opaque))
        return tuple(found)

    def resources(self, node: Node) -> tuple[Resource, ...]:
        if node.kind == SEQUENCE:
            items = node.value
            if not items:
                self.add("grants-nothing", "an empty list", _A_RESOURCE, node)
        else:
            items = (node,)
        found = []
        for item in items:
            text = _text(item)
            if text is None:
                self.add("resource-form", _found(item), _A_RESOURCE, item, True)
                continue
            try:
                areas, forms = _resource(text)
            except TooManyPlaceholders:
                self.too_many(item)
                continue
            except TooComplex:
                expected = f"a resource with at most {MAX_STARS} `*` before its path"
                self.add("resource-complex", _quoted(text), expected, item, True)
                continue
            for form in forms:
                self.form(form, item)
            one = Resource(text, areas, self.place(item))
            for area in areas:
                account = area.account
                if account is not None and account not in self.accounts and _ACCOUNT.fullmatch(account) is not None:
                    self.accounts[account] = one.place
                if self.nameless is None and _nameless(area):
                    self.nameless = one
            found.append(one)
        return tuple(found)

    def too_many(self, node: Node) -> None:
        self.add("placeholders", "one more placeholder", "at most 2,048 different names of placeholders", node, True)

    def conditions(self, node: Node) -> tuple[Condition, ...]:
        expected = "a mapping of operators, as in `string_equal: {cos:x-cos-acl: private}`"
        if node.kind == SCALAR and node.plain and scalar(node) is None:
            self.add("condition-empty", "null", expected, node)
            return ()
        if node.kind != MAPPING:
            self.add("condition-form", _found(node), expected, node, True)
            return ()
        if not node.value:
            self.add("condition-empty", "an empty mapping", expected, node)
            return ()
        found: dict[str, dict[str, Condition]] = {}
        for operator_node, keys in node.pairs():
            written = operator_node.value
            if written in found:
                self.twice(operator_node)
            by_key = found[written] = {}
            what = "a mapping of condition keys to values, as in `cos:x-cos-acl: private`"
            if keys.kind != MAPPING:
                self.add("condition-form", _found(keys), what, keys, True)
                continue
            if not keys.value:
                self.add("condition-empty", "an empty mapping", what, keys)
            operator, if_exist, quantifier = parse_operator(written)
            operator_place = self.place(operator_node)
            for key, listed in keys.pairs():
                if key.value in by_key:
                    self.twice(key)
                values = self.values(listed)
                by_key[key.value] = Condition(
                    written, operator, if_exist, quantifier, key.value, values, self.place(key), operator_place
                )
        return tuple([condition for by_key in found.values() for condition in by_key.values()])

    def values(self, node: Node) -> tuple[str, ...]:
        if node.kind == SEQUENCE and not node.value:
            self.add("condition-empty", "an empty list", _A_VALUE, node)
        elif node.kind == SCALAR and not node.plain and "{" not in node.value:  # by far the most frequent
            return (node.value,)
        found = []
        for item in node.value if node.kind == SEQUENCE else (node,):
            text = _condition_text(item)
            if text is None:
                self.add("condition-form", _found(item), _A_VALUE, item, True)
                continue
            try:
                found.append(symbols(text) if "{" in text else text)
            except TooManyPlaceholders:
                self.too_many(item)
        return tuple(found)


#: How an encoded `{` begins: once, or twice as a form carries it.
_ENCODED = ("%7b", "%257b")


def _embedded(text: str) -> tuple[Node, str] | None:
    """The document in a text that holds JSON, also URL-encoded, as the key service's API takes it; None if none.

    With it comes the JSON.

    Raises:
        Unreadable: the text begins like JSON and is none.
    """
    for _ in range(3):
        stripped = text.strip()
        if stripped.startswith("{"):
            from cosaudit.cam import strict

            found = yamltree.compose(strict.readable(text))
            return None if found is None else (found, text)
        if not stripped[:5].lower().startswith(_ENCODED):
            break
        from urllib.parse import unquote

        text = unquote(stripped)
    return None


def _inner(root: Node) -> Node | None:
    """The value of a wrapper's key; None when the document is no wrapper."""
    if root.kind != MAPPING or root.get("statement") is not None or root.get("Statement") is not None:
        return None
    for name in _WRAPPERS:
        value = root.get(name)
        if value is not None and (value.kind == MAPPING or (value.kind == SCALAR and _text(value) is not None)):
            return value
    return None


def parse(root: Node, file: str, *, strict_json: bool = False, text: str | None = None) -> Policy:
    """Read a policy from a tree with positions.

    Args:
        root: the document. One that only wraps a policy (as the value of `policy`, `Policy` or `PolicyDocument`, a
            mapping or a text with JSON, also URL-encoded) is unwrapped.
        file: the name that places get.
        strict_json: the document is JSON as a service takes it: the version must be a text.
        text: where it is JSON, what the document was read from, to see whether it really is.

    Returns:
        The policy. Nothing is raised: what is wrong stands in its `oddities`, and where one of them is fatal the
        statements must not be judged. `found` and `expected` of an oddity are phrases that a message can be made of;
        texts of the policy stand in backticks. Elements follow fact `cam.document.elements`.
    """
    collecting = gc.isenabled()
    gc.disable()  # the collector walks the growing policy again and again: three times the time
    try:
        return _parse(root, file, strict_json, text)
    finally:
        if collecting:
            gc.enable()


def _parse(root: Node, file: str, strict_json: bool, text: str | None) -> Policy:
    fixed: Place | None = None
    for _ in range(_MAX_WRAPPED):
        inner = root if root.kind == SCALAR else _inner(root)
        if inner is None:
            break
        if inner.kind != SCALAR:
            root = inner
            continue
        reader = _Reader(file, fixed)
        place = reader.place(inner)
        try:
            document = _embedded(inner.value) if _text(inner) is not None else None
        except yamltree.Unreadable as error:
            oddity = Oddity("unreadable", error.trouble.message, "a policy as JSON in this text", place, True)
            return Policy((), None, (oddity,), place)
        if document is None:
            return reader.policy(inner, strict_json)
        (root, text), fixed, strict_json = document, place, True
    reader = _Reader(file, fixed)
    slip = None
    if text is not None:
        from cosaudit.cam import strict

        slip = strict.slip(text)
    if slip is not None:
        place = fixed or Place(file, slip.line, slip.column)
        reader.keep(Oddity("not-json", slip.found, slip.expected, place))
    return reader.policy(root, strict_json)


def loads(text: str, file: str = "policy") -> Policy:
    """Read a policy from text: JSON or YAML, or JSON as a request to the key service carries it, URL-encoded.

    Args:
        text: the document.
        file: the name that places get.

    Raises:
        PolicyError: the text cannot be read, or holds something without a meaning that could be judged.
    """
    is_json = False
    if text.lstrip()[:5].lower().startswith(_ENCODED):
        root: Node | None = Node(SCALAR, text, 1, 1)
    else:
        from cosaudit.cam import strict

        is_json = strict.meant(text, file)
        try:
            root = yamltree.compose(strict.readable(text) if is_json else text)
        except yamltree.Unreadable as error:
            trouble, expected = error.trouble, "JSON or YAML"
            place, message = Place(file, trouble.line, trouble.column), trouble.message
            slip = strict.slip(text) if is_json else None
            if slip is not None:
                place, message, expected = Place(file, slip.line, slip.column), f"found {slip.found}", slip.expected
            raise PolicyError((Oddity("unreadable", message, expected, place, True),)) from None
    if root is None:
        raise PolicyError((Oddity("policy-form", "an empty document", _A_POLICY, Place(file, 1, 1), True),))
    policy = parse(root, file, strict_json=is_json, text=text if is_json else None)
    if any(oddity.fatal for oddity in policy.oddities):
        raise PolicyError(policy.oddities)
    return policy


__all__ = ["MAX_STARS", "PolicyError", "TooComplex", "area_of", "concrete", "loads", "parse", "symbols", "told"]

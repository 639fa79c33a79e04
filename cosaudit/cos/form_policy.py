"""The policy document of a POST form: what it says, whether a form meets it, what it leaves to whoever sends the form.

A document may be written with placeholders, as a configuration describes what a server signs: `{openid}` and
`${openid}` stand for a text that the server puts in, the same one wherever the name stands. `${filename}` is the
vendor's own: COS puts the file's name there in the form's key before it looks at the policy.
Sources: facts `cos.signature.form-*`.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit import data, yamltree
from cosaudit.model import Part, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cosaudit.yamltree import Node

#: A text with placeholders in it.
Template = tuple[Part, ...]

FILENAME = "${filename}"
_PLACEHOLDER = re.compile(r"\$?\{([A-Za-z_][A-Za-z0-9_-]{0,63})\}")
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?(Z|[-+][0-9]{2}:?[0-9]{2})?\Z"
)
_MOMENT_EXPECTED = "a moment such as `2026-12-31T12:00:00Z`, in UTC"
_CONDITION_EXPECTED = (
    '`{"key": "a.jpg"}`, `["eq", "$key", "a.jpg"]`, `["starts-with", "$key", "a/"]` or '
    '`["content-length-range", 1, 1048576]`'
)
OPERATORS = ("eq", "starts-with", "content-length-range")


class Holds(Enum):
    """Does a form meet a condition?"""

    __hash__ = object.__hash__

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Condition(NamedTuple):
    """One condition. `field` is as written, without `$`; `least` and `most` are of a range."""

    operator: str
    field: str
    value: Template
    least: int
    most: int
    place: Place

    @property
    def name(self) -> str:
        """The field in lower case: names of form fields are compared so."""
        return self.field.lower()


class Oddity(NamedTuple):
    """Something about a document that is not as COS wants it. `fatal`: it leaves no meaning to judge."""

    code: str
    found: str
    expected: str
    place: Place
    fatal: bool


class FormPolicy(NamedTuple):
    """A policy document. `expires`: seconds since 1970; None where a placeholder stands."""

    expiration: str
    expires: int | None
    conditions: tuple[Condition, ...]
    oddities: tuple[Oddity, ...]
    place: Place

    def on(self, field: str) -> tuple[Condition, ...]:
        """The conditions on a form field."""
        field = field.lower()
        return tuple([one for one in self.conditions if one.name == field])


class Said(NamedTuple):
    """What one condition says of a form. `condition` is None for what no condition says: expiration, and what lacks."""

    holds: Holds
    condition: Condition | None
    reason: str


class Answer(NamedTuple):
    """What a policy says of a form: the worst of what its conditions say, and all of them."""

    holds: Holds
    said: tuple[Said, ...]

    @property
    def worst(self) -> Said | None:
        """The first of those that decided; None when everything holds."""
        return next((one for one in self.said if one.holds is self.holds and one.holds is not Holds.YES), None)


# -- reading ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def parts_of(text: str) -> Template:
    """Text with placeholders as parts; `${filename}` stays text."""
    found: list[Part] = []
    at = 0
    for match in _PLACEHOLDER.finditer(text):
        if match[0] == FILENAME:
            continue
        if match.start() > at:
            found.append(Part(text[at : match.start()], False))
        found.append(Part(match[1], True))
        at = match.end()
    if at < len(text):
        found.append(Part(text[at:], False))
    return tuple(found)


def text_of(template: Template) -> str:
    """A template as people write it."""
    names = [f"{{{part.text}}}" if part.placeholder and part.text != FILENAME else part.text for part in template]
    return "".join(names)


def loads(text: str, name: str = "policy") -> FormPolicy:
    """The policy in a text of JSON or YAML. What is wrong with it is in `oddities`; nothing is raised."""
    troubles: list[yamltree.Trouble] = []
    root: Node | None = None
    try:
        root = yamltree.compose(text, troubles)
    except yamltree.Unreadable as error:
        troubles.append(error.trouble)
    if root is None or troubles:
        line, column, found, _ = troubles[0] if troubles else (1, 1, "nothing", None)
        return _nothing("unreadable", found, "a JSON document", Place(name, line, column))
    return parse(root, name)


def _nothing(code: str, found: str, expected: str, place: Place) -> FormPolicy:
    return FormPolicy("", None, (), (Oddity(code, found, expected, place, True),), place)


def parse(root: Node, file: str) -> FormPolicy:
    """The policy of a document's tree, with the place of each condition. What is wrong is in `oddities`."""
    place = Place(file, root.line, root.column)
    if root.kind != yamltree.MAPPING:
        return _nothing("no-mapping", "no mapping", "a mapping with `expiration` and `conditions`", place)
    odd: list[Oddity] = []

    def tell(node: Node, code: str, found: str, expected: str, fatal: bool = True) -> None:
        odd.append(Oddity(code, found, expected, Place(file, node.line, node.column), fatal))

    for key, _ in root.pairs():
        if key.value not in ("expiration", "conditions"):
            tell(key, "unknown-key", f"the key {_short(key.value)}", "`expiration` and `conditions`", False)
    expiration, expires = _expiration(root, tell)
    node = root.get("conditions")
    conditions: list[Condition] = []
    if node is None:
        tell(root, "no-conditions", "no `conditions`", "a list of conditions")
    elif node.kind != yamltree.SEQUENCE:
        tell(node, "conditions-form", "`conditions` that are no list", "a list of conditions")
    else:
        for item in node.value:
            conditions += _conditions(item, file, tell)
        missing = [name for name in mandatory() if name not in {one.name for one in conditions}]
        if missing and not any(one.fatal for one in odd):
            names = ", ".join([f"`{name}`" for name in missing])
            tell(node, "mandatory-missing", f"no condition on {names}", f"conditions on {names}", False)
    return FormPolicy(expiration, expires, tuple(conditions), tuple(odd), place)


def _expiration(root: Node, tell) -> tuple[str, int | None]:  # type: ignore[no-untyped-def]
    node = root.get("expiration")
    if node is None:
        tell(root, "no-expiration", "no `expiration`", _MOMENT_EXPECTED)
        return "", None
    if node.kind != yamltree.SCALAR:
        tell(node, "expiration-form", "an `expiration` that is no text", _MOMENT_EXPECTED)
        return "", None
    text: str = node.value
    if _PLACEHOLDER.search(text):
        return text, None
    moment = moment_of(text)
    if moment is None:
        tell(node, "expiration-form", f"the `expiration` {_short(text)}", _MOMENT_EXPECTED)
    return text, moment


def moment_of(text: str) -> int | None:
    """The seconds since 1970 of a moment such as `2026-12-31T12:00:00.000Z`; without a zone UTC. None: it is none."""
    match = _MOMENT.match(text)
    if match is None:
        return None
    import datetime

    zone = match[7]
    try:
        numbers = [int(number) for number in match.groups()[:6]]
        moment = datetime.datetime(*numbers, tzinfo=datetime.timezone.utc)  # type: ignore[arg-type,misc]  # noqa: UP017
        seconds = int(moment.timestamp())
    except (ValueError, OverflowError):
        return None
    if zone in (None, "Z"):
        return seconds
    digits = zone.replace(":", "")
    offset = int(digits[1:3]) * 3600 + int(digits[3:5]) * 60
    return seconds - offset if digits[0] == "+" else seconds + offset


def _conditions(item: Node, file: str, tell) -> list[Condition]:  # type: ignore[no-untyped-def]
    place = Place(file, item.line, item.column)
    if item.kind == yamltree.MAPPING:
        found = []
        for key, value in item.pairs():
            if value.kind != yamltree.SCALAR:
                tell(value, "condition-form", f"a value of {_short(key.value)} that is no text", _CONDITION_EXPECTED)
                continue
            found.append(Condition("eq", key.value, parts_of(value.value), 0, 0, place))
        if not found and not item.value:
            tell(item, "condition-form", "an empty condition", _CONDITION_EXPECTED)
        return found
    if item.kind != yamltree.SEQUENCE or any(one.kind != yamltree.SCALAR for one in item.value):
        tell(item, "condition-form", "a condition of another form", _CONDITION_EXPECTED)
        return []
    words = [one.value for one in item.value]
    operator = words[0].lower() if words else ""
    if operator not in OPERATORS:
        tell(item, "operator", f"the operator {_short(words[0]) if words else 'nothing'}", "one of `eq`, `starts-with` "
             "and `content-length-range`")  # fmt: skip
        return []
    if len(words) != 3:
        tell(item, "condition-form", f"a condition of {len(words)} parts", _CONDITION_EXPECTED)
        return []
    if operator == "content-length-range":
        return _range(item, words, place, tell)
    if not words[1].startswith("$") or len(words[1]) < 2:
        tell(item.value[1], "field", f"the field {_short(words[1])} without `$`", "a field such as `$key`")
        return []
    one = Condition(operator, words[1][1:], parts_of(words[2]), 0, 0, place)
    if operator == "starts-with" and one.name.startswith("x-cos-"):
        expected = "`eq`: conditions on `x-cos-…` are exact"
        tell(item, "prefix-of-header", f"`starts-with` on {_short(one.field)}", expected, False)
    return [one]


def _range(item: Node, words: list[str], place: Place, tell) -> list[Condition]:  # type: ignore[no-untyped-def]
    numbers = [int(word) if word.isascii() and word.isdigit() and len(word) <= 18 else None for word in words[1:]]
    least, most = numbers
    if least is None or most is None or least > most:
        tell(item, "range", "a range that is not two whole numbers in their order", "`[\"content-length-range\", 1, "
             "1048576]`, in bytes")  # fmt: skip
        return []
    return [Condition("content-length-range", "", (), least, most, place)]


def _short(text: str) -> str:
    from cosaudit.cos.names import quoted

    return quoted(text)


@cache
def mandatory() -> tuple[str, ...]:
    """The fields on which every policy has a condition. Source: cos.signature.form-mandatory."""
    return tuple(data.fact("cos.signature.form-mandatory").value)


# -- does a form meet it? --------------------------------------------------------------------------------------------


def begins(text: Template, prefix: Template) -> Holds:
    """Does every text of a template begin with the other one? NO: none does. A name is the same text in both."""
    return _compared(text, prefix, whole=False)


def equal(text: Template, other: Template) -> Holds:
    """Is every text of a template the other one? NO: none is."""
    return _compared(text, other, whole=True)


@lru_cache(maxsize=4096)  # the requests of one upload ask again and again
def _compared(text: Template, other: Template, whole: bool) -> Holds:
    mine, theirs = _flat(text), _flat(other)
    at = 0
    while at < len(mine) and at < len(theirs):
        one, two = mine[at], theirs[at]
        if one.placeholder or two.placeholder:
            if one != two:
                return Holds.UNKNOWN
        elif one.text != two.text:
            return Holds.NO
        at += 1
    left = theirs[at:] or (mine[at:] if whole else ())
    if not left:
        return Holds.YES
    # what a placeholder stands for may be nothing
    return Holds.NO if any(not part.placeholder for part in left) else Holds.UNKNOWN


def _flat(template: Template) -> tuple[Part, ...]:
    """One part for each character."""
    found: list[Part] = []
    for part in template:
        found += [part] if part.placeholder else [Part(char, False) for char in part.text]
    return tuple(found)


def evaluate(
    policy: FormPolicy,
    form: Mapping[str, str | Template | None],
    *,
    bucket: str | None = None,
    sizes: tuple[int, int | None] | None = None,
    filename: str | None = None,
    now: int | None = None,
) -> Answer:
    """What a policy says of a form: all it says must hold.

    Args:
        policy: without fatal oddities.
        form: field name → its value: text, text with placeholders, or None where the value is not known. What is not
            in it is not sent.
        bucket: the bucket that the form is sent to; None: not known.
        sizes: the smallest and the largest file that is sent; the second None where nothing says how large.
        filename: what COS puts for `${filename}` in the key; None: not known.
        now: seconds since 1970, when COS looks at it; None: not known, and then nothing is said of the expiration.

    Source: cos.signature.form-policy, .form-conditions, .form-mandatory.
    """
    fields = {name.lower(): value for name, value in form.items()}
    if isinstance(fields.get("key"), str):
        fields["key"] = _filled(str(fields["key"]), filename)
    said: list[Said] = []
    for one in policy.oddities:
        if one.code == "mandatory-missing":
            said.append(Said(Holds.NO, None, f"the policy has {one.found}"))
    if not policy.conditions:
        said.append(Said(Holds.NO, None, "the policy has no conditions"))
    if now is not None and policy.expires is not None and now > policy.expires:
        said.append(Said(Holds.NO, None, f"the policy expired at {policy.expiration}"))
    said += [_said(one, fields, bucket, sizes) for one in policy.conditions]
    holds = [one.holds for one in said]
    worst = Holds.NO if Holds.NO in holds else Holds.UNKNOWN if Holds.UNKNOWN in holds else Holds.YES
    return Answer(worst, tuple(said))


def _filled(key: str, filename: str | None) -> Template:
    """A form's key once COS has put the file's name into it."""
    if filename is not None:
        return (Part(key.replace(FILENAME, filename), False),)
    found: list[Part] = []
    for number, piece in enumerate(key.split(FILENAME)):
        found += [Part(FILENAME, True)] if number else []
        found += [Part(piece, False)] if piece else []
    return tuple(found)


def _said(
    one: Condition,
    fields: Mapping[str, str | Template | None],
    bucket: str | None,
    sizes: tuple[int, int | None] | None,
) -> Said:
    if one.operator == "content-length-range":
        return _of_size(one, sizes)
    name, wanted = one.name, text_of(one.value)
    if name == "bucket":
        value: str | Template | None = bucket
    else:
        # the condition has another name than the field that holds the time
        sent = name if name in fields or name != "q-sign-time" else "q-key-time"
        if sent not in fields:
            return Said(Holds.NO, one, f"the form has no field `{one.field}`, on which the policy has a condition")
        value = fields[sent]
    verb = "is" if one.operator == "eq" else "begins with"
    if name == "key" and FILENAME in wanted:
        said = f"the policy wants {_wants(one)}, and COS puts the file's name in before it looks: use starts-with"
        return Said(Holds.NO, one, said)
    if value is None:
        return Said(Holds.UNKNOWN, one, f"whether `{one.field}` {verb} `{wanted}` is not known")
    given = (Part(value, False),) if isinstance(value, str) else value
    holds = equal(given, one.value) if one.operator == "eq" else begins(given, one.value)
    if one.operator == "starts-with" and name.startswith("x-cos-") and holds is Holds.YES and given != one.value:
        holds = Holds.UNKNOWN  # such conditions are documented as exact ones
    shown = text_of(given)
    if holds is Holds.NO:
        return Said(holds, one, f"`{one.field}` is `{shown}`, and the policy wants {_wants(one)}")
    sure = "" if holds is Holds.YES else "whether "
    return Said(holds, one, f"{sure}`{one.field}` `{shown}` {verb} `{wanted}`" + (" is not known" if sure else ""))


def _wants(one: Condition) -> str:
    return f"`{text_of(one.value)}`" if one.operator == "eq" else f"what begins with `{text_of(one.value)}`"


def _of_size(one: Condition, sizes: tuple[int, int | None] | None) -> Said:
    wanted = f"{one.least} to {one.most} bytes"
    if sizes is None:
        return Said(Holds.UNKNOWN, one, f"whether the file has {wanted} is not known")
    least, most = sizes
    if least >= one.least and most is not None and most <= one.most:
        return Said(Holds.YES, one, f"the file has {wanted}")
    if least > one.most or (most is not None and most < one.least):
        return Said(Holds.NO, one, f"the policy takes files of {wanted}")
    return Said(Holds.UNKNOWN, one, f"the policy takes files of {wanted}, and they may have others")


# -- what it leaves free ---------------------------------------------------------------------------------------------

#: Form fields about which people ask, by the word for what is left free.
FIELDS = {
    "key": "key",
    "type": "content-type",
    "acl": "acl",
    "storage class": "x-cos-storage-class",
    "redirect": "success_action_redirect",
    "bucket": "bucket",
}


class Left(NamedTuple):
    """What a policy leaves to whoever sends the form. `kind`: `fixed`, `prefix`, `free`, or `nothing` can be sent."""

    kind: str
    value: Template = ()


class Freedom(NamedTuple):
    """What a policy leaves free: word of `FIELDS` → what is left; and the sizes, `most` None without a bound."""

    fields: Mapping[str, Left]
    least: int
    most: int | None


def left_free(policy: FormPolicy) -> Freedom:
    """What the conditions of a policy leave to whoever sends the form."""
    ranges = [one for one in policy.conditions if one.operator == "content-length-range"]
    return Freedom(
        {word: _left(policy.on(name)) for word, name in FIELDS.items()},
        max([one.least for one in ranges], default=0),
        min([one.most for one in ranges], default=None),
    )


def _left(conditions: tuple[Condition, ...]) -> Left:
    """All of them must hold: one exact value, or what begins with the longest prefix."""
    exact = [one.value for one in conditions if one.operator == "eq"]
    prefixes = [one.value for one in conditions if one.operator == "starts-with"]
    prefixes.sort(key=lambda one: len(_flat(one)))
    if exact:
        others = [equal(one, exact[0]) for one in exact[1:]] + [begins(exact[0], one) for one in prefixes]
        return Left("nothing") if Holds.NO in others else Left("fixed", exact[0])
    if not prefixes or not prefixes[-1]:
        return Left("free")
    longest = prefixes[-1]
    if any(begins(longest, one) is Holds.NO for one in prefixes):
        return Left("nothing")
    return Left("prefix", longest)

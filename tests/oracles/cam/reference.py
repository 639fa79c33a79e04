"""What a CAM policy says of one request: the language written down once more, as small and as naive as we can.

The tests hold the engine against it. It works on the plain JSON document, shares no code with the package, recurses,
tries every reading, and where a value is not known it tries values. Each rule names its page on cloud.tencent.com
(598/… CAM, 436/… COS); a rule marked "ours" is our reading of something that no page settles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from ipaddress import ip_address, ip_network
from itertools import pairwise
from typing import Any

#: Kleene's three values as numbers: "and" is min, "or" is max, "not" is 2 - x.
FALSE, MAYBE, TRUE = 0, 1, 2

#: A key's values, "absent", "present" (value unknown), "unknown", or ("span", lo, hi): a number; hi None: no bound.
Known = Sequence[str] | str | tuple[str, float, float | None]

# Characters of patterns beside `*`; no text of a test holds one.
ATOM = "\ue000"  # a placeholder: one or more characters
STAR = "\ue001"  # a star that stands for itself
JOINT = "\ue002"  # the two slashes that part appid, bucket and path in the legacy form of a concrete path
INNER = "\ue003"  # a slash inside the appid or the bucket of a concrete path


def decide(
    document: Mapping[str, Any], action: str, resource: str, context: Mapping[str, Known], default: Known = "unknown"
) -> str:
    """`allow`, `deny`, `implicit-deny` or `unknown`; the policy is valid; keys that `context` lacks have `default`."""
    return verdict(outcomes(document, action, resource, context, default))


def verdict(found: list[tuple[str, int]]) -> str:
    """The decision that the outcomes of the statements make."""
    denies, allows = ([outcome for effect, outcome in found if effect == one] for one in ("deny", "allow"))
    if TRUE in denies:  # an explicit deny beats any allow (598/10605)
        return "deny"
    if max(allows, default=FALSE) == FALSE:  # everything is denied unless allowed (598/10605)
        return "implicit-deny"
    if MAYBE in denies:
        return "unknown"
    return "allow" if TRUE in allows else "unknown"


def outcomes(
    document: Mapping[str, Any], action: str, resource: str, context: Mapping[str, Known], default: Known
) -> list[tuple[str, int]]:
    """Each statement's effect and whether it applies; their order means nothing (598/10604)."""
    return [
        (element(one, "effect").lower(), statement_matches(one, action, resource, context, default))
        for one in as_list(element(document, "statement"))
    ]


def statement_matches(
    statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, Known], default: Known
) -> int:
    """A statement applies when an action, a resource and all its conditions do (598/10603)."""
    actions = [action_matches(one, action) for one in as_list(element(statement, "action"))]
    resources = [resource_matches(one, resource) for one in as_list(element(statement, "resource"))]
    conditions = [  # several operators and several keys: AND (598/10608)
        condition_holds(operator, as_list(values), context.get(key, default))
        for operator, keys in (element(statement, "condition") or {}).items()
        for key, values in keys.items()
    ]
    return min(max(actions, default=FALSE), max(resources, default=FALSE), *conditions, TRUE)


def element(mapping: Mapping[str, Any], name: str) -> Any:
    """Element names: all lower-case, or with a capital first letter (598/10603, 436/45235)."""
    return mapping[name] if name in mapping else mapping.get(name.capitalize())


def as_list(value: Any) -> list[Any]:
    """One value may stand without its list (598/10604)."""
    return value if isinstance(value, list) else [value]


def glob(pattern: str, text: str) -> bool:
    """Does a pattern match all of a text? `*`: any characters, `/` and `:` too (436/40265); `?` is no wildcard."""
    if not pattern:
        return not text
    head, rest = pattern[0], pattern[1:]
    if head == "*":
        return any(glob(rest, text[i:]) for i in range(len(text) + 1))
    if head == ATOM:
        return any(glob(rest, text[i:]) for i in range(1, len(text) + 1) if JOINT not in text[:i])
    same = {STAR: "*", "/": "/" + JOINT}.get(head, head)
    return text[:1] != "" and text[0] in same and glob(rest, text[1:])


def matches(pattern: str, text: str) -> int:
    """A placeholder stands for something that is not known: a match that needs it is a MAYBE (ours)."""
    if not glob(pattern, text):
        return FALSE
    return MAYBE if ATOM in pattern else TRUE


def with_atoms(text: str) -> str:
    """`{openid}` and `${openid}` become symbols (ours: they are filled in before the policy is used)."""
    return re.sub(r"\$?\{[A-Za-z_][A-Za-z0-9_-]*\}", ATOM, text)


def has_variable(text: str) -> bool:
    """CAM's own variables (598/10607)."""
    return any(name in text for name in ("${uin}", "${owner_uin}", "${app_id}"))


def action_matches(pattern: str, action: str) -> int:
    """`name/cos:PutObject` = `cos:PutObject`, letter case counts (436/31923), `*` anywhere (598/10604)."""
    pattern, action = pattern.removeprefix("name/"), action.removeprefix("name/")
    if pattern.startswith(("permid/", "actionName/")):  # feature sets: what they hold is not known (436/18023)
        return MAYBE
    return TRUE if glob(pattern, action) else FALSE


def resource_matches(pattern: str, resource: str) -> int:
    """Six segments, `qcs:project:service:region:account:path` (598/10606); `*` alone is everything (436/31923)."""
    if pattern == "*":
        return TRUE
    wanted, given = pattern.split(":", 5), resource.split(":", 5)
    if len(wanted) != 6 or len(given) != 6 or wanted[0] != "qcs" or given[0] != "qcs":
        return FALSE
    if wanted[1] not in ("", "*") or given[1] != "":  # the project must be empty (598/10606)
        return FALSE
    # An empty service or region is every one; an empty account is the own one: the resource's (598/10606).
    if not all(glob(one or "*", other) for one, other in zip(wanted[2:5], given[2:5], strict=True)):
        return FALSE
    return path_matches(wanted[5], given[5])


def path_matches(pattern: str, path: str) -> int:
    """The last segment: `<bucket>-<appid>/<key>` or the legacy `prefix//<appid>/<bucket>/<key>` (598/10606)."""
    if has_variable(pattern):  # CAM's variables cannot be used in COS paths (598/10607)
        return FALSE
    pattern = with_atoms(pattern)
    legacy = re.fullmatch(r"prefix//([^/]*)/([^/]*)/(.*)", path, re.DOTALL)
    if legacy:  # a concrete path in the legacy form: the same object
        path = f"{legacy[2]}-{legacy[1]}/{legacy[3]}"
    if not pattern.startswith("prefix//"):
        return matches(pattern, path)
    pattern = pattern.removeprefix("prefix//")
    if set(pattern) == {"*"}:  # every bucket of every appid
        return TRUE
    if "*" not in pattern and pattern.count("/") < 2:  # not the legacy form, so an ordinary text
        return matches("prefix//" + pattern, path)
    return max([matches(pattern, old) for old in legacy_forms(path)], default=FALSE)


def legacy_forms(path: str) -> list[str]:
    """`b-1/k` as `1/b/k`, for each hyphen and each slash behind it: nothing says where an appid begins."""
    found = []
    for hyphen in range(len(path)):
        for slash in range(hyphen, len(path)):
            if path[hyphen] == "-" and path[slash] == "/":
                bucket, appid = path[:hyphen].replace("/", INNER), path[hyphen + 1 : slash].replace("/", INNER)
                found.append(appid + JOINT + bucket + JOINT + path[slash + 1 :])
    return found


# The operators (598/10608, 598/58420, 436/71306).
OPERATOR = re.compile(
    r"(?:for_(any|all)_value:)?"
    r"(string_equal(?:_ignore_case)?|string_not_equal(?:_ignore_case)?|string_like|ip_equal|ip_not_equal|bool_equal"
    r"|binary_equal|(?:numeric|date)_(?:equal|not_equal|(?:less|greater)_than(?:_equal)?))"
    r"(_if_exist)?"
)


def condition_holds(written: str, values: list[Any], known: Known) -> int:
    """One operator on one key: the same outcome in every world that fits what is known, or MAYBE."""
    texts = [as_text(value) for value in values]
    if written == "null_equal":  # is the key absent? takes neither prefix nor suffix (598/58420)
        worlds = {"absent": [True], "unknown": [True, False]}.get(known if isinstance(known, str) else "", [False])
        return agreed([max(null_equal(text, absent) for text in texts) for absent in worlds])
    parts = OPERATOR.fullmatch(written)
    if parts is None:  # what the service does with an unknown operator is not known
        return MAYBE
    quantifier, operator, if_exist = parts.groups()
    # An absent key: plain operators are false, also the negated ones; `_if_exist` is true (436/71306).
    outcomes = [TRUE if if_exist else FALSE] if known in ("absent", "unknown") else []
    outcomes += [values_hold(operator, quantifier, texts, given) for given in possible(known, texts)]
    return agreed(outcomes)


def possible(known: Known, texts: list[str]) -> list[list[str]]:
    """Values that a key may have: enough of them to show both outcomes wherever both can be.

    Any value: each value of the policy (without stars, without mask), an empty and a strange text, each type's
    extremes. A span: its ends, each number of the policy in it, and points between all of these.
    """
    if known in ("present", "unknown"):
        extremes = ["-1000000000000", "1000000000000", "0001-01-02", "9999-12-30", "198.51.100.77", "100::77"]
        return [[one] for one in ("", "\u2603", "true", "false", *extremes)] + [
            [one] for text in texts for one in (text, text.replace("*", ""), text.split("/")[0])
        ]
    if isinstance(known, tuple) and known[0] == "span":
        least, numbers = Decimal(str(known[1])), [one for one in map(as_number, texts) if one is not None]
        most = Decimal(str(known[2])) if known[2] is not None else max([least, *numbers]) + 1
        points = sorted({least, most, *[one for one in numbers if least <= one <= most]})
        points += [(one + other) / 2 for one, other in pairwise(points)]
        return [[f"{one:f}"] for one in points]
    return [] if known == "absent" else [list(known)]  # type: ignore[arg-type]


def values_hold(operator: str, quantifier: str | None, texts: list[str], given: list[str]) -> int:
    """All values of the policy against all values of the request."""
    outcomes = []
    for one in given:
        each = [value_holds(operator, text, one) for text in texts]
        # Several values of one key: OR (598/10608). For negated operators AND is what people mean: both (ours).
        outcomes.append(agreed([max(each), min(each)]) if "_not_" in operator else max(each))
    if quantifier is None:  # no page says what several values of the request mean without a prefix (ours)
        return agreed([max(outcomes), min(outcomes)])
    return max(outcomes) if quantifier == "any" else min(outcomes)


def value_holds(operator: str, text: str, given: str) -> int:
    """One value of the policy against one value of the request."""
    if has_variable(text):  # filled in by CAM (598/10607)
        return MAYBE
    kind, _, relation = operator.partition("_")
    if relation.endswith("ignore_case"):
        text, given, relation = text.lower(), given.lower(), relation.removesuffix("_ignore_case")
    if kind in ("string", "binary"):
        if relation == "like":
            return like(with_atoms(text), given)
        same = matches(with_atoms(text.replace("*", STAR)), given)
        return 2 - same if relation == "not_equal" else same
    read = {"numeric": as_number, "date": as_date, "bool": as_bool, "ip": as_network}[kind]
    wanted, had = read(text), tried(ip_address, given) if kind == "ip" else read(given)
    if wanted is None or had is None:  # a policy's value of another type: not documented; a request's: false (ours)
        return MAYBE if wanted is None else FALSE
    if kind == "ip":
        return TRUE if (had in wanted) == (relation == "equal") else FALSE
    return TRUE if {
        "equal": had == wanted,
        "not_equal": had != wanted,
        "less_than": had < wanted,
        "less_than_equal": had <= wanted,
        "greater_than": had > wanted,
        "greater_than_equal": had >= wanted,
    }[relation] else FALSE  # fmt: skip


def like(pattern: str, given: str) -> int:
    """`*` at the front or back only (436/71306); one in the middle: as a wildcard and as itself, both (ours)."""
    body = pattern.strip("*")
    front, back = "*" if pattern[:1] == "*" else "", "*" if pattern[-1:] == "*" else ""
    return agreed([matches(pattern, given), matches(front + body.replace("*", STAR) + back, given)])


def null_equal(text: str, absent: bool) -> int:
    """`true`: the key is absent; `false`: it is present (598/58420)."""
    return {None: MAYBE, absent: TRUE}.get(as_bool(text), FALSE)


def agreed(outcomes: list[int]) -> int:
    """The outcome that all readings have, or MAYBE."""
    return outcomes[0] if len(set(outcomes)) == 1 else MAYBE


def as_text(value: Any) -> str:
    """A value of a condition: a string or a number (598/10604); a JSON boolean is read as its word (ours)."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_number(text: str) -> Any:
    """A number as JSON writes it."""
    return Decimal(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text) else None


def as_date(text: str) -> Any:
    """ISO 8601; UTC when it names no zone (598/10608)."""
    date = None if " " in text else tried(datetime.fromisoformat, text)
    return date.replace(tzinfo=UTC) if date and date.tzinfo is None else date


def as_bool(text: str) -> Any:
    """`true` or `false`, in any case."""
    return {"true": True, "false": False}.get(text.lower())


def as_network(text: str) -> Any:
    """CIDR or a single address; the pages write host bits, `10.217.182.3/24` (598/10608)."""
    return tried(partial(ip_network, strict=False), text) if re.fullmatch(r"[^/]+(/[0-9]+)?", text) else None


def tried(read: Callable[[str], Any], text: str) -> Any:
    """What a reader makes of a text; None when it refuses it."""
    try:
        return read(text)
    except ValueError:
        return None

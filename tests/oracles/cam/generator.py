"""Random policies and requests that meet each other often, for the tests of the CAM engine.

Everything is drawn through one function, `pick`, that chooses from a sequence: `random.Random.choice` makes a million
cases in minutes, hypothesis (`strategy`) makes fewer, shrinks them and keeps those that failed. Earlier items of a
sequence are the simpler ones; an item that stands twice comes twice as often.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Pick:
    """Chooses from a sequence; `choose` gives an index below the length that it is called with."""

    def __init__(self, choose: Callable[[int], int]) -> None:
        self.choose = choose

    def __call__(self, options: Sequence[T]) -> T:
        return options[self.choose(len(options))]

    def once_in(self, n: int) -> bool:
        """True once in n times."""
        return self.choose(n) == n - 1


class Request(NamedTuple):
    """What is asked of a policy. `context` and `default` are in the reference's form."""

    action: str
    resource: str
    context: dict[str, Any]
    default: str


# Words: few, short and alike, so that patterns and texts meet.

SERVICES = ("cos", "cos", "cos", "cos", "ci")
NAMES = ("PutObject", "PutObject", "GetObject", "PutObjectACL", "GetBucket", "PostObject", "Put", "putObject")
ACTION_FORMS = (
    "name/cos:PutObject", "cos:PutObject", "name/cos:*", "*", "cos:Put*", "cos:*Object", "cos:*Object*", "name/*",
    "name/cos:GetObject", "*:*", "*:PutObject", "c*", "cos:P*t", "cos:P*O*t", "ci:*", "c*:Put*", "*Object", "cos*ACL",
    "cos:Put?bject", "cos:putobject", "cos: PutObject", "cos", "NAME/cos:PutObject", "permid/1", "actionName/x",
)  # fmt: skip

REGIONS = ("ap-a", "ap-a", "ap-b", "")
ACCOUNTS = ("uid/1", "uid/1", "uid/2", "uin/1", "")
SERVICE_FORMS = ("cos", "cos", "cos", "cos", "cos", "", "*", "c*", "ci")
REGION_FORMS = ("ap-a", "ap-a", "ap-a", "", "*", "ap-*", "*-a", "a*b", "ap-b")
ACCOUNT_FORMS = ("uid/1", "uid/1", "uid/1", "", "*", "uid/*", "u*/1", "uid/2", "uin/1")

BUCKETS = ("b-1", "b-1", "bb-1", "b-c-1", "b-2")
SHORT = ("b", "b", "bb", "b-c")
KEYS = ("a/b", "a", "a/bb", "ab", "a/", "a/b/a.jpg", "", "/a", "a-b/a", "a:b", "A", "a?b", "文件夹/b", "b-1/a")
FILLERS = ("a", "", "b", "a/b", "1", "b-1/", "b-1/a/b", "/", ":", "*")
PLACEHOLDERS = ("{openid}", "${openid}", "{file-name}", "{openid}", "${uin}")

# Conditions: which values a key has, and which operators mostly ask for it.

TEXTS = ("image/png", "ab", "Image/PNG", "image/jpeg", "image/", "a", "", "a*b", "image/*")
TEXT_FORMS = ("image/png", "image/*", "a*b", "*/png", "*", "a", "*a*", "image/jpeg", "", "${uin}", "**")
NUMBERS = ("5", "10", "0", "11", "10.0", "7.5", "-1", "ten", "", "1e1")
NUMBER_FORMS: tuple[Any, ...] = (10, 5, "10", 7.5, "5.0", 0, "-1", "ten", "", "{size}", True)
DATES = (
    "2024-05-01T00:00:00Z",
    "2024-05-01",
    "2024-05-01T08:00:00+08:00",
    "2024-04-30T23:59:59Z",
    "2025-01-01",
    "x",
    "2024-05-01 00:00",
)
ADDRESSES = ("10.0.0.1", "10.0.0.77", "10.0.1.1", "::1", "2001:db8::1", "10.0.0", "", "10.0.0.1/32")
ADDRESS_FORMS = (
    "10.0.0.0/24",
    "10.0.0.1",
    "10.0.0.9/24",
    "0.0.0.0/0",
    "::/0",
    "2001:db8::/32",
    "10.*.*.10/24",
    "::1",
    "10.0.0.1/255.0.0.0",
)
BOOLS = ("true", "false", "True", "yes")
BOOL_FORMS: tuple[Any, ...] = ("true", "false", True, False, "TRUE", "yes")

#: key → (operators, values of the policy, values of the request)
KINDS: dict[str, tuple[Sequence[str], Sequence[Any], Sequence[str]]] = {
    "cos:content-type": (
        ("string_equal", "string_like", "string_not_equal", "string_equal_ignore_case",
         "string_not_equal_ignore_case", "binary_equal"),
        TEXT_FORMS, TEXTS,
    ),
    "cos:content-length": (
        ("numeric_less_than_equal", "numeric_equal", "numeric_less_than", "numeric_greater_than",
         "numeric_greater_than_equal", "numeric_not_equal"),
        NUMBER_FORMS, NUMBERS,
    ),
    "qcs:current_time": (
        ("date_less_than", "date_equal", "date_not_equal", "date_less_than_equal", "date_greater_than",
         "date_greater_than_equal"),
        DATES, DATES,
    ),
    "qcs:ip": (("ip_equal", "ip_not_equal"), ADDRESS_FORMS, ADDRESSES),
    "cos:secure-transport": (("bool_equal",), BOOL_FORMS, BOOLS),
    "cos:no-such-key": (("string_like", "numeric_equal", "string_equal"), TEXT_FORMS, TEXTS),
}  # fmt: skip
KEYS_ASKED = tuple(KINDS)
UNKNOWN_OPERATORS = (
    "StringEquals", "ForAllValues:StringEquals", "string_not_like", "String_equal", "numeric_equals", "Bool",
    "string_equal_if_exists", "for_each_value:string_equal",
)  # fmt: skip


def policy(pick: Pick, capitals: bool = True) -> dict[str, Any]:
    """A policy as a JSON document; its element names are capitalised at times, unless `capitals` is false."""
    capital = capitals and pick.once_in(4)
    document: dict[str, Any] = {spelled("version", capital): "2.0"}
    if pick.once_in(12):
        document[spelled("principal", capital)] = {"qcs": pick(("*", ["qcs::cam::anyone:anyone"]))}
    statements: list[dict[str, Any]] = []
    for _ in range(pick((2, 3, 1, 2, 4))):
        made = statement(pick, capital)
        for name in ("action", "resource"):  # real policies say several things of the same objects
            if statements and pick.once_in(2):
                made[spelled(name, capital)] = pick(statements)[spelled(name, capital)]
        statements.append(made)
    document[spelled("statement", capital)] = statements
    return document


def statement(pick: Pick, capital: bool = False, effect: str | None = None) -> dict[str, Any]:
    """One statement."""
    if effect is None:
        effect = pick(("allow", "deny", "allow", "deny", "allow"))
    parts: list[tuple[str, Any]] = [
        ("effect", effect.capitalize() if capital else effect),
        ("action", some(pick, action_form)),
        ("resource", some(pick, resource_form)),
    ]
    operators = pick((0, 0, 1, 1, 1, 2))
    if operators or pick.once_in(6):
        parts.append(("condition", dict([condition(pick) for _ in range(operators)])))
    if pick.once_in(3):
        parts.reverse()
    return {spelled(name, capital): value for name, value in parts}


def spelled(name: str, capital: bool) -> str:
    """An element's name in one of its two spellings."""
    return name.capitalize() if capital else name


def some(pick: Pick, make: Callable[[Pick], T]) -> T | list[T]:
    """One value bare, or a list of one to three."""
    if pick.once_in(3):
        return make(pick)
    return [make(pick) for _ in range(pick((1, 1, 2, 3)))]


def action_form(pick: Pick) -> str:
    """An element of `action`."""
    return pick(ACTION_FORMS[: pick((4, 9, 15, len(ACTION_FORMS)))])


def path(pick: Pick) -> str:
    """A concrete path, in the modern form mostly."""
    key = pick(KEYS[: pick((3, 6, len(KEYS)))])
    form = pick(("modern", "modern", "modern", "legacy", "other"))
    if form == "modern":
        return f"{pick(BUCKETS)}/{key}"
    if form == "legacy":
        return f"prefix//{pick('112')}/{pick(SHORT)}/{key}"
    return pick(
        (
            "b-1",
            key,
            f"bucket/b-1/{key}",
            f"prefix/b/{key}",
            f"b/b-1/{key}",
            "prefix//1/b",
            f"b-1.cos.ap-a.myqcloud.com/{key}",
        )
    )


def path_form(pick: Pick) -> str:
    """A path with wildcards at the front, in the middle or at the end, or with placeholders."""
    text = path(pick)
    change = pick(("end", "end", "none", "cut", "middle", "front", "all", "twice", "placeholder", "placeholder *"))
    head = text.find("/", len("prefix//1/b") if text.startswith("prefix//") else 0) + 1  # where the key begins
    if change == "end":
        return text + "*"
    if change == "cut":
        return text[: pick(range(head, len(text) + 1))] + "*"
    if change == "front":
        return "*" + text[pick(range(len(text) + 1)) :]
    if change == "all":
        return pick(("*", "prefix//*", "prefix//1/*", "prefix//1/b/*", "*/a", "**", "prefix//1*/b/*", "prefix//*/b/a"))
    for _ in range({"middle": 1, "twice": 2}.get(change, 0)):
        # not in the first characters: a `*` inside `prefix//` only makes another literal text
        least = len("prefix//") if text.startswith("prefix//") else 0
        start = pick(range(least, len(text) + 1))
        text = text[:start] + "*" + text[min(start + pick((0, 1, 2, 3)), len(text)) :]
    if change.startswith("placeholder"):
        text = text[:head] + pick(("", "a/", "u-")) + pick(PLACEHOLDERS) + pick(("/a", "", "/b"))
        text += "*" if change.endswith("*") else ""
    return text


def resource_form(pick: Pick) -> str:
    """An element of `resource`."""
    if pick.once_in(8):
        return "*"
    if pick.once_in(25):  # wrong forms
        return pick((
            "qcs::cos:ap-a:b-1/a", "qcs:p:cos:ap-a:uid/1:b-1/*", "qc::cos:ap-a:uid/1:*", "b-1/*", "qcs:*:cos:::*",
            "qcs: : cos: ap-a: uid/1: b-1/*", "**",
        ))  # fmt: skip
    service, region = pick(SERVICE_FORMS), pick(REGION_FORMS)
    return f"qcs::{service}:{region}:{pick(ACCOUNT_FORMS)}:{path_form(pick)}"


def condition(pick: Pick) -> tuple[str, dict[str, Any]]:
    """An operator with its keys."""
    key = pick(KEYS_ASKED)
    operators, forms, _ = KINDS[key]
    operator = pick(operators)
    special = pick(("", "", "", "", "", "", "null", "unknown"))
    if special == "unknown":
        operator = pick(UNKNOWN_OPERATORS)
    elif special == "null":
        operator, forms = "null_equal", ("true", "false", True, False, "maybe")
    else:
        operator = pick(("", "", "", "for_any_value:", "for_all_value:")) + operator + pick(("", "", "_if_exist"))
    keys = {key: values(pick, forms)}
    if pick.once_in(6):  # a second key; the numeric one stands under numeric operators only, as in the requests
        keys[pick([one for one in KEYS_ASKED if one != "cos:content-length"])] = values(pick, forms)
    return operator, keys


def values(pick: Pick, forms: Sequence[Any]) -> Any:
    """Values of a condition: bare, or one to three in a list."""
    few = forms[: pick((3, len(forms)))]
    if pick.once_in(2):
        return pick(few)
    return [pick(few) for _ in range(pick((1, 2, 3)))]


def request(pick: Pick, document: dict[str, Any]) -> Request:
    """A request, mostly aimed at one of the policy's statements."""
    statements = document.get("statement") or document["Statement"]
    aimed = pick(statements)
    forms = aimed.get("resource") or aimed["Resource"]
    actions = aimed.get("action") or aimed["Action"]
    resource = concrete(pick, pick([forms] if isinstance(forms, str) else forms)) if not pick.once_in(7) else ""
    action = named(pick, pick([actions] if isinstance(actions, str) else actions)) if not pick.once_in(7) else ""
    context: dict[str, Any] = {}
    for key in KEYS_ASKED:
        known = pick(("value", "value", "value", "value", "value", "value", "values", "known", "known", "default"))
        _, _, given = KINDS[key]
        if known == "known":
            context[key] = pick(("absent", "unknown", "present"))
        elif known != "default":
            few = given[: pick((3, len(given)))]
            context[key] = [pick(few) for _ in range(1 if known == "value" else 2)]
            if key == "cos:content-length" and pick.once_in(4):
                context[key] = pick((
                    ("span", 0, 10), ("span", 5, 5), ("span", 11, None), ("span", 6, 9), ("span", 1, None),
                    ("span", 0, 4),
                ))  # fmt: skip
    return Request(
        action or f"{pick(('name/', ''))}{pick(SERVICES)}:{pick(NAMES)}",
        resource or any_resource(pick),
        context,
        pick(("absent", "unknown", "absent", "unknown", "present")),
    )


def any_resource(pick: Pick) -> str:
    """A concrete resource."""
    return f"qcs::{pick(SERVICES)}:{pick(REGIONS)}:{pick(ACCOUNTS)}:{path(pick)}"


def concrete(pick: Pick, form: str) -> str:
    """A resource that a pattern may match: its wildcards and placeholders are filled."""
    parts = form.split(":", 5)
    if len(parts) != 6 or parts[0] != "qcs" or parts[1]:
        return any_resource(pick)
    for place, words in ((2, SERVICES), (3, REGIONS), (4, ACCOUNTS)):
        parts[place] = pick(words) if "*" in parts[place] or not parts[place] else parts[place]
    text = re.sub(r"\$?\{[^}]*\}", lambda _: pick(("u1", "u", "")), parts[5])
    text = re.sub(r"\*", lambda _: pick(FILLERS), text)
    if pick.once_in(12):
        text = text + "x"
    parts[5] = text
    return ":".join(parts)


def named(pick: Pick, form: str) -> str:
    """An action that a pattern may match."""
    text = form.removeprefix("name/")
    text = re.sub(r"\*", lambda _: pick(("", "Object", "Put", "X")), text)
    if re.fullmatch(r"[A-Za-z0-9_-]+:[A-Za-z0-9_-]+", text):
        return pick(("name/", "")) + text
    return ""


# Small policies: what two of them allow can be compared request by request.

SMALL_ACTIONS = ("*", "cos:*", "name/cos:P", "cos:P*", "cos:*P", "x:P", "*:P", "cos:G", "c*")
SMALL_PIECES = ("a", "b", "/", "*", "*")
SMALL_ACCOUNTS = ("uid/1", "uid/1", "uid/1", "uid/1", "uid/1", "*", "*", "uid/*", "uid/*", "")
SMALL_LEGACY = ("prefix//1/a/*", "prefix//1/a*", "prefix//*", "prefix//1/*", "prefix//*/a/*", "prefix//1/a/b", "a-1/*")


SMALL_CONDITIONS = (
    {"string_equal": {"k": "1"}},
    {"string_equal": {"k": "2"}},
    {"string_not_equal_if_exist": {"k": "1"}},
    {"null_equal": {"k": "true"}},
)


def small_policy(pick: Pick, conditions: bool = False) -> dict[str, Any]:
    """A policy of one to three statements on short paths, with conditions at times where they are asked for."""
    statements = []
    for number in range(pick((1, 2, 3))):
        one: dict[str, Any] = {
            "effect": pick(("allow", "allow", "deny")) if number else "allow",
            "action": [pick(SMALL_ACTIONS) for _ in range(pick((1, 1, 2)))],
            "resource": [small_resource(pick) for _ in range(pick((1, 2, 3)))],
        }
        if conditions and pick.once_in(2):
            one["condition"] = pick(SMALL_CONDITIONS)
        statements.append(one)
    return {"version": "2.0", "statement": statements}


def small_resource(pick: Pick) -> str:
    """A resource with a short path; the first segments are told apart at times."""
    if pick.once_in(10):
        return "*"
    text = pick(SMALL_LEGACY) if pick.once_in(4) else "".join([pick(SMALL_PIECES) for _ in range(pick((1, 2, 3, 0)))])
    service, region = pick(("cos", "cos", "cos", "*", "", "c*")), pick(("r", "r", "*", ""))
    return f"qcs::{service}:{region}:{pick(SMALL_ACCOUNTS)}:{text}"


@functools.cache
def index(n: int) -> st.SearchStrategy[int]:
    """An index below n."""
    return st.integers(0, n - 1)


@st.composite
def meetings(draw: st.DrawFn, requests: int = 5) -> tuple[dict[str, Any], list[Request]]:
    """A policy and several requests."""
    pick = Pick(lambda n: draw(index(n)))
    document = policy(pick)
    return document, [request(pick, document) for _ in range(requests)]

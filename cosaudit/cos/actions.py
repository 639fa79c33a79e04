"""The catalogue of actions: which call is which action, what its holder gains, and the action of METHOD and URL.

The catalogue is `data/actions.yaml`; it is read when first asked for (some 7 ms), and kept.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit import data
from cosaudit.cos import hosts, regions
from cosaudit.cos.names import parsed, quoted
from cosaudit.model import Form

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What the holder of a key gains by an action, worst first; `settings` reads configuration, `uploads` sees or ends
#: unfinished ones, `none` gains nothing.
CAPABILITIES = ("rights", "configure", "delete", "overwrite", "read", "list", "settings", "uploads", "none")

#: The resource of actions that no single resource can be named for.
EVERYTHING = "*"

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT")
_EXAMPLE = "a URL such as `https://media-1250000000.cos.ap-guangzhou.myqcloud.com/avatars/1.jpg`"
_GIVE = "`--action` and `--resource`, which name both"

#: Forms of hosts that the calls of the storage API go to.
_STORAGE = frozenset(
    (
        Form.BUCKET,
        Form.REGIONAL,
        Form.LEGACY,
        Form.LEGACY_REGIONAL,
        Form.ACCELERATE,
        Form.BACKUP,
        Form.INTERNAL,
        Form.INTERNAL_ACCELERATE,
        Form.DUALSTACK,
        Form.SERVICE,
    )
)

_ELSEWHERE = {
    Form.CI: "a host of data processing: its URL does not tell the `ci:` action",
    Form.PIC: "a host of image processing: its URL does not tell the action",
    Form.CDN: "a host of the CDN, which asks for no action of the key",
    Form.WEBSITE: "the bucket's website host: it serves everybody, and asks for no action of the key",
    Form.CUSTOM: "no host of COS: the bucket behind it is not known",
}


class Entry(NamedTuple):
    """One action of the catalogue. `name` is `cos:PutObject`.

    `level`: object, bucket, service; None for `ci:` actions. `resource`: the form that a policy must name. `sub`: names
    that the call's query has, the subresource first. `at`: object, bucket, service or any: which URLs it goes to; None
    when no method and URL tell the call. `asked_as`: the action that COS asks a key for on this call.
    """

    name: str
    level: str | None
    resource: str
    access: str
    capability: str
    method: str | None
    sub: tuple[str, ...]
    at: str | None
    asked_as: str
    confidence: str
    note: str | None


class NotDerived(ValueError):  # noqa: N818
    """No action follows from METHOD and URL. `where`: METHOD or URL; `found` and `expected`: the message's halves."""

    def __init__(self, where: str, found: str, expected: str, nearest: str | None = None) -> None:
        super().__init__(f"{found}; expected {expected}")
        self.where = where
        self.found = found
        self.expected = expected
        self.nearest = nearest


class Derived(NamedTuple):
    """What COS asks of a key for one request.

    `action` is `name/cos:PutObject`. `region` None: the URL does not name it. `bucket` None: the call is about no
    bucket (resource `*`). `key` None: it stands in the body; empty: the bucket itself. `query` is decoded, the first
    value of each name. `secure`: https. `conditions`: what the URL says of condition keys; None: the request has no
    such parameter.
    """

    action: str
    service: str
    region: str | None
    account: str | None
    bucket: str | None
    key: str | None
    query: Mapping[str, str]
    notes: tuple[str, ...]
    secure: bool

    @property
    def conditions(self) -> dict[str, str | None]:
        """Condition key → its value, as far as the URL tells. Source: facts `cam.*` on keys of query parameters.

        Values of keys that come from the query are compared percent-encoded, so they are that here.
        """
        from urllib.parse import quote

        known: dict[str, str | None] = {"cos:secure-transport": "true" if self.secure else "false"}
        for key, name in _QUERY_KEYS.items():
            value = self.query.get(name)
            known[key] = None if value is None else quote(value, safe="")
        return known

    def resource(self, region: str | None = None, key: str | None = None) -> str:
        """The resource in six segments, or `*`. Region and key stand in where the URL has none."""
        if self.bucket is None:
            return EVERYTHING
        region = region if self.region is None else self.region
        key = key if self.key is None else self.key
        return f"qcs::{self.service}:{region or ''}:uid/{self.account}:{self.bucket}/{key or ''}"


#: Condition key → the query parameter that it reads.
_QUERY_KEYS = {
    "cos:prefix": "prefix",
    "cos:response-content-type": "response-content-type",
    "cos:versionid": "versionId",
}


def bare(action: str) -> str:
    """`cos:PutObject`, with or without `name/` before it."""
    return action.removeprefix("name/")


@cache
def catalogue() -> dict[str, Entry]:
    """Every action that is known, by `cos:Name` or `ci:Name`, sorted. Source: `data/actions.yaml`."""
    tree = data.load("actions")
    found = {}
    for row in [*tree["actions"], *tree["ci_actions"]]:
        name = bare(row["action"])
        level = row.get("level")
        told = "method" in row and "header" not in row and "path" not in row
        found[name] = Entry(
            name=name,
            level=level,
            resource=row["resource"],
            access=row["access"],
            capability=row.get("capability") or _capability(level, row["access"], row.get("destructive", False)),
            method=row.get("method"),
            sub=tuple(row["sub"].split("&")) if "sub" in row else (),
            at=row.get("at", level) if told else None,
            asked_as=bare(row.get("asked_as", name)),
            confidence=row.get("confidence", "high"),
            note=row.get("note"),
        )
    return dict(sorted(found.items()))


def _capability(level: str | None, access: str, destructive: bool) -> str:
    if access == "permission-management":
        return "rights"
    if access == "write":
        if level != "object":
            return "configure"
        return "delete" if destructive else "overwrite"
    if level == "object":
        return "read"
    return "list" if access == "list" and level is not None else "settings"


@cache
def known() -> frozenset[str]:
    """The names of all actions that are known: `cos:PutObject`, `ci:CreateMediaJobs` …"""
    return frozenset(catalogue())


def entry(action: str) -> Entry | None:
    """The action's row, with or without `name/` before its name; None when the catalogue does not know it."""
    return catalogue().get(bare(action))


def capability(action: str) -> str:
    """What the holder of a key gains by an action: a word of `CAPABILITIES`.

    Raises:
        KeyError: the catalogue does not know the action.
    """
    return catalogue()[bare(action)].capability


@cache
def by_capability() -> dict[str, tuple[str, ...]]:
    """Each capability, worst first, with the names of its actions, sorted."""
    every = catalogue().values()
    return {word: tuple([one.name for one in every if one.capability == word]) for word in CAPABILITIES}


def nearest(action: str) -> str | None:
    """The known action that is probably meant, as `name/cos:PutObject`, or None when nothing is near."""
    from difflib import get_close_matches

    names = catalogue()
    wanted = bare(action)
    service, colon, _ = wanted.partition(":")
    if not colon or not service:
        wanted = f"cos:{wanted.removeprefix(':')}"
    lower = wanted.lower()
    for name in names:
        if name.lower() == lower:
            return f"name/{name}"
    found = get_close_matches(wanted[:80], names, 1, 0.75)
    return f"name/{found[0]}" if found else None


# ---- METHOD and URL


@cache
def _subresources() -> frozenset[str]:
    return frozenset(one.sub[0] for one in catalogue().values() if one.sub)


@cache
def _plain_queries() -> tuple[frozenset[str], tuple[str, ...]]:
    names = data.facts_of("actions")["actions.query.plain"].value
    return (
        frozenset(name for name in names if not name.endswith("*")),
        tuple(name[:-1] for name in names if name.endswith("*")),
    )


def of_request(method: str, url: str, extra_regions: tuple[str, ...] = ()) -> Derived:
    """The action and the resource that COS asks a key for, from a request's method and full URL.

    Args:
        method: in any letter case.
        url: on any host of a bucket, path style too; percent-encoded as it goes over the wire.
        extra_regions: ids that the user declared.

    Returns:
        Listing calls have the `prefix` of the query as their key (fact `cam.resource.list-prefix`). A form that is
        posted, and the deletion of several objects, have their keys in the body: `key` is None. What headers would
        change, such as `x-cos-copy-source`, is not known here.

    Raises:
        NotDerived: no URL of a bucket, or no action is known for this method and query.
    """
    from urllib.parse import urlsplit

    verb = method.strip().upper()
    if verb not in _METHODS:
        from difflib import get_close_matches

        near = get_close_matches(verb[:20], _METHODS, 1)
        expected = "one of " + ", ".join(_METHODS)
        raise NotDerived("METHOD", f"{quoted(method)} is no method of COS", expected, near[0] if near else None)
    try:
        parts = urlsplit(url.strip())
        name = (parts.hostname or "").rstrip(".")
    except ValueError:
        raise NotDerived("URL", f"{quoted(url)} is no URL", _EXAMPLE) from None
    if parts.scheme not in ("https", "http") or not name:
        raise NotDerived("URL", f"{quoted(url)} is no full URL", _EXAMPLE)
    notes: list[str] = []
    if parts.fragment:
        notes.append(f"what stands after `#` is not sent: {quoted(parts.fragment)}")
    host = hosts.identify(f"{parts.scheme}://{parts.netloc}{parts.path}", extra_regions)
    if host is None or host.host != name:
        raise NotDerived("URL", f"{quoted(url)} is no URL of a host", _EXAMPLE)
    bucket, region, key = _place(host, parts.path, notes)
    query = _query(parts.query)
    where = "service" if bucket is None else "object" if key else "bucket"
    found = _call(verb, where, query, notes)
    action = f"name/{found.asked_as}"
    asked = catalogue()[found.asked_as]
    if found.name != found.asked_as:
        notes.append(f"{found.name.partition(':')[2]} is this call; a signed one is asked for {action}")
    secure = parts.scheme == "https"
    if asked.resource == "any":
        return Derived(action, "cos", None, None, None, "", query, tuple(notes), secure)
    assert bucket is not None  # only calls of the resource `any` are of no bucket
    in_body = found.at == "bucket" and found.level == "object"
    if asked.resource == "bucket_or_prefix":
        key = query.get("prefix", "")
    account = bucket.rpartition("-")[2]
    return Derived(action, "cos", region, account, bucket, None if in_body else key, query, tuple(notes), secure)


def _place(host: hosts.Host, path: str, notes: list[str]) -> tuple[str | None, str | None, str]:
    """The bucket, the region and the key of a URL; without a bucket it is the host that lists them."""
    if host.form in _ELSEWHERE:
        raise NotDerived("URL", f"{quoted(host.host, 80)} is {_ELSEWHERE[host.form]}", _GIVE)
    if host.form not in _STORAGE:
        raise NotDerived("URL", f"{quoted(host.host, 80)}: {host.problem or 'no host of storage'}", _GIVE)
    if host.form is Form.SERVICE:
        if path.strip("/"):
            raise NotDerived("URL", f"a path on {quoted(host.host)}, which only lists buckets", _EXAMPLE)
        return None, None, ""
    bucket = host.bucket
    if host.form in hosts.PATH_FORMS:
        first, _, path = path.removeprefix("/").partition("/")
        if not first and not path:
            return None, None, ""
        bucket = _decoded(first)
        if parsed(bucket) is None:
            raise NotDerived("URL", f"{quoted(bucket)}, the start of the path, is no bucket", "`<name>-<appid>` there")
    if bucket is None:
        raise NotDerived("URL", f"{quoted(host.host, 80)}: {host.problem or 'no bucket stands in it'}", _GIVE)
    notes += host.notes
    if host.problem is not None:  # the bucket is sure, so the question can be answered
        notes.append(host.problem)
    region = host.region
    known_region = None if region is None else regions.region(region)
    if known_region is not None:
        region = known_region.current
    key = _decoded(path.removeprefix("/")) if host.form not in hosts.PATH_FORMS else _decoded(path)
    return bucket, region, key


def _decoded(text: str) -> str:
    from urllib.parse import unquote_to_bytes

    try:
        return unquote_to_bytes(text).decode()
    except UnicodeError:
        raise NotDerived("URL", f"{quoted(text)} does not decode to UTF-8", "a key in UTF-8") from None


def _query(text: str) -> dict[str, str]:
    """The parameters of a query, decoded; the first value of a name that repeats."""
    found: dict[str, str] = {}
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if name:
            found.setdefault(_decoded(name), _decoded(value))
    return found


def _call(method: str, where: str, query: Mapping[str, str], notes: list[str]) -> Entry:
    """The call of a method, a kind of URL (object, bucket, service) and the query."""
    subresources = [name for name in query if name in _subresources()]
    found = [
        one
        for one in catalogue().values()
        if one.method == method
        and one.at in (where, "any")
        and all(name in query for name in one.sub)
        and all(name in one.sub for name in subresources)
    ]
    if not found:
        raise NotDerived("URL", _no_call(method, where, query, subresources), _GIVE)
    most = max(len(one.sub) for one in found)
    _note_unknown(query, notes)
    # two labels of one call ask for the same action; the one that is asked for comes first
    return max(found, key=lambda one: (len(one.sub) == most, one.name == one.asked_as))


def _no_call(method: str, where: str, query: Mapping[str, str], subresources: list[str]) -> str:
    what = {"object": "an object", "bucket": "the bucket's root", "service": "the host that lists buckets"}[where]
    with_ = " and ".join([f"`?{name}`" for name in subresources]) or "no subresource"
    text = f"no action is known for {method} on {what} with {with_}"
    others = sorted(
        "&".join(one.sub) or "no subresource"
        for one in catalogue().values()
        if one.method == method and one.at in (where, "any")
    )
    if others and not subresources:
        text += " (known: " + ", ".join([f"`?{one}`" for one in dict.fromkeys(others)]) + ")"
    return text


def _note_unknown(query: Mapping[str, str], notes: list[str]) -> None:
    names, starts = _plain_queries()
    every = {name.lower(): name for name in (*names, *_subresources())}
    for name in query:
        if name in names or name in _subresources() or name.startswith(starts):
            continue
        meant = every.get(name.lower())
        if meant is not None:
            notes.append(f"`?{meant}` is not written {quoted(name)}: left out of account")
        else:
            notes.append(f"the query parameter {quoted(name)} is not known: left out of account")


__all__ = [
    "CAPABILITIES",
    "EVERYTHING",
    "Derived",
    "Entry",
    "NotDerived",
    "bare",
    "by_capability",
    "capability",
    "catalogue",
    "entry",
    "known",
    "nearest",
    "of_request",
]

"""STS: its limits, and the policy that an official helper really makes of the arguments it is given.

The helpers write down what they are told, and each has its own way with what is missing or odd. What comes out was
recorded from every published version of the packages (facts `sts.helper.*`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit import data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Where something stands in a document or among arguments: names and indexes from the top down.
Path = tuple[str | int, ...]

NPM = "qcloud-cos-sts"
PYPI = "qcloud-python-sts"
JAVA = "cos-sts-java"

#: Quirks after which there is no policy that could be judged.
NO_POLICY = frozenset({"helper-fails", "helper-sends-no-action"})

_GET_SERVICE = "name/cos:GetService"


class Quirk(NamedTuple):
    """Something that a helper makes of its arguments and that they do not say. `at`: the argument, by its path."""

    code: str
    found: str
    at: Path


class Expansion(NamedTuple):
    """The policy that a helper makes.

    `document` is None where the helper stops with an error instead. `origins` tells for parts of the document which
    argument they come from; what is not in it comes from the nearest part above.
    """

    document: dict[str, Any] | None
    quirks: tuple[Quirk, ...]
    origins: Mapping[Path, Path]


class Helper(NamedTuple):
    """An official helper as a configuration names it, and the recorded version that it is judged as."""

    name: str
    asked: str | None
    version: str
    assumption: str | None

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


class HelperNameError(ValueError):
    """The text names no helper; `found` and `expected` say why, `nearest` is the name that was likely meant."""

    def __init__(self, found: str, expected: str, nearest: str | None = None) -> None:
        super().__init__(found)
        self.found = found
        self.expected = expected
        self.nearest = nearest


_EXPECTED = "`qcloud-cos-sts` (npm), `qcloud-python-sts` (PyPI) or `cos-sts-java` (Maven), with or without `@VERSION`"
#: Official helpers that make no policy of arguments: their callers write one.
_WRITTEN = re.compile(
    r"(?:qcloud-)?cos-sts-(?:sdk-)?go|qcloud-go-sts|github\.com/tencentyun/qcloud-cos-sts-sdk(?:/go)?"
)
_NUMBER = "(?:0|[1-9][0-9]{0,8})"
_VERSION = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(-[0-9A-Za-z.-]+)?\Z")


@cache
def _helpers() -> dict[str, dict[str, Any]]:
    return {name: row for row in data.load("sts")["helpers"] for name in (row["name"], *row.get("aliases", ()))}


def versions(name: str) -> tuple[str, ...]:
    """The recorded versions of a helper, oldest first. Raises KeyError for a name that is no helper's."""
    return tuple(_helpers()[name]["versions"])


def _order(version: str) -> tuple[int, ...]:
    """A key to sort by; a version with a tag stands before the one without."""
    match = _VERSION.match(version)
    assert match is not None  # the callers have looked
    return (*map(int, match.group(1, 2, 3)), 0 if match[4] else 1)


def does(name: str, version: str, what: str) -> bool:
    """Does this version of a helper do what the data names by a word, such as `prefix-list`?"""
    return _order(version) >= _order(_helpers()[name]["since"][what])


def resolve(text: str) -> Helper:
    """The helper that a configuration names: `qcloud-cos-sts` or `qcloud-cos-sts@3.1.3`, likewise for Python.

    A bare name is judged as the newest recorded version, an unrecorded version as the nearest older one (or the
    oldest); both with the assumption in words.

    Raises:
        HelperNameError: the package is unknown, or the version malformed.
    """
    name, at, version = text.partition("@")
    if _WRITTEN.fullmatch(name) is not None:
        what = "the Go helper makes no policy of arguments: it is given one"
        raise HelperNameError(what, "`policy`, with what it is given")
    if name not in _helpers():
        raise HelperNameError(f"unknown helper {_short(name)}", _EXPECTED, _near(name))
    name = _helpers()[name]["name"]
    listed = versions(name)
    if not at:
        return Helper(name, None, listed[-1], f"{name} without a version is taken as {listed[-1]}, the newest recorded")
    if _VERSION.match(version) is None:
        raise HelperNameError(f"{_short(version)} is no version of {name}: MAJOR.MINOR.PATCH is", _EXPECTED)
    if version in listed:
        return Helper(name, version, version, None)
    older = [one for one in listed if _order(one) <= _order(version)]
    if older:
        why = f"{name} {version} is not recorded; judged as {older[-1]}, the nearest older version that is"
        return Helper(name, version, older[-1], why)
    why = f"{name} {version} is older than every recorded version; judged as {listed[0]}, the oldest"
    return Helper(name, version, listed[0], why)


def _near(name: str) -> str | None:
    from difflib import get_close_matches

    found = get_close_matches(name[:80], tuple(_helpers()), 1, 0.6)
    return found[0] if found else None


def _short(text: str) -> str:
    return f"`{text}`" if len(text) <= 60 else f"`{text[:59]}…`"


# -- limits ---------------------------------------------------------------------------------------------------------


def duration_limits(api: str, kind: str | None) -> tuple[int, int | None]:
    """The life that a key has by default, and the longest that may be asked for, in seconds.

    Args:
        api: `GetFederationToken` or `AssumeRole`.
        kind: `root`, `sub-account` or `role`: whose key asks; None when that is not known.

    Returns:
        The longest is None where it hangs on a `kind` that is not known, and for a role that calls
        GetFederationToken, which no temporary key may (fact `sts.federation.permanent-key`).

    Source: facts `sts.duration.*`.
    """
    facts = data.facts_of("sts")
    if api == "AssumeRole":
        limits = facts["sts.duration.assume-role"].value
        return limits["default"], limits["max"]
    limits = facts[f"sts.duration.federation-{'root' if kind == 'root' else 'sub-account'}"].value
    return limits["default"], limits["max"] if kind in ("root", "sub-account") else None


def longest_duration(api: str) -> int:
    """The longest life in seconds that anybody may ask for; more is refused whoever asks."""
    limits = [duration_limits(api, kind)[1] for kind in ("root", "sub-account")]
    return max(limit for limit in limits if limit is not None)


def error_codes() -> Mapping[str, str]:
    """The error codes of STS that messages name, and what they mean."""
    return {row["code"]: row["means"] for row in data.load("sts")["errors"]}


# -- what the helpers make ------------------------------------------------------------------------------------------


def scopes_document(scopes: Sequence[Mapping[str, Any]], name: str = NPM, version: str | None = None) -> Expansion:
    """The policy that a helper's `getPolicy` (Python: `get_policy`) makes of a list of scopes.

    Args:
        scopes: each with `action` (text or list), `bucket`, `region`, `prefix` (texts); any may be missing.
        name, version: the helper; None is the newest version. In npm's all versions do the same.

    Paths of arguments in the result begin with the scope's index.
    """
    version = version or versions(name)[-1]
    return _npm_scopes(scopes) if name == NPM else _python_scopes(scopes, version)


def helper_document(
    name: str, version: str, arguments: Mapping[str, Any], api: str = "GetFederationToken"
) -> Expansion:
    """The policy that comes of a helper's own arguments: `bucket`, `region`, `allowPrefix`, `allowActions`.

    For npm's it is the policy that the demo server of that version builds of them, since the helper itself reads
    none of them (fact `sts.helper.ignores`); for Python's the one that `Sts(config)` builds, for Java's the one of
    `CosStsClient.getCredential`.

    Args:
        name, version: a recorded helper.
        arguments: texts, for `allowPrefix` and `allowActions` also lists of texts; any may be missing.
        api: the call that makes the key; the older versions have none for `AssumeRole`.
    """
    if name == JAVA:
        return _java(arguments)
    if api == "AssumeRole" and not does(name, version, "role"):
        what = f"{name} {version} has no call for AssumeRole: no key is made"
        return Expansion(None, (Quirk("helper-fails", what, ()),), {})
    made = _npm_demo(version, arguments) if name == NPM else _python_sts(version, arguments)
    if does(name, version, "certificate-checked"):
        return made
    what = f"{name} {version} does not check the certificate of STS, to which it sends the signed request"
    return made._replace(quirks=(*made.quirks, Quirk("helper-certificate-unchecked", what, ())))


def _split(bucket: str) -> tuple[str, str]:
    """Name and APPID as the npm package takes them: at the last dash; without one all is APPID."""
    short, dash, appid = bucket.rpartition("-")
    return (short, appid) if dash else ("", bucket)


def _npm_scopes(scopes: Sequence[Mapping[str, Any]]) -> Expansion:
    statements: list[dict[str, Any]] = []
    quirks: list[Quirk] = []
    origins: dict[Path, Path] = {}
    for number, scope in enumerate(scopes):
        action = _plain(scope.get("action", ""))
        bucket, region, prefix = scope.get("bucket", ""), scope.get("region", ""), _text(scope.get("prefix"))
        short, appid = _split(bucket)
        resource = f"qcs::cos:{region}:uid/{appid}:prefix//{appid}/{short}/{'undefined' if prefix is None else prefix}"
        at: Path = ("statement", number)
        origins[at] = (number,)
        if not action:
            what = "the scope has no action: an empty one is sent"
            quirks.append(Quirk("helper-sends-no-action", what, (number,)))
        if action == _GET_SERVICE:
            resource = "*"
            origins[(*at, "resource")] = (number, "action") if "action" in scope else (number,)
        else:
            quirks += _npm_oddities(scope, (number,), "prefix", region_or_empty=True)
            quirks += _get_service(action, number)
            origins[(*at, "resource")] = _given(scope, number, "prefix", "bucket")
        _actions(origins, (*at, "action"), (number, "action"), action)
        statements.append({"action": action, "effect": "allow", "principal": {"qcs": "*"}, "resource": resource})
    return Expansion({"version": "2.0", "statement": statements}, tuple(quirks), origins)


def _plain(value: Any) -> Any:
    """A list of a configuration as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def _text(value: Any) -> str | None:
    """A value as JavaScript puts it into a text: the items of a list with commas."""
    return ",".join(value) if isinstance(value, list | tuple) else value


def _given(scope: Mapping[str, Any], number: int, *names: str) -> Path:
    """The path of the first of these arguments that is given, or of the whole scope."""
    return next(((number, name) for name in names if name in scope), (number,))


def _actions(origins: dict[Path, Path], at: Path, argument: Path, value: Any) -> None:
    if value:
        origins[at] = argument
    if isinstance(value, list | tuple):
        for index in range(len(value)):
            origins[(*at, index)] = (*argument, index)


def _get_service(action: Any, number: int) -> list[Quirk]:
    """GetService needs the resource `*`, and only one spelling gets it."""
    if isinstance(action, str):
        named = [action] if action == "cos:GetService" else []
    else:
        named = [one for one in action if one in (_GET_SERVICE, "cos:GetService")]
    return [
        Quirk(
            "helper-get-service",
            f"`{one}` keeps the bucket as its resource: only the text `{_GET_SERVICE}` alone gets `*`",
            (number, "action"),
        )
        for one in named[:1]
    ]


def _npm_oddities(given: Mapping[str, Any], at: Path, prefix_name: str, *, region_or_empty: bool) -> list[Quirk]:
    """What getPolicy and the demo make of a missing or odd bucket, region and prefix.

    `region_or_empty`: a missing region becomes an empty segment, as getPolicy has it; else the word `undefined`.
    """
    found = []
    bucket, region, prefix = given.get("bucket"), given.get("region"), given.get(prefix_name)
    if region == "":
        found.append(Quirk("helper-all-regions", "`region` is empty: the resource is of every region", (*at, "region")))
    elif region is None and region_or_empty:
        found.append(Quirk("helper-all-regions", "`region` is missing: the resource is of every region", at))
    elif region is None:
        found.append(
            Quirk("helper-writes-undefined", "`region` is missing: the region of the resource is `undefined`", at)
        )
    if not bucket:
        found.append(Quirk("helper-splits-bucket", "`bucket` is missing: the resource names no account", at))
    elif "-" not in bucket:
        what = f"{_short(bucket)} has no `-<appid>`: the resource is of the account `uid/{bucket}` and no bucket"
        found.append(Quirk("helper-splits-bucket", what, (*at, "bucket")))
    if isinstance(prefix, list | tuple) and len(prefix) > 1:
        what = "a list of prefixes becomes one text with commas between them"
        found.append(Quirk("helper-joins-prefixes", what, (*at, prefix_name)))
    prefix = _text(prefix)
    if prefix is None:
        what = f"`{prefix_name}` is missing: the resource ends in the word `undefined`"
        found.append(Quirk("helper-writes-undefined", what, at))
    elif prefix.startswith("/"):
        what = f"{_short(prefix)} begins with a slash: the resource is of keys that begin with one"
        found.append(Quirk("helper-double-slash", what, (*at, prefix_name)))
    return found


def _npm_demo(version: str, given: Mapping[str, Any]) -> Expansion:
    ignores = Quirk(
        "helper-ignores",
        f"`getCredential` of {NPM} reads only `policy`: without one it sends the text `undefined`; "
        "judged is the policy that its demo server builds",
        (),
    )
    if "bucket" not in given:
        fails = Quirk("helper-fails", "without `bucket` the demo server stops with a TypeError, no key is made", ())
        return Expansion(None, (ignores, fails), {})
    quirks = [ignores]
    short, appid = _split(given["bucket"])
    prefix, region, actions = _text(given.get("allowPrefix")), given.get("region"), given.get("allowActions")
    colon = ":" if does(NPM, version, "demo-colon") else ""
    if not colon:
        what = f"the demo of {version} leaves out the colon behind the region: the resource has five segments"
        quirks.append(Quirk("helper-malformed-resource", what, ()))
    quirks += _npm_oddities(given, (), "allowPrefix", region_or_empty=False)
    statement: dict[str, Any] = {"effect": "allow", "principal": {"qcs": ["*"]}}
    origins: dict[Path, Path] = {}
    at: Path = ("statement", 0)
    if actions is None:
        what = "`allowActions` is missing: the statement is sent without an action"
        quirks.append(Quirk("helper-sends-no-action", what, ()))
    else:
        statement["action"] = _plain(actions)
        _actions(origins, (*at, "action"), ("allowActions",), actions)
    statement["resource"] = [
        f"qcs::cos:{'undefined' if region is None else region}{colon}uid/{appid}:prefix//{appid}/{short}/"
        f"{'undefined' if prefix is None else prefix}"
    ]
    origins[(*at, "resource")] = ("allowPrefix",) if "allowPrefix" in given else ("bucket",)
    return Expansion({"version": "2.0", "statement": [statement]}, tuple(quirks), origins)


def _java(given: Mapping[str, Any]) -> Expansion:
    """Today's form, each prefix a resource of its own, no principal (fact `sts.helper.java`)."""
    bucket, region, prefix, actions = [given.get(name) for name in ("bucket", "region", "allowPrefix", "allowActions")]
    for value, name in ((bucket, "bucket"), (prefix, "allowPrefixes"), (region, "region"), (actions, "allowActions")):
        if value is None:
            return _fails(f"`{name}` is missing")
    assert isinstance(bucket, str) and isinstance(region, str)
    quirks = []
    if "-" not in bucket:
        what = f"{_short(bucket)} has no `-<appid>`: the resource is of the account `uid/{bucket}`"
        quirks.append(Quirk("helper-splits-bucket", what, ("bucket",)))
    if region == "":
        what = "`region` is empty: the resource is of every region"
        quirks.append(Quirk("helper-all-regions", what, ("region",)))
    several = isinstance(prefix, list | tuple)
    prefixes: list[str] = list(prefix) if several else [prefix]  # type: ignore[arg-type, list-item]
    at: Path = ("statement", 0)
    origins: dict[Path, Path] = {(*at, "resource"): ("allowPrefix",)}
    if several:
        origins |= {(*at, "resource", index): ("allowPrefix", index) for index in range(len(prefixes))}
    _actions(origins, (*at, "action"), ("allowActions",), actions)
    statement = {
        "effect": "allow",
        "action": [actions] if isinstance(actions, str) else _plain(actions),
        "resource": [_python_resource(bucket, region, one) for one in prefixes],
    }
    return Expansion({"version": "2.0", "statement": [statement]}, tuple(quirks), origins)


def _fails(what: str, at: Path = ()) -> Expansion:
    return Expansion(None, (Quirk("helper-fails", f"{what}: the helper raises an error, no key is made", at),), {})


def _python_resource(bucket: str, region: str | None, prefix: str) -> str:
    appid = bucket.rpartition("-")[2].strip()
    return f"qcs::cos:{region}:uid/{appid}:{bucket}{'' if prefix.startswith('/') else '/'}{prefix}"


def _none_region(at: Path) -> Quirk:
    return Quirk("helper-writes-none", "`region` is missing: the region of the resource is the word `None`", at)


def _python_sts(version: str, given: Mapping[str, Any]) -> Expansion:
    region, bucket, prefix = given.get("region"), given.get("bucket"), given.get("allowPrefix")
    lists = does(PYPI, version, "prefix-list")
    checked = does(PYPI, version, "arguments-checked")
    if checked and not region:
        return _fails("`region` is missing")
    if bucket is None or (checked and not bucket):
        return _fails("`bucket` is missing")
    if prefix is None or (checked and not prefix and not (lists and prefix == "")):
        return _fails("`allow_prefix` is missing")
    if "-" not in bucket:
        return _fails(f"{_short(bucket)} has no `-<appid>`", ("bucket",))
    several = isinstance(prefix, list | tuple)
    if several and not lists:
        return _fails(f"{PYPI} {version} takes one prefix, not a list", ("allowPrefix",))
    quirks = []
    if region is None:
        quirks.append(_none_region(()))
    actions = given.get("allowActions")
    if actions is None:
        what = "`allow_actions` is missing: `null` is sent as the action"
        quirks.append(Quirk("helper-sends-no-action", what, ()))
    prefixes = list(prefix) if several else [prefix]
    resources = [_python_resource(bucket, region, one) for one in prefixes]
    at: Path = ("statement", 0)
    origins: dict[Path, Path] = {(*at, "resource"): ("allowPrefix",)}
    if several:
        origins |= {(*at, "resource", index): ("allowPrefix", index) for index in range(len(prefixes))}
    _actions(origins, (*at, "action"), ("allowActions",), actions)
    statement = {
        "action": _plain(actions),
        "effect": "allow",
        "resource": resources if lists else resources[0],
    }
    return Expansion({"version": "2.0", "statement": [statement]}, tuple(quirks), origins)


def _python_scopes(scopes: Sequence[Mapping[str, Any]], version: str) -> Expansion:
    lists = does(PYPI, version, "prefix-list")
    lost = does(PYPI, version, "leading-slash-lost")
    statements = []
    quirks: list[Quirk] = []
    origins: dict[Path, Path] = {}
    for number, scope in enumerate(scopes):
        at: Path = ("statement", number)
        origins[at] = (number,)
        action, bucket, prefix = scope.get("action"), scope.get("bucket"), scope.get("prefix")
        for name, value in (("action", action), ("bucket", bucket), ("prefix", prefix)):
            if value is None:
                return _fails(f"`{name}` is missing", (number,))
        assert isinstance(bucket, str)
        if "-" not in bucket:
            return _fails(f"{_short(bucket)} has no `-<appid>`", (number, "bucket"))
        several = isinstance(prefix, list | tuple)
        if several and not lists:
            return _fails(f"{PYPI} {version} takes one prefix, not a list", (number, "prefix"))
        if scope.get("region") is None:
            quirks.append(_none_region((number,)))
        if isinstance(action, list | tuple):
            what = "a list of actions is put into another list"
            quirks.append(Quirk("helper-nests-actions", what, (number, "action")))
        prefixes: list[str] = list(prefix) if several else [prefix]  # type: ignore[arg-type, list-item]
        kept = [one for one in prefixes if not (lost and one.startswith("/"))]
        if len(kept) < len(prefixes):
            what = f"a prefix that begins with a slash gives no resource in {PYPI} {version}"
            quirks.append(Quirk("helper-loses-resource", what, (number, "prefix")))
        origins[(*at, "action")] = (number, "action")
        origins[(*at, "resource")] = (number, "prefix")
        statements.append(
            {
                "action": [_plain(action)],
                "effect": "allow",
                "resource": [_python_resource(bucket, scope.get("region"), one) for one in kept],
            }
        )
    return Expansion({"version": "2.0", "statement": statements}, tuple(quirks), origins)


__all__ = [
    "JAVA",
    "NO_POLICY",
    "NPM",
    "PYPI",
    "Expansion",
    "Helper",
    "HelperNameError",
    "Path",
    "Quirk",
    "does",
    "duration_limits",
    "error_codes",
    "helper_document",
    "longest_duration",
    "resolve",
    "scopes_document",
    "versions",
]

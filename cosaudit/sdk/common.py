"""What the profiles of the official client SDKs share: flags read from data, URLs, keys, sizes, retries.

The SDKs come from one code base; what differs between them, or between their versions, is a flag in their data.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from cosaudit import data
from cosaudit.model import Api, Options, Shape, Target, When

TOKEN = "x-cos-security-token"  # noqa: S105
ALWAYS = When()

_COS_HOST = re.compile(r"https?://[^/]*\.cos\.[^/]*\.myqcloud\.com(/.*)?\Z")
_ACCELERATE_HOST = re.compile(r"https?://[^/]*\.cos\.accelerate\.myqcloud\.com(/.*)?\Z")
_SCHEME = re.compile(r"[a-zA-Z]+://")
_DOUBLE = re.compile(r"\{\{(.*?)\}\}")
_SINGLE = re.compile(r"\{(.*?)\}")


class Step(NamedTuple):
    """One kind of request: how it is sent, whatever the version."""

    api: Api
    method: str
    keyed: bool
    query: tuple[str, ...]
    headers: str | None  # the flag that names the headers that the SDK adds by itself
    takes: str | None  # the flag that names which of the client's headers it carries; None: all; "": none
    drops: str | None = None  # the flag that names those that it leaves out of all


MULTIPART = ("ListMultipartUploads", "InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
CHUNKED = ("UploadPart", "CompleteMultipartUpload")
_OF_MULTIPART = {f"name/cos:{step}" for step in (*MULTIPART, "ListParts")}


def steps(api: Api) -> dict[str, Step]:
    """The requests that both SDKs know, by action; all go through one API."""
    return {
        "PutObject": Step(api, "PUT", True, (), "put-headers", None),
        "GetObject": Step(api, "GET", True, (), None, None),
        "HeadObject": Step(api, "HEAD", True, (), None, None),
        "DeleteObject": Step(api, "DELETE", True, (), None, None),
        "GetBucket": Step(api, "GET", False, ("prefix",), None, None),
        "ListMultipartUploads": Step(api, "GET", False, ("prefix", "uploads"), None, ""),
        "InitiateMultipartUpload": Step(
            api, "POST", True, ("uploads",), "initiate-headers", None, "initiate-drops"
        ),
        "UploadPart": Step(api, "PUT", True, ("partNumber", "uploadId"), "part-headers", "part-takes"),
        "ListParts": Step(api, "GET", True, ("uploadId",), None, ""),
        "CompleteMultipartUpload": Step(api, "POST", True, ("uploadId",), "complete-headers", "complete-takes"),
        "AbortMultipartUpload": Step(api, "DELETE", True, ("uploadId",), None, None),
    }


SIMPLE = {
    "putObject": "PutObject",
    "getObject": "GetObject",
    "headObject": "HeadObject",
    "deleteObject": "DeleteObject",
    "getBucket": "GetBucket",
}


@cache
def versions(package: str) -> tuple[str, ...]:
    """The recorded versions, oldest first."""
    return tuple(data.load(package)["versions"])


@cache
def flags(package: str, version: str) -> dict[str, Any]:
    """The flags of a recorded version's behaviour; shared by all callers, so do not change them.

    Raises:
        KeyError: the version is not recorded.
    """
    tree = data.load(package)
    wanted = tree["versions"][version]
    merged: dict[str, Any] = {}
    for behaviour in tree["behaviours"]:
        merged |= behaviour
        if behaviour["since"] == wanted:
            return merged
    raise KeyError(version)


# -- URLs and keys -------------------------------------------------------------------------------------------


class How(NamedTuple):
    """What else a URL hangs on."""

    scheme: str  # `https:`, where neither option nor domain names one
    signed_url: bool  # it is an address from getObjectUrl, which some versions make in their own way


def prefix(flag: dict[str, Any], options: Options, target: Target, bucket: str, region: str, how: How) -> str | None:
    """The URL before the slash that precedes the key; None when there is no such backup host."""
    if target is Target.BACKUP:
        main = _url(flag, options, main_target(flag, options, how), bucket, region, how)
        return main.replace("myqcloud.com", "tencentcos.cn", 1) if _switches(main) else None
    return _url(flag, options, target, bucket, region, how)


def has_backup(flag: dict[str, Any], options: Options, region: str | None, how: How) -> bool:
    """Whether there is another host to switch to; what stands for bucket and region does not matter to its form."""
    return prefix(flag, options, Target.BACKUP, "b-1", region or "r", how) is not None


def _url(flag: dict[str, Any], options: Options, target: Target, bucket: str, region: str, how: How) -> str:
    named = region
    if target is Target.ACCELERATE or (target is Target.CUSTOM and _accelerates(flag, options, how)):
        named = "accelerate"
    path_style = bool(options.ForcePathStyle) and flag["force-path-style"] == "path-style"
    if target is Target.CUSTOM:
        domain = _expand(flag["domain-templates"], options.Domain or "", bucket, named)
    else:
        domain = f"{named}.myqcloud.com" if named in flag["legacy-regions"] else f"cos.{named}.myqcloud.com"
        if not path_style:
            domain = f"{bucket}.{domain}"
    if not _SCHEME.match(domain):
        domain = f"{how.scheme}//{domain}"
    domain = domain.removesuffix("/")
    return f"{domain}/{bucket}" if path_style else domain


def main_target(flag: dict[str, Any], options: Options, how: How) -> Target:
    """Which host a request goes to first."""
    if options.Domain:
        return Target.CUSTOM
    if _accelerates(flag, options, how):
        return Target.ACCELERATE
    if options.ForcePathStyle and flag["force-path-style"] == "path-style":
        return Target.REGION
    return Target.BUCKET


def _accelerates(flag: dict[str, Any], options: Options, how: How) -> bool:
    if not options.UseAccelerate:
        return False
    heeded: str = flag["use-accelerate"]
    return heeded == "all" or (heeded == "requests" and not how.signed_url)


def _expand(kind: str, domain: str, bucket: str, region: str) -> str:
    """Put bucket and region into the templates of `Domain`; unknown templates become nothing."""
    short, _, appid = bucket.rpartition("-")
    known = {"appid": appid, "bucket": short, "region": region}
    domain = _DOUBLE.sub(lambda found: known.get(found[1].lower(), ""), domain)
    if kind == "double":
        return domain
    known = {"appid": appid, "bucketname": short, "bucket": bucket, "region": region}
    return _SINGLE.sub(lambda found: known.get(found[1].lower(), ""), domain)


def takes_region(flag: dict[str, Any], region: str) -> bool:
    """Whether a version sends anything for a region of this text."""
    return _region_pattern(flag["region-pattern"]).fullmatch(region) is not None


@cache
def _region_pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _switches(url: str) -> bool:
    return _COS_HOST.match(url) is not None and _ACCELERATE_HOST.match(url) is None


def object_key(flag: dict[str, Any], key: str, action: str | None) -> str:
    """The key that is really used: leading slashes may be dropped."""
    left: int = flag["leading-slashes-multipart" if action in _OF_MULTIPART else "leading-slashes"]
    while left and key.startswith("/"):
        key = key[1:]
        left -= 1
    return key


def encode_key(flag: dict[str, Any], key: str, action: str | None) -> str:
    """How a whole key, or its beginning, stands in the URL's path, without the slash before it."""
    from urllib.parse import quote

    return quote(object_key(flag, key, action), safe="/~" + flag["key-keeps"], errors="replace")


# -- requests ------------------------------------------------------------------------------------------------


class Sending(NamedTuple):
    """What all requests of one call have in common."""

    flag: dict[str, Any]
    steps: dict[str, Step]
    target: Target
    signed: bool
    token: bool
    given: frozenset[str]  # lower-case names of headers that the client sets
    switch: bool  # AutoSwitchHost
    backup: bool  # and it has a host to switch to

    def main(self, action: str, when: When, own: tuple[str, ...] = ()) -> Shape:
        """The request as it is sent first."""
        step = self.steps[action]
        flag = self.flag
        names = {*self.carried(step), *own, *(flag[step.headers] if step.headers else ())}
        if self.signed:
            names.add("authorization")
        if self.token:
            names.add(TOKEN)
        return Shape(
            step.api,
            step.method,
            self.target,
            step.keyed,
            step.query,
            tuple(sorted(names)),
            (),
            f"name/cos:{action}",
            when,
        )

    def carried(self, step: Step) -> frozenset[str]:
        """Which of the headers that the client sets a request carries."""
        if step.takes is None:
            return self.given - frozenset(self.flag[step.drops]) if step.drops else self.given
        return chosen(self.given, self.flag[step.takes] if step.takes else ())

    def again(self, shape: Shape) -> list[Shape]:
        """The same request as it may be sent again after a fault."""
        flag = self.flag
        header = flag["retry-header"]
        retried = shape._replace(headers=tuple(sorted({*shape.headers, header}))) if header else shape
        tries = flag["retry-tries"]
        rows: list[Shape] = []
        if tries > 1:
            heeds = flag["retry-network"] == "always" or (flag["retry-network"] == "switch" and self.switch)
            # With a host to switch to, the first repeat goes there, and only the second one back.
            if heeds and (not self.backup or tries > 2):
                rows.append(_when(retried, "network"))
            if flag["retry-5xx"] == "always":
                rows.append(_when(retried, "5xx"))
            if self.backup:
                rows.append(_when(retried._replace(target=Target.BACKUP), "host"))
        if flag["chunk-tries"] > 1 and shape.action.removeprefix("name/cos:") in CHUNKED:
            rows += [_when(shape, "network"), _when(shape, "5xx")]
        return rows


def _when(shape: Shape, retry: str) -> Shape:
    return shape._replace(when=shape.when._replace(retry=retry))


def chosen(names: frozenset[str], patterns: tuple[str, ...] | list[str]) -> frozenset[str]:
    """The names that one of the patterns lets through; a pattern may end in a star."""
    whole = {pattern for pattern in patterns if not pattern.endswith("*")}
    starts = tuple(pattern[:-1] for pattern in patterns if pattern.endswith("*"))
    return frozenset(name for name in names if name in whole or (starts and name.startswith(starts)))


class Call(NamedTuple):
    """What one call of the SDK is."""

    operation: str
    simple: str  # the action that sends a small file
    slice_size: int | None  # the option
    min_size: int
    max_size: int | None
    below: str | None  # the base library below which nothing is sent in parts
    level: str  # of abortUploadTask
    empty: tuple[str, ...] = ()  # the headers that a file of no bytes adds


def rows(sending: Sending, call: Call) -> tuple[Shape, ...]:
    """The shapes of one call, without repeats: main ones in sending order, repeats, then conditional ones."""
    main: list[Shape] = []
    conditional: list[Shape] = []

    def add(action: str, when: When = ALWAYS, own: tuple[str, ...] = ()) -> None:
        main.append(sending.main(action, when, own))

    def add_conditional(action: str, when: When) -> None:
        shape = sending.main(action, when)
        conditional.extend([shape, *sending.again(shape)])

    def add_multipart(when: When, too_old: When) -> None:
        for action in MULTIPART:
            add(action, when)
        add_conditional("ListParts", when._replace(resume=True))
        if call.below is not None:
            add_conditional(call.simple, too_old._replace(base_below=call.below))

    if call.operation == "postObject":
        add("PostObject")
    elif call.operation in SIMPLE:
        add(SIMPLE[call.operation])
    elif call.operation == "abortUploadTask":
        if call.level != "task":
            add("ListMultipartUploads")
        add("AbortMultipartUpload")
    elif call.operation == "uploadFile":
        limit = call.slice_size if call.slice_size is not None else sending.flag["slice-size"]
        up_to, over = sized(call.min_size, call.max_size, limit)
        if up_to is not None:
            add(call.simple, up_to)
        if over is not None:
            add_multipart(over, over)
    else:  # sliceUploadFile, whatever the size; a file of no bytes is put
        up_to, over = sized(call.min_size, call.max_size, 0)
        if up_to is not None:
            add("PutObject", up_to, call.empty)
        if over is not None:
            add_multipart(over, ALWAYS)
    repeats = [row for shape in main for row in sending.again(shape)]
    return tuple(dict.fromkeys([*main, *repeats, *conditional]))


def sized(min_size: int, max_size: int | None, limit: int) -> tuple[When | None, When | None]:
    """The conditions `up to` and `over`: None where the condition never holds, empty where it always does."""
    small = min_size <= limit
    large = max_size is None or max_size > limit
    if not large:
        return ALWAYS, None
    return (When(up_to=limit), When(over=limit)) if small else (None, ALWAYS)


def parameter_names(flag: dict[str, Any], parameters: tuple[str, ...], headers: tuple[str, ...]) -> tuple[str, ...]:
    """Which headers a call sets by its own parameters and its object `Headers`: lower case, sorted."""
    known = flag["parameters"]
    names = {known[parameter] for parameter in parameters if parameter in known}
    names |= {parameter for parameter in parameters if parameter.startswith("x-cos-")}
    overruled = set(known.values()) if flag["parameters-win"] else set()
    return tuple(sorted(names | {name.lower() for name in headers} - overruled))

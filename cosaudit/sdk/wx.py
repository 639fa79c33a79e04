"""What cos-wx-sdk-v5, the official Mini Program SDK, sends: its recorded behaviour, version by version.

The behaviours are data (`data/cos-wx-sdk-v5.yaml`); this module reads their flags and knows no versions.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from cosaudit import data
from cosaudit.model import Api, Auth, Options, Refusal, Shape, Target, When

PACKAGE = "cos-wx-sdk-v5"
_FACT = f"sdk.{PACKAGE}."
_TOKEN = "x-cos-security-token"  # noqa: S105
_ALWAYS = When()

#: What stands in for bucket and region where only the form of a host matters.
_SAMPLE_BUCKET, _SAMPLE_REGION = "b-1", "r"
_COS_HOST = re.compile(r"https?://[^/]*\.cos\.[^/]*\.myqcloud\.com(/.*)?\Z")
_ACCELERATE_HOST = re.compile(r"https?://[^/]*\.cos\.accelerate\.myqcloud\.com(/.*)?\Z")
_SCHEME = re.compile(r"[a-zA-Z]+://")
_DOUBLE = re.compile(r"\{\{(.*?)\}\}")
_SINGLE = re.compile(r"\{(.*?)\}")


class _Step(NamedTuple):
    """One kind of request: how it is sent, whatever the version."""

    api: Api
    method: str
    keyed: bool
    query: tuple[str, ...]
    headers: str | None  # the flag that names the headers that the SDK adds by itself
    takes: str | None  # the flag that names which of the client's headers it carries; None: all; "": none


_REQUEST = Api.REQUEST
_STEPS = {
    "PostObject": _Step(Api.UPLOAD_FILE, "POST", False, (), None, "post-takes"),
    "PutObject": _Step(_REQUEST, "PUT", True, (), "put-headers", None),
    "GetObject": _Step(_REQUEST, "GET", True, (), None, None),
    "HeadObject": _Step(_REQUEST, "HEAD", True, (), None, None),
    "DeleteObject": _Step(_REQUEST, "DELETE", True, (), None, None),
    "GetBucket": _Step(_REQUEST, "GET", False, ("prefix",), None, None),
    "ListMultipartUploads": _Step(_REQUEST, "GET", False, ("prefix", "uploads"), None, ""),
    "InitiateMultipartUpload": _Step(_REQUEST, "POST", True, ("uploads",), "initiate-headers", None),
    "UploadPart": _Step(_REQUEST, "PUT", True, ("partNumber", "uploadId"), "part-headers", "part-takes"),
    "ListParts": _Step(_REQUEST, "GET", True, ("uploadId",), None, ""),
    "CompleteMultipartUpload": _Step(
        _REQUEST, "POST", True, ("uploadId",), "complete-headers", "complete-takes"
    ),
    "AbortMultipartUpload": _Step(_REQUEST, "DELETE", True, ("uploadId",), None, None),
}
_SIMPLE = {
    "postObject": "PostObject",
    "putObject": "PutObject",
    "getObject": "GetObject",
    "headObject": "HeadObject",
    "deleteObject": "DeleteObject",
    "getBucket": "GetBucket",
}
_MULTIPART = ("ListMultipartUploads", "InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
_CHUNKED = ("UploadPart", "CompleteMultipartUpload")
_OF_MULTIPART = {f"name/cos:{step}" for step in (*_MULTIPART, "ListParts")}


@cache
def versions() -> tuple[str, ...]:
    """The recorded versions, oldest first. Source: sdk.cos-wx-sdk-v5.operations and the recording."""
    return tuple(data.load(PACKAGE)["versions"])


def slice_bases(version: str) -> tuple[str, ...]:
    """The base libraries below which large files are not sent in parts, oldest first; the last one decides.

    Source: sdk.cos-wx-sdk-v5.base-library.
    """
    return tuple(flags(version)["slice-below"])


@cache
def flags(version: str) -> dict[str, Any]:
    """The flags of a recorded version's behaviour; shared by all callers, so do not change them.

    Raises:
        KeyError: the version is not recorded.
    """
    tree = data.load(PACKAGE)
    wanted = tree["versions"][version]
    merged: dict[str, Any] = {}
    for behaviour in tree["behaviours"]:
        merged |= behaviour
        if behaviour["since"] == wanted:
            return merged
    raise KeyError(version)


# -- URLs ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def prefix(
    version: str, options: Options, target: Target, bucket: str, region: str, *, operation: str | None = None
) -> str | Refusal:
    """The URL before the slash that precedes the key.

    Args:
        version: a recorded version.
        options: the constructor's options.
        target: the target of the shape whose URL is asked for.
        bucket: the bucket's full name.
        region: its region.
        operation: matters for `downloadFile` with templates in `Domain` and `UseAccelerate` only.

    Returns:
        `https://media-1250000000.cos.ap-guangzhou.myqcloud.com`, in path style with `/media-1250000000`
        behind the host. A refusal when this version refuses the region or an option, or has no backup host
        for this URL.

    Source: sdk.cos-wx-sdk-v5.force-path-style, .accelerate, .domain-templates, .legacy-regions, .protocol,
    .region-text, .backup-host.
    """
    flag = flags(version)
    refusal = _constructor(version, flag, options)
    if refusal is not None:
        return refusal
    if not _region_pattern(flag["region-pattern"]).fullmatch(region):
        why = f"{PACKAGE} {version} refuses the region `{region}`"
        return Refusal("region-refused", why, _FACT + "region-text")
    if target is Target.BACKUP:
        url = _main_url(flag, options, bucket, region, operation)
        if not _switches(url):
            return Refusal("no-backup-host", f"{PACKAGE} never switches from `{url}`", _FACT + "backup-host")
        return url.replace("myqcloud.com", "tencentcos.cn", 1)
    return _url(flag, options, target, bucket, region, operation)


def _url(
    flag: dict[str, Any], options: Options, target: Target, bucket: str, region: str, operation: str | None
) -> str:
    named = region
    if target is Target.ACCELERATE or (target is Target.CUSTOM and _accelerates(flag, options, operation)):
        named = "accelerate"
    path_style = bool(options.ForcePathStyle) and flag["force-path-style"] == "path-style"
    if target is Target.CUSTOM:
        domain = _expand(flag["domain-templates"], options.Domain or "", bucket, named)
    else:
        domain = f"{named}.myqcloud.com" if named in flag["legacy-regions"] else f"cos.{named}.myqcloud.com"
        if not path_style:
            domain = f"{bucket}.{domain}"
    if not _SCHEME.match(domain):
        scheme = options.Protocol if options.Protocol and flag["protocol"] == "heeded" else "https:"
        domain = f"{scheme}//{domain}"
    domain = domain.removesuffix("/")
    return f"{domain}/{bucket}" if path_style else domain


def _main_url(flag: dict[str, Any], options: Options, bucket: str, region: str, operation: str | None) -> str:
    return _url(flag, options, _target(flag, options, operation), bucket, region, operation)


def _target(flag: dict[str, Any], options: Options, operation: str | None) -> Target:
    if options.Domain:
        return Target.CUSTOM
    if _accelerates(flag, options, operation):
        return Target.ACCELERATE
    if options.ForcePathStyle and flag["force-path-style"] == "path-style":
        return Target.REGION
    return Target.BUCKET


def _accelerates(flag: dict[str, Any], options: Options, operation: str | None) -> bool:
    if not options.UseAccelerate:
        return False
    heeded: str = flag["use-accelerate"]
    return heeded == "all" or (heeded == "requests" and operation != "downloadFile")


def _expand(kind: str, domain: str, bucket: str, region: str) -> str:
    """Put bucket and region into the templates of `Domain`; unknown templates become nothing."""
    short, _, appid = bucket.rpartition("-")
    known = {"appid": appid, "bucket": short, "region": region}
    domain = _DOUBLE.sub(lambda found: known.get(found[1].lower(), ""), domain)
    if kind == "double":
        return domain
    known = {"appid": appid, "bucketname": short, "bucket": bucket, "region": region}
    return _SINGLE.sub(lambda found: known.get(found[1].lower(), ""), domain)


@cache
def _region_pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _switches(url: str) -> bool:
    return _COS_HOST.match(url) is not None and _ACCELERATE_HOST.match(url) is None


@lru_cache(maxsize=65536)
def object_key(version: str, key: str, *, action: str | None = None) -> str:
    """The key that this version really uses for the key that it is given: a leading slash may be dropped.

    Args:
        version: a recorded version.
        key: the key as the client names it.
        action: the shape's action; the requests of a multipart upload may lose a second leading slash.

    Source: sdk.cos-wx-sdk-v5.keys.
    """
    left: int = flags(version)["leading-slashes-multipart" if action in _OF_MULTIPART else "leading-slashes"]
    while left and key.startswith("/"):
        key = key[1:]
        left -= 1
    return key


@lru_cache(maxsize=65536)
def encode_key(version: str, key: str, *, action: str | None = None) -> str:
    """How a whole key, or its beginning, stands in the URL's path, without the slash before it.

    Leading slashes are treated as `object_key` says, so for text inside a key put a character before it.
    Source: sdk.cos-wx-sdk-v5.keys.
    """
    from urllib.parse import quote

    keeps = "/~" + flags(version)["key-keeps"]
    return quote(object_key(version, key, action=action), safe=keeps, errors="replace")


# -- requests ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def shapes(
    version: str,
    operation: str,
    options: Options,
    auth: Auth,
    *,
    min_size: int = 1,
    max_size: int | None = None,
    base_library: str | None = None,
    token_field: str | None = None,
    content_type: bool = False,
    headers: tuple[str, ...] = (),
    region: str | None = None,
    level: str = "task",
) -> tuple[Shape, ...] | Refusal:
    """Every request that the SDK may send for one call: main ones in sending order, then conditional ones.

    Args:
        version: a recorded version.
        operation: the SDK's own name, or `downloadFile` (getObjectUrl and a hand-written wx.downloadFile).
        options: the constructor's options.
        auth: who signs, with what kind of key.
        min_size: the smallest object, bytes.
        max_size: the largest; None = any.
        base_library: the oldest WeChat base library on users' phones; None = new enough for every version.
        token_field: the name under which the token is returned; None = one that this version reads.
        content_type: the client sets a content type.
        headers: names of further headers that the client sets, by whatever parameter of the SDK sends them.
        region: the bucket's region; it matters to the backup host only, which legacy regions lack. None = an
            ordinary one.
        level: `task`, `file` or `bucket`: the parameter Level of abortUploadTask.

    Returns:
        The shapes without repeats, or why nothing is sent: a missing operation, a refused option, or (with
        `token_field` or `signer` for the option, as the configuration calls them) credentials that this
        version does not take.

    Source: the recording; the facts sdk.cos-wx-sdk-v5.*.
    """
    flag = flags(version)
    refusal = _constructor(version, flag, options)
    if refusal is not None:
        return refusal
    if operation not in flag["operations"]:
        return Refusal("operation-missing", f"{PACKAGE} {version} has no `{operation}`", _FACT + "operations")
    token = auth in (Auth.CLIENT, Auth.SERVER_TEMPORARY)
    if token and token_field is not None and token_field not in flag["token-fields"]:
        # A signature from a server is sent all the same; a key without its token is an error before any
        # request, except that the oldest getObjectUrl never looks at the token.
        if auth is Auth.CLIENT and (operation != "downloadFile" or flag["signed-url-token"]):
            reads = " or ".join(f"`{name}`" for name in flag["token-fields"])
            return Refusal(
                "option-refused",
                f"{PACKAGE} {version} reads the token as {reads} and sends nothing without it",
                _FACT + "token-field",
                "token_field",
            )
        token = False
    if operation == "downloadFile":
        return (_download(flag, options, auth, token),)
    if auth is Auth.NONE and flag["unsigned"] == "refused":
        why = f"{PACKAGE} {version} sends nothing without a signature"
        return Refusal("option-refused", why, _FACT + "unsigned", "signer")
    given = frozenset(name.lower() for name in headers) | ({"content-type"} if content_type else frozenset())
    target = _target(flag, options, operation)
    backup = bool(
        options.AutoSwitchHost
        and flag["backup"]
        and auth in (Auth.CLIENT, Auth.NONE)  # a signature from a server is bound to its host
        and _switches(_main_url(flag, options, _SAMPLE_BUCKET, region or _SAMPLE_REGION, operation))
    )
    sending = _Sending(flag, target, auth, token, given, bool(options.AutoSwitchHost), backup)
    return tuple(dict.fromkeys(_rows(sending, operation, options, min_size, max_size, base_library, level)))


def _constructor(version: str, flag: dict[str, Any], options: Options) -> Refusal | None:
    if options.ForcePathStyle and flag["force-path-style"] == "refused":
        return Refusal(
            "option-refused",
            f"the constructor of {PACKAGE} {version} throws on `ForcePathStyle: true`",
            _FACT + "force-path-style",
            "ForcePathStyle",
        )
    return None


def _download(flag: dict[str, Any], options: Options, auth: Auth, token: bool) -> Shape:
    """An address from getObjectUrl, fetched by hand: it is sent once, by the page's own code."""
    names: list[str] = [] if auth is Auth.NONE else list(flag["signed-url"])
    if token and flag["signed-url-token"]:
        names.append(_TOKEN)
    target = _target(flag, options, "downloadFile")
    return Shape(
        Api.DOWNLOAD_FILE, "GET", target, True, tuple(sorted(names)), (), (), "name/cos:GetObject", _ALWAYS
    )


class _Sending(NamedTuple):
    """What all requests of one call have in common."""

    flag: dict[str, Any]
    target: Target
    auth: Auth
    token: bool
    given: frozenset[str]  # lower-case names of headers that the client sets
    switch: bool  # AutoSwitchHost
    backup: bool  # and it has a host to switch to

    def main(self, action: str, when: When, own: tuple[str, ...] = ()) -> Shape:
        """The request as it is sent first."""
        step = _STEPS[action]
        flag = self.flag
        carried = self.given
        if step.takes is not None:
            carried = _chosen(carried, flag[step.takes] if step.takes else ())
        names = {*carried, *own, *(flag[step.headers] if step.headers else ())}
        form: tuple[str, ...] = ()
        if action == "PostObject":
            form = self._form(carried)
        if self.auth is not Auth.NONE:
            names.add("authorization")
        if self.token:
            names.add(_TOKEN)
        if action == "PostObject" and not flag["post-headers"]:
            names = set()
        return Shape(
            step.api,
            step.method,
            self.target,
            step.keyed,
            step.query,
            tuple(sorted(names)),
            form,
            f"name/cos:{action}",
            when,
        )

    def _form(self, carried: frozenset[str]) -> tuple[str, ...]:
        """The form's names in the order sent; an empty Content-Type comes last when the client sets none."""
        names = ["key", "success_action_status", "Signature"]
        for name in self.flag["post-form"]:
            if name == _TOKEN:
                names += [_TOKEN] if self.token else []
            else:
                names += sorted(_chosen(carried, (name.lower(),))) if name.endswith("*") else []
                names += [name] if name.lower() in carried else []
        if "x-cos-acl" in carried:
            names.append("acl")
        if "Content-Type" not in names:
            names.append("Content-Type")
        return tuple(names)

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
        if flag["chunk-tries"] > 1 and shape.action.removeprefix("name/cos:") in _CHUNKED:
            rows += [_when(shape, "network"), _when(shape, "5xx")]
        return rows


def _when(shape: Shape, retry: str) -> Shape:
    return shape._replace(when=shape.when._replace(retry=retry))


def _chosen(names: frozenset[str], patterns: tuple[str, ...] | list[str]) -> frozenset[str]:
    """The names that one of the patterns lets through; a pattern may end in a star."""
    whole = {pattern for pattern in patterns if not pattern.endswith("*")}
    starts = tuple(pattern[:-1] for pattern in patterns if pattern.endswith("*"))
    return frozenset(name for name in names if name in whole or (starts and name.startswith(starts)))


def _rows(
    sending: _Sending,
    operation: str,
    options: Options,
    min_size: int,
    max_size: int | None,
    base_library: str | None,
    level: str,
) -> list[Shape]:
    """The shapes of one call; repeats possible."""
    main: list[Shape] = []
    conditional: list[Shape] = []

    def add(action: str, when: When = _ALWAYS, own: tuple[str, ...] = ()) -> None:
        main.append(sending.main(action, when, own))

    def add_conditional(action: str, when: When) -> None:
        shape = sending.main(action, when)
        conditional.extend([shape, *sending.again(shape)])

    def add_multipart(when: When, too_old: When) -> None:
        for action in _MULTIPART:
            add(action, when)
        add_conditional("ListParts", when._replace(resume=True))
        below = _too_old(sending.flag["slice-below"], base_library)
        if below is not None:
            add_conditional(_simple_method(sending.flag, options), too_old._replace(base_below=below))

    if operation in _SIMPLE:
        add(_SIMPLE[operation])
    elif operation == "abortUploadTask":
        if level != "task":
            add("ListMultipartUploads")
        add("AbortMultipartUpload")
    elif operation == "uploadFile":
        limit = options.SliceSize if options.SliceSize is not None else sending.flag["slice-size"]
        up_to, over = _sized(min_size, max_size, limit)
        if up_to is not None:
            add(_simple_method(sending.flag, options), up_to)
        if over is not None:
            add_multipart(over, over)
    else:  # sliceUploadFile, whatever the size; a file of no bytes is put, and then its length is named
        up_to, over = _sized(min_size, max_size, 0)
        if up_to is not None:
            add("PutObject", up_to, ("content-length",))
        if over is not None:
            add_multipart(over, _ALWAYS)
    repeats = [row for shape in main for row in sending.again(shape)]
    return [*main, *repeats, *conditional]


def _sized(min_size: int, max_size: int | None, limit: int) -> tuple[When | None, When | None]:
    """The conditions `up to` and `over`: None where the condition never holds, empty where it always does."""
    small = min_size <= limit
    large = max_size is None or max_size > limit
    if not large:
        return _ALWAYS, None
    return (When(up_to=limit), When(over=limit)) if small else (None, _ALWAYS)


def _simple_method(flag: dict[str, Any], options: Options) -> str:
    if flag["simple-upload-method"] == "ignored" or options.SimpleUploadMethod in (None, "postObject"):
        return "PostObject"
    return "PutObject"


def _too_old(limits: list[str], base_library: str | None) -> str | None:
    """The first of the limits that the base library is older than."""
    if base_library is None:
        return None
    at = _numbers(base_library)
    return next((limit for limit in limits if at < _numbers(limit)), None)


def _numbers(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in re.findall(r"\d+", version)[:3]]
    return (*parts, 0, 0, 0)[:3]


# -- what a client sets --------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def header_names(
    version: str, parameters: tuple[str, ...], headers: tuple[str, ...] = (), *, post: bool = False
) -> tuple[str, ...]:
    """Which headers a call really sets, lower case and sorted.

    Args:
        version: a recorded version.
        parameters: names of the call's own parameters, such as `ContentType` or `x-cos-meta-note`.
        headers: the names in the call's object `Headers`.
        post: the call is postObject, which knows other parameters and ignores `Headers`.

    Source: sdk.cos-wx-sdk-v5.post-headers.
    """
    flag = flags(version)
    if post:
        # by the names of all versions: postObject has a list of its own, not the one for all other calls
        known = flags(versions()[-1])["parameters"]
        named = {known[parameter] for parameter in parameters if parameter in known}
        named |= {parameter for parameter in parameters if parameter.startswith("x-cos-meta-")}
        return tuple(sorted(_chosen(frozenset(named), flag["post-takes"])))
    known = flag["parameters"]
    names = {known[parameter] for parameter in parameters if parameter in known}
    names |= {parameter for parameter in parameters if parameter.startswith("x-cos-")}
    overruled = set(known.values()) if flag["parameters-win"] else set()
    return tuple(sorted(names | {name.lower() for name in headers} - overruled))

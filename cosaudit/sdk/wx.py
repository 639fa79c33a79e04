"""What cos-wx-sdk-v5, the official Mini Program SDK, sends: its recorded behaviour, version by version.

The behaviours are data (`data/cos-wx-sdk-v5.yaml`); this module reads their flags and knows no versions.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from cosaudit.model import Api, Auth, Options, Refusal, Shape, Target, When
from cosaudit.sdk import common
from cosaudit.sdk.common import ALWAYS, TOKEN, Step, chosen

PACKAGE = "cos-wx-sdk-v5"
_FACT = f"sdk.{PACKAGE}."

_STEPS = {
    **common.steps(Api.REQUEST),
    "PostObject": Step(Api.UPLOAD_FILE, "POST", False, (), None, "post-takes"),
}


def versions() -> tuple[str, ...]:
    """The recorded versions, oldest first. Source: sdk.cos-wx-sdk-v5.operations and the recording."""
    return common.versions(PACKAGE)


def slice_bases(version: str) -> tuple[str, ...]:
    """The base libraries below which large files are not sent in parts, oldest first; the last one decides.

    Source: sdk.cos-wx-sdk-v5.base-library.
    """
    return tuple(flags(version)["slice-below"])


def flags(version: str) -> dict[str, Any]:
    """The flags of a recorded version's behaviour; shared by all callers, so do not change them.

    Raises:
        KeyError: the version is not recorded.
    """
    return common.flags(PACKAGE, version)


# -- URLs ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def prefix(
    version: str,
    options: Options,
    target: Target,
    bucket: str,
    region: str,
    *,
    operation: str | None = None,
    page: str | None = None,
) -> str | Refusal:
    """The URL before the slash that precedes the key.

    Args:
        version: a recorded version.
        options: the constructor's options.
        target: the target of the shape whose URL is asked for.
        bucket: the bucket's full name.
        region: its region.
        operation: matters for `downloadFile` with templates in `Domain` and `UseAccelerate` only.
        page: a web page's own protocol; a Mini Program has none.

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
    if not common.takes_region(flag, region):
        why = f"{PACKAGE} {version} refuses the region `{region}`"
        return Refusal("region-refused", why, _FACT + "region-text")
    url = common.prefix(flag, options, target, bucket, region, _how(flag, options, operation))
    if url is None:
        return Refusal("no-backup-host", f"{PACKAGE} never switches from this host", _FACT + "backup-host")
    return url


def _how(flag: dict[str, Any], options: Options, operation: str | None) -> common.How:
    scheme = options.Protocol if options.Protocol and flag["protocol"] == "heeded" else "https:"
    return common.How(scheme, operation == "downloadFile")


@lru_cache(maxsize=65536)
def object_key(version: str, key: str, *, action: str | None = None) -> str:
    """The key that this version really uses for the key that it is given: a leading slash may be dropped.

    Args:
        version: a recorded version.
        key: the key as the client names it.
        action: the shape's action; the requests of a multipart upload may lose a second leading slash.

    Source: sdk.cos-wx-sdk-v5.keys.
    """
    return common.object_key(flags(version), key, action)


@lru_cache(maxsize=65536)
def encode_key(version: str, key: str, *, action: str | None = None) -> str:
    """How a whole key, or its beginning, stands in the URL's path, without the slash before it.

    Leading slashes are treated as `object_key` says, so for text inside a key put a character before it.
    Source: sdk.cos-wx-sdk-v5.keys.
    """
    return common.encode_key(flags(version), key, action)


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
    how = _how(flag, options, operation)
    backup = bool(
        options.AutoSwitchHost
        and flag["backup"]
        and auth in (Auth.CLIENT, Auth.NONE)  # a signature from a server is bound to its host
        and common.has_backup(flag, options, region, how)
    )
    sending = _Sending(
        flag,
        _STEPS,
        common.main_target(flag, options, how),
        auth is not Auth.NONE,
        token,
        given,
        bool(options.AutoSwitchHost),
        backup,
    )
    below = _too_old(flag["slice-below"], base_library)
    simple = _simple_method(flag, options)
    call = common.Call(
        operation, simple, options.SliceSize, min_size, max_size, below, level, empty=("content-length",)
    )
    return common.rows(sending, call)


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
        names.append(TOKEN)
    target = common.main_target(flag, options, _how(flag, options, "downloadFile"))
    return Shape(Api.DOWNLOAD_FILE, "GET", target, True, tuple(sorted(names)), (), (), "name/cos:GetObject", ALWAYS)


class _Sending(common.Sending):
    """What all requests of one call have in common; a form besides."""

    __slots__ = ()

    def main(self, action: str, when: When, own: tuple[str, ...] = ()) -> Shape:
        """The request as it is sent first."""
        shape = super().main(action, when, own)
        if action != "PostObject":
            return shape
        headers = shape.headers if self.flag["post-headers"] else ()
        return shape._replace(form=self._form(self.carried(self.steps[action])), headers=headers)

    def _form(self, carried: frozenset[str]) -> tuple[str, ...]:
        """The form's names in the order sent; an empty Content-Type comes last when the client sets none."""
        names = ["key", "success_action_status", "Signature"]
        for name in self.flag["post-form"]:
            if name == TOKEN:
                names += [TOKEN] if self.token else []
            else:
                names += sorted(chosen(carried, (name.lower(),))) if name.endswith("*") else []
                names += [name] if name.lower() in carried else []
        if "x-cos-acl" in carried:
            names.append("acl")
        if "Content-Type" not in names:
            names.append("Content-Type")
        return tuple(names)


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
        return tuple(sorted(chosen(frozenset(named), flag["post-takes"])))
    return common.parameter_names(flag, parameters, headers)

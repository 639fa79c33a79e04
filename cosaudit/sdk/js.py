"""What cos-js-sdk-v5, the official SDK for web pages, sends: its recorded behaviour, version by version.

The behaviours are data (`data/cos-js-sdk-v5.yaml`); this module reads their flags and knows no versions.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from cosaudit.model import Api, Auth, Options, Refusal, Shape, Target
from cosaudit.sdk import common
from cosaudit.sdk.common import ALWAYS, TOKEN

PACKAGE = "cos-js-sdk-v5"
_FACT = f"sdk.{PACKAGE}."
_STEPS = common.steps(Api.FETCH)


def versions() -> tuple[str, ...]:
    """The recorded versions, oldest first. Source: sdk.cos-js-sdk-v5.recorded and the recording."""
    return common.versions(PACKAGE)


def slice_bases(version: str) -> tuple[str, ...]:
    """No base library decides anything on the web."""
    return ()


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
        operation: matters for `downloadFile` with `UseAccelerate` only.
        page: the page's own protocol, such as `http:`; None = any but `http:`.

    Returns:
        As of the Mini Program's SDK. A refusal when this version refuses the region or an option, or has no
        backup host for this URL.

    Source: sdk.cos-js-sdk-v5.force-path-style, .accelerate, .domain-templates, .legacy-regions, .protocol,
    .region-text, .backup-host.
    """
    flag = flags(version)
    refusal = _constructor(version, flag, options)
    if refusal is not None:
        return refusal
    if not common.takes_region(flag, region):
        why = f"{PACKAGE} {version} refuses the region `{region}`"
        return Refusal("region-refused", why, _FACT + "region-text")
    url = common.prefix(flag, options, target, bucket, region, _how(options, operation, page))
    if url is None:
        return Refusal("no-backup-host", f"{PACKAGE} never switches from this host", _FACT + "backup-host")
    return url


def _how(options: Options, operation: str | None, page: str | None = None) -> common.How:
    scheme = options.Protocol or ("http:" if page == "http:" else "https:")
    return common.How(scheme, operation == "downloadFile")


@lru_cache(maxsize=65536)
def object_key(version: str, key: str, *, action: str | None = None) -> str:
    """The key that this version really uses for the key that it is given: leading slashes are dropped.

    Args:
        version: a recorded version.
        key: the key as the client names it.
        action: the shape's action; the requests of a multipart upload lose a second leading slash.

    Source: sdk.cos-js-sdk-v5.keys.
    """
    return common.object_key(flags(version), key, action)


@lru_cache(maxsize=65536)
def encode_key(version: str, key: str, *, action: str | None = None) -> str:
    """How a whole key, or its beginning, stands in the URL's path, without the slash before it.

    Leading slashes are treated as `object_key` says, so for text inside a key put a character before it.
    Source: sdk.cos-js-sdk-v5.keys.
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
        operation: the SDK's own name, or `downloadFile`: a getObjectUrl that the page's own code gets.
        options: the constructor's options.
        auth: who signs, with what kind of key.
        min_size: the smallest object, bytes.
        max_size: the largest; None = any.
        base_library: a Mini Program's affair; not used.
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

    Source: the recording; the facts sdk.cos-js-sdk-v5.*.
    """
    flag = flags(version)
    refusal = _constructor(version, flag, options)
    if refusal is not None:
        return refusal
    if operation not in flag["operations"]:
        return Refusal("operation-missing", f"{PACKAGE} {version} has no `{operation}`", _FACT + "operations")
    token = auth in (Auth.CLIENT, Auth.SERVER_TEMPORARY)
    if token and token_field is not None and token_field not in flag["token-fields"]:
        # as with the Mini Program's SDK: what a server signed goes without its token, a key without one is an error
        if auth is Auth.CLIENT:
            reads = " or ".join(f"`{name}`" for name in flag["token-fields"])
            return Refusal(
                "option-refused",
                f"{PACKAGE} {version} reads the token as {reads} and sends nothing without it",
                _FACT + "token-field",
                "token_field",
            )
        token = False
    how = _how(options, operation)
    target = common.main_target(flag, options, how)
    if operation == "downloadFile":
        names: list[str] = [] if auth is Auth.NONE else list(flag["signed-url"])
        query = tuple(sorted([*names, TOKEN] if token else names))
        return (Shape(Api.FETCH, "GET", target, True, query, (), (), "name/cos:GetObject", ALWAYS),)
    if auth is Auth.NONE:
        why = f"{PACKAGE} {version} sends nothing without a signature"
        return Refusal("option-refused", why, _FACT + "unsigned", "signer")
    given = frozenset(name.lower() for name in headers) | ({"content-type"} if content_type else frozenset())
    # an absent option is the version's default, which for the web is to switch
    switch = flag["auto-switch-host"] if options.AutoSwitchHost is None else options.AutoSwitchHost
    backup = bool(
        switch
        and flag["backup"]
        and auth is Auth.CLIENT  # a signature from a server is bound to its host
        and common.has_backup(flag, options, region, how)
    )
    given -= frozenset(flag["not-sent"])
    sending = common.Sending(flag, _STEPS, target, True, token, given, switch, backup)
    call = common.Call(operation, "PutObject", options.SliceSize, min_size, max_size, None, level)
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


@cache
def reads(version: str, operation: str, action: str) -> tuple[str, ...]:
    """The headers of an answer without which the SDK cannot go on; a web page sees them only if CORS exposes them.

    Args:
        version: a recorded version.
        operation: what the page calls.
        action: the request's, `name/cos:UploadPart`.

    Source: sdk.cos-js-sdk-v5.reads.
    """
    needed: dict[str, list[str]] = flags(version)["reads"]
    step = action.removeprefix("name/cos:")
    return tuple(needed.get(step, ())) if operation in flags(version)["operations"] else ()


@cache
def value(version: str, action: str, header: str) -> str | None:
    """What stands in a header that the SDK itself sets: where the client sets it too, the client's may win.

    Args:
        version: a recorded version.
        action: the request's, `name/cos:CompleteMultipartUpload`.
        header: lower case.

    Returns:
        None where it differs from call to call, such as the type of the file, or is not set at all.

    Source: sdk.cos-js-sdk-v5.values.
    """
    known: dict[str, dict[str, str]] = flags(version)["values"]
    step = action.removeprefix("name/cos:")
    found = known.get(step, {}).get(header)
    return found if found is not None else known["all"].get(header)


# -- what a client sets --------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def header_names(version: str, parameters: tuple[str, ...], headers: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Which headers a call really sets, lower case and sorted.

    Args:
        version: a recorded version.
        parameters: names of the call's own parameters, such as `ContentType` or `x-cos-meta-note`.
        headers: the names in the call's object `Headers`.

    Source: sdk.cos-js-sdk-v5.keys.
    """
    return common.parameter_names(flags(version), parameters, headers)

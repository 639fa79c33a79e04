"""Inventory → requests: what goes over the wire for each upload and download, symbolic where the key is."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit import sdk
from cosaudit.cos.hosts import bucket_host
from cosaudit.cos.regions import region as known_region
from cosaudit.model import (
    ALWAYS,
    Form,
    Refusal,
    Request,
    Target,
)

if TYPE_CHECKING:
    from cosaudit.model import Bucket, Client, Inventory, Options, Part, Shape, Transfer


class Flows(NamedTuple):
    """All requests of an inventory, in the order of its uploads, downloads and endpoints."""

    requests: tuple[Request, ...]
    assumptions: tuple[str, ...]


#: Why a client on the web has no requests yet.
NOT_RECORDED = Refusal(
    "not-recorded",
    "what web clients send is not recorded yet, so nothing is derived for them",
    "sdk.web.recording",
)


def derive(inventory: Inventory) -> Flows:
    """The requests of every flow and endpoint, and what was assumed on the way. Never fails on a loaded inventory."""
    requests: list[Request] = []
    assumed: dict[str, None] = dict.fromkeys(inventory.assumptions)
    clients = inventory.clients
    buckets = inventory.buckets
    used = set()
    for transfer in inventory.transfers:
        client = clients[transfer.client]
        bucket = buckets[transfer.bucket]
        used.add(transfer.client)
        shapes = _shapes(client, bucket, transfer)
        if isinstance(shapes, Refusal):
            requests.append(_refused(client, bucket, transfer, shapes))
            continue
        prefixes: dict[Target, str | Refusal] = {}
        for shape in shapes:
            target = shape.target
            prefix = prefixes.get(target)
            if prefix is None:
                prefix = prefixes[target] = _prefix(client, bucket, target, transfer.operation)
            if isinstance(prefix, Refusal):
                if prefixes.get(Target.CUSTOM) is not prefix:
                    requests.append(_refused(client, bucket, transfer, prefix))
                    prefixes[Target.CUSTOM] = prefix
                continue
            requests.append(
                Request(
                    transfer.name, transfer.operation, client, bucket, transfer, None, shape, None, prefix
                )
            )
    for client in clients:
        if client.sdk.assumption is not None:
            assumed[_of(client, client.sdk.assumption)] = None
        if client.index not in used:
            what = "only its endpoints are needed" if client.endpoints else "it needs no domain"
            assumed[_of(client, f"no uploads or downloads are described: {what}")] = None
        for endpoint in client.endpoints:
            requests.append(Request(None, None, client, None, None, endpoint, None, None, None))
    for text in _base_library(inventory):
        assumed[text] = None
    for region in sorted({bucket.region for bucket in buckets}):
        found = known_region(region, inventory.regions)
        if found is not None and found.assumed:
            assumed[f"region {region} is not in the data; taken as an ordinary region, as `regions` says"] = None
    return Flows(tuple(requests), tuple(assumed))


def _of(client: Client, text: str) -> str:
    return f"{client.name}: {text}" if client.name is not None else text


def _refused(client: Client, bucket: Bucket, transfer: Transfer, refusal: Refusal) -> Request:
    return Request(transfer.name, transfer.operation, client, bucket, transfer, None, None, refusal, None)


def _base_library(inventory: Inventory) -> dict[str, None]:
    """The assumption on the base library, for the clients for which another one would change what is sent."""
    found: dict[str, None] = {}
    oldest = "0.0.0"
    for transfer in inventory.transfers:
        client = inventory.clients[transfer.client]
        if client.base_library is None and client.platform == "wechat-miniprogram":
            newest = sdk.PROFILES[client.sdk.package].slice_base(client.sdk.version) if client.sdk.version else None
            if newest is None:
                continue
            text = _of(client, f"phones have WeChat base library {newest} or newer (`base_library` is not described)")
            bucket = inventory.buckets[transfer.bucket]
            if text not in found and _shapes(client, bucket, transfer) != _shapes(client, bucket, transfer, oldest):
                found[text] = None
    return found


def effective_options(client: Client) -> Options:
    """The SDK options with `addressing: region` written out as what it means there."""
    if client.addressing == "region":
        return client.options._replace(ForcePathStyle=True)
    return client.options


def addressing(client: Client) -> str:
    """How hand-written code builds its URL: `url`, `region` or `bucket`."""
    if client.url is not None:
        return "url"
    return client.addressing or "bucket"


def _shapes(
    client: Client, bucket: Bucket, transfer: Transfer, base_library: str | None = None
) -> tuple[Shape, ...] | Refusal:
    if client.platform == "web":
        return NOT_RECORDED
    package = client.sdk.package
    if package == "none":
        sends = client.sends
        return sdk.handwritten.shapes(
            transfer.operation,
            transfer.auth,
            addressing=addressing(client),
            form=sends.form if sends is not None else None,
            headers=sends.headers if sends is not None else None,
        )
    profile = sdk.PROFILES[package]
    assert client.sdk.version is not None  # a package with a profile has recorded versions
    return profile.shapes(
        client.sdk.version,
        transfer.operation,
        effective_options(client),
        transfer.auth,
        min_size=transfer.min_size,
        max_size=transfer.max_size,
        base_library=base_library or client.base_library,
        token_field=client.token_field,
        content_type=transfer.content_type is not None,
        headers=transfer.headers,
        region=bucket.region,
    )


def _prefix(client: Client, bucket: Bucket, target: Target, operation: str) -> str | Refusal:
    if client.sdk.package == "none":
        if client.url is not None:
            url = client.url.replace("{bucket}", bucket.name).replace("{region}", bucket.region)
            return url.rstrip("/")
        if client.addressing == "region":
            return f"https://{bucket_host(Form.REGIONAL, bucket.name, bucket.region)}/{bucket.name}"
        return f"https://{bucket_host(Form.BUCKET, bucket.name, bucket.region)}"
    assert client.sdk.version is not None
    return sdk.PROFILES[client.sdk.package].prefix(
        client.sdk.version, effective_options(client), target, bucket.name, bucket.region, operation=operation
    )


# -- what a request looks like ---------------------------------------------------------------------------------


def origin(request: Request) -> str | None:
    """Scheme, host and port of a request as its URL has them; None when nothing is sent."""
    if request.endpoint is not None:
        return _origin(request.endpoint.url)
    return _origin(request.prefix) if request.prefix is not None else None


@lru_cache(maxsize=65536)
def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host = rest
    for end in "/?#":
        host = host.partition(end)[0]
    return f"{scheme.lower()}://{host}"


@lru_cache(maxsize=4096)
def key_path(package: str, version: str | None, key: tuple[Part, ...], action: str | None = None) -> str:
    """The key as it stands in the path: literals as this SDK encodes them, placeholders as `{name}`."""
    profile = sdk.PROFILES.get(package)
    pieces: list[str] = []
    for part in key:
        if part.placeholder:
            pieces.append(part.text if part.text.startswith("$") else f"{{{part.text}}}")
        elif profile is None or version is None:
            pieces.append(sdk.handwritten.encode_key(part.text))
        elif not pieces:
            pieces.append(profile.encode_key(version, part.text, action=action))
        else:  # what SDKs do to a key's leading slashes must not touch a later piece
            pieces.append(profile.encode_key(version, "x" + part.text, action=action)[1:])
    return "".join(pieces)


def key_text(key: tuple[Part, ...]) -> str:
    """The key template as text: placeholders as `{name}`, literal braces as they are."""
    return "".join(
        [part.text if not part.placeholder or part.text.startswith("$") else f"{{{part.text}}}" for part in key]
    )


def url(request: Request) -> str | None:
    """The URL without its query; None when nothing is sent."""
    if request.endpoint is not None:
        return request.endpoint.url
    shape, transfer = request.shape, request.transfer
    if shape is None or transfer is None or request.prefix is None:
        return None
    if not shape.keyed:
        return request.prefix + "/"
    used = request.client.sdk
    return f"{request.prefix}/{key_path(used.package, used.version, transfer.key, shape.action)}"


def resource(request: Request) -> str | None:
    """The CAM resource that the request is authorised as (six segments); None without an action on a bucket."""
    if request.shape is None or request.bucket is None or request.transfer is None:
        return None
    region = known_region(request.bucket.region)
    current = region.current if region is not None else request.bucket.region
    key = key_text(request.transfer.key)
    used = request.client.sdk
    profile = sdk.PROFILES.get(used.package)
    if key.startswith("/") and profile is not None and used.version is not None:
        key = profile.object_key(used.version, key, action=request.shape.action)
    return f"qcs::cos:{current}:uid/{request.bucket.appid}:{request.bucket.name}/{key}"


__all__ = [
    "ALWAYS",
    "NOT_RECORDED",
    "Flows",
    "addressing",
    "derive",
    "effective_options",
    "key_path",
    "key_text",
    "origin",
    "resource",
    "url",
]

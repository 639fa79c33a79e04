"""Inventory → requests: what goes over the wire for each upload and download, symbolic where the key is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit import sdk
from cosaudit.cos.hosts import bucket_host
from cosaudit.cos.regions import region as known_region
from cosaudit.model import (
    Api,
    Form,
    Part,
    Refusal,
    Request,
    Shape,
    Target,
    When,
)
from cosaudit.wechat.entries import parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cosaudit.model import Bucket, Client, Endpoint, Inventory, Options, Transfer


class Group(NamedTuple):
    """Shapes of one call that go through one API to one host: no gate tells them apart but by what they do there."""

    target: Target
    shapes: tuple[Shape, ...]
    places: tuple[int, ...]  # where they stand among all shapes of the call


class Block(NamedTuple):
    """All requests of one upload, download or endpoint. They become Request values when somebody asks."""

    client: Client
    bucket: Bucket | None
    transfer: Transfer | None
    endpoint: Endpoint | None
    refusal: Refusal | None
    shapes: tuple[Shape, ...]
    groups: tuple[Group, ...]
    prefixes: Mapping[Target, str]
    page: str | None = None  # as of Request

    @property
    def number(self) -> int:
        """How many requests these are."""
        return len(self.shapes) or 1

    @property
    def name(self) -> str:
        """What a person calls it."""
        if self.endpoint is not None:
            return self.endpoint.url
        assert self.transfer is not None
        return self.transfer.name or self.transfer.operation

    def request(self, shape: Shape | None) -> Request:
        """One of the requests; without a shape the call that sends nothing, or the endpoint."""
        transfer = self.transfer
        if transfer is None:
            return Request(None, None, self.client, None, None, self.endpoint, None, None, None)
        prefix = self.prefixes[shape.target] if shape is not None else None
        return Request(
            transfer.name, transfer.operation, self.client, self.bucket, transfer, None, shape, self.refusal, prefix,
            self.page,
        )  # fmt: skip

    def with_shapes(self, shapes: tuple[Shape, ...]) -> Block:
        """The same call with other requests to the same hosts."""
        return self if shapes == self.shapes else self._replace(shapes=shapes, groups=_groups(shapes))

    def requests(self) -> list[Request]:
        """All of them, in the order in which they are sent."""
        return [self.request(shape) for shape in self.shapes] or [self.request(None)]


class Flows(NamedTuple):
    """All that an inventory sends, in the order of its uploads, downloads and endpoints."""

    blocks: tuple[Block, ...]
    assumptions: tuple[str, ...]


def derive(inventory: Inventory) -> Flows:
    """The requests of every flow and endpoint, and what was assumed on the way. Never fails on a loaded inventory."""
    blocks: list[Block] = []
    clients = inventory.clients
    buckets = inventory.buckets
    used = set()
    # The profiles give the same tuple for the same question: keyed by identity, kept so that none is made anew.
    grouped: dict[int, tuple[tuple[Shape, ...], tuple[Group, ...]]] = {}
    for transfer in inventory.transfers:
        client = clients[transfer.client]
        bucket = buckets[transfer.bucket]
        used.add(transfer.client)
        shapes = _shapes(client, bucket, transfer)
        if isinstance(shapes, Refusal):
            blocks.append(Block(client, bucket, transfer, None, shapes, (), (), {}))
            continue
        known = grouped.get(id(shapes))
        if known is None:
            known = grouped[id(shapes)] = (shapes, _groups(shapes))
        blocks += _blocks(client, bucket, transfer, *known)
    for client in clients:
        for endpoint in client.endpoints:
            blocks.append(Block(client, None, None, endpoint, None, (), (), {}))
    return Flows(tuple(blocks), _assumptions(inventory, used))


def _groups(shapes: tuple[Shape, ...]) -> tuple[Group, ...]:
    found: dict[tuple[Api, Target], list[int]] = {}
    for place, shape in enumerate(shapes):
        found.setdefault((shape.api, shape.target), []).append(place)
    return tuple(
        [
            Group(target, tuple([shapes[place] for place in places]), tuple(places))
            for (_, target), places in found.items()
        ]
    )


def _blocks(
    client: Client, bucket: Bucket, transfer: Transfer, shapes: tuple[Shape, ...], groups: tuple[Group, ...]
) -> list[Block]:
    """One block; two where pages over http and pages over https send to different URLs."""
    found = [_block(client, bucket, transfer, shapes, groups, page) for page in _protocols(client)]
    if len(found) > 1 and found[0].prefixes == found[1].prefixes:
        return [found[0]._replace(page=None)]
    return found


def _protocols(client: Client) -> tuple[str | None, ...]:
    """The protocols of the pages that use a web client's SDK, as far as it heeds them: `http:` and any other."""
    if client.platform != "web" or client.sdk.package == "none":
        return (None,)
    if not client.origins:
        return (SECURE,)
    return tuple(dict.fromkeys([protocol(origin) for origin in client.origins]))


#: Stands for every protocol of a page but `http:`; the SDK sends over https from all of them.
SECURE = "https:"


def protocol(origin: str) -> str:
    """The protocol of the pages of an origin, as the SDK tells them apart; `null` is taken for no page over http."""
    return "http:" if origin.lower().startswith("http://") else SECURE


def page_origins(request: Request) -> tuple[str, ...] | None:
    """The origins of the web pages that send a request; None where the client's are not described."""
    origins = request.client.origins
    if origins is None or request.page is None:
        return origins
    return tuple([origin for origin in origins if protocol(origin) == request.page])


def _block(
    client: Client,
    bucket: Bucket,
    transfer: Transfer,
    shapes: tuple[Shape, ...],
    groups: tuple[Group, ...],
    page: str | None,
) -> Block:
    prefixes: dict[Target, str] = {}
    for group in groups:
        target = group.target
        if target in prefixes:
            continue
        prefix = _prefix(client, bucket, target, transfer.operation, page)
        if isinstance(prefix, Refusal):
            return Block(client, bucket, transfer, None, prefix, (), (), {})
        prefixes[target] = prefix
    return Block(client, bucket, transfer, None, None, shapes, groups, prefixes, page)


def _assumptions(inventory: Inventory, used: set[int]) -> tuple[str, ...]:
    """What was assumed; the same words for several clients once, with their names."""
    assumed: dict[str, None] = dict.fromkeys(inventory.assumptions)
    by_text: dict[str, list[str | None]] = {}
    for client in inventory.clients:
        texts = []
        if client.sdk.assumption is not None:
            texts.append(client.sdk.assumption)
        if client.index not in used:
            what = "only its endpoints are needed" if client.endpoints else "it needs no domain"
            texts.append(f"no uploads or downloads are described: {what}")
        if client.allowlist is not None:
            for category, entries in client.allowlist.lists.items():
                for entry in entries:
                    if "://" not in entry.text and parse_entry(entry.text).problem is None:
                        texts.append(f"the {category} entry `{entry.text}` has no scheme; it is read as https")
        for text in texts:
            by_text.setdefault(text, []).append(client.name)
    for text, client in (*_base_library(inventory), *_pages(inventory)):
        by_text.setdefault(text, []).append(client.name)
    for text, names in by_text.items():
        known = [name for name in dict.fromkeys(names) if name is not None]
        who = ", ".join(known) if len(known) <= 3 else f"{', '.join(known[:2])} and {len(known) - 2} more"
        assumed[f"{who}: {text}" if known else text] = None
    for region in sorted({bucket.region for bucket in inventory.buckets}):
        found = known_region(region, inventory.regions)
        if found is not None and found.assumed:
            assumed[f"region {region} is not in the data; taken as an ordinary region, as `regions` says"] = None
        elif found is not None and found.confidence == "low":
            assumed[f"region {region} is known from a source of low confidence"] = None
    return tuple(assumed)


def _base_library(inventory: Inventory) -> Iterator[tuple[str, Client]]:
    """The assumption on the base library, for the clients for which another one would change what is sent."""
    said: set[int] = set()
    for transfer in inventory.transfers:
        client = inventory.clients[transfer.client]
        if client.base_library is not None or client.sdk.version is None or client.index in said:
            continue
        bases = sdk.PROFILES[client.sdk.package].slice_bases(client.sdk.version)
        if not bases:
            continue
        bucket = inventory.buckets[transfer.bucket]
        if _shapes(client, bucket, transfer) != _shapes(client, bucket, transfer, "0.0.0"):
            said.add(client.index)
            text = f"phones have WeChat base library {bases[0]} or newer (`base_library` is not described)"
            if len(bases) > 1:
                text += f", and {bases[-1]} or newer, below which {client.sdk.version} sends no file in parts"
            yield text, client


def _pages(inventory: Inventory) -> Iterator[tuple[str, Client]]:
    """The assumption on a web client's pages, where pages over http would send to other URLs."""
    said: set[int] = set()
    for transfer in inventory.transfers:
        client = inventory.clients[transfer.client]
        if client.platform != "web" or client.sdk.version is None or client.index in said:
            continue
        if client.origins and "null" not in client.origins:
            continue
        shapes = _shapes(client, inventory.buckets[transfer.bucket], transfer)
        if isinstance(shapes, Refusal):
            continue
        bucket, target = inventory.buckets[transfer.bucket], shapes[0].target
        plain, secure = (_prefix(client, bucket, target, transfer.operation, page) for page in ("http:", SECURE))
        if plain != secure:
            said.add(client.index)
            if client.origins:
                yield "pages of the origin `null` are not served over http, for then they would send over http", client
            else:
                yield "its pages are served over https (`origins` is not described)", client


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
    package = client.sdk.package
    if package == "none":
        sends = client.sends
        form = sends.form if sends is not None else None
        if form is None and isinstance(transfer.signature, dict) and "form_policy" in transfer.signature:
            form = sdk.handwritten.policy_form(transfer.auth)
        shapes = sdk.handwritten.shapes(
            transfer.operation,
            transfer.auth,
            addressing=addressing(client),
            form=form,
            headers=sends.headers if sends is not None else None,
            web=client.platform == "web",
        )
        if transfer.headers and not isinstance(shapes, Refusal):
            return tuple(
                [shape._replace(headers=tuple(sorted({*shape.headers, *transfer.headers}))) for shape in shapes]
            )
        return shapes
    profile = sdk.PROFILES[package]
    if client.sdk.version is None:
        oldest = profile.versions()[0]
        return Refusal(
            "not-recorded",
            f"what {package} {client.sdk.asked} sends is not recorded: it is older than {oldest}",
            f"sdk.{package}.recorded",
        )
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


def _prefix(client: Client, bucket: Bucket, target: Target, operation: str, page: str | None) -> str | Refusal:
    if client.sdk.package == "none":
        if client.url is not None:
            url = client.url.replace("{bucket}", bucket.name).replace("{region}", bucket.region)
            return url.rstrip("/")
        if client.addressing == "region":
            return f"https://{bucket_host(Form.REGIONAL, bucket.name, bucket.region)}/{bucket.name}"
        return f"https://{bucket_host(Form.BUCKET, bucket.name, bucket.region)}"
    assert client.sdk.version is not None
    return sdk.PROFILES[client.sdk.package].prefix(
        client.sdk.version, effective_options(client), target, bucket.name, bucket.region,
        operation=operation, page=page,
    )  # fmt: skip


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
            pieces.append(_placeholder(part))
        elif profile is None or version is None:
            pieces.append(sdk.handwritten.encode_key(part.text))
        elif not pieces:
            pieces.append(profile.encode_key(version, part.text, action=action))
        else:  # what SDKs do to a key's leading slashes must not touch a later piece
            pieces.append(profile.encode_key(version, "x" + part.text, action=action)[1:])
    return "".join(pieces)


def _folder(request: Request) -> str:
    """The path of the URL prefix that becomes part of the object key: what stands behind host and bucket."""
    assert request.bucket is not None
    if request.shape is None or not request.shape.keyed or request.prefix is None:
        return ""
    host, _, path = request.prefix.partition("://")[2].partition("/")
    if path and not host.startswith(f"{request.bucket.name}."):
        first, _, rest = path.partition("/")
        if first == request.bucket.name:
            return rest
    return path


def key_text(key: tuple[Part, ...]) -> str:
    """The key template as text: placeholders as `{name}`, literal braces as they are."""
    return "".join([_placeholder(part) if part.placeholder else part.text for part in key])


def _placeholder(part: Part) -> str:
    """A placeholder as it is shown: `{name}`, and `${filename}` as POST forms write it."""
    return part.text if part.text.startswith("$") else f"{{{part.text}}}"


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
    parts = resource_parts(request)
    if parts is None:
        return None
    region, bucket, key = parts
    return f"qcs::cos:{region}:uid/{bucket.appid}:{bucket.name}/{key_text(key)}"


def resource_parts(request: Request) -> tuple[str, Bucket, tuple[Part, ...]] | None:
    """Region, bucket and key (as COS stores it) that the request is authorised for; None without an action."""
    if request.shape is None or request.bucket is None or request.transfer is None:
        return None
    region = known_region(request.bucket.region)
    current = region.current if region is not None else request.bucket.region
    parts = request.transfer.key
    inside = _folder(request)
    if inside:
        parts = (Part(f"{inside}/", False), *parts)
    used = request.client.sdk
    profile = sdk.PROFILES.get(used.package)
    leading = bool(parts) and not parts[0].placeholder and parts[0].text.startswith("/")
    if leading and profile is not None and used.version is not None:
        key = key_text(parts)
        dropped = len(key) - len(profile.object_key(used.version, key, action=request.shape.action))
        parts = (Part(parts[0].text[dropped:], False), *parts[1:])
    return current, request.bucket, parts


COPY_SOURCE = "x-cos-copy-source"
_COPIES = ("name/cos:PutObject", "name/cos:UploadPart")
_NAMED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")
_READ = Shape(Api.REQUEST, "GET", Target.BUCKET, False, (), (), (), "name/cos:GetObject", When())


def copies(request: Request) -> bool:
    """Does a request copy an object that is in COS already? The key must then read that one too.

    Source: fact `actions.copy-source`.
    """
    shape = request.shape
    return shape is not None and COPY_SOURCE in shape.headers and shape.action in _COPIES


def copied(request: Request) -> Request | None:
    """The reading of its source that a copy is also authorised as; None where the header's value names no object.

    Args:
        request: one that `copies`. The header's value is `<bucket>.cos.<region>.myqcloud.com/<key>`, the key encoded
            as in a URL; `{openid}` in it is a placeholder, as in keys.
    """
    from urllib.parse import unquote

    from cosaudit.cos.hosts import identify

    transfer, bucket = request.transfer, request.bucket
    assert transfer is not None and bucket is not None
    value = transfer.values.get(COPY_SOURCE, "").partition("?")[0].removeprefix("https://").removeprefix("http://")
    host_text, slash, rest = value.partition("/")
    host = identify(f"https://{host_text}") if slash and rest else None
    if host is None or host.bucket is None or host.region is None or host.problem is not None:
        return None
    parts = []
    for index, piece in enumerate(_NAMED.split(rest)):
        if piece:
            parts.append(Part(piece if index % 2 else unquote(piece, errors="replace"), bool(index % 2)))
    source = bucket._replace(name=host.bucket, region=host.region)
    return request._replace(
        bucket=source, transfer=transfer._replace(key=tuple(parts)), shape=_READ, prefix=f"https://{host.host}"
    )


__all__ = [
    "COPY_SOURCE",
    "SECURE",
    "Block",
    "Flows",
    "Group",
    "addressing",
    "copied",
    "copies",
    "derive",
    "effective_options",
    "key_path",
    "key_text",
    "origin",
    "page_origins",
    "protocol",
    "resource",
    "resource_parts",
    "url",
]

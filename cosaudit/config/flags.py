"""No file needed: the same Inventory from `--bucket`, `--region`, `--sdk`, `--operation`, `--endpoint`, `--have`."""

from __future__ import annotations

from typing import Any

from cosaudit.config import table
from cosaudit.config.assume import assumed_client, assumed_transfers, every_upload
from cosaudit.config.fields import Choice, Kind, Text, short
from cosaudit.config.load import make_client
from cosaudit.config.placeholders import in_keys, settle
from cosaudit.config.reader import Problem, Reader, Source, Unusable, decode, read_bytes
from cosaudit.model import Allowlist, Bucket, Inventory, Place
from cosaudit.yamltree import SCALAR, Node


class FlagPlaces:
    """Every part of a value that came from a flag stands at that flag."""

    __slots__ = ("flag",)

    def __init__(self, flag: str) -> None:
        self.flag = flag

    def place(self, *path: str | int) -> Place:
        """The flag."""
        return Place(self.flag, 1, 1)


class Flags:
    """What was given on the command line."""

    def __init__(
        self,
        buckets: tuple[str, ...] = (),
        regions: tuple[str, ...] = (),
        sdk: str | None = None,
        operations: tuple[str, ...] = (),
        endpoints: tuple[str, ...] = (),
        have: str | None = None,
        box: str | None = None,
    ) -> None:
        self.buckets = buckets
        self.regions = regions
        self.sdk = sdk
        self.operations = operations
        self.endpoints = endpoints
        self.have = have
        self.box = box

    def given(self) -> list[str]:
        """The flags that were given, by name."""
        values = (
            ("--bucket", self.buckets),
            ("--region", self.regions),
            ("--sdk", self.sdk),
            ("--operation", self.operations),
            ("--endpoint", self.endpoints),
            ("--have", self.have),
        )
        return [name for name, value in values if value is not None and value != ()]


def _decode(kind: Kind, flag: str, text: str, reader: Reader) -> Any:
    reader.source = Source(flag, text, "")
    try:  # bytes that the locale does not know stand in it as halves of characters
        text = text.encode("utf-8", "surrogateescape").decode()
    except UnicodeError:
        return reader.add(Problem(Place(flag, 1, 1), f"{short(text)} holds bytes that are no UTF-8", "text in UTF-8"))
    return kind.decode(Node(SCALAR, text, 1, 1, False), reader)


def _field(record: Any, name: str) -> Kind:
    for field in record.fields:
        if field.name == name:
            kind: Kind = field.kind
            return kind
    raise KeyError(name)


def inventory(flags: Flags, reader: Reader) -> Inventory:
    """The Inventory that the flags describe.

    Raises:
        InputError: with every problem of the flags; their places read `--bucket:1:1` and so on.
    """
    buckets = _buckets(flags, reader)
    sdk = _decode(_field(table.CLIENT, "sdk"), "--sdk", flags.sdk, reader) if flags.sdk is not None else None
    if sdk is not None and sdk.package == "cos-js-sdk-v5":
        reader.add(Problem(Place("--sdk", 1, 1), "cos-js-sdk-v5 is the SDK for web pages", "`cos-wx-sdk-v5` or `none`"))
    kind = Choice(*_words(_field(table.UPLOAD, "operation")))
    given = dict.fromkeys(flags.operations)
    operations = [value for text in given if (value := _decode(kind, "--operation", text, reader)) is not None]
    url = Text("a URL such as `https://api.example.com/sts`", pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+\S*$")
    endpoints = []
    for text in flags.endpoints:
        value = _decode(url, "--endpoint", text, reader)
        if value is not None:
            endpoints.append((value, None, Place("--endpoint", 1, 1)))
    allowlist = have(flags.have, flags.box, reader) if flags.have is not None else None
    reader.stop_if_wrong()
    assumed, assumption = assumed_client(FlagPlaces("--bucket"))
    assumptions = list(reader.assumptions)
    chosen = flags.sdk or flags.operations or flags.endpoints or flags.have
    if sdk is None:
        sdk = assumed.sdk
        if not (flags.sdk or flags.operations):
            assumptions.insert(0, assumption)
        else:
            assumptions.insert(0, f"the client uses {sdk.package} {sdk.version} (`--sdk` is not given)")
    values: list[Any] = [
        None,
        "wechat-miniprogram",
        None,
        sdk,
        *[None] * 6,
        tuple(endpoints),
        None,
        allowlist,
        None,
        None,
        None,
    ]
    client = make_client(values, 0, FlagPlaces("--sdk" if flags.sdk else "--bucket"))._replace(assumed=not chosen)
    names = tuple(operations) or every_upload(client)
    if flags.sdk is not None and not operations:
        assumptions.append("the client does every upload operation (`--operation` is not given)")
    transfers = assumed_transfers(client, buckets, names, FlagPlaces("--operation" if operations else "--bucket"))
    if allowlist is not None and allowlist.unlabelled and not allowlist.lists:
        assumptions.append(
            f"{'standard input' if flags.have == '-' else flags.have} does not say which box it was copied from: it is "
            "taken as none of them until `--box uploadFile` (or a heading in it) says which"
        )
    return Inventory(
        source="--bucket",
        regions=(),
        buckets=tuple(buckets),
        clients=(client,),
        transfers=tuple(transfers),
        sessions=(),
        placeholders=settle({}, in_keys(transfers), (), say=()).placeholders,
        described=frozenset(),
        policy=None,
        at=FlagPlaces("--bucket"),
        assumptions=tuple(assumptions),
        assumed_client=not chosen,
        homes={bucket.name: bucket.region for bucket in buckets},
    )


def _words(kind: Kind) -> tuple[str, ...]:
    assert isinstance(kind, Choice)
    return kind.words


def _buckets(flags: Flags, reader: Reader) -> list[Bucket]:
    from cosaudit.cos.names import BucketName, NameProblem, check_room

    name_kind, region_kind = _field(table.BUCKET, "name"), _field(table.BUCKET, "region")
    place = Place("--bucket", 1, 1)
    if not flags.buckets:
        reader.add(Problem(place, "no bucket is named", "a configuration file, or `--bucket NAME --region ID`"))
    if len(flags.regions) > 1:
        reader.add(
            Problem(
                Place("--region", 1, 1),
                "`--region` is given more than once",
                "`--bucket NAME@REGION` for buckets in several regions",
            )
        )
    buckets: list[Bucket] = []
    seen = set()
    for text in flags.buckets:
        name, at, region = text.partition("@")
        if not at:
            if not flags.regions:
                reader.add(Problem(place, f"{short(name)} has no region", "`--region ID`, or `--bucket NAME@REGION`"))
                _decode(name_kind, "--bucket", name, reader)
                continue
            region = flags.regions[0]
        name = _decode(name_kind, "--bucket", name, reader)
        region = _decode(region_kind, "--bucket" if at else "--region", region, reader)
        if name is None or region is None:
            continue
        try:
            check_room(BucketName.parse(name), region)
        except NameProblem as error:
            reader.add(Problem(place, error.found, error.expected))
            continue
        if name in seen:
            reader.add(Problem(place, f"the bucket {short(name)} is given twice", "each bucket once"))
            continue
        seen.add(name)
        buckets.append(Bucket._make((name, region, *[None] * 10, len(buckets), FlagPlaces("--bucket"))))
    return buckets


def have(path: str, box: str | None, reader: Reader) -> Allowlist | None:
    """The lists of `--have FILE`; with `box`, entries without a heading are of that box."""
    try:
        text = decode(read_bytes(path))
    except Unusable as error:
        reader.add(Problem(Place(path or "--have", error.line, error.column), error.reason, None, None, error.help))
        return None
    source = Source(path, text, "")
    reader.sources[path] = source
    if len(text) > table.MAX_PASTED:
        reader.add(Problem(Place(path, 1, 1), table.TOO_LONG, "the domain lists alone"))
        return None
    allowlist = table.pasted_allowlist(text, path, Place(path, 1, 1), reader)
    if allowlist is not None and box is not None and allowlist.unlabelled and box not in allowlist.lists:
        allowlist = allowlist._replace(
            lists={**allowlist.lists, box: allowlist.unlabelled},
            places={**allowlist.places, box: allowlist.unlabelled[0].place},
            unlabelled=(),
        )
    return allowlist


__all__ = ["FlagPlaces", "Flags", "have", "inventory"]

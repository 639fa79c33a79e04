"""What a request asks of CAM: the resource as a template, and what is known of its condition keys."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from cosaudit.cam.language import ResourceTemplate
from cosaudit.cam.pattern import Free
from cosaudit.cam.policy import Context, Known, Span, atom
from cosaudit.cos import conditions
from cosaudit.flows import resource_parts
from cosaudit.gates.object import of_sizes
from cosaudit.model import Api

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from cosaudit.cam.policy import Policy, Value
    from cosaudit.model import Part, Placeholder, Request, Shape, Transfer

MIB = 1024 * 1024
#: What a POST form adds to the file's bytes at most: boundaries, a token of up to 4,096 bytes, key, policy and
#: signature fields. Between nothing and this the body's size is not known (fact `cam.condition.content-length-form`).
FORM_OVERHEAD = 16 * 1024
#: An SDK's parts: the smallest size that keeps them below ten thousand (fact `cam.condition.content-length`).
MAX_PARTS = 10_000

#: What the name of a user holds where nothing is said of it: no slash, which ends the folder that bears the name.
NO_SLASH = ((1, 0x2E), (0x30, 0xD7FF), (0xE000, 0x10FFFF))


class Sizes(NamedTuple):
    """The object sizes that a request stands for, in bytes; `most` None where nothing says how large they get."""

    least: int
    most: int | None


def sizes(transfer: Transfer, shape: Shape) -> Sizes:
    """The sizes of the objects for which a request is sent."""
    return Sizes(*of_sizes(transfer, shape))


def path_template(
    parts: Iterable[Part], placeholders: Mapping[str, Placeholder], fixed: Container[str] = ()
) -> tuple[str | Free, ...]:
    """An object key as a template: identity placeholders are symbols, free ones any text that they may hold.

    Args:
        parts: the key.
        placeholders: what those in it are.
        fixed: free ones that are symbols too, having one value for a key and for its policy.
    """
    found: list[str | Free] = []
    for part in parts:
        if not part.placeholder:
            piece: str | Free = part.text
        else:
            known = placeholders.get(part.text)
            if (known is not None and known.identity) or part.text in fixed:
                piece = atom(part.text)
            elif known is None:
                piece = Free(None, 0, None)
            else:
                piece = Free(known.alphabet, known.least, known.most)
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        elif piece != "":
            found.append(piece)
    return tuple(found)


def template(request: Request, placeholders: Mapping[str, Placeholder], fixed: Container[str] = ()) -> ResourceTemplate:
    """The resources that a request to a bucket is authorised as, for every key of its flow; `fixed` as above."""
    parts = resource_parts(request)
    assert parts is not None
    region, bucket, key = parts
    path = path_template(key, placeholders, fixed)
    head = f"{bucket.name}/"
    path = (head + path[0], *path[1:]) if path and isinstance(path[0], str) else (head, *path)
    return ResourceTemplate("cos", region, f"uid/{bucket.appid}", path)


def any_text(request: Request, placeholders: Mapping[str, Placeholder]) -> frozenset[str]:
    """The free placeholders of a request's key of which nothing is said: that they hold any text is an assumption."""
    assert request.transfer is not None
    found = set()
    for part in request.transfer.key:
        known = placeholders.get(part.text) if part.placeholder else None
        if part.placeholder and (
            known is None or not (known.identity or known.alphabet is not None or known.most is not None)
        ):
            found.add(part.text)
    return frozenset(found)


def chosen(request: Request, policy: Policy, placeholders: Mapping[str, Placeholder]) -> frozenset[str]:
    """The free placeholders that stand in a request's key and in a policy: the same value in both."""
    assert request.transfer is not None
    names = [part.text for part in request.transfer.key if part.placeholder]
    free = {name for name in names if name in placeholders and not placeholders[name].identity}
    return frozenset([name for name in free if policy.names(name)])


def forms(request: Request, placeholders: Mapping[str, Placeholder]) -> dict[str, Free]:
    """Symbol → what the placeholder of a request's key may hold."""
    assert request.transfer is not None
    return {atom(part.text): _form(placeholders.get(part.text)) for part in request.transfer.key if part.placeholder}


def _form(known: Placeholder | None) -> Free:
    if known is None:
        return Free(None, 0, None)
    if not known.identity:
        return Free(known.alphabet, known.least, known.most)
    anything = known.alphabet is None and known.source == "client"  # else a name holds no slash: that ends its folder
    return Free(None if anything else known.alphabet or NO_SLASH, max(known.least, 1), known.most)


# -- condition keys ---------------------------------------------------------------------------------------------


def keys_of(policy: Policy) -> frozenset[str]:
    """The condition keys that a policy asks for."""
    return frozenset([one.key for statement in policy.statements for one in statement.conditions])


@lru_cache(maxsize=1024)
def thresholds(values: tuple[str, ...]) -> tuple[int, ...]:
    """Whole numbers next to the numbers of a policy's conditions on sizes."""
    found: set[int] = set()
    for value in values:
        try:
            number = int(float(value))
        except (ValueError, OverflowError):
            continue
        found |= {number - 1, number}
    return tuple(sorted(found))


def size_values(policy: Policy) -> tuple[str, ...]:
    """The values that a policy compares `cos:content-length` with."""
    return tuple(
        [
            value
            for statement in policy.statements
            for one in statement.conditions
            if one.key == "cos:content-length"
            for value in one.values
        ]
    )


def cuts(values: tuple[str, ...], shape: Shape) -> tuple[int, ...]:
    """The object sizes after which a condition on `cos:content-length` may judge this request otherwise."""
    name = shape.action.rpartition(":")[2]
    points = thresholds(values)
    if name == "PostObject":
        return tuple(sorted({*points, *[point - FORM_OVERHEAD for point in points]}))
    if name in ("PutObject", "AppendObject"):
        return points
    if name == "UploadPart" and points:
        return tuple(sorted({*[point for point in points if point <= MIB], MIB}))
    return ()


def contexts(
    request: Request, keys: frozenset[str], of_sizes: Sizes, placeholders: Mapping[str, Placeholder]
) -> tuple[Context, ...]:
    """What is known of the condition keys that a policy asks for; several where two readings are possible.

    Args:
        request: one that is sent to a bucket.
        keys: the keys that matter.
        of_sizes: the sizes of the objects.
        placeholders: what those of its key are.
    """
    shape = request.shape
    assert shape is not None
    values: dict[str, Value] = {}
    open_: list[tuple[str, tuple[Value, ...]]] = []
    for key in keys:
        if conditions.presence(key, shape.action) == "never":
            values[key] = Known.ABSENT
            continue
        found = _values(key, request, shape, of_sizes, placeholders)
        values[key] = found[0]
        if len(found) > 1:
            open_.append((key, found))
    made = [values]
    for key, several in open_:
        made = [{**one, key: value} for one in made for value in several]
    return tuple([Context(one, Known.UNKNOWN) for one in made])


def _values(
    key: str, request: Request, shape: Shape, of_sizes: Sizes, placeholders: Mapping[str, Placeholder]
) -> tuple[Value, ...]:
    """The readings of one key, most likely first."""
    transfer = request.transfer
    assert transfer is not None
    if key == "cos:content-length":
        return _lengths(shape, of_sizes)
    if key == "cos:content-type":
        return _content_type(request, shape, transfer)
    if key == "cos:secure-transport":
        return (("true" if (request.prefix or "").startswith("https:") else "false",),)
    if key == "cos:tls-version":
        return (Known.PRESENT if (request.prefix or "").startswith("https:") else Known.ABSENT,)
    if key == "cos:prefix":
        return (_prefix(transfer, placeholders) if "prefix" in shape.query else Known.ABSENT,)
    if key in ("cos:versionid", "cos:response-content-type"):
        return (Known.PRESENT if key.partition(":")[2] in [one.lower() for one in shape.query] else Known.ABSENT,)
    if key in ("qcs:vpc", "vpc:requester_vpc"):
        return (Known.ABSENT,)  # a phone or a page stands in no VPC
    name = key.partition(":")[2]
    if name.startswith("x-cos-"):
        if name in shape.headers or name in shape.form or name.removeprefix("x-cos-") in shape.form:
            value = transfer.values.get(name)
            return ((value,) if value is not None else Known.PRESENT,)
        return (Known.ABSENT,)
    return (Known.PRESENT if conditions.presence(key, shape.action) == "always" else Known.UNKNOWN,)


def chunk(size: int) -> int:
    """The size of the parts of an object: the first of the SDKs' sizes with which ten thousand parts are enough."""
    sizes = _part_sizes()
    return next((part for part in sizes if part * MAX_PARTS >= size), sizes[-1])


@cache
def _part_sizes() -> tuple[int, ...]:
    from cosaudit.data import fact

    return tuple(fact("limits.sdk.part-sizes").value)


def _lengths(shape: Shape, of_sizes: Sizes) -> tuple[Value, ...]:
    least, most = of_sizes
    name = shape.action.rpartition(":")[2]
    if name in ("PutObject", "AppendObject"):
        return (_span(least, most),)
    if name == "PostObject":
        return (Span(least + 1, most + FORM_OVERHEAD if most is not None else None),)
    if name == "UploadPart":
        if most is not None and most <= MIB:
            return (_span(least, most),)
        return (Span(1, chunk(most) if most is not None else None),)
    if name == "InitiateMultipartUpload":
        return (("0",),)
    if name == "CompleteMultipartUpload":
        parts = MAX_PARTS if most is None else -(-most // chunk(most))
        return (Span(1, 100 + 200 * parts),)
    return (Known.UNKNOWN,)


def _span(least: int, most: int | None) -> Value:
    return (str(least),) if least == most else Span(least, most)


def sized(shape: Shape) -> bool:
    """Does the length of a request follow from the size of the object?"""
    return shape.action.rpartition(":")[2] in ("PutObject", "PostObject", "AppendObject", "UploadPart")


def in_one_part_or_many(shape: Shape, of_sizes: Sizes) -> bool:
    """Does an UploadPart stand for files of a single part and for larger ones?"""
    least, most = of_sizes
    return shape.action.rpartition(":")[2] == "UploadPart" and least <= MIB and most is not None and most > MIB


def full_part(shape: Shape, of_sizes: Sizes) -> int | None:
    """The length of a part that is surely sent, beside shorter ones; None where there is none."""
    if shape.action.rpartition(":")[2] != "UploadPart" or of_sizes.least <= MIB:
        return None
    return MIB if of_sizes.most is None or of_sizes.most <= MIB * MAX_PARTS else None


def _content_type(request: Request, shape: Shape, transfer: Transfer) -> tuple[Value, ...]:
    given = transfer.content_type if transfer.content_type is not None else transfer.values.get("content-type")
    if request.api is Api.UPLOAD_FILE:
        # Which of the two the key reads is not documented (fact `cam.condition.content-type-form`).
        field: Value = (given,) if given is not None else Known.UNKNOWN
        return ("multipart/form-data; boundary=x",), field
    if "content-type" in shape.headers:
        name = shape.action.rpartition(":")[2]
        if name in ("PutObject", "InitiateMultipartUpload", "AppendObject") and given is not None:
            return ((given,),)
        return (Known.PRESENT,)
    if request.api is Api.REQUEST and shape.method in ("PUT", "POST"):
        return Known.ABSENT, ("application/json",)  # wx.request adds it (fact `wechat.header.content-type`)
    return (Known.ABSENT,)


def _prefix(transfer: Transfer, placeholders: Mapping[str, Placeholder]) -> Value:
    """The value of `prefix`, percent-encoded as policies have it (fact `cam.condition.prefix`)."""
    text = []
    for part in transfer.key:
        if not part.placeholder:
            text.append(quote(part.text, safe=""))
            continue
        known = placeholders.get(part.text)
        if known is None or not known.identity:
            return Known.PRESENT
        text.append(atom(part.text))
    return ("".join(text),)

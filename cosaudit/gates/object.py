"""The object gate: does COS, or WeChat on the way, take an object of this key and size, and give it out again?

A key is judged as COS stores it, after what an SDK does to leading slashes. A free placeholder without a declared
length is taken to be short enough: what nobody describes is no finding, and the length of file names is not described
by leaving it out. Sizes are judged in rows: `split` cuts a request where a limit lies within its described sizes.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cos.hosts import classify
from cosaudit.flows import resource_parts
from cosaudit.gates import later
from cosaudit.model import Api, Form, Outcome, Settle, Verdict, bytes_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cosaudit.flows import Block
    from cosaudit.model import Bucket, Client, Inventory, Part, Placeholder, Request, Shape, Transfer

#: Codes of verdicts that block. Rules go by them.
TOO_LARGE, READ_TOO_LARGE, DOWNLOAD_TOO_LARGE = "object-too-large", "file-too-large-to-read", "download-too-large"
KEY_EMPTY, KEY_START, KEY_CHARACTER, KEY_LONG = "key-empty", "key-leading-slash", "key-character", "key-too-long"
REFUSED_TYPE = "download-refused-type"

_LIST, _UPLOADS, _GET = "name/cos:GetBucket", "name/cos:ListMultipartUploads", "name/cos:GetObject"
_PUT = "name/cos:PutObject"
#: Requests that an SDK makes of a key with another number of leading slashes.
_IN_PARTS = frozenset(f"name/cos:{name}MultipartUpload" for name in ("Initiate", "Complete")) | {"name/cos:ListParts"}
#: Domains that the notice of 2024 means; a bucket's host in a region of the first generation is its default one too.
_DEFAULT = (Form.BUCKET, Form.LEGACY, Form.WEBSITE, Form.ACCELERATE)
#: Domains of which it says nothing: they reach the bucket, and are neither in its list nor the owner's own.
_UNSAID = (Form.BACKUP, Form.INTERNAL, Form.INTERNAL_ACCELERATE, Form.DUALSTACK)

_PASS = Verdict(Outcome.PASS, "within-limits", "the key and the sizes are within the limits", "limits.key.length-max")
_NOTHING = Verdict(Outcome.NOT_APPLICABLE, "no-object", "the request names no object")
_FORCED = Verdict(
    Outcome.PASS,
    "forced-download",
    "served, and always as a download: a bucket made after 2024-01-01 shows nothing in the browser on its default "
    "domains, and refuses keys that end in .apk or .ipa there",
    "cos.default-host.forced-download",
)


class Limit(NamedTuple):
    """The largest object that a request can be about."""

    size: int
    code: str
    reason: str  # without the size
    fact: str


def judge(request: Request, inventory: Inventory) -> Verdict:
    """The verdict on key, size and type of one request, for every key and size that it stands for."""
    beyond = later.outside(request)
    if beyond is not None:
        return beyond
    transfer, shape = request.transfer, request.shape
    assert transfer is not None
    if transfer.name is None:
        return later.missing(transfer.kind)  # it is assumed: nobody described an object
    if shape is None:
        return later.unrecorded(request)
    if shape.action == _LIST:
        return _NOTHING
    if shape.action == _UPLOADS:
        return _PASS  # it begins the upload of one: told together with the requests that do the upload
    found = resource_parts(request)
    assert found is not None
    on_key = _key(found[2], inventory.placeholders)
    if on_key is not None and on_key.outcome is Outcome.BLOCKED:
        return on_key
    served = _served(request, inventory.regions) if shape.action == _GET else None
    if served is not None and served.outcome is Outcome.BLOCKED:
        return served
    on_size = _size(request)
    if on_size is not None and (on_size.outcome is Outcome.BLOCKED or on_key is None):
        return on_size
    return on_key or served or _PASS


def same(shape: Shape | None) -> object:
    """Requests of one call of which this is equal have the same verdict."""
    if shape is None:
        return None
    action = shape.action
    if action in _IN_PARTS:
        return _IN_PARTS
    if action not in _LIMITS and action != _GET:
        return action
    return action, shape.api, shape.target, shape.when.over, shape.when.up_to


# -- sizes ------------------------------------------------------------------------------------------------------------


def of_sizes(transfer: Transfer, shape: Shape) -> tuple[int, int | None]:
    """The sizes of the objects for which a request is sent, in bytes; None where nothing says how large they get."""
    least, most = transfer.min_size, transfer.max_size
    when = shape.when
    if when.over is not None:
        least = max(least, when.over + 1)
    if when.up_to is not None and (most is None or when.up_to < most):
        most = when.up_to
    return least, most


def limit(client: Client, transfer: Transfer, shape: Shape) -> Limit | None:
    """The limit on the object's size that a request meets first; None for those that no size stops."""
    if shape.api is Api.DOWNLOAD_FILE:
        # how large the files are is a matter of who uploads them: judged where it is described
        return _limit("downloadFile") if transfer.max_size is not None or transfer.min_size > 1 else None
    if (
        shape.action == _PUT
        and transfer.operation in ("uploadFile", "sliceUploadFile")
        and shape.api is Api.REQUEST
        and client.sdk.package != "none"
    ):
        return _limit("readFile")
    return _limit(shape.action)


#: Action, or what stands in its way before COS → the fact with the limit, the code, and the reason without the size.
_LIMITS = {
    "name/cos:PostObject": ("limits.post.size-max", TOO_LARGE, "POST Object takes"),
    _PUT: ("limits.put.size-max", TOO_LARGE, "PUT Object takes"),
    "name/cos:UploadPart": ("limits.multipart.object-max", TOO_LARGE, "an upload in parts takes"),
    "readFile": ("wechat.limit.read-file-size", READ_TOO_LARGE, "the SDK reads the file at once, and WeChat reads"),
    "downloadFile": ("wechat.limit.download-size", DOWNLOAD_TOO_LARGE, "wx.downloadFile takes"),
}


@cache
def _limit(name: str) -> Limit | None:
    from cosaudit.data import fact

    if name not in _LIMITS:
        return None
    id, code, reason = _LIMITS[name]
    return Limit(int(fact(id).value), code, reason, id)


def _reached(client: Client, transfer: Transfer) -> int:
    """A size that no request of a call has to fear, quick to tell, so that few calls are looked at row by row."""
    simple = client.options.SimpleUploadMethod in (None, "postObject") and transfer.operation != "downloadFile"
    found = _limit("name/cos:PostObject") if simple else None
    return found.size if found is not None else 0


def _size(request: Request) -> Verdict | None:
    """What the sizes meet; None when all of them fit."""
    transfer, shape = request.transfer, request.shape
    assert transfer is not None and shape is not None
    found = limit(request.client, transfer, shape)
    if found is None:
        return None
    most = of_sizes(transfer, shape)[1]
    if most is not None and most <= found.size:
        return None
    takes = f"{found.reason} {bytes_text(found.size)} at most"
    if transfer.max_size is None and transfer.min_size <= found.size:
        reason = f"{takes}, and how large files get is not described"
        settle = Settle(describe=later.field(request, "max_size"))
        return Verdict(Outcome.UNKNOWN, "size-not-described", reason, found.fact, settle)
    most = transfer.max_size
    reach = f"up to {bytes_text(most)}" if most is not None else f"{bytes_text(transfer.min_size)} and more"
    return Verdict(Outcome.BLOCKED, found.code, f"{takes}, and these files have {reach}", found.fact)


def split(block: Block) -> Block:
    """A block whose requests stand for sizes on one side of each limit.

    Only where `max_size` says that files get so large: without it every request stays one row, which is unknown where
    its sizes have no end.
    """
    transfer = block.transfer
    if transfer is None or transfer.max_size is None or transfer.max_size <= _reached(block.client, transfer):
        return block
    shapes: list[Shape] = []
    for shape in block.shapes:
        found = limit(block.client, transfer, shape)
        least, most = of_sizes(transfer, shape)
        if found is None or least > found.size or (most is not None and most <= found.size):
            shapes.append(shape)
            continue
        when = shape.when
        shapes.append(shape._replace(when=when._replace(up_to=found.size)))
        shapes.append(shape._replace(when=when._replace(over=found.size)))
    return block.with_shapes(tuple(shapes))


# -- keys -------------------------------------------------------------------------------------------------------------


class _Literal(NamedTuple):
    """What the text of a key says by itself, whatever its placeholders hold."""

    bytes: int
    trouble: Verdict | None
    placeholders: tuple[str, ...]


@lru_cache(maxsize=65536)
def _literal(key: tuple[Part, ...]) -> _Literal:
    found = [part for part in key if part.placeholder or part.text]
    text = "".join([part.text for part in found if not part.placeholder])
    names = tuple([part.text for part in found if part.placeholder])
    rules = _characters()
    trouble = None
    if not found:
        trouble = Verdict(Outcome.BLOCKED, KEY_EMPTY, "the key is empty", "limits.key.length-max")
    elif not found[0].placeholder and found[0].text[0] in rules.first:
        reason = f"the key that reaches COS begins with `{found[0].text[0]}`, and no key may"
        trouble = Verdict(Outcome.BLOCKED, KEY_START, reason, "limits.key.first-character")
    else:
        wrong = next((char for char in text if char in rules.forbidden), None)
        if wrong is not None:
            reason = f"the key holds the control character U+{ord(wrong):04X}, and no key may"
            trouble = Verdict(Outcome.BLOCKED, KEY_CHARACTER, reason, "limits.key.forbidden")
    return _Literal(len(text.encode("utf-8", "surrogatepass")), trouble, names)


class _Characters(NamedTuple):
    first: frozenset[str]  # no key begins with one
    forbidden: frozenset[str]
    length: int  # bytes of the longest key


@cache
def _characters() -> _Characters:
    from cosaudit.data import fact

    return _Characters(
        frozenset(fact("limits.key.first-character").value),
        frozenset(map(chr, fact("limits.key.forbidden").value)),
        int(fact("limits.key.length-max").value),
    )


def _key(key: tuple[Part, ...], placeholders: Mapping[str, Placeholder]) -> Verdict | None:
    """What a key, as COS stores it, meets; None when every one that is described is taken."""
    text, trouble, names = _literal(key)
    if trouble is not None:
        return trouble
    least = most = text
    straddles = None
    for name in names:
        known = placeholders.get(name)
        if known is None:
            least, most = least + 1, most + 1
            continue
        shortest, longest = _widths(known.alphabet)
        least += known.least * shortest
        if known.most is None:
            most += known.least * shortest
        else:
            most += known.most * longest
            straddles = name
    if least == 0 and names:
        reason = "by the lengths that are declared the key may be empty, and COS takes no such key"
        settle = Settle(describe=f"placeholders.{names[0]}.length")
        return Verdict(Outcome.UNKNOWN, "key-length", reason, "limits.key.length-max", settle)
    room = _characters().length
    if least > room:
        reason = f"the key has {least} bytes or more, and COS takes {room} at most"
        return Verdict(Outcome.BLOCKED, KEY_LONG, reason, "limits.key.length-max")
    if most > room and straddles is not None:
        reason = f"keys may have up to {most} bytes by the lengths that are declared, and COS takes {room} at most"
        settle = Settle(describe=f"placeholders.{straddles}.length")
        return Verdict(Outcome.UNKNOWN, "key-length", reason, "limits.key.length-max", settle)
    return None


def _widths(alphabet: tuple[tuple[int, int], ...] | None) -> tuple[int, int]:
    """The fewest and the most bytes of a character of an alphabet in UTF-8."""
    if alphabet is None:
        return 1, 4
    return len(chr(alphabet[0][0]).encode()), len(chr(alphabet[-1][1]).encode())


# -- what is given out again ------------------------------------------------------------------------------------------


def made(bucket: Bucket) -> str:
    """When a bucket was created: `before` the notice of 2024 or `after`, `that day`, or `unknown`."""
    if bucket.created is None:
        return "unknown"
    day, days = _cutoff(), bucket.created.days
    if all(one < day for one in days):
        return "before"
    return "after" if all(one > day for one in days) else "that day"


@cache
def _cutoff() -> str:
    from cosaudit.data import fact

    return str(fact("cos.path-style.cutoff").value)


def on_default_domain(prefix: str, regions: tuple[str, ...]) -> bool:
    """Does a URL go to one of the domains that show nothing in the browser for newer buckets?"""
    return _form(prefix, regions) in _DEFAULT


@lru_cache(maxsize=4096)
def _form(prefix: str, regions: tuple[str, ...]) -> Form:
    host = prefix.partition("://")[2].partition("/")[0].lower()
    return classify(host.partition(":")[0], regions)[0]


def _served(request: Request, regions: tuple[str, ...]) -> Verdict | None:
    """What the domain gives out; None when it gives out the object as it is."""
    bucket, transfer = request.bucket, request.transfer
    assert bucket is not None and transfer is not None and request.prefix is not None
    form = _form(request.prefix, regions)
    age = made(bucket)
    ending = _refused_ending(transfer.key)
    if ending is None:
        return _FORCED if age == "after" and form in _DEFAULT else None
    if age == "before" or form not in (*_DEFAULT, *_UNSAID):
        return None
    fact = "cos.default-host.download-refused"
    if age == "unknown":
        reason = (
            f"buckets made after {_cutoff()} refuse to give out `{ending}` files on their default domains, and when "
            "this one was created is not described"
        )
        return Verdict(
            Outcome.UNKNOWN, "download-date-unknown", reason, fact, Settle(describe=f"buckets[{bucket.index}].created")
        )
    if age == "that day":
        reason = f"whether a bucket made on {_cutoff()} itself gives out `{ending}` files on this domain is not told"
        return Verdict(Outcome.UNKNOWN, "download-cutoff-day", reason, fact, Settle(fact=fact))
    if form in _UNSAID or ending not in _refused_endings():
        reason = f"whether this domain refuses to give out `{ending}` files, as the bucket's others do, is not told"
        fact = "cos.default-host.download-refused-unsaid"
        return Verdict(Outcome.UNKNOWN, "download-unsaid", reason, fact, Settle(fact=fact))
    reason = (
        f"buckets made after {_cutoff()} refuse to give out `{ending}` files on their default domains: "
        "DownloadForbidden"
    )
    return Verdict(Outcome.BLOCKED, REFUSED_TYPE, reason, fact)


@cache
def _refused_endings() -> tuple[str, ...]:
    from cosaudit.data import fact

    return tuple(fact("cos.default-host.download-refused").value)


def _refused_ending(key: tuple[Part, ...]) -> str | None:
    """The ending of a key that is one of those refused, as it is written; what a placeholder may end in is not told."""
    if not key or key[-1].placeholder:
        return None
    text = key[-1].text
    return next((text[-len(end) :] for end in _refused_endings() if text.lower().endswith(end)), None)

"""Hosts of COS: made from a bucket and a region, and recognised in whatever people paste."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from cosaudit import data
from cosaudit.cos import regions
from cosaudit.cos.names import parsed, quoted
from cosaudit.model import Form

_BASES = (".myqcloud.com", ".tencentcos.cn")

#: The host of each form that is made from a bucket and a region of today.
_PATTERNS = {
    Form.BUCKET: "{bucket}.cos.{region}.myqcloud.com",
    Form.REGIONAL: "cos.{region}.myqcloud.com",
    Form.ACCELERATE: "{bucket}.cos.accelerate.myqcloud.com",
    Form.BACKUP: "{bucket}.cos.{region}.tencentcos.cn",
    Form.INTERNAL: "{bucket}.cos-internal.{region}.tencentcos.cn",
    Form.INTERNAL_ACCELERATE: "{bucket}.cos-internal.accelerate.tencentcos.cn",
    Form.WEBSITE: "{bucket}.cos-website.{region}.myqcloud.com",
    Form.DUALSTACK: "{bucket}.cos-dualstack.{region}.myqcloud.com",
    Form.SERVICE: "service.cos.myqcloud.com",
    Form.CI: "{bucket}.ci.{region}.myqcloud.com",
    Form.PIC: "{bucket}.pic.{region}.myqcloud.com",
    Form.CDN: "{bucket}.file.myqcloud.com",
}

#: The label before the region → the form. `cos` is told apart by its base and by what stands before it.
_LABELS = {
    "cos": Form.BUCKET,
    "cos-internal": Form.INTERNAL,
    "cos-website": Form.WEBSITE,
    "cos-website-internal": Form.INTERNAL,
    "cos-dualstack": Form.DUALSTACK,
    "ci": Form.CI,
    "pic": Form.PIC,
    "cos-control": Form.OTHER_COS,
    "cosv6": Form.OTHER_COS,
    "cos-cdc": Form.OTHER_COS,
    "cos-cdz": Form.OTHER_COS,
}

_ACCELERATED = {"cos": Form.ACCELERATE, "cos-internal": Form.INTERNAL_ACCELERATE}

#: Forms whose requests name the bucket first in the path.
PATH_FORMS = frozenset((Form.REGIONAL, Form.LEGACY_REGIONAL))



class Host(NamedTuple):
    """What a pasted text says about a host.

    `bucket` is the full name with the appid, or None; `region` is as written, None where the host has none.
    `problem`: why this host will not do, in one line; `notes`: what else to know.
    """

    form: Form
    scheme: str | None
    host: str
    port: int | None
    bucket: str | None
    region: str | None
    region_known: bool
    path: str
    bucket_in_path: bool
    problem: str | None
    notes: tuple[str, ...]


@lru_cache(maxsize=65536)
def bucket_host(form: Form, bucket: str, region: str) -> str:
    """The host of this form for a bucket in a region.

    Args:
        form: BUCKET and REGIONAL give the old forms by themselves in a region of the first generation.
        bucket: the full name; not used by the forms without a bucket.
        region: the id. Forms younger than the first generation get the region's id of today.

    Raises:
        ValueError: no host of the form follows from bucket and region (CUSTOM, OTHER_COS), or none in this
            region (the old forms in a region of today, JSON_API where the old API never was).

    Source: facts `cos.host.*`.
    """
    entry = regions.region(region)
    legacy = entry is not None and entry.legacy
    if form in (Form.BUCKET, Form.LEGACY) and legacy:
        return f"{bucket}.{region}.myqcloud.com"
    if form in (Form.REGIONAL, Form.LEGACY_REGIONAL) and legacy:
        return f"{region}.myqcloud.com"
    current = region if entry is None else entry.current
    if form is Form.JSON_API:
        for name, place in regions.json_labels().items():
            if place == current:
                return f"{bucket}.{name}.myqcloud.com"
    pattern = _PATTERNS.get(form)
    if pattern is None:
        raise ValueError(f"no host of the form {form.value} follows from a bucket in {quoted(region)}")
    return pattern.format(bucket=bucket, region=current)


@lru_cache(maxsize=65536)
def classify(host: str, extra_regions: tuple[str, ...] = ()) -> tuple[Form, str | None, str | None]:
    """The form of a host, the bucket (full name) and the region in it, each None where it has none.

    Args:
        host: lower case, without scheme, port and trailing dot.
        extra_regions: ids that the user declared.

    A bucket without an appid is None. The region is as written, known or not; for `pic<area>` it is the
    region of today that the area stands for.
    """
    return _split(host, extra_regions)[:3]


def _split(host: str, extra: tuple[str, ...]) -> tuple[Form, str | None, str | None, str]:
    """Like `classify`; the fourth is whatever stands where the bucket should."""
    for base in _BASES:
        if host.endswith(base):
            break
    else:
        form = Form.OTHER_COS if f".{host}" in _BASES else Form.CUSTOM
        return form, None, None, ""
    first = base == _BASES[0]
    labels = host[: -len(base)].split(".")
    last = labels[-1]
    if "" in labels:
        return Form.OTHER_COS, None, None, ".".join(labels)
    if labels == ["service", "cos"]:
        return Form.SERVICE, None, None, ""

    if len(labels) >= 2 and labels[-2] in _LABELS:
        label, owner = labels[-2], ".".join(labels[:-2])
        form = _LABELS[label]
        region: str | None = last
        if last == "accelerate":
            region = None
            form = _ACCELERATED.get(label, Form.OTHER_COS)
        elif last in regions.legacy_ids():
            form = Form.OTHER_COS
        elif label == "cos" and not owner:
            form = Form.REGIONAL
        elif label == "cos" and not first:
            form = Form.BACKUP
        return form, None if label == "cos-control" else _bucket(owner), region, owner

    owner = ".".join(labels[:-1])
    if last == "file" and first:
        if owner in regions.json_files() or owner == "web":
            return Form.JSON_API, None, owner if owner != "web" else None, ""
        return Form.CDN, _bucket(owner), None, owner
    if last in regions.legacy_ids():
        if not first:
            return Form.OTHER_COS, _bucket(owner), last, owner
        return (Form.LEGACY if owner else Form.LEGACY_REGIONAL), _bucket(owner), last, owner
    if last in regions.json_labels() and first:
        return Form.JSON_API, _bucket(owner), last, owner
    if first and owner and _PIC.match(last):
        # the old host of image processing; its area is the JSON API's name of a region
        return Form.PIC, _bucket(owner), regions.json_labels().get(f"cos{last[3:]}"), owner
    if last.startswith("cos-") and regions.region(last[4:], extra) is not None:
        return Form.OTHER_COS, _bucket(owner), last[4:], owner  # the vendor's misprint
    if regions.region(last, extra) is not None:
        return Form.OTHER_COS, _bucket(owner), last, owner  # `cos.` is missing
    if last in ("cos", "accelerate"):
        return Form.OTHER_COS, _bucket(owner), None, owner
    return Form.OTHER_COS, None, None, ".".join(labels)


def _bucket(text: str) -> str | None:
    return text if parsed(text) is not None else None


def same_bucket_region(
    form: Form, host_bucket: str | None, host_region: str | None, bucket: str, region: str
) -> tuple[bool, str]:
    """Does a host (form, bucket and region from `classify`) reach this bucket in this region, and how surely?

    A label of the first generation is the same place as its region of today. A host without a region
    (acceleration, the old CDN) goes by the bucket alone, since a bucket's name exists once; a regional host
    goes by the region alone.

    Returns:
        (reaches it, high | medium | low). For a form that names neither, such as a custom domain, (False,
        "low"): the name alone does not tell.
    """
    if host_bucket is not None and host_bucket != bucket:
        return False, "high"
    if host_region is None:
        return (True, "high") if host_bucket is not None else (False, "low")
    if host_bucket is None and form not in PATH_FORMS:
        return False, "low"
    return regions.same_region(_current(host_region), region)


def _current(region: str) -> str:
    return regions.json_labels().get(region, region)


@cache
def _accelerated() -> dict[str, tuple[str, str]]:
    answers: dict[str, tuple[str, str]] = {}
    for id, answer in (
        ("cos.accelerate.served-actions", "served"),
        ("cos.accelerate.refused-likely", "refused"),
        ("cos.accelerate.refused-copy", "refused"),
        ("cos.accelerate.refused-actions", "refused"),
    ):
        for action in data.fact(id).value:
            answers[action] = (answer, id)
    return answers


@lru_cache(maxsize=1024)
def accelerate_answer(action: str) -> tuple[str, str | None]:
    """Does the acceleration host serve an action (`name/cos:PutObject`)?

    Returns:
        (served | refused | unknown, the id of the fact that says so; its confidence says how surely). Actions
        that read or write a bucket's configuration are refused by `cos.accelerate.refused-likely`; of listing
        a bucket nothing is known.
    """
    found = _accelerated().get(action)
    if found is not None:
        return found
    name = action.rpartition(":")[2]
    if name in ("GetBucket", "GetBucketObjectVersions"):
        return "unknown", None
    if name.startswith(("PutBucket", "GetBucket", "DeleteBucket")):
        return "refused", "cos.accelerate.refused-likely"
    return "unknown", None


# ---- recognising a host in a pasted text

#: Whatever surrounds a URL in prose, logs and JSON, also as Chinese input methods type it.
_AROUND = " \t\r\n\f\v\0\"'`<>()[]{}|,;!\u00a0\u3000\u2018\u2019\u201c\u201d" + (
    "\uff0c\u3002\uff1b\u3001\uff1a\uff01\uff1f\uff08\uff09\uff5c"
    "\u3010\u3011\u300a\u300b\u3008\u3009\u300c\u300d\u300e\u300f"
)
_PIECES = re.compile(f"[^{re.escape(_AROUND)}]+")
_INVISIBLE = {ord(char): None for char in "\u200b\u200c\u200d\u2060\ufeff\u00ad"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_END_OF_HOST = re.compile(r"[/?#\\]")
_IP4 = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}\Z")
_LDH = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z")


_PIC = re.compile(r"pic[a-z]{2,8}\Z")


class _Address(NamedTuple):
    scheme: str | None
    host: str
    port: int | None
    path: str
    notes: tuple[str, ...]


def identify(text: str, extra_regions: tuple[str, ...] = ()) -> Host | None:
    """The host in a pasted text: a URL, a bare host, an entry of a domain list, a line of a log.

    A COS host anywhere in the text wins; then the first URL; then the first word that could be a host.

    Returns:
        What it is, or None when the text holds no host. A host that is not of COS has the form CUSTOM.
        Nothing is raised, whatever the text is.
    """
    address = _address(text)
    return None if address is None else _judged(address, extra_regions)


def _address(text: str) -> _Address | None:
    clean = text.translate(_INVISIBLE).replace("\\/", "/").strip(_AROUND)
    pieces = [clean]
    if _PIECES.fullmatch(clean) is None and "://[" not in clean[:40]:
        pieces = _PIECES.findall(clean)
    best: tuple[int, _Address] | None = None
    for piece in pieces:
        address = _read(piece, alone=len(pieces) == 1)
        if address is None:
            continue
        rank = 0 if f".{address.host}".endswith(_BASES) else 1 if address.scheme is not None else 2
        if rank == 0:
            return address
        if best is None or rank < best[0]:
            best = rank, address
    return None if best is None else best[1]


def _read(piece: str, alone: bool) -> _Address | None:
    """The address in one word, or None when it is no address."""
    notes: list[str] = []
    before, slashes, rest = piece.partition("//")
    scheme: str | None = None
    if slashes and (not before or before[-1] == ":"):
        # the end of what stands before `://`, as in `url:https://` or `"src=https://`
        start = re.split(r"[^A-Za-z0-9+.-]", before[:-1])[-1] if before else ""
        scheme = start.lower() if _SCHEME.match(start) else ""
    else:
        rest = piece
    end = _END_OF_HOST.search(rest)
    authority, path = (rest, "") if end is None else (rest[: end.start()], rest[end.start() :])
    if scheme is None and "=" in authority:
        authority = authority.rpartition("=")[2]
    if "@" in authority:
        authority = authority.rpartition("@")[2]
        notes.append("what stands before `@` is a user name, no part of the host")
    path = path.partition("#")[0].partition("?")[0].replace("\\", "/")

    port: int | None = None
    has_port = False
    if authority.startswith("["):
        host, _, after = authority[1:].partition("]")
        digits = after[1:] if after[:1] == ":" else ""
    elif authority.count(":") > 1:
        host, digits = authority, ""  # a bare IPv6 address
    else:
        host, _, digits = authority.partition(":")
    if digits.isascii() and digits.isdecimal() and 0 < len(digits) <= 5 and int(digits) <= 65535:
        port, has_port = int(digits), True
    elif digits and scheme is not None:
        notes.append(f"{quoted(digits, 20)} is no port")
    host = host.lower()
    if host.endswith(".") and host.strip("."):
        host = host.rstrip(".")
    host = host.strip("\"'")
    if not host:
        return None
    if scheme is None and not _could_be_host(host, has_port, alone):
        return None
    return _Address(scheme or None, host, port, path, tuple(notes))


def _could_be_host(host: str, has_port: bool, alone: bool) -> bool:
    """Is a word without a scheme a host? `v1.8.0` and `3.5` are none, `localhost` and `10.0.0.1` are."""
    if f".{host}".endswith(_BASES):
        return True
    if ":" in host:
        return alone and _ip(host)
    if host == "localhost" or _IP4.match(host):
        return True
    labels = host.split(".")
    if len(labels) < 2:
        return has_port and alone and _LDH.match(host) is not None
    last = labels[-1]
    return all(labels) and len(last) > 1 and not last.isdecimal() and not any(c in "\\~^%&+$" for c in host)


def _ip(host: str) -> bool:
    if _IP4.match(host) is None and ":" not in host:
        return False
    import ipaddress

    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _judged(address: _Address, extra: tuple[str, ...]) -> Host:
    host = address.host
    form, bucket, region, owner = _split(host, extra)
    notes = list(address.notes)
    in_path = False
    if form in PATH_FORMS:
        segment = address.path.lstrip("/").partition("/")[0]
        bucket = _bucket(segment)
        in_path = bucket is not None
        if segment and not in_path:
            notes.append(f"the path begins with {quoted(segment)}, which is no bucket name with an appid")
    known = region is not None and _is_region(region, form, extra)
    problem = _problem(form, host, bucket, region, owner, known)
    if form is Form.CUSTOM:
        problem = problem or _custom_problem(host, notes)
    else:
        notes.extend(_notes(form, host, region))
    return Host(
        form=form,
        scheme=address.scheme,
        host=host,
        port=address.port,
        bucket=bucket,
        region=region,
        region_known=known,
        path=address.path,
        bucket_in_path=in_path,
        problem=problem,
        notes=tuple(notes),
    )


def _is_region(region: str, form: Form, extra: tuple[str, ...]) -> bool:
    """A JSON API name is no region, though its hosts have it where the region stands."""
    return form is not Form.JSON_API and regions.region(region, extra) is not None


def _problem(
    form: Form, host: str, bucket: str | None, region: str | None, owner: str, known: bool
) -> str | None:
    if form is Form.CUSTOM:
        return None
    if form is Form.JSON_API:
        return "a host of the JSON API, which is retired: neither its API nor its signature is that of today"
    if "*" in owner:
        return "a `*` in a host stands for nothing: every bucket's host has to be written out"
    if form is Form.OTHER_COS:
        return _other_problem(host, bucket, region, owner)
    if owner and bucket is None:
        return _owner_problem(owner)
    if not owner and form in (Form.ACCELERATE, Form.WEBSITE, Form.DUALSTACK, Form.INTERNAL_ACCELERATE):
        return "no bucket stands before this host"
    if region is not None and not known:
        near = regions.nearest(region)
        unknown = f"{quoted(region)} is no region that is known"
        return regions.explain_unknown(region) or (f"{unknown}: did you mean `{near}`?" if near else unknown)
    return None


def _owner_problem(owner: str) -> str:
    if "." in owner:
        return f"{quoted(owner)} has a dot, and the name of a bucket has none"
    if owner.rpartition("-")[0].endswith("-x-"):
        return f"{quoted(owner)} names a bucket of the product cosrapid, which is not COS"
    return f"{quoted(owner)} is no full name of a bucket: the appid is missing, as in `<name>-1250000000`"


def _other_problem(host: str, bucket: str | None, region: str | None, owner: str) -> str:
    shown = bucket or "<bucket>"
    labels = host.split(".")
    if f".{host}" in _BASES:
        return "the parent domain of all COS hosts: it covers none of them"
    if "cosrapid" in labels:
        return "a host of the product cosrapid, which is not COS"
    if region is not None and region in regions.legacy_ids():
        return f"in the old region `{region}` a host has no `cos.` before it: `{shown}.{region}.myqcloud.com`"
    if f"cos-{region}" in labels:
        meant = f"cos.{region}.myqcloud.com"
        meant = f"{bucket}.{meant}" if bucket else meant
        return f"no such host: after `cos` stands a dot, `{meant}`; the hyphen is a misprint of an old page"
    if "cos-control" in labels:
        return "the host of batch jobs: before it stands the uin of an account, and no object is stored there"
    if region is not None and labels[-3] == region and labels[:-3] == (owner.split(".") if owner else []):
        return f"`cos.` is missing before the region: `{shown}.cos.{region}.myqcloud.com`"
    if labels[-3] == "cos":
        return f"the region is missing: `{shown}.cos.<region>.myqcloud.com`"
    if labels[-3] == "accelerate":
        return f"not a host of COS: global acceleration is `{shown}.cos.accelerate.myqcloud.com`"
    return "a host under a COS domain, but of no form that is known"


def _custom_problem(host: str, notes: list[str]) -> str | None:
    if host == "localhost" or host.endswith(".localhost"):
        return "`localhost` is the phone itself, and WeChat takes no such entry"
    if _ip(host):
        notes.append("an IP address: WeChat takes no address as an entry, and COS answers by name only")
        return None
    if not host.isascii():
        notes.append("not ASCII: the network asks for the `xn--` form of this name; write that in lists")
        return None
    if "*" in host:
        return "a `*` in a host stands for nothing: every host has to be written out"
    if len(host) > 253 or any(len(label) > 63 or not _LDH.match(label) for label in host.split(".")):
        return "no host has such a name"
    if "myqcloud" in host or "tencentcos" in host:
        notes.append("looks like a COS host, but its domain is neither myqcloud.com nor tencentcos.cn")
    return None


def _notes(form: Form, host: str, region: str | None) -> list[str]:
    notes = []
    entry = None if region is None else regions.region(region)
    if entry is not None and entry.legacy:
        sure = {"high": "", "medium": " (probably)", "low": " (not sure)"}[entry.confidence]
        notes.append(f"`{entry.id}` is the old name of `{entry.current}`{sure}")
    elif region is not None and form is Form.JSON_API:
        current = regions.json_labels().get(region) or regions.json_files().get(region)
        notes.append(f"`{region}` is the JSON API's name of `{current}`")
    if entry is not None and entry.kind == "finance":
        notes.append("a finance region: public regions have no network connection to it")
    if entry is not None and entry.kind == "retired":
        notes.append(f"`{entry.id}` is {entry.note}")
    if ".cos-website-internal." in host:
        notes.append("the website host inside the vendor's network: reading only")
    if form in (Form.REGIONAL, Form.ACCELERATE, Form.WEBSITE) and host.endswith(_BASES[1]):
        notes.append("under the backup domain `tencentcos.cn`; the usual one is `myqcloud.com`")
    return notes

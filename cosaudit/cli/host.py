"""`cosaudit host`: what a host or URL is, and what to do with it. The command only parses and prints."""

from __future__ import annotations

from typing import Any

from cosaudit import data
from cosaudit.cos import hosts, regions
from cosaudit.cos.names import parsed, quoted
from cosaudit.model import Form

_WIDTH = 80

_WORDS = {
    Form.BUCKET: "the bucket's own host",
    Form.REGIONAL: "the host of a region (path style)",
    Form.LEGACY: "the bucket's own host, in an old region's form",
    Form.LEGACY_REGIONAL: "the host of an old region (path style)",
    Form.ACCELERATE: "the bucket's host of global acceleration",
    Form.BACKUP: "the bucket's backup host",
    Form.INTERNAL: "a host inside the vendor's private network",
    Form.INTERNAL_ACCELERATE: "the acceleration host inside the private network",
    Form.WEBSITE: "the bucket's website host, for reading only",
    Form.DUALSTACK: "the bucket's host for IPv4 and IPv6",
    Form.SERVICE: "the host that lists the buckets of an account",
    Form.CI: "a host of data processing, not of storage",
    Form.PIC: "a host of image processing, not of storage",
    Form.CDN: "the bucket's old default CDN host",
    Form.JSON_API: "a host of the retired JSON API",
    Form.OTHER_COS: "under a COS domain, but no host that works",
    Form.CUSTOM: "no COS host by its name",
}

_FACTS = {
    Form.BUCKET: ("cos.host.bucket",),
    Form.REGIONAL: ("cos.host.regional", "cos.path-style.cutoff", "cos.path-style.error"),
    Form.LEGACY: ("cos.host.legacy", "regions.legacy.current"),
    Form.LEGACY_REGIONAL: ("cos.host.legacy", "cos.path-style.cutoff", "regions.legacy.current"),
    Form.ACCELERATE: ("cos.accelerate.refused-actions", "cos.accelerate.switch", "cos.host.accelerate"),
    Form.BACKUP: ("cos.host.backup",),
    Form.INTERNAL: ("cos.host.internal",),
    Form.INTERNAL_ACCELERATE: ("cos.host.internal",),
    Form.WEBSITE: ("cos.host.website",),
    Form.DUALSTACK: ("cos.host.dualstack",),
    Form.SERVICE: ("cos.host.service",),
    Form.CI: ("cos.host.ci",),
    Form.PIC: ("cos.host.pic",),
    Form.CDN: ("cos.host.cdn",),
    Form.JSON_API: ("cos.host.json-api",),
    Form.OTHER_COS: (),
    Form.CUSTOM: ("cos.host.custom",),
}

_REQUEST = "  request合法域名       "
_UPLOAD = "  uploadFile合法域名    "
_DOWNLOAD = "  downloadFile合法域名  wx.downloadFile, wx.getImageInfo"
_ALL_BOXES = (
    f"{_REQUEST}putObject, parts of large files, list, delete",
    f"{_UPLOAD}postObject, wx.uploadFile",
    _DOWNLOAD,
)
#: The boxes that an entry for a form belongs into, where these are not all.
_BOXES = {
    Form.ACCELERATE: (f"{_REQUEST}putObject, parts of large files", *_ALL_BOXES[1:]),
    Form.WEBSITE: (_DOWNLOAD,),
    Form.CDN: (_DOWNLOAD,),
    Form.SERVICE: (f"{_REQUEST}getService",),
    Form.CI: (f"{_REQUEST}jobs of data processing",),
    Form.PIC: (f"{_REQUEST}image processing", _DOWNLOAD),
}

_NOT_FROM_PHONES = (Form.INTERNAL, Form.INTERNAL_ACCELERATE, Form.JSON_API, Form.OTHER_COS)


def describe(text: str, extra_regions: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the host in a pasted text is, as the JSON of `cosaudit host`.

    Args:
        text: a URL, a host, an entry, a line of a log.
        extra_regions: ids that the user declared.

    Returns:
        `version`, `input`, `form` (a word of `model.Form`, null without a host), `host`, `scheme`, `port`,
        `bucket`, `appid`, `region`, `region_name`, `canonical` (the host that clients of today use for this
        bucket, or null), `wechat_entry` (what to enter in the console for this very host, or null where an
        entry is of no use), `problem`, `notes`, `facts` (ids).
    """
    host = hosts.identify(text, extra_regions)
    if host is None:
        return {
            "version": 1,
            "input": text,
            "form": None,
            "host": None,
            "scheme": None,
            "port": None,
            "bucket": None,
            "appid": None,
            "region": None,
            "region_name": None,
            "canonical": None,
            "wechat_entry": None,
            "problem": "there is no host in this text",
            "notes": [],
            "facts": [],
        }
    name = None if host.bucket is None else parsed(host.bucket)
    notes, facts = list(host.notes), list(_FACTS[host.form])
    _needs(host, notes)
    if host.form is Form.OTHER_COS:
        if host.region is not None and f"cos-{host.region}" in host.host:
            facts.append("cos.host.dead-form")
        elif host.region in regions.legacy_ids():
            facts.append("cos.host.legacy")
        elif host.region_known:
            facts.append("cos.host.missing-cos")
    if _odd_port(host):
        facts.append("cos.host.ports")
    if host.region is not None and not host.region_known and host.form is not Form.JSON_API:
        facts.append("cos.region.known")
    return {
        "version": 1,
        "input": text,
        "form": host.form.value,
        "host": host.host,
        "scheme": host.scheme,
        "port": host.port,
        "bucket": host.bucket,
        "appid": None if name is None else name.appid,
        "region": host.region,
        "region_name": _region_name(host, extra_regions),
        "canonical": _canonical(host, extra_regions),
        "wechat_entry": _entry(host),
        "problem": host.problem,
        "notes": notes,
        "facts": sorted(facts),
    }


def _current(host: hosts.Host, extra: tuple[str, ...]) -> regions.Region | None:
    """The region of today that a host's region stands for."""
    if host.region is None:
        return None
    if host.form is Form.JSON_API:
        now = regions.json_labels().get(host.region) or regions.json_files().get(host.region)
        return None if now is None else regions.region(now)
    return regions.region(host.region, extra)


def _region_name(host: hosts.Host, extra: tuple[str, ...]) -> str | None:
    entry = _current(host, extra)
    return None if entry is None or entry.assumed else entry.name


def _canonical(host: hosts.Host, extra: tuple[str, ...]) -> str | None:
    """The host that today's clients use for the bucket; an acceleration host stays: it names no region."""
    if host.bucket is None:
        return None
    if host.form is Form.ACCELERATE:
        return hosts.bucket_host(Form.ACCELERATE, host.bucket, "")
    entry = _current(host, extra)
    if entry is None or host.form in (Form.CI, Form.PIC):
        return None
    # an old name whose region of today is not sure keeps the form that is known to work
    region = entry.id if entry.confidence == "low" else entry.current
    return hosts.bucket_host(Form.BUCKET, host.bucket, region)


def _entry(host: hosts.Host) -> str | None:
    """What to enter in the WeChat console for this host; None where it would be of no use."""
    if host.problem is not None or host.form in _NOT_FROM_PHONES:
        return None
    name = host.host
    if not name.isascii() or ":" in name or "." not in name or name.replace(".", "").isdecimal():
        return None
    if host.port in (None, 443) or (host.port == 80 and host.scheme == "http") or host.form is not Form.CUSTOM:
        return f"https://{name}"
    return f"https://{name}:{host.port}"


def _odd_port(host: hosts.Host) -> bool:
    return host.form is not Form.CUSTOM and host.port not in (None, *data.fact("cos.host.ports").value)


def _needs(host: hosts.Host, notes: list[str]) -> None:
    """What the bucket must have, and what WeChat makes of the rest of the URL."""
    form = host.form
    if form in hosts.PATH_FORMS:
        cutoff = data.fact("cos.path-style.cutoff").value
        error = data.fact("cos.path-style.error").value
        notes.append(f"a bucket created after {cutoff} refuses it: 403 {error}")
        notes.append("client SDKs since 2024 no longer send it (ForcePathStyle throws)")
    elif form is Form.ACCELERATE:
        error = data.fact("cos.accelerate.refused-error").value
        start = data.fact("cos.accelerate.start")
        notes.append("the bucket needs global acceleration switched on, which costs")
        notes.append(f"after the switch it takes about {start.value} {start.unit}")
        notes.append(f"for uploads and downloads only: deletion is refused ({error})")
    elif form is Form.BACKUP:
        notes.append("the same bucket as under myqcloud.com; SDKs turn to it when AutoSwitchHost is on")
    elif form in (Form.INTERNAL, Form.INTERNAL_ACCELERATE):
        notes.append("phones and browsers cannot reach it: use the bucket's own host")
    elif form is Form.WEBSITE:
        notes.append("an upload is refused here: send it to the bucket's own host")
    elif form is Form.CDN:
        notes.append("for downloads, if the bucket had it before 2022-05-09; uploads: the bucket's own host")
    elif form in (Form.CI, Form.PIC):
        notes.append("no storage: no upload goes there, files go to the bucket's own host")
    elif form is Form.CUSTOM and host.problem is None:
        notes.append("it reaches a bucket only if it is bound to it; the name alone does not tell")
    if host.scheme is not None and host.scheme not in ("https", "http"):
        notes.append(f"{quoted(host.scheme)} is no scheme that uploads use")
    if host.scheme == "http":
        notes.append("written with http: WeChat sends https only")
    if _odd_port(host):
        notes.append(f"COS is documented on ports 443 and 80 only: leave `:{host.port}` away")
    elif host.port == 80 and host.form is not Form.CUSTOM:
        notes.append("port 80 is that of http, WeChat sends https only: leave `:80` away")
    if host.port == 443:
        notes.append("WeChat refuses a URL that spells `:443` out: leave the port away")


def render(d: dict[str, Any]) -> str:
    """The text of `cosaudit host` for what `describe` returned: 80 columns, but for what is to be copied."""
    if d["form"] is None:
        return f"No host: {d['problem']}\n"
    lines = [*_wrapped(_first(d), "", "  "), ""]
    if d["problem"]:
        lines += [*_wrapped(f"Does not work: {d['problem']}", "", "  "), ""]
    entry: str | None = d["wechat_entry"]
    usual: str | None = d["canonical"]
    if entry is None and usual is not None:
        entry = f"https://{usual}"
        lines.append("Use and list this one instead:")
    elif entry is not None:
        lines.append("WeChat console, 开发管理 > 开发设置 > 服务器域名, exactly:")
    if entry is not None:
        boxes = _ALL_BOXES if d["wechat_entry"] is None else _BOXES.get(Form(d["form"]), _ALL_BOXES)
        lines += [f"  {entry}", *boxes, ""]
    if usual is not None and usual != d["host"] and d["wechat_entry"] is not None:
        lines += ["The host that clients of today use for this bucket:", f"  {usual}", ""]
    for note in d["notes"]:
        lines += _wrapped(note, "- ", "  ")
    if d["notes"]:
        lines.append("")
    if d["facts"]:
        lines += _wrapped("Facts: " + " ".join(d["facts"]), "", "  ")
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def _first(d: dict[str, Any]) -> str:
    what = _WORDS[Form(d["form"])]
    where: str | None
    if d["form"] == Form.CUSTOM.value:
        return f"{quoted(d['host'])}: {what}"
    if d["region_name"] and d["region_name"] != d["region"]:
        where = f"{d['region']} ({d['region_name']})"
    else:
        where = None if d["region"] is None else quoted(d["region"])[1:-1]
    whose = " in ".join(part for part in (d["bucket"], where) if part)
    return f"{whose or quoted(d['host'])}: {what}"


def _wrapped(text: str, first: str, more: str) -> list[str]:
    import textwrap

    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=more,
        break_on_hyphens=False,
    )

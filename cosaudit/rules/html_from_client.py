"""Whoever may upload can store a page with script that the bucket's domain shows to everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cos.hosts import bucket_host
from cosaudit.gates.object import made
from cosaudit.model import Auth, Form, Severity
from cosaudit.rules.base import Rule, called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Bucket, Finding, Request
    from cosaudit.run import Run

#: Types that browsers run script of, the plainer one first.
_TYPES = ("text/html", "image/svg+xml")
#: Where the type of an object is set, by action.
_SETTING = ("name/cos:PostObject", "name/cos:PutObject", "name/cos:InitiateMultipartUpload")
_KEY = "cos:content-type"

RULE = Rule(
    id="html-from-client",
    title="who may upload can store a page that your domain shows",
    severity=Severity.LOW,
    gate="object",
    confidence="firm",
    why="COS shows a file as the type that its upload named, whatever its key ends in. A page or an SVG with script "
    "then runs on the domain that serves the bucket: for every visitor who opens the link. Buckets created after "
    "2024-01-01 save files instead of showing them on their default domains; a domain of your own always shows them.",
    mend="allow only the types that you need (a condition on `cos:content-type` in the key's policy, or a signed "
    "Content-Type; `image/*` lets SVG through), or serve the files on a domain that nothing else uses",
    facts=("cos.default-host.forced-download", "cos.post-object.content-type"),
)


class _Chosen(NamedTuple):
    """A type that an uploader may name, and what leaves that open."""

    type: str
    open: str  # ends the sentence; empty where it is sure


def _public(bucket: Bucket) -> bool:
    """Does the ACL let everybody read?"""
    from cosaudit.cos import acl

    return bucket.acl is not None and acl.grants(bucket.acl, "cos:GetObject", acl.ANYONE) is True


def check(run: Run) -> Iterator[Finding]:
    """One finding per bucket and temporary key, or per upload without one."""
    told: set[tuple[int, object]] = set()
    for block, _ in run.blocks:
        transfer, bucket = block.transfer, block.bucket
        if transfer is None or transfer.name is None or bucket is None or not _public(bucket):
            continue
        host = _shown_on(bucket)
        setting = [block.request(shape) for shape in block.shapes if shape.action in _SETTING]
        mark = (bucket.index, transfer.session if transfer.session is not None else transfer.name)
        if host is None or not setting or mark in told:
            continue
        request, chosen = next(
            ((one, found) for one in _first_of_each(setting) if (found := _chosen(one, run)) is not None),
            (None, None),
        )
        if request is None or chosen is None:
            continue
        told.add(mark)
        yield RULE.finding(
            f"{called([request])}: an upload may name the type `{chosen.type}`, and everyone who opens its link on "
            f"{host} gets it shown{chosen.open}",
            at=transfer.at.place("key"),
            fix=RULE.mend,
            identity=(bucket.name, block.client.name, str(mark[1])),
            client=block.client,
            bucket=bucket.name,
            witness={
                "api": request.api.value if request.api is not None else None,
                "method": request.shape.method if request.shape is not None else None,
                "url": None,
                "send": f"Content-Type: {chosen.type}",
                "shown_on": f"https://{host}/",
            },
            confidence="tentative" if chosen.open else "firm",
        )


def _shown_on(bucket: Bucket) -> str | None:
    """A host that shows the bucket's files in the browser; None where none surely does."""
    if bucket.domains:
        return bucket.domains[0].rpartition("://")[2].partition("/")[0]
    return bucket_host(Form.BUCKET, bucket.name, bucket.region) if made(bucket) == "before" else None


def _first_of_each(requests: list[Request]) -> list[Request]:
    return list({one.shape.action: one for one in reversed(requests) if one.shape is not None}.values())[::-1]


def _chosen(request: Request, run: Run) -> _Chosen | None:
    """A type with script that the uploader may name; None where something surely fixes the type."""
    transfer = request.transfer
    assert transfer is not None
    if transfer.auth is Auth.NONE:
        return _Chosen(_TYPES[0], "")
    if transfer.auth is not Auth.CLIENT:
        return _signed(transfer.signature)
    session = run.inventory.sessions[transfer.session] if transfer.session is not None else None
    if session is None or session.policy is None:
        return _Chosen(_TYPES[0], ", unless the key's policy, which is not described, has a condition on the type")
    from cosaudit.cam.language import decide_all
    from cosaudit.cam.policy import Context, Known
    from cosaudit.cos import conditions
    from cosaudit.gates import asked

    shape = request.shape
    assert shape is not None
    keys = asked.keys_of(session.policy)
    absent = {key: Known.ABSENT for key in keys if conditions.presence(key, shape.action) == "never"}
    for type_ in _TYPES:
        context = Context({**absent, _KEY: (type_,)}, Known.UNKNOWN)
        decision = decide_all(
            session.policy, shape.action, asked.template(request, run.inventory.placeholders), context
        ).decision
        if decision == "allow":
            return _Chosen(type_, "")
        if decision == "unknown":
            return _Chosen(type_, ", unless another condition of the key's policy stops it")
    return None


def _signed(signature: object) -> _Chosen | None:
    """What a server's signature leaves open; nothing is told of one that is not described or has a form's policy."""
    if not isinstance(signature, dict) or signature.get("form_policy") is not None:
        return None
    headers = signature.get("headers")
    if headers is None or "content-type" in map(str.lower, headers):
        return None
    return _Chosen(_TYPES[0], "")



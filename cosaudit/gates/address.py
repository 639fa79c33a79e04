"""The address gate: does this bucket answer on that host, in that style?"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from cosaudit.cos.hosts import accelerate_answer, classify, same_bucket_region
from cosaudit.cos.regions import region as known_region
from cosaudit.model import Form, Outcome, Settle, Verdict

if TYPE_CHECKING:
    from cosaudit.model import Bucket, Inventory, Request

_REGIONAL = (Form.REGIONAL, Form.LEGACY_REGIONAL)

#: Hosts of COS that take no uploads or serve something else: form → what it is, and the fact.
_ELSEWHERE = {
    Form.INTERNAL: ("answers only inside the vendor's private network", "cos.host.internal"),
    Form.INTERNAL_ACCELERATE: ("answers only inside the vendor's private network", "cos.host.internal"),
    Form.SERVICE: ("lists an account's buckets, it holds none", "cos.host.service"),
    Form.CI: ("is data processing, not storage", "cos.host.ci"),
    Form.PIC: ("is image processing, not storage", "cos.host.pic"),
    Form.JSON_API: ("is the retired JSON API's", "cos.host.json-api"),
}

#: Actions that only read an object: all that a website host and the old CDN host serve.
_READING = ("name/cos:GetObject", "name/cos:HeadObject")

#: Codes of verdicts that depend on what is done there; all others hold for every request to the same prefix.
BY_ACTION = frozenset(
    ("accelerate-refuses-action", "acceleration-off", "acceleration-unknown", "accelerate-action", "accelerated")
) | {"read-only-host", "special-host", "post-path", "custom-bound"}

_POST = "name/cos:PostObject"
_POST_ELSEWHERE = Verdict(
    Outcome.UNKNOWN,
    "post-path",
    "whether COS takes a form posted to another path than the bucket's root is not told anywhere",
    "cos.post-object.path",
    Settle(fact="cos.post-object.path"),
)

_ENDPOINT = Verdict(Outcome.NOT_APPLICABLE, "endpoint", "not a request to COS")


def judge(request: Request, inventory: Inventory) -> Verdict:
    """The verdict on the host and style of a request; facts `cos.host.…`, `cos.path-style.cutoff`."""
    refusal = request.refusal
    if refusal is not None:
        if refusal.code == "not-recorded":
            return Verdict(Outcome.UNKNOWN, refusal.code, refusal.reason, refusal.fact, Settle(fact=refusal.fact))
        return Verdict(Outcome.BLOCKED, refusal.code, refusal.reason, refusal.fact)
    if request.bucket is None or request.prefix is None or request.shape is None:
        return _ENDPOINT
    return _judge(request.prefix, request.bucket, request.shape.action, inventory.regions)


def same(request: Request) -> object:
    """Requests of which this is equal have the same verdict."""
    if request.shape is None or request.bucket is None:
        return request.refusal
    return request.prefix, request.bucket.index, request.shape.action


def _judge(prefix: str, bucket: Bucket, action: str, regions: tuple[str, ...]) -> Verdict:
    _, _, rest = prefix.partition("://")
    authority, _, path = rest.partition("/")
    if "{" in authority or "}" in authority:
        return Verdict(
            Outcome.BLOCKED,
            "template-not-expanded",
            f"the client sends to `{authority}` as it stands: nothing expands the template",
            "sdk.cos-wx-sdk-v5.domain-templates",
        )
    host, colon, port = authority.rpartition(":")
    if not colon:
        host, port = authority, ""
    host = host.lower()
    form, named, region = classify(host, regions)
    custom = _custom(host, bucket) if form is Form.CUSTOM else None
    if custom is not None and custom.outcome is not Outcome.PASS:
        return custom
    if port and port not in _ports():
        return Verdict(
            Outcome.UNKNOWN,
            "port",
            f"whether COS answers on port {port} is not told anywhere; it is documented for https and http only",
            "cos.host.ports",
            Settle(fact="cos.host.ports"),
        )
    if custom is not None:
        return custom if action != _POST or not path else _POST_ELSEWHERE
    if form in _ELSEWHERE:
        what, fact = _ELSEWHERE[form]
        return Verdict(Outcome.BLOCKED, "other-service", f"`{host}` {what}", fact)
    if form is Form.OTHER_COS:
        return _other(host, region)
    if form in _REGIONAL:
        named = path.partition("/")[0] or None
        if named is None:
            return Verdict(
                Outcome.BLOCKED,
                "no-bucket-in-path",
                f"on the regional domain the bucket stands first in the path, and `{prefix}` has none",
                "cos.host.regional",
            )
    if named != bucket.name:
        return Verdict(
            Outcome.BLOCKED, "other-bucket", f"`{host}` is bucket `{named}`, not `{bucket.name}`", "cos.host.bucket"
        )
    verdict = _region(host, form, named, region, bucket)
    if verdict is not None:
        return verdict
    if action == _POST and path.removeprefix(bucket.name if form in _REGIONAL else "").strip("/"):
        return _POST_ELSEWHERE
    if form in _REGIONAL:
        return _path_style(bucket)
    if form is Form.ACCELERATE:
        return _accelerate(bucket, action)
    if form in (Form.WEBSITE, Form.CDN) and action not in _READING:
        fact = "cos.host.website" if form is Form.WEBSITE else "cos.host.cdn"
        return Verdict(Outcome.BLOCKED, "read-only-host", f"`{host}` serves reading only", fact)
    if form in (Form.WEBSITE, Form.CDN, Form.DUALSTACK):
        fact = f"cos.host.{form.value}"
        return Verdict(
            Outcome.UNKNOWN,
            "special-host",
            f"whether this bucket answers on `{host}` is a setting that is not described",
            fact,
            Settle(fact=fact),
        )
    if form is Form.BACKUP:
        return Verdict(Outcome.PASS, "backup", "the backup domain reaches the same bucket", "cos.host.backup")
    fact = "cos.host.legacy" if form is Form.LEGACY else "cos.host.bucket"
    return Verdict(Outcome.PASS, "bucket-domain", "the bucket's own domain", fact)


@cache
def _ports() -> frozenset[str]:
    from cosaudit.data import fact

    return frozenset(map(str, fact("cos.host.ports").value))


def _other(host: str, region: str | None) -> Verdict:
    if region is not None:
        return Verdict(
            Outcome.BLOCKED,
            "missing-cos",
            f"`{host}` reaches nothing: today's hosts have the label `cos.` before the region",
            "cos.host.missing-cos",
        )
    return Verdict(
        Outcome.UNKNOWN,
        "unknown-form",
        f"`{host}` is a COS domain of a form that is not documented",
        "cos.host.other",
        Settle(fact="cos.host.other"),
    )


def _region(host: str, form: Form, named: str | None, region: str | None, bucket: Bucket) -> Verdict | None:
    """None when the host is in the bucket's region for sure."""
    reached, confidence = same_bucket_region(form, named, region, bucket.name, bucket.region)
    if not reached:
        return Verdict(
            Outcome.BLOCKED,
            "other-region",
            f"`{host}` is in {region}, and the bucket is in {bucket.region}: COS answers 404 NoSuchBucket",
            "cos.bucket.unique",
        )
    legacy = region is not None and form in (Form.LEGACY, Form.LEGACY_REGIONAL)
    if confidence == "low" or (legacy and region is not None and _low(region)):
        return Verdict(
            Outcome.UNKNOWN,
            "legacy-region",
            f"whether `{host}` still answers rests on a source that cannot be trusted alone",
            "cos.host.legacy-unsure",
            Settle(fact="cos.host.legacy-unsure"),
        )
    return None


def _low(region: str) -> bool:
    found = known_region(region)
    return found is not None and found.confidence == "low"


@cache
def _cutoff() -> str:
    from cosaudit.data import fact

    return str(fact("cos.path-style.cutoff").value)


def _path_style(bucket: Bucket) -> Verdict:
    fact = "cos.path-style.cutoff"
    day = _cutoff()
    if bucket.created is None:
        return Verdict(
            Outcome.UNKNOWN,
            "path-style-date-unknown",
            f"buckets created after {day} refuse the regional domain; when this one was created is not described",
            fact,
            Settle(describe=f"buckets[{bucket.index}].created"),
        )
    days = bucket.created.days
    if all(one < day for one in days):
        return Verdict(
            Outcome.PASS, "path-style-answered", f"created before {day}, so it answers on the regional domain", fact
        )
    if all(one > day for one in days):
        return Verdict(
            Outcome.BLOCKED,
            "path-style-refused",
            f"created {bucket.created.text}: buckets made after {day} refuse the regional domain with "
            "403 PathStyleDomainForbidden",
            fact,
        )
    return Verdict(
        Outcome.UNKNOWN,
        "path-style-cutoff-day",
        f"created {bucket.created.text}, on {day} itself or so near to it that the time zone decides: no source says "
        "whether such a bucket answers on the regional domain",
        fact,
        Settle(fact=fact),
    )


def _accelerate(bucket: Bucket, action: str) -> Verdict:
    answer, fact = accelerate_answer(action)
    if answer == "refused":
        return Verdict(
            Outcome.BLOCKED,
            "accelerate-refuses-action",
            f"the acceleration domain refuses {action.rpartition(':')[2]} with ActionAccelerateNotSupported",
            fact,
        )
    if bucket.acceleration is False:
        return Verdict(
            Outcome.BLOCKED,
            "acceleration-off",
            "global acceleration is switched off for this bucket",
            "cos.accelerate.switch",
        )
    region = known_region(bucket.region)
    if region is not None and region.accelerate == "false":
        return Verdict(
            Outcome.BLOCKED,
            "acceleration-off",
            f"{bucket.region} has no global acceleration",
            "cos.accelerate.region",
        )
    if bucket.acceleration is None:
        return Verdict(
            Outcome.UNKNOWN,
            "acceleration-unknown",
            "the acceleration domain answers only when it is switched on for the bucket, which is not described",
            "cos.accelerate.switch",
            Settle(describe=f"buckets[{bucket.index}].acceleration"),
        )
    if answer != "served":
        return Verdict(
            Outcome.UNKNOWN,
            "accelerate-action",
            f"whether the acceleration domain serves {action.rpartition(':')[2]} is not told anywhere",
            "cos.accelerate.served-actions",
            Settle(fact="cos.accelerate.served-actions"),
        )
    return Verdict(Outcome.PASS, "accelerated", "acceleration is switched on", "cos.accelerate.switch")


def _custom(host: str, bucket: Bucket) -> Verdict:
    fact = "cos.host.custom"
    if bucket.domains is None:
        return Verdict(
            Outcome.UNKNOWN,
            "custom-unknown",
            f"whether `{host}` is bound to the bucket is not described",
            fact,
            Settle(describe=f"buckets[{bucket.index}].domains"),
        )
    for domain in bucket.domains:
        bound = domain.lower()
        if "://" in bound:
            bound = bound.partition("://")[2]
        if bound.partition("/")[0].partition(":")[0].rstrip(".") == host:
            return Verdict(Outcome.PASS, "custom-bound", "a domain that is bound to the bucket", fact)
    return Verdict(
        Outcome.BLOCKED, "custom-not-bound", f"`{host}` is not among the domains that are bound to the bucket", fact
    )

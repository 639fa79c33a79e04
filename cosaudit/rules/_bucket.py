"""What the rules on buckets share: what is open to anybody, who is refused, where it is mended."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cosaudit.model import Auth, Outcome
from cosaudit.rules.base import Rule, called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Statement
    from cosaudit.excess.public import Opening
    from cosaudit.model import Bucket, Finding, Place, Request, Severity, Verdict
    from cosaudit.run import Run

#: How people are called in a sentence.
_WHO = {"anyone": "anyone, without a signature,", "authenticated": "anyone with a Tencent Cloud account"}


@lru_cache(maxsize=1)  # several rules of one run ask
def opened(run: Run) -> tuple[tuple[Bucket, tuple[Opening, ...]], ...]:
    """Each bucket of which something is open to anybody, with what that is."""
    found = []
    for bucket in run.inventory.buckets:
        if bucket.policy is None and (bucket.acl is None or bucket.acl.word == "private"):
            continue
        from cosaudit.excess.public import openings

        some = openings(bucket)
        if some:
            found.append((bucket, some))
    return tuple(found)


def by_source(run: Run, *capabilities: str, sure: bool = False) -> Iterator[tuple[Bucket, list[Opening]]]:
    """What is open of some capabilities: for each bucket the ACL's, then each statement's.

    Args:
        capabilities: words of `excess.public.CAPABILITIES`.
        sure: leave out what is open by the letter of a table only.
    """
    for bucket, some in opened(run):
        rows: dict[int | None, list[Opening]] = {}
        for one in some:
            if one.capability in capabilities and (one.sure or not sure):
                rows.setdefault(one.statement.index if one.statement is not None else None, []).append(one)
        for row in rows.values():
            yield bucket, row


def statements(run: Run) -> Iterator[tuple[Bucket, Statement]]:
    """Each statement of each bucket policy; of a policy that several buckets share, once, with the first of them."""
    for buckets in sharing(run):
        for row in buckets[0].policy.statements:
            yield buckets[0], row


@lru_cache(maxsize=1)  # several rules of one run ask
def sharing(run: Run) -> tuple[list[Bucket], ...]:
    """The buckets of each bucket policy."""
    found: dict[int, list[Bucket]] = {}
    for bucket in run.inventory.buckets:
        if bucket.policy is not None:
            found.setdefault(id(bucket.policy), []).append(bucket)
    return tuple(found.values())


def source(bucket: Bucket, one: Opening) -> tuple[str, Place]:
    """What opens it, in words, and where that stands."""
    if one.statement is not None:
        row = one.statement
        return f"statement {row.index + 1} of the bucket policy", row.principal_place or row.place
    from cosaudit.cos.acl import allowed

    action = one.action.removeprefix("name/")
    for grant in bucket.acl.grants:
        if any(action in actions for actions in allowed(bucket.acl._replace(grants=(grant,)), one.who)):
            return f"the ACL gives `{grant.permission}` to `{grant.to[:80]}`", grant.place
    return bucket.acl.named, bucket.acl.place


def public(rule: Rule, bucket: Bucket, some: list[Opening], what: str, severity: Severity | None = None) -> Finding:
    """A finding about something that anybody may do.

    Args:
        some: what is open by one source; the first one is the witness.
        what: what people do, in words: `overwrite files`.
    """
    first = some[0]
    opener, place = source(bucket, first)
    shown = f"{first.method} {first.url}" if first.url is not None else f"{first.action} on {first.resource}"
    return of_bucket(
        rule,
        bucket,
        message=f"{_WHO[first.who]} can {what} in `{bucket.name}`: {shown} ({opener})",
        at=place,
        identity=(bucket.name, "acl" if first.statement is None else str(first.statement.index)),
        fix=rule.mend,
        witness={
            "api": None,
            "method": first.method,
            "url": first.url,
            "action": first.action,
            "resource": first.resource,
            "signer": "none" if first.who == "anyone" else "any account",
        },
        severity=severity,
        confidence="certain" if first.sure else "tentative",
    )


def of_bucket(
    rule: Rule,
    bucket: Bucket,
    *,
    message: str,
    at: Place,
    identity: tuple[str | None, ...],
    fix: str,
    requests: tuple[Request, ...] = (),
    witness: dict[str, str | None] | None = None,
    severity: Severity | None = None,
    confidence: str | None = None,
    phone: tuple[tuple[str, str], ...] = (),
) -> Finding:
    """A finding about a bucket; its owner mends it."""
    found = rule.finding(
        message,
        at=at,
        fix=fix,
        identity=identity,
        client=requests[0].client if requests else None,
        bucket=bucket.name,
        requests=requests,
        witness=witness,
        confidence=confidence,
        phone=phone,
    )
    return found._replace(owner=bucket.owner, severity=severity or found.severity)


def refused(rule: Rule, run: Run, code: str, shown: str) -> Iterator[Finding]:
    """Findings of requests that a bucket refuses for one reason: one for each bucket and place to mend it.

    Args:
        shown: what the phone shows.
    """
    groups: dict[tuple[int, Place], list[tuple[Request, Verdict]]] = {}
    for request, verdict in run.having("bucket", code):
        bucket = request.bucket
        assert bucket is not None
        if verdict.outcome is Outcome.BLOCKED:
            groups.setdefault((bucket.index, _place(bucket, rule, verdict)), []).append((request, verdict))
    for (index, place), items in groups.items():
        bucket = run.inventory.buckets[index]
        requests = tuple([request for request, _ in items])
        reasons = list(dict.fromkeys([verdict.reason for _, verdict in items]))
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        yield of_bucket(
            rule,
            bucket,
            message=f"{called(requests)}: {reasons[0]}{more}",
            at=place,
            identity=(bucket.name, code, requests[0].flow),
            fix=rule.mend,
            requests=requests,
            phone=((shown, called(requests)),),
        )


def _place(bucket: Bucket, rule: Rule, verdict: Verdict) -> Place:
    if rule.id == "bucket-referer-refuses":
        place: Place = bucket.referer.place
        return place
    import re

    found = re.search(r": statement (\d+) denies it", verdict.reason)
    number = int(found[1]) if found is not None else 0
    denying = [row.place for row in bucket.policy.statements if row.index + 1 == number]
    either: Place = bucket.acl.place if bucket.acl is not None else bucket.policy.place
    return denying[0] if denying else either


def anonymous(run: Run, bucket: Bucket) -> bool:
    """Is anything described that is sent to a bucket without a signature?"""
    return bucket.index in _anonymous(run)


@lru_cache(maxsize=1)  # several rules of one run ask
def _anonymous(run: Run) -> frozenset[int]:
    return frozenset([one.bucket for one in run.inventory.transfers if one.auth is Auth.NONE])


@lru_cache(maxsize=1)  # several rules of one run ask
def wider(run: Run) -> tuple[tuple[Bucket, list[Request]], ...]:
    """Buckets of which files that are downloaded with a signature are open to everybody, with these requests."""
    found: dict[int, list[Request]] = {}
    open_ = {bucket.index for bucket, _ in by_source(run, "read")}
    for block, _ in run.blocks:
        transfer, bucket = block.transfer, block.bucket
        if transfer is None or bucket is None or transfer.kind != "downloads" or transfer.auth is Auth.NONE:
            continue
        shape = next((one for one in block.shapes if one.action == "name/cos:GetObject"), None)
        if shape is None or bucket.index not in open_:
            continue
        from cosaudit.gates.bucket import without_signature

        request = block.request(shape)
        if without_signature(request, run.inventory).outcome is Outcome.PASS:
            found.setdefault(bucket.index, []).append(request)
    return tuple([(run.inventory.buckets[index], requests) for index, requests in found.items()])

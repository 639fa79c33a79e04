"""What the rules on CORS share: which buckets have rules, who needs them, what stands in the way."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.model import Outcome
from cosaudit.rules.base import Rule, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cosaudit.cos.cors import Answer, Cors, CorsRule
    from cosaudit.model import Bucket, Finding, Place, Request, Shape, Verdict
    from cosaudit.run import Run

#: What the browser's console shows of a refusal.
CONSOLE = "has been blocked by CORS policy"

#: A page of a stranger, for witnesses.
EVIL = "https://evil.example"


class Shared(NamedTuple):
    """CORS rules that buckets share: inline ones have one bucket, a file that several name has them all."""

    cors: Cors
    buckets: tuple[Bucket, ...]
    requests: tuple[Request, ...]  # of web pages, to any of the buckets
    mini: bool  # a Mini Program uses one of the buckets

    @property
    def name(self) -> str:
        """The buckets for a sentence."""
        return words([bucket.name for bucket in self.buckets])

    @property
    def origins(self) -> tuple[str, ...]:
        """The page origins that are described, as browsers send them."""
        from cosaudit.web.fetch import serialize_origin

        found: dict[str, None] = {}
        for request in self.requests:
            for origin in request.client.origins or ():
                found[serialize_origin(origin) or "null"] = None
        return tuple(found)

    @property
    def complete(self) -> bool:
        """Are pages described that use these buckets, with the origins of each?"""
        return bool(self.requests) and all(request.client.origins for request in self.requests)


@lru_cache(maxsize=1)  # several rules of one run ask
def shared(run: Run) -> tuple[Shared, ...]:
    """All described CORS rules."""
    groups: dict[int, tuple[Cors, list[Bucket]]] = {}
    for bucket in run.inventory.buckets:
        if bucket.cors is not None:
            groups.setdefault(id(bucket.cors), (bucket.cors, []))[1].append(bucket)
    if not groups:
        return ()
    by_bucket: dict[int, list[Request]] = {}
    mini: set[int] = set()
    for block, _ in run.blocks:
        if block.bucket is None:
            continue
        if block.client.platform == "web":
            by_bucket.setdefault(block.bucket.index, []).extend(
                [request for request in block.requests() if request.shape is not None]
            )
        else:
            mini.add(block.bucket.index)
    return tuple(
        [
            Shared(
                cors,
                tuple(buckets),
                tuple([request for bucket in buckets for request in by_bucket.get(bucket.index, ())]),
                any(bucket.index in mini for bucket in buckets),
            )
            for cors, buckets in groups.values()
        ]
    )


def place(cors: Cors, *path: str | int) -> Place:
    """Where something of the rules stands."""
    assert cors.at is not None  # rules that were read know their place
    return cors.at.place(*path)


def rule_place(rule: CorsRule, *path: str | int) -> Place:
    """Where something of one rule stands."""
    assert rule.at is not None
    return rule.at.place(*path)


def beyond(
    rule: Rule,
    one: Shared,
    message: str,
    *,
    at: Place,
    identity: tuple[str | None, ...],
    fix: str | None = None,
    witness: dict[str, str | None] | None = None,
    requests: tuple[Request, ...] = (),
) -> Finding:
    """A finding about rules that let through more than is needed, or that are not what they seem."""
    found = rule.finding(
        message,
        at=at,
        fix=fix or rule.mend,
        identity=(one.buckets[0].name, *identity),
        bucket=one.buckets[0].name,
        requests=requests,
        witness=witness,
    )
    return found._replace(owner=one.buckets[0].owner)


def refused(rule: Rule, run: Run, code: str, field: str) -> Iterator[Finding]:
    """The findings of requests whose preflight COS refuses for a reason: one per bucket's rules and nearest rule.

    Args:
        code: of `cos.cors.Answer`.
        field: what of the nearest rule a person mends: `origins`, `methods`, `headers`.
    """
    from cosaudit.gates.preflight import answers

    groups: dict[tuple[int, int | None], list[tuple[Request, Answer, str]]] = {}
    for request, _ in run.having("preflight", code):
        assert request.bucket is not None
        for origin, answer in answers(request):
            if answer.outcome is Outcome.BLOCKED and answer.code == code:
                groups.setdefault((id(request.bucket.cors), answer.nearest), []).append((request, answer, origin))
    for (_, nearest), items in groups.items():
        requests = tuple({id(request): request for request, _, _ in items}.values())
        bucket = requests[0].bucket
        assert bucket is not None
        cors: Cors = bucket.cors
        missing = {
            "origins": [origin for _, _, origin in items],
            "methods": [request.shape.method for request in requests if request.shape is not None],
            "headers": [name for _, answer, _ in items for name in answer.missing],
        }.get(field, [])
        names = list(dict.fromkeys(missing))
        at = place(cors)
        if nearest is not None:
            at = rule_place(cors.rules[nearest], field)
        elif cors.rules and field == "origins":
            at = rule_place(cors.rules[0], field)
        where = f"CORS rule {nearest + 1}" if nearest is not None else "no CORS rule"
        what = {
            "origins": f"no CORS rule of the bucket allows the origin {words(names)}",
            "methods": f"{where} does not allow the method {words(names)}",
            "headers": f"{where} does not allow the request header {words(names, 8)}",
        }.get(field, "the bucket has no CORS rules, so every preflight is refused")
        fix = {
            "origins": f"add to `AllowedOrigin`: {', '.join(names)}",
            "methods": f"add to `AllowedMethod`: {', '.join(names)}",
            "headers": f"add to `AllowedHeader`: {', '.join(names)}",
        }.get(field, rule.mend)
        flows = words([request.flow for request in requests])
        yield rule.finding(
            f"{flows}: {what}{_only(requests)}",
            at=at,
            fix=f"{fix} (`cosaudit cors` prints the smallest rules)",
            identity=(bucket.name, code, str(nearest)),
            client=requests[0].client,
            requests=requests,
            phone=((CONSOLE, flows),),
        )._replace(owner=bucket.owner)


def _only(requests: tuple[Request, ...]) -> str:
    """Where only retries are refused, that is worth saying: they are sent when the network is bad."""
    whens = [request.shape.when for request in requests if request.shape is not None]
    return "; only retries send it, so it fails when the network is bad" if all(one.retry for one in whens) else ""


def blocked(
    rule: Rule,
    run: Run,
    gate: str,
    *codes: str,
    field: str,
    beside: Collection[tuple[str | None, Shape | None]] = (),
) -> Iterator[Finding]:
    """The findings of requests that the browser stops: one per bucket's rules and reason.

    Args:
        field: what of the rule a person mends.
        beside: (flow, shape) of requests that are told elsewhere.
    """
    groups: dict[tuple[int, str], list[tuple[Request, Verdict]]] = {}
    for request, verdict in run.having(gate, *codes):
        assert request.bucket is not None
        if (request.flow, request.shape) in beside:
            continue
        groups.setdefault((id(request.bucket.cors), verdict.reason), []).append((request, verdict))
    for (_, reason), items in groups.items():
        requests = tuple([request for request, _ in items])
        bucket = requests[0].bucket
        assert bucket is not None
        cors: Cors = bucket.cors
        number = re.search(r"CORS rule (\d+)", reason)
        at = rule_place(cors.rules[int(number[1]) - 1], field) if number is not None else place(cors)
        flows = words([request.flow for request in requests])
        yield rule.finding(
            f"{flows}: {reason}",
            at=at,
            fix=f"{rule.mend} (`cosaudit cors` prints the smallest rules)",
            identity=(bucket.name, items[0][1].code, reason),
            client=requests[0].client,
            requests=requests,
            phone=((CONSOLE if gate == "preflight" else "the upload fails although the file was stored", flows),),
        )._replace(owner=bucket.owner)


def witness(one: Shared, rule: CorsRule, origin: str, method: str | None = None) -> dict[str, str | None]:
    """A request of a page as a witness."""
    bucket = one.buckets[0]
    url = f"https://{bucket.name}.cos.{bucket.region}.myqcloud.com/"
    return {"api": "fetch", "method": method or rule.methods[0], "url": url, "origin": origin}


def short(text: str) -> str:
    """A value of a rule for a sentence."""
    return text if len(text) <= 60 else text[:57] + "..."


def dead(allowed: str) -> str | None:
    """Why an AllowedOrigin fits no origin that a browser sends; None where it may."""
    if allowed in ("*", "null"):
        return None
    _, slashes, rest = allowed.partition("://")
    if not slashes:
        return "has no scheme: an origin begins with https://" if "*" not in allowed else None
    if rest.endswith("/"):
        return "ends in a slash: an origin has none"
    if "/" in rest or "?" in rest or "#" in rest:
        return "has a path: an origin has none"
    if " " in allowed or not rest:
        return "is no origin: scheme, host, and a port that is not the default one"
    return None


def over_http(allowed: str) -> str | None:
    """An http origin that an AllowedOrigin covers; None where it covers none, and for `*`, which is told as that."""
    if allowed.startswith("http:"):
        return allowed.replace("*", "x")
    scheme, slashes, rest = allowed.partition("://")
    if slashes and "*" in scheme and "http".startswith(scheme.partition("*")[0]):
        return f"http://{rest}"
    if not slashes and "*" in allowed and allowed != "*":
        head, _, tail = allowed.partition("*")
        if "http://".startswith(head):
            return f"http://x{tail}"
    return None


def attacker(allowed: str) -> str | None:
    """An origin that a stranger can have and that a pattern covers; None for `*` and where only owners' hosts are."""
    if allowed.count("*") != 1 or allowed == "*":
        return None
    head, _, tail = allowed.partition("*")
    scheme, slashes, before = head.partition("://")
    if not slashes:  # the star reaches into the host
        if "://" in tail:
            return None  # it is in the scheme alone
        scheme, before = "https", ""
    if ":" in before or "/" in before:
        return None  # in the port
    host, colon, port = tail.partition(":")
    end = f":{port}" if colon else ""
    if not host:
        found = f"{before}com.evil.net" if before.endswith(".") or not before else f"{before}.evil.net"
    elif host.startswith("."):
        if not _shared(host[1:]):
            return None
        found = f"{before}evil{host}"
    elif "." not in host:
        found = f"{before}.evil.{host}" if before else f"evil.{host}"
    else:
        found = f"{before}.evil-{host}" if before else f"evil-{host}"
    return f"{scheme}://{found}{end}"


def _shared(host: str) -> bool:
    """May anybody have a name below this host: a top-level domain, or a service that gives names away?"""
    from cosaudit import data

    host = host.lower().rstrip(".")
    suffixes = data.facts_of("fetch")["web.shared-suffixes"].value
    return "." not in host or any(host == one or host.endswith(f".{one}") for one in suffixes)


def hides(first: CorsRule, second: CorsRule) -> bool:
    """Does an earlier rule surely answer every preflight that a later one would?"""
    from cosaudit.cos.cors import header_matches, origin_matches

    origins = all(
        any(
            one == "*" or one == other or ("*" not in other and origin_matches(one, other) is True)
            for one in first.origins
        )
        for other in second.origins
    )
    headers = all(any(header_matches(one, other) is True for one in first.headers) for other in second.headers)
    return origins and headers and set(second.methods) <= set(first.methods)

"""What the rules on CORS share: which buckets have rules, who needs them, what stands in the way."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.model import Form, Outcome, Severity
from cosaudit.rules.base import Rule, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cosaudit.cos.cors import Cors, CorsRule
    from cosaudit.gates.preflight import Judged
    from cosaudit.model import Bucket, Finding, Place, Request
    from cosaudit.run import Run

#: What the browser's console shows of a refusal.
CONSOLE = "has been blocked by CORS policy"

#: A page of a stranger, for witnesses.
EVIL = "https://evil.example"

#: Methods that only read.
READING = frozenset(("GET", "HEAD"))

#: Actions whose answers caches keep.
READS = frozenset(("name/cos:GetObject", "name/cos:HeadObject"))

#: Field of a rule → what COS calls it.
NAMES = {
    "origins": "AllowedOrigin",
    "methods": "AllowedMethod",
    "headers": "AllowedHeader",
    "expose": "ExposeHeader",
    "max_age": "MaxAgeSeconds",
}


class Shared(NamedTuple):
    """CORS rules that buckets share: inline ones have one bucket, a file that several name has them all."""

    cors: Cors
    buckets: tuple[Bucket, ...]
    name: str  # the buckets, for a sentence
    web: bool  # web pages use one of the buckets
    mini: bool  # a Mini Program does
    complete: bool  # every page that uses them is described, with its origins and what it sends
    origins: tuple[str, ...]  # of the pages that are described, as browsers send them
    senders: frozenset[str]  # those of them that send something to another origin than their own
    methods: frozenset[str]  # that they send
    reads: bool  # they read objects


class _Users:
    """Who uses the buckets of some CORS rules, in the making."""

    def __init__(self, cors: Cors) -> None:
        self.cors = cors
        self.buckets: list[Bucket] = []
        self.web = self.mini = False
        self.complete = True
        self.origins: dict[str, None] = {}
        self.senders: set[str] = set()
        self.shapes: set[int] = set()  # shapes are shared by uploads: by identity
        self.methods: set[str] = set()
        self.reads = False


@lru_cache(maxsize=1)  # several rules of one run ask
def shared(run: Run) -> tuple[Shared, ...]:
    """All described CORS rules; rules that stand at one place, once."""
    groups: dict[Place, _Users] = {}
    by_bucket: dict[int, _Users] = {}
    for bucket in run.inventory.buckets:
        if bucket.cors is not None:
            users = groups.setdefault(place(bucket.cors), _Users(bucket.cors))
            users.buckets.append(bucket)
            by_bucket[bucket.index] = users
    if not groups:
        return ()
    from cosaudit.web.fetch import serialize_origin

    for block, _ in run.blocks:
        found = by_bucket.get(block.bucket.index) if block.bucket is not None else None
        if found is None or block.client.assumed:
            continue
        if block.client.platform != "web":
            found.mini = True
            continue
        found.web = True
        origins = block.client.origins
        if not origins or (block.refusal is not None and block.refusal.code == "not-recorded"):
            found.complete = False
        if origins:
            pages = [serialize_origin(origin) or origin for origin in origins]
            found.origins.update(dict.fromkeys(pages))
            to = {serialize_origin(prefix) for prefix in block.prefixes.values()}
            found.senders.update([page for page in pages if to - {page}])
        if id(block.shapes) not in found.shapes:
            found.shapes.add(id(block.shapes))
            found.methods.update([shape.method for shape in block.shapes])
            found.reads = found.reads or any(shape.action in READS for shape in block.shapes)
    return tuple(
        [
            Shared(
                one.cors,
                tuple(one.buckets),
                words([bucket.name for bucket in one.buckets]),
                one.web,
                one.mini,
                one.web and one.complete,
                tuple(one.origins),
                frozenset(one.senders),
                frozenset(one.methods),
                one.reads,
            )
            for one in groups.values()
        ]
    )


def used(run: Run) -> Iterator[Shared]:
    """The rules that a page may need: those of buckets that only Mini Programs use are told as a whole."""
    return (one for one in shared(run) if one.web or not one.mini)


def rules_of(one: Shared) -> Iterator[tuple[int, CorsRule]]:
    """(index, rule) of the rules that COS takes: more of them are told as that."""
    from cosaudit import data

    return zip(range(data.facts_of("limits")["limits.cors.rules-max"].value), one.cors.rules, strict=False)


class Allowed(NamedTuple):
    """An AllowedOrigin: the rule with its index, and the value with its own."""

    number: int
    rule: CorsRule
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls here
    allowed: str


def origins_of(one: Shared) -> Iterator[Allowed]:
    """All AllowedOrigin; what a rule names twice, once."""
    for number, rule in rules_of(one):
        first = {allowed: index for index, allowed in reversed(list(enumerate(rule.origins)))}
        for allowed, index in first.items():
            yield Allowed(number, rule, index, allowed)


def place(cors: Cors, *path: str | int) -> Place:
    """Where something of the rules stands."""
    assert cors.at is not None  # rules that were read know their place
    return cors.at.place(*path)


def rule_place(rule: CorsRule, *path: str | int) -> Place:
    """Where something of one rule stands."""
    assert rule.at is not None
    return rule.at.place(*path)


# -- what is more than needed ------------------------------------------------------------------------------------------


def beyond(
    rule: Rule,
    one: Shared,
    message: str,
    *,
    at: Place,
    identity: tuple[str | None, ...],
    fix: str | None = None,
    witness: dict[str, str | None] | None = None,
    severity: Severity | None = None,
    confidence: str | None = None,
) -> Finding:
    """A finding about rules that let through more than is needed, or that are not what they seem."""
    found = rule.finding(
        message,
        at=at,
        fix=fix or rule.mend,
        identity=(one.buckets[0].name, *identity),
        bucket=one.buckets[0].name,
        witness=witness,
        confidence=confidence,
    )
    return found._replace(owner=one.buckets[0].owner, severity=severity or rule.severity)


class Gain(NamedTuple):
    """What pages of strangers gain by a rule."""

    severity: Severity
    more: str  # what makes it so, for the end of a sentence
    witness: dict[str, str | None]


def gain(run: Run, one: Shared, cors_rule: CorsRule, origin: str) -> Gain:
    """What pages of an origin that anybody may have gain by a rule.

    They cannot sign, so a leaked key or signed URL is what they wait for: low. Where COS reads files out to everybody
    in some network, a page that somebody there opens reads them too: medium. What everybody reads anyway: info.
    """
    shown = witness(one, cors_rule, origin)
    if READING & set(cors_rule.methods):
        near = next((found for bucket in one.buckets if (found := _nearby(run).get(bucket.index)) is not None), None)
        if near is not None:
            statement, action, url = near
            more = (
                f"; statement {statement} of the bucket policy lets everybody in some network read without a "
                "signature, and such a page reads along in the browser of a visitor there"
            )
            method = "GET" if "GET" in cors_rule.methods else "HEAD"
            shown = {**witness(one, cors_rule, origin, method), "action": action}
            return Gain(Severity.MEDIUM, more, {**shown, "url": url or shown["url"]})
        if set(cors_rule.methods) <= READING and {bucket.index for bucket in one.buckets} <= _public(run):
            return Gain(Severity.INFO, "; everybody can read these files anyway", shown)
    return Gain(Severity.LOW, "", shown)


def wide(rule: Rule, run: Run, one: Shared, at: Allowed, origin: str, who: str) -> Finding:
    """A finding about an AllowedOrigin that lets pages of strangers in.

    Args:
        at: where it stands.
        origin: a page that a stranger can have.
        who: who may send, in words that go on with `send`.
    """
    found = gain(run, one, at.rule, origin)
    return beyond(
        rule,
        one,
        f"{who} send {', '.join(at.rule.methods)} to {one.name}{found.more}",
        at=rule_place(at.rule, "origins", at.index),
        identity=(str(at.number), at.allowed),
        fix=f"{rule.mend}: {', '.join(one.origins)}" if one.origins else None,
        witness=found.witness,
        severity=found.severity,
    )


@lru_cache(maxsize=1)  # several rules of one run ask
def _nearby(run: Run) -> dict[int, tuple[int, str, str | None]]:
    """Bucket → (number of a statement, action, URL) of what everybody in some network reads in it."""
    found = {}
    for bucket in run.inventory.buckets:
        if bucket.cors is not None and bucket.policy is not None:
            from cosaudit.excess.public import nearby

            near = nearby(bucket)
            if near is not None and near.statement is not None:
                found[bucket.index] = (near.statement.index + 1, near.action, near.url)
    return found


@lru_cache(maxsize=1)  # several rules of one run ask
def _public(run: Run) -> frozenset[int]:
    """Buckets whose files everybody can read."""
    from cosaudit.rules._bucket import by_source

    return frozenset([bucket.index for bucket, some in by_source(run, "read", sure=True) if some[0].who == "anyone"])


def witness(one: Shared, rule: CorsRule, origin: str, method: str | None = None) -> dict[str, str | None]:
    """A request of a page as a witness."""
    from cosaudit.cos.hosts import bucket_host

    bucket = one.buckets[0]
    url = f"https://{bucket_host(Form.BUCKET, bucket.name, bucket.region)}/"
    return {"api": "fetch", "method": method or rule.methods[0], "url": url, "origin": origin}


def short(text: str) -> str:
    """A value of a rule for a sentence."""
    return text if len(text) <= 60 else text[:57] + "..."


# -- what an AllowedOrigin covers --------------------------------------------------------------------------------------


def dead(allowed: str) -> str | None:
    """Why an AllowedOrigin fits no origin that a browser sends; None where it may."""
    if allowed in ("*", "null"):
        return None
    if "," in allowed or len(allowed.split()) > 1:
        return "is a list: each value is one origin"
    if allowed.split() != [allowed]:
        return "has a blank: an origin has none"
    _, slashes, rest = allowed.partition("://")
    if not slashes:
        return "has no scheme: an origin begins with https://" if "*" not in allowed else None
    if rest.endswith("/"):
        return "ends in a slash: an origin has none"
    if "/" in rest or "?" in rest or "#" in rest:
        return "has a path: an origin has none"
    if not rest:
        return "has no host: an origin is scheme, host, and a port that is not the default one"
    return None


def _first(allowed: str, candidates: Iterable[str]) -> str | None:
    """The first of some texts that is an origin which an AllowedOrigin surely covers."""
    from cosaudit.cos.cors import origin_matches
    from cosaudit.web.fetch import serialize_origin

    return next(
        (one for one in candidates if serialize_origin(one) == one and origin_matches(allowed, one) is True), None
    )


def sample(allowed: str) -> str:
    """An origin that an AllowedOrigin covers, for a witness; the value itself where that is not known."""
    if allowed == "*":
        return EVIL
    texts = [allowed.replace("*", part) for part in ("any", "8443", "https", "s", "")]
    return stranger(allowed) or _first(allowed, [*texts, f"https://{texts[0]}", f"http://{texts[0]}"]) or allowed


def over_http(allowed: str) -> str | None:
    """An http origin that an AllowedOrigin covers; None where it covers none, and for `*`, which is told as that."""
    if allowed in ("*", "null"):
        return None
    _, slashes, rest = allowed.partition("://")
    if not slashes:
        return _first(allowed, [f"http://{allowed.replace('*', 'www')}", EVIL.replace("https", "http")])
    # a star in the host is a name, one in the port a number, one in the scheme leaves nothing to fill in
    return _first(allowed, [f"http://{rest.replace('*', part)}" for part in ("www", "8080", "")])


def stranger(allowed: str) -> str | None:
    """An origin that anybody can have and that a pattern covers; None for `*` and where all are their owner's."""
    if allowed == "*" or allowed.count("*") != 1:
        return None
    head, _, tail = allowed.partition("*")
    scheme, slashes, before = head.partition("://")
    if not slashes:
        scheme, before = "https", ""
    host, colon, port = tail.partition(":")
    if tail.startswith("://") or ":" in before:  # the star is in the scheme, or in the port
        return None
    end = f":{port}" if colon else ""
    if not host:
        name = f"{before}com.evil.net" if before.endswith(".") else f"{before}.evil.net" if before else "evil.example"
    elif host.startswith("."):
        if not _anybodys(host[1:]):
            return None
        name = f"{before}evil{host}"
    elif "." not in host:
        name = f"{before}.evil.{host}" if before else f"evil.{host}"
    else:
        name = f"{before}.evil-{host}" if before else f"evil-{host}"
    return _first(allowed, [f"{one}://{name}{end}" for one in (scheme, "https", "http")])


def _anybodys(host: str) -> bool:
    """May anybody have a name below this host: a top-level domain, or a service that gives names away?"""
    from cosaudit import data

    host = host.lower().rstrip(".")
    suffixes = data.facts_of("fetch")["web.shared-suffixes"].value
    return "." not in host or any(host == one or host.endswith(f".{one}") for one in suffixes)


def of_mini_program(allowed: str) -> bool:
    """Is it the address from which Mini Programs say that they come, where no page is ever served?"""
    from cosaudit import data

    referer: str = data.facts_of("wechat")["wechat.header.referer"].value
    host = allowed.partition("://")[2].partition(":")[0].lower()
    return host == referer.split("/")[2]


def hides(first: CorsRule, second: CorsRule) -> bool:
    """Does an earlier rule surely answer every preflight that a later one would?"""
    from cosaudit.cos.cors import header_matches, origin_matches

    if not set(second.methods) <= set(first.methods):
        return False
    exact = set(first.origins)
    origins = all(
        other in exact
        # a pattern read as text: what covers the text covers all that the text's own `*` may stand for
        or any(one == "*" or (other.count("*") < 2 and origin_matches(one, other) is True) for one in first.origins)
        for other in second.origins
    )
    return origins and all(any(header_matches(one, other) is True for one in first.headers) for other in second.headers)


# -- what is stopped ---------------------------------------------------------------------------------------------------


class Stopped(NamedTuple):
    """Requests that are stopped for one reason at one rule, or at no rule."""

    code: str
    cors: Cors
    number: int | None  # index of the rule that stops them, or that comes nearest
    items: list[tuple[Request, Judged]]

    @property
    def requests(self) -> tuple[Request, ...]:
        """Each request once."""
        return tuple({id(request): request for request, _ in self.items}.values())

    @property
    def origins(self) -> list[str]:
        """The pages, where they are described."""
        return list(dict.fromkeys([one.origin for _, one in self.items if one.origin is not None]))

    @property
    def methods(self) -> list[str]:
        """What they send."""
        return list(dict.fromkeys([one.shape.method for one in self.requests if one.shape is not None]))

    @property
    def missing(self) -> list[str]:
        """The headers that the rule lacks."""
        return list(dict.fromkeys([name for _, one in self.items for name in one.missing]))


@lru_cache(maxsize=2)  # several rules of one run ask, about two gates
def stopped(run: Run, gate: str) -> tuple[Stopped, ...]:
    """What a gate stops, page by page: one for each reason and rule."""
    from cosaudit.gates import preflight, response

    pages = preflight.pages if gate == "preflight" else response.pages
    groups: dict[tuple[str, Place, int | None], Stopped] = {}
    for (at, _), rows in run.trouble.items():
        for request, verdict in rows if at == gate else ():
            if verdict.outcome is not Outcome.BLOCKED:
                continue
            assert request.bucket is not None
            cors: Cors = request.bucket.cors
            for one in pages(request):
                if one.verdict.outcome is Outcome.BLOCKED:
                    number = None
                    if one.answer is not None:
                        number = one.answer.rule if one.answer.rule is not None else one.answer.nearest
                    key = (one.verdict.code, place(cors), number)
                    groups.setdefault(key, Stopped(one.verdict.code, cors, number, [])).items.append((request, one))
    return tuple(groups.values())


def told(
    rule: Rule,
    one: Stopped,
    message: str,
    *,
    field: str | None = None,
    add: Iterable[str] = (),
    phone: str = CONSOLE,
) -> Finding:
    """A finding about requests that are stopped.

    Args:
        message: what is wrong, after the names of the uploads.
        field: what of the nearest rule a person mends; of the first rule where none is near.
        add: what must be added to it.
    """
    requests = one.requests
    bucket = requests[0].bucket
    assert bucket is not None
    at = place(one.cors)
    if field is not None and one.cors.rules:
        at = rule_place(one.cors.rules[one.number or 0], field)
    fix = rule.mend
    values = ", ".join(add)
    if field is not None and values:
        fix = f"add to {NAMES[field]} (`{field}`): {values}"
    flows = words([request.flow for request in requests])
    return rule.finding(
        f"{flows}: {message}{_only(requests)}",
        at=at,
        fix=f"{fix}; `cosaudit cors` prints the smallest rules",
        identity=(bucket.name, one.code, str(one.number)),
        client=requests[0].client,
        requests=requests,
        phone=((phone, flows),),
    )._replace(owner=bucket.owner)


def _only(requests: tuple[Request, ...]) -> str:
    """Where only retries are stopped, that is worth saying: they are sent when the network is bad."""
    whens = [request.shape.when for request in requests if request.shape is not None]
    return "; only retries send it, so it fails when the network is bad" if all(one.retry for one in whens) else ""


def plural(word: str, names: list[str]) -> str:
    """A word for one name or for several."""
    return word if len(names) == 1 else f"{word}s"


def rule_name(number: int | None) -> str:
    """A rule for a sentence."""
    return f"CORS rule {number + 1}" if number is not None else "no CORS rule"

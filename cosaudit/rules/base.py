"""What a rule is, and how it makes a finding."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.allowlists import entry_for
from cosaudit.cos.hosts import classify
from cosaudit.flows import origin, url
from cosaudit.model import Finding, Form
from cosaudit.wechat.entries import canonical, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cosaudit.model import Client, Listed, Place, Request, Severity
    from cosaudit.run import Run


class Rule(NamedTuple):
    """All there is to know about a rule except its check; `check(run)` stands beside it in its module."""

    id: str
    title: str
    severity: Severity
    gate: str
    why: str
    mend: str
    facts: tuple[str, ...]
    confidence: str = "certain"
    since: str = "0.1.0"

    def finding(
        self,
        message: str,
        *,
        at: Place,
        fix: str,
        identity: tuple[str | None, ...],
        client: Client | None = None,
        requests: Iterable[Request] = (),
        bucket: str | None = None,
        witness: dict[str, str | None] | None = None,
        confidence: str | None = None,
        changes: tuple[tuple[str, str, str], ...] = (),
        phone: tuple[tuple[str, str], ...] = (),
        note: str = "",
        stops: bool = True,
    ) -> Finding:
        """A finding of this rule.

        Args:
            message: what is wrong, for a person who does not know our code.
            at: where a person mends it.
            fix: what to do.
            identity: what makes it the same finding when lines move; names, never line numbers.
            client, bucket: what it is about.
            requests: what it affects; the first one is the witness unless one is given.
            witness: a request that shows it.
            changes: (box of the console, sign, entry); the signs are `+` add, `-` remove, `?` remove once no
                released version uses it.
            phone: (what the phone shows, for what).
            note: what stands under the marked line.
            stops: the requests fail; False: more than they need is let through, and nothing is affected.
        """
        requests = list(requests)
        first = requests[0] if requests else None
        if bucket is None and first is not None and first.bucket is not None:
            bucket = first.bucket.name
        if witness is None and first is not None:
            witness = witness_of(first)
        return Finding(
            rule=self.id,
            severity=self.severity,
            confidence=confidence or self.confidence,
            title=self.title,
            message=message,
            gate=self.gate,
            place=at,
            subject={
                "client": client.name if client is not None else None,
                "bucket": bucket,
                "flow": first.flow if first is not None else None,
            },
            affects=tuple(dict.fromkeys([(one.flow, str(one.when)) for one in requests if stops])),
            witness=witness,
            fix=fix,
            docs=f"cosaudit rules {self.id}",
            owner=client.owner if client is not None else None,
            identity=" ".join([part or "-" for part in identity]),
            changes=changes,
            phone=phone,
            note=note,
        )


def witness_of(request: Request) -> dict[str, str | None]:
    """A request as a witness: API, method and URL."""
    api = request.api
    shape = request.shape
    return {
        "api": api.value if api is not None else None,
        "method": shape.method if shape is not None else None,
        "url": url(request) or origin(request),
    }


def answered(shown: str, client: Client) -> str:
    """What a person sees of an answer of COS; for `wx` each is a success, fact `wechat.api.success-any-status`."""
    return f"{shown} in the success callback" if client.platform == "wechat-miniprogram" else shown


def words(names: Iterable[str | None], most: int = 4) -> str:
    """Names for a sentence: `a`, `b` and 3 more."""
    shown = [f"`{name}`" for name in dict.fromkeys(names) if name is not None]
    if not shown:
        return "what is assumed"
    if len(shown) > most:
        return ", ".join(shown[: most - 1]) + f" and {len(shown) - most + 1} more"
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def called(requests: Iterable[Request]) -> str:
    """What sends these requests, for a sentence: flows by name, endpoints by URL, assumed ones by operation."""
    return words([_name(request) for request in requests])


def calls(requests: Iterable[Request], verb: str = "call") -> str:
    """What sends these requests with a verb that agrees: `a` calls, `a` and `b` call."""
    requests = list(requests)
    several = len({_name(request) for request in requests}) > 1
    return f"{called(requests)} {verb if several else verb + 's'}"


def _name(request: Request) -> str:
    if request.endpoint is not None:
        return request.endpoint.url
    return request.flow or request.operation or ""


def blocked(rule: Rule, run: Run, *codes: str, at: tuple[tuple[str, ...], ...]) -> Iterator[Finding]:
    """Findings of requests that a gate blocks for one of these reasons: one per client and kind of reason.

    Several buckets are one finding, since it is one edit: the client's address, or its SDK.

    Args:
        at: the fields of the client where a person mends it; the first that is given is the place.
    """
    groups: dict[tuple[int, str], list[tuple[Request, str]]] = {}
    for request, verdict in run.having(rule.gate, *codes):
        kind = verdict.code if request.refusal is None else verdict.reason  # a refusal names what it refuses
        groups.setdefault((request.client.index, kind), []).append((request, verdict.reason))
    for (index, kind), items in groups.items():
        client = run.inventory.clients[index]
        requests = [request for request, _ in items]
        first, reason = items[0]
        place = client.at.place()
        refusal, transfer = first.refusal, first.transfer
        if refusal is not None and refusal.code == "operation-missing" and transfer is not None:
            place = transfer.at.place("operation")
        elif refusal is not None and refusal.option == "signer" and transfer is not None:
            place = transfer.at.place("signer")
        elif refusal is not None and refusal.option == "token_field":
            place = client.at.place("token_field")
        else:
            option = refusal.option if refusal is not None else None
            for path in at if option is None else ((option,), ("options", option), *at):
                found = client.at.place(*path)
                if found != place and found != client.at.place(*path[:-1]):
                    place = found
                    break
        reasons = dict.fromkeys([reason for _, reason in items])
        buckets = dict.fromkeys([one.bucket.name for one in requests if one.bucket is not None])
        more = f"; the same for {words(list(buckets)[1:])}" if len(reasons) > 1 and len(buckets) > 1 else ""
        yield rule.finding(
            f"{called(requests)}: {reason}{more}",
            at=place,
            fix=rule.mend,
            identity=(client.name, kind),
            client=client,
            bucket=next(iter(buckets), None),
            requests=requests,
            note=reason,
        )


class SharedList(NamedTuple):
    """A described domain list, with the Mini Programs that have this very one: a file or an anchor that they name."""

    category: str
    place: Place
    entries: tuple[Listed, ...]
    clients: list[Client]

    def identity(self, *more: str) -> tuple[str | None, ...]:
        """What names a finding in this list: its first program and the category, which no other list has."""
        return self.clients[0].name, self.category, *more

    @property
    def named(self) -> str:
        """The list for a sentence, with its programs where they are several."""
        if len(self.clients) < 2:
            return f"{self.category} list"
        names = words([client.name for client in self.clients])
        return f"{self.category} list that {len(self.clients)} programs share ({names})"

    def among(self, requests: Iterable[Request]) -> str:
        """Which of the programs send these, for a sentence: ` in 2 of 4 programs (...)`; nothing for a single one."""
        if len(self.clients) < 2:
            return ""
        names = dict.fromkeys([request.client.name for request in requests])
        return f" in {len(names)} of {len(self.clients)} programs ({words(names)})"


@lru_cache(maxsize=1)  # several rules of one run ask
def lists(run: Run) -> dict[tuple[Place, str], SharedList]:
    """The described domain lists of all Mini Programs by place and category; lists that programs share, once."""
    found: dict[tuple[Place, str], SharedList] = {}
    for client in run.inventory.clients:
        allowlist = client.allowlist
        if allowlist is None or client.platform != "wechat-miniprogram":
            continue
        for category, entries in allowlist.lists.items():
            place = allowlist.places[category]
            known = found.get((place, category))
            if known is None:
                found[place, category] = SharedList(category, place, entries, [client])
            else:
                known.clients.append(client)
    return found


def list_of(request: Request) -> tuple[Place, str] | None:
    """The key in `lists` of the list that a request is checked against; None when it is not described."""
    api, allowlist = request.api, request.client.allowlist
    if api is None or allowlist is None or api.value not in allowlist.places:
        return None
    return allowlist.places[api.value], api.value


@lru_cache(maxsize=1)  # several rules of one run ask
def needs(run: Run) -> dict[int, set[tuple[str, str]]]:
    """Client → (category, entry) that it needs.

    Programs of one AppID (a released version beside the next one) have the same boxes: each needs it for all, and
    they have one set.
    """
    by_appid: dict[str, set[tuple[str, str]]] = {}
    found: dict[int, set[tuple[str, str]]] = {}
    for client in run.inventory.clients:
        if client.platform == "wechat-miniprogram":
            own: set[tuple[str, str]] = set()
            found[client.index] = own if client.appid is None else by_appid.setdefault(client.appid.lower(), own)
    for request in run.different:
        needed, api = found.get(request.client.index), request.api
        if needed is not None and api is not None:
            entry = entry_for(request)
            if entry is not None:
                needed.add((api.value, entry))
    return found


class CosEntry(NamedTuple):
    """A COS host in a list where no program needs it."""

    list: SharedList
    entry: Listed
    form: Form
    origin: str
    lacking: tuple[str, ...]  # the other lists of these programs that need the origin and lack it


@lru_cache(maxsize=1)  # several rules of one run ask
def cos_entries(run: Run) -> tuple[CosEntry, ...]:
    """Entries that are COS hosts and that none of the programs that share their list, or its AppID, needs there.

    Clients whose uploads are not described need we do not know what, so a list that only such ones have is left alone.
    """
    return tuple(_cos_entries(run))


def _cos_entries(run: Run) -> Iterator[CosEntry]:
    described = {transfer.client for transfer in run.inventory.transfers if transfer.name is not None}
    every = needs(run)
    known = lists(run)
    for one in known.values():
        if not any(client.index in described for client in one.clients):
            continue
        needed = every[one.clients[0].index]
        if len(one.clients) > 1:
            needed = set().union(*[every[client.index] for client in one.clients])
        for entry in one.entries:
            if (one.category, entry.text) in needed:
                continue
            parsed = parse_entry(entry.text)
            form, bucket, region = classify(parsed.host, run.inventory.regions)
            if parsed.never or form is Form.CUSTOM:
                continue
            if form is Form.OTHER_COS and bucket is None and region is None:
                continue  # another service of the vendor's, such as video on demand: not our affair
            origin = canonical(parsed)
            if (one.category, origin) not in needed:
                yield CosEntry(one, entry, form, origin, _lacking(one, origin, every, known))


def _lacking(
    one: SharedList, origin: str, every: dict[int, set[tuple[str, str]]], known: dict[tuple[Place, str], SharedList]
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for client in one.clients:
        assert client.allowlist is not None
        for other, place in client.allowlist.places.items():
            if other not in found and (other, origin) in every[client.index]:
                listed = [parse_entry(item.text) for item in known[place, other].entries]
                if origin not in [canonical(entry) for entry in listed if not entry.never]:
                    found[other] = None
    return tuple(found)

"""What a rule is, and how it makes a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cos.hosts import classify
from cosaudit.flows import origin, url
from cosaudit.model import Finding, Form, Severity
from cosaudit.wechat.entries import canonical, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cosaudit.model import Client, Listed, Place, Request
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
        severity: Severity | None = None,
        changes: tuple[tuple[str, str, str], ...] = (),
        phone: tuple[tuple[str, str], ...] = (),
        note: str = "",
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
        """
        requests = list(requests)
        first = requests[0] if requests else None
        if bucket is None and first is not None and first.bucket is not None:
            bucket = first.bucket.name
        if witness is None and first is not None:
            witness = witness_of(first)
        return Finding(
            rule=self.id,
            severity=severity or self.severity,
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
            affects=tuple(dict.fromkeys([(one.flow, str(one.when)) for one in requests])),
            witness=witness,
            fix=fix,
            docs=f"cosaudit rules {self.id}",
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
    names = []
    for request in requests:
        if request.endpoint is not None:
            names.append(request.endpoint.url)
        else:
            names.append(request.flow or request.operation or "")
    return words(names)


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


def lists(run: Run) -> Iterator[tuple[Client, str, tuple[Listed, ...]]]:
    """The described domain lists of all Mini Programs; lists that programs share, once."""
    seen = set()
    for client in run.inventory.clients:
        allowlist = client.allowlist
        if allowlist is None or client.platform != "wechat-miniprogram":
            continue
        for category, entries in allowlist.lists.items():
            if entries and (allowlist.places[category], category) not in seen:
                seen.add((allowlist.places[category], category))
                yield client, category, entries


def cos_entries(run: Run) -> Iterator[tuple[Client, str, Listed, Form, str, tuple[str, ...]]]:
    """Entries that are COS hosts and that nothing of their client needs in their list.

    Clients whose uploads are not described need we do not know what, so theirs are left alone.

    Yields:
        (client, category, entry, form, origin, categories of the same client that need the origin and lack it).
    """
    if run.cos_entries is None:
        run.cos_entries = list(_cos_entries(run))
    yield from run.cos_entries


def _cos_entries(run: Run) -> Iterator[tuple[Client, str, Listed, Form, str, tuple[str, ...]]]:
    from cosaudit import allowlists

    described = {transfer.client for transfer in run.inventory.transfers if transfer.name is not None}
    needs: dict[int, set[tuple[str, str]]] = {client: set() for client in described}
    for request in run.different:
        needed = needs.get(request.client.index)
        if needed is not None and request.api is not None:
            entry_needed = allowlists.entry_for(request)
            if entry_needed is not None:
                needed.add((request.api.value, entry_needed))
    _share(run.inventory.clients, needs)
    for client in run.inventory.clients:
        needed = needs.get(client.index)
        if needed is None or client.allowlist is None:
            continue
        have: dict[str, set[str]] = {}
        for category, entries in client.allowlist.lists.items():
            for entry in entries:
                if (category, entry.text) in needed:
                    continue
                parsed = parse_entry(entry.text)
                form = classify(parsed.host, run.inventory.regions)[0]
                if form is Form.CUSTOM or parsed.never:
                    continue
                origin = canonical(parsed)
                if (category, origin) in needed:
                    continue
                have = have or {
                    other: {canonical(parse_entry(item.text)) for item in listed}
                    for other, listed in client.allowlist.lists.items()
                }
                lacking = tuple(other for other in have if (other, origin) in needed and origin not in have[other])
                yield client, category, entry, form, origin, lacking


def _share(clients: Iterable[Client], needs: dict[int, set[tuple[str, str]]]) -> None:
    """Programs of one AppID (a released version beside the next one) have the same boxes: each needs it for all."""
    first: dict[str, set[tuple[str, str]]] = {}
    for client in clients:
        needed = needs.get(client.index)
        if needed is None or client.appid is None:
            continue
        shared = first.setdefault(client.appid.lower(), needed)
        shared |= needed
        needs[client.index] = shared

"""What the rules on signatures share: which uploads a server signs, where it is mended, how it is told."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cosaudit.model import Auth, Outcome
from cosaudit.rules.base import Rule, answered, called, witness_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.excess.forms import FormExcess
    from cosaudit.flows import Block
    from cosaudit.model import Finding, Place, Request, Transfer
    from cosaudit.run import Run

#: What COS answers when the signature does not fit.
MISMATCH = "403 SignatureDoesNotMatch"
DENIED = "403 AccessDenied"

POST = "name/cos:PostObject"
PUT = "name/cos:PutObject"


@lru_cache(maxsize=1)  # several rules of one run ask
def of_server(run: Run) -> tuple[tuple[Block, Transfer, dict[str, Any]], ...]:
    """The uploads and downloads for which a server signs, where it is described what; with what is described."""
    found = []
    for block, _ in run.blocks:
        transfer = block.transfer
        if transfer is None or transfer.signer != "server" or not isinstance(transfer.signature, dict):
            continue
        if block.shapes:
            found.append((block, transfer, transfer.signature))
    return tuple(found)


def is_permanent(transfer: Transfer) -> bool:
    """Is it a key that no policy of a session bounds?"""
    return transfer.auth is Auth.SERVER_PERMANENT


def request_of(block: Block, *actions: str) -> Request | None:
    """The first request of a call that does one of these; None: it sends none."""
    return next((block.request(one) for one in block.shapes if one.action in actions), None)


@lru_cache(maxsize=1)  # several rules of one run ask
def forms(run: Run) -> tuple[FormExcess, ...]:
    """What forms that a server signs let through beyond their uploads."""
    blocks = [block for block, _, _ in of_server(run) if request_of(block, POST) is not None]
    if not blocks:
        return ()
    from cosaudit.excess.forms import of_forms

    return tuple(of_forms(blocks, run.inventory))


def beyond(rule: Rule, run: Run, *kinds: str, policy: bool) -> Iterator[Finding]:
    """Findings about keys that a form may be sent to beyond need, one an upload.

    Args:
        kinds: the kinds of excess that the rule tells.
        policy: the forms with a policy; False: those without one.
    """
    told: set[tuple[str, int]] = set()
    for transfer, request, one in forms(run):
        which = (transfer.kind, transfer.index)
        if one.kind not in kinds or which in told or ("form_policy" in transfer.signature) is not policy:
            continue
        if not policy and not is_permanent(transfer):
            continue  # the key behind it has a policy of its own, of which the rules on keys tell
        told.add(which)
        whose = f'a file of user "{one.users[1]}"' if one.users is not None else "a file that the upload does not need"
        whom = f' made for user "{one.users[0]}"' if one.users is not None else ""
        how = "" if policy else ", and every other key with it"
        yield rule.finding(
            f"`{transfer.name}`: a form{whom} overwrites {whose}: POST {one.url} with the key `{one.key}`{how}",
            at=one.element.place,
            fix=rule.mend,
            identity=(transfer.name,),
            client=request.client,
            requests=(request,),
            stops=False,
            witness={
                **witness_of(request),
                "url": one.url,
                "action": one.action,
                "resource": one.resource,
                "key": one.key,
                **({"user": one.users[0], "other_user": one.users[1]} if one.users is not None else {}),
            },
        )


def stopped(
    rule: Rule, run: Run, *codes: str, at: str | None, phone: str = MISMATCH, fix: str | None = None
) -> Iterator[Finding]:
    """Findings of requests whose signature does not fit: one for each place to mend.

    Args:
        at: the field of `signature` where a person mends it; None: it is mended at the client's `sends`.
        phone: what the phone shows.
        fix: what to do; None: as the rule says.
    """
    groups: dict[Place, list[tuple[Request, str]]] = {}
    for request, verdict in run.having("signature", *codes):
        if verdict.outcome is Outcome.BLOCKED:
            groups.setdefault(_place(request, at), []).append((request, verdict.reason))
    for place, items in groups.items():
        requests = [request for request, _ in items]
        first = requests[0]
        reasons = list(dict.fromkeys([reason for _, reason in items]))
        more = f" (and {len(reasons) - 2} more)" if len(reasons) > 2 else ""
        yield rule.finding(
            f"{called(requests)}: {'; '.join(reasons[:2])}{more}",
            at=place,
            fix=fix or rule.mend,
            identity=(first.client.name, first.flow),
            client=first.client,
            requests=requests,
            phone=((answered(phone, first.client), words([one.flow for one in requests])),),
        )


def _place(request: Request, at: str | None) -> Place:
    transfer = request.transfer
    assert transfer is not None
    if at is not None:
        return transfer.at.place("signature", at)
    client = request.client
    for path in (("token_field",), ("sends",)):
        place = client.at.place(*path)
        if place != client.at.place():
            return place
    return transfer.at.place("signer")

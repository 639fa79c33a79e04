"""What the holder of a form that a server signed may store beyond what the upload needs.

A form is judged as a key that may do one thing: post the keys that the form's policy leaves free, or every key where
the form has no policy; a temporary key behind it bounds it by its own policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit.cam.policy import Action, Area, Policy, Resource, Statement, atom
from cosaudit.cos import actions as catalogue
from cosaudit.cos import form_policy
from cosaudit.excess import Excess, Need, Targets, of_session
from cosaudit.gates import asked
from cosaudit.model import Auth, Issuer, Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cosaudit.flows import Block
    from cosaudit.model import Inventory, Request, Transfer

POST = "cos:PostObject"


class FormExcess(NamedTuple):
    """One thing beyond need, of one upload."""

    transfer: Transfer
    request: Request
    excess: Excess


def of_forms(blocks: Iterable[Block], inventory: Inventory) -> list[FormExcess]:
    """What the forms of some uploads, signed by a server, let through beyond these uploads."""
    forms = []
    gained = catalogue.capability(POST)
    for block in blocks:
        transfer, bucket = block.transfer, block.bucket
        shape = next((one for one in block.shapes if one.action == f"name/{POST}"), None)
        if transfer is None or bucket is None or shape is None:
            continue
        request = block.request(shape)
        resource = asked.template(request, inventory.placeholders)
        forms.append((transfer, request, Need(POST, gained, resource, transfer.name, bucket, resource.path)))
    everyone = Targets([need.resource for _, _, need in forms], inventory.placeholders)
    found = []
    for transfer, request, need in forms:
        session = _as_session(transfer, need, inventory)
        if session is not None:
            # what is too hard to tell of a key behind the form is told of that key
            excesses = of_session(session, (need,), everyone, inventory).excesses
            found += [FormExcess(transfer, request, one) for one in excesses]
    return found


def _as_session(transfer: Transfer, need: Need, inventory: Inventory) -> Session | None:
    """A form as a kind of key; None where it can be sent to no key at all, or no pattern says which."""
    signed = transfer.signature if isinstance(transfer.signature, dict) else {}
    policy = signed.get("form_policy")
    place = transfer.at.place("signature", "form_policy") if policy is not None else transfer.at.place("signature")
    path = f"{need.bucket.name}/*"
    if policy is not None:
        left = form_policy.left_free(policy).fields["key"]
        text = _pattern(left)
        if text is None:
            return None
        path = f"{need.bucket.name}/{text}"
        place = next((one.place for one in policy.on("key")), place)
    area = Area("cos", need.resource.region, need.resource.account, path)
    element = Resource(path, (area,), place)
    statement = Statement(0, True, (Action(f"name/{POST}", POST, place),), (element,), (), None, place)
    bound = None
    if transfer.auth is Auth.SERVER_TEMPORARY and transfer.session is not None:
        bound = inventory.sessions[transfer.session].policy
    issuer = Issuer(None, None, None, bound, transfer.at) if bound is not None else None
    return Session(
        transfer.name or transfer.operation, Policy((statement,), "2.0", (), place), "policy", None,
        "GetFederationToken", None, None, issuer, None, 0, transfer.at,
    )  # fmt: skip


def _pattern(left: form_policy.Left) -> str | None:
    """The keys that are left free as a pattern; None where there are none, or a star is one of their characters."""
    if left.kind == "nothing" or any(not part.placeholder and "*" in part.text for part in left.value):
        return None
    text = "".join([atom(part.text) if part.placeholder else part.text for part in left.value])
    return text if left.kind == "fixed" else f"{text}*"


__all__ = ["FormExcess", "of_forms"]

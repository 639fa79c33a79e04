"""The platform gate: does WeChat let this program send to this origin, through this API?"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cosaudit.flows import origin
from cosaudit.gates.later import NOT_JUDGED
from cosaudit.model import Api, Outcome, Settle, Verdict
from cosaudit.wechat.entries import CODES, DomainList, Match, origin_of, parse_entry
from cosaudit.wechat.entries import match as match_list

if TYPE_CHECKING:
    from cosaudit.model import Client, Inventory, Request

_NEVER_SENT = Verdict(Outcome.NOT_APPLICABLE, "never-sent", "no request is sent")

_LISTED = Match(CODES["listed"][0], "listed", CODES["listed"][1], CODES["listed"][2] or "")

#: Codes of URLs that are refused whatever any list says.
REFUSED_URLS = ("scheme-http", "scheme-other", "url-is-ip", "url-localhost", "forbidden-host", "url-malformed")


def judge(request: Request, inventory: Inventory) -> Verdict:
    """The verdict of WeChat's domain list of the API's category; facts `wechat.domain.…`."""
    refusal = request.refusal
    client = request.client
    if refusal is not None and refusal.code != "not-recorded":
        return _NEVER_SENT
    if client.platform == "web":
        fact = "sdk.web.recording"
        return Verdict(
            Outcome.UNKNOWN,
            NOT_JUDGED,
            "this version of cosaudit does not judge web clients yet",
            fact,
            Settle(fact=fact),
        )
    api, sent_to = request.api, origin(request)
    assert api is not None and sent_to is not None
    found = match(client, api.value, sent_to)
    if found is None:
        return Verdict(
            Outcome.NOT_DESCRIBED,
            "not-described",
            f"the {api.value} list is not described",
            None,
            None,
            missing_field(client, api, inventory),
        )
    settle = None
    if found.outcome is Outcome.UNKNOWN:
        if found.code == "unlabelled":
            settle = Settle(describe=missing_field(client, api, inventory))
        else:
            settle = Settle(fact=found.fact)
    reason = found.reason
    if found.entry is not None and found.outcome is not Outcome.PASS:
        reason = f"{reason} (`{found.entry.text}`)"
    if found.outcome is Outcome.UNKNOWN and found.instead is not None:
        reason = f"{reason}; enter `{found.instead}` instead"
    return Verdict(found.outcome, found.code, reason, found.fact, settle)


def same(request: Request) -> object:
    """Requests of which this is equal have the same verdict."""
    return request.client.index, request.api, request.prefix, request.endpoint and request.endpoint.url, request.refusal


def missing_field(client: Client, api: Api, inventory: Inventory) -> str:
    """The field, or flag, that would describe the list of an API."""
    if client.name is None:
        return "--have" if inventory.source == "--bucket" or client.allowlist is not None else "clients"
    field = f"clients[{client.index}].allowlist"
    return field if client.allowlist is None else f"{field}.{api.value}"


def match(client: Client, category: str, url: str) -> Match | None:
    """What a client's list says to a URL; None when the list is not described and the URL itself may pass."""
    allowlist = client.allowlist
    listed = allowlist.lists.get(category) if allowlist is not None else None
    if listed is not None:
        for entry in listed:  # the usual case: the very origin stands there, with nothing odd about it
            if entry.text == url and parse_entry(url).problem is None and not parse_entry(url).scheme_assumed:
                return _LISTED
        return domain_list(tuple([entry.text for entry in listed])).match(url)
    # no list: some URLs are refused by any
    found = match_list((), url)
    if found.code in REFUSED_URLS or found.code == "url-lan-ip":
        return found
    if allowlist is not None and allowlist.unlabelled:
        loose = domain_list(tuple([entry.text for entry in allowlist.unlabelled])).match(url)
        known = "holds" if loose.outcome is Outcome.PASS else "does not hold"
        return loose._replace(
            outcome=Outcome.UNKNOWN,
            code="unlabelled",
            instead=None,
            entry=loose.entry if loose.outcome is Outcome.PASS else None,
            reason=f"the pasted list {known} this origin, but does not say which box it was copied from: "
            f"write its heading, such as `{category}合法域名`, above it",
        )
    return None


@lru_cache(maxsize=256)
def domain_list(entries: tuple[str, ...]) -> DomainList:
    """The index of a list; lists are often shared by many programs."""
    return DomainList(entries)


__all__ = ["REFUSED_URLS", "domain_list", "judge", "match", "missing_field", "origin_of", "same"]

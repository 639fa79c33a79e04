"""The platform gate: does WeChat, or the browser, let this program send to this origin, through this API?"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from cosaudit.flows import origin, page_origins
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
    """The verdict of WeChat's domain list of the API's category, facts `wechat.domain.…`; on the web of the browser."""
    refusal = request.refusal
    client = request.client
    if refusal is not None:
        if refusal.code != "not-recorded":
            return _NEVER_SENT
        return Verdict(Outcome.UNKNOWN, refusal.code, refusal.reason, refusal.fact, Settle(fact=refusal.fact))
    api, sent_to = request.api, origin(request)
    assert api is not None and sent_to is not None
    if client.platform == "web":
        return _page(request, sent_to)
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
    endpoint = request.endpoint and request.endpoint.url
    return request.client.index, request.api, request.prefix, request.page, endpoint, request.refusal


_SECURE = Verdict(
    Outcome.PASS, "https", "it is sent over https, which every page may do", "web.trustworthy.schemes"
)
_LOCAL = Verdict(Outcome.PASS, "local-host", "browsers trust the user's own machine", "web.trustworthy.hosts")
_PLAIN = Verdict(Outcome.PASS, "plain-page", "a page over http may send over http", "web.mixed-content.blocked")


def _page(request: Request, sent_to: str) -> Verdict:
    """Mixed content: what a browser lets a page of the client's origins send; facts `web.mixed-content.…`.

    Nothing that the SDK uses needs a secure context (fact `sdk.cos-js-sdk-v5.secure-context`).
    """
    scheme, _, host = sent_to.partition("://")
    if scheme in _trustworthy()[0]:
        return _SECURE
    if _is_local(host):
        return _LOCAL
    origins = page_origins(request)
    if origins is None:
        return Verdict(
            Outcome.UNKNOWN,
            "page-unknown",
            "from a page over https browsers send nothing over http; which pages send this is not described",
            "web.mixed-content.blocked",
            Settle(describe=f"clients[{request.client.index}].origins"),
        )
    verdict = _PLAIN
    for page in origins:
        its_scheme, _, its_host = page.lower().partition("://")
        if its_scheme in _trustworthy()[0]:
            return Verdict(
                Outcome.BLOCKED,
                "mixed-content",
                f"pages of `{page}` are served over https, and from them browsers send nothing over http",
                "web.mixed-content.blocked",
            )
        if page == "null":
            fact = "web.mixed-content.opaque-origin"
            verdict = Verdict(
                Outcome.UNKNOWN,
                "opaque-origin",
                "whether a page of the origin `null` may send over http depends on the pages that it stands in",
                fact,
                Settle(fact=fact),
            )
        elif verdict is _PLAIN and _is_local(its_host):
            verdict = Verdict(
                Outcome.PASS, "local-page", "browsers let a local page send over http", "web.mixed-content.local-page"
            )
    return verdict


@cache
def _trustworthy() -> tuple[frozenset[str], frozenset[str], tuple[Any, ...]]:
    """Schemes, names of hosts, and networks."""
    from ipaddress import ip_network

    from cosaudit.data import fact

    hosts = fact("web.trustworthy.hosts").value
    networks = tuple(ip_network(text) for text in hosts["networks"])
    return frozenset(fact("web.trustworthy.schemes").value), frozenset(hosts["names"]), networks


@lru_cache(maxsize=4096)
def _is_local(host: str) -> bool:
    """Whether a host (a port may follow) is the user's own machine."""
    from ipaddress import ip_address

    named, _, port = host.lower().rpartition(":")
    name = named if named and port.isdigit() else host.lower()
    name = name.strip("[]").removesuffix(".")
    _, names, networks = _trustworthy()
    if name.rpartition(".")[2] in names:
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return any(address in network for network in networks)


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

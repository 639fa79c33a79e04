"""A client calls a URL that WeChat lets no Mini Program call, whatever its lists say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.flows import origin
from cosaudit.gates.platform import REFUSED_URLS
from cosaudit.model import Severity
from cosaudit.rules.base import Rule, called, calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding, Request
    from cosaudit.run import Run

RULE = Rule(
    id="url-refused",
    title="a URL that no WeChat domain list can let through",
    severity=Severity.HIGH,
    gate="platform",
    why="http, IP addresses, localhost and api.weixin.qq.com cannot be registered, so a request to them fails in every "
    "version that users get.",
    mend="serve it over https on a domain name of your own, and enter that origin",
    facts=("wechat.domain.https", "wechat.domain.no-ip", "wechat.domain.no-localhost", "wechat.domain.forbidden"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per client and origin."""
    groups: dict[tuple[int, str, str], list[tuple[Request, str]]] = {}
    for request, verdict in run.having("platform", *REFUSED_URLS):
        if request.endpoint is None and verdict.code == "url-malformed" and "{" in (origin(request) or ""):
            continue  # a template in the host: rule domain-template-unexpanded says how to mend it
        key = (request.client.index, origin(request) or "", verdict.code)
        groups.setdefault(key, []).append((request, verdict.reason))
    for (index, sent_to, code), items in groups.items():
        client = run.inventory.clients[index]
        requests = [request for request, _ in items]
        endpoint = requests[0].endpoint
        if endpoint is not None:
            place = endpoint.place
        else:
            place = client.at.place("url") if client.url is not None else client.at.place("options", "Domain")
        yield RULE.finding(
            f"{calls(requests)} {sent_to}: {items[0][1]}",
            at=place,
            fix=RULE.mend,
            identity=(client.name, sent_to, code),
            client=client,
            requests=requests,
            phone=(
                (
                    f"{requests[0].api.value if requests[0].api else 'request'}:fail url not in domain list",
                    called(requests),
                ),
            ),
        )

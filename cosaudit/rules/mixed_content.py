"""A page over https sends to a URL over http, which browsers do not let it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.flows import origin
from cosaudit.model import Severity
from cosaudit.rules.base import Rule, calls, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding, Request
    from cosaudit.run import Run

RULE = Rule(
    id="mixed-content",
    title="a page over https that sends over http",
    severity=Severity.HIGH,
    gate="platform",
    why="From a page over https browsers send nothing over http: the script gets a network error that looks like a "
    "CORS fault, and no request reaches the server.",
    mend="send over https",
    facts=("web.mixed-content.blocked", "web.trustworthy.hosts", "sdk.cos-js-sdk-v5.protocol"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per client for its uploads and downloads, and one per endpoint: as many as there are to mend."""
    groups: dict[tuple[int, str | None], list[tuple[Request, str]]] = {}
    for request, verdict in run.having("platform", "mixed-content"):
        endpoint = request.endpoint.url if request.endpoint is not None else None
        groups.setdefault((request.client.index, endpoint), []).append((request, verdict.reason))
    for (index, url), items in groups.items():
        client = run.inventory.clients[index]
        requests = [request for request, _ in items]
        fix = RULE.mend
        if requests[0].endpoint is not None:
            place = requests[0].endpoint.place
        elif client.sdk.package == "none":
            place = client.at.place("url")
        elif client.options.Domain is not None and "://" in client.options.Domain:
            place = client.at.place("options", "Domain")
        else:
            place = client.at.place("options", "Protocol")
            fix = "leave the option `Protocol` out: the SDK then sends over https from every page over https"
        yield RULE.finding(
            f"{calls(requests)} {words(map(origin, requests))}: {items[0][1]}",
            at=place,
            fix=fix,
            identity=(client.name, url),
            client=client,
            requests=requests,
        )

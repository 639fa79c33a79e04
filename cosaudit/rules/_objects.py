"""What the rules on objects share: one finding per upload or download that its key or its sizes stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Outcome
from cosaudit.rules.base import called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding, Place, Request, Verdict
    from cosaudit.rules.base import Rule
    from cosaudit.run import Run


def stopped(
    rule: Rule, run: Run, code: str, *, at: str, option: str | None = None, phone: str | None = None
) -> Iterator[Finding]:
    """The findings of requests that the gate of objects blocks for a reason: one per upload or download.

    Args:
        at: the field of the upload or download where a person mends it.
        option: the client's option that is mended instead, where it is given.
        phone: what the phone shows.
    """
    groups: dict[tuple[str, int], list[tuple[Request, Verdict]]] = {}
    for request, verdict in run.having(rule.gate, code):
        transfer = request.transfer
        assert transfer is not None  # endpoints have no object
        if verdict.outcome is Outcome.BLOCKED:
            groups.setdefault((transfer.kind, transfer.index), []).append((request, verdict))
    for rows in groups.values():
        first, verdict = rows[0]
        requests = [request for request, _ in rows]
        yield rule.finding(
            f"{called(requests)}: {verdict.reason}",
            at=_place(first, at, option),
            fix=rule.mend,
            identity=(first.client.name, first.flow, code),
            client=first.client,
            requests=requests,
            phone=((phone, called(requests)),) if phone is not None else (),
            note=verdict.reason,
        )


def _place(request: Request, field: str, option: str | None) -> Place:
    assert request.transfer is not None
    client = request.client
    # the option decides for `uploadFile` alone
    if option is not None and request.operation == "uploadFile" and getattr(client.options, option) is not None:
        return client.at.place("options", option)
    return request.transfer.at.place(field)

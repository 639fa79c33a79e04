"""Files that open as downloads where a page links to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.object import made, on_default_domain
from cosaudit.model import Severity
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.flows import Block
    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="download-forced",
    title="files that open as downloads where a page links to them",
    severity=Severity.INFO,
    gate="object",
    why="Buckets created after 2024-01-01 add `Content-Disposition: attachment` to every answer of their default "
    "domains (the bucket's own, the website's, the acceleration domain), so a browser saves what it would show. "
    "Pictures in a page, and what a script or a Mini Program reads, are not touched.",
    mend="give the files out on a domain of your own that is bound to the bucket, if they are to be shown",
    facts=("cos.default-host.forced-download",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per download of a web client by an address on a default domain."""
    for block, _ in run.blocks:
        transfer, bucket = block.transfer, block.bucket
        if transfer is None or bucket is None or transfer.operation != "downloadFile":
            continue
        if block.client.platform != "web" or made(bucket) != "after" or not _default(block, run.inventory.regions):
            continue
        yield RULE.finding(
            f"`{transfer.name}`: a link to a file on the default domain of `{bucket.name}`, created "
            f"{bucket.created.text if bucket.created is not None else ''}, saves the file and does not show it",
            at=transfer.at.place("operation"),
            fix=RULE.mend,
            identity=(block.client.name, transfer.name),
            client=block.client,
            requests=block.requests(),
        )


def _default(block: Block, regions: tuple[str, ...]) -> bool:
    """Does the client address the bucket by a default domain? One of its own stands in `Domain` or `url`."""
    named = block.client.url or block.client.options.Domain
    if named is None:
        return True
    return on_default_domain(named if "://" in named else f"https://{named}", regions)

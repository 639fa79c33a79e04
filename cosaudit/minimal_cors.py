"""The smallest CORS rules that the described web pages need, and what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cosaudit import data
from cosaudit.cos.cors import Need, minimal
from cosaudit.flows import page_origins
from cosaudit.gates import preflight, response

if TYPE_CHECKING:
    from cosaudit.cos.cors import Cors
    from cosaudit.model import Bucket, Place, Shape
    from cosaudit.run import Run


class MinimalCors(NamedTuple):
    """Rules for one bucket. `flows`: what needs them; `unknown`: why they may lack something; `beside`: other buckets
    that pages send to and that take their rules from the same place."""

    cors: Cors
    flows: tuple[str, ...]
    unknown: tuple[str, ...]
    beside: tuple[str, ...] = ()


def buckets(run: Run) -> tuple[Bucket, ...]:
    """The buckets that web pages send to."""
    found = {
        block.bucket.index: block.bucket
        for block, _ in run.blocks
        if block.bucket is not None and block.client.platform == "web"
    }
    return tuple(found.values())


def of_bucket(run: Run, bucket: Bucket) -> MinimalCors:
    """The smallest rules of a bucket: every request of every page, retries and the backup domain included.

    Headers that a preflight asks for only with some values are among them.
    """
    from cosaudit.web.fetch import same_origin, unsafe_names

    needs: dict[Need, None] = {}
    flows: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for block, _ in run.blocks:
        client = block.client
        if block.bucket is None or block.bucket.index != bucket.index or client.platform != "web":
            continue
        flows[block.name] = None
        if block.refusal is not None and block.refusal.code == "not-recorded":
            unknown[block.refusal.reason] = None
        if not client.origins:
            unknown[f"clients[{client.index}].origins is not described"] = None
            continue
        if "null" in client.origins:
            unknown[str(data.facts_of("cors")["cos.cors.origin-null"].says)] = None
        for shape in {_like(shape): shape for shape in block.shapes}.values():
            request = block.request(shape)
            elsewhere = preflight.elsewhere(request)
            if elsewhere is not None:
                unknown[elsewhere.reason] = None
                continue
            for page in page_origins(request) or ():
                seen = preflight.seen(request, page)
                if same_origin(seen):
                    continue
                names = unsafe_names(seen.headers)
                asked = tuple(sorted({*names.sure, *names.maybe}))
                exposed = tuple([response.spelt(name) for name in response.reads(request)])
                needs[Need(seen.origin, seen.method, asked, exposed)] = None
    beside = [
        other.name
        for other in (buckets(run) if bucket.cors is not None else ())
        if other.index != bucket.index and other.cors is not None and _place(other) == _place(bucket)
    ]
    return MinimalCors(minimal(needs), tuple(flows), tuple(unknown), tuple(beside))


def _place(bucket: Bucket) -> Place:
    """Where the rules of a bucket stand."""
    found: Place = bucket.cors.at.place()
    return found


def _like(shape: Shape) -> object:
    """Requests of one call of which this is equal need the same of CORS."""
    return shape.target, shape.method, shape.headers, shape.form, shape.action


__all__ = ["MinimalCors", "buckets", "of_bucket"]

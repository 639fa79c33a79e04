"""The gate bucket against a second, naive evaluation of ACL and policy, on random policies, people and requests."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import cos_evaluation
from oracles.cam import generator
from oracles.cam.generator import Pick

from cosaudit.cam.parse import PolicyError, loads
from cosaudit.config.bucket import literal
from cosaudit.config.load import load
from cosaudit.cos.acl import Acl
from cosaudit.cos.referer import Referers
from cosaudit.gates import bucket as gate
from cosaudit.model import Inventory, Issuer, Part, Request
from cosaudit.run import Run

WORDS = ("private", "public-read", "public-read-write", "authenticated-read")
NAMED = [f"qcs::cam::uin/{one}" for one in ("1:uin/1", "1:uin/2", "2:uin/2", "2:uin/3")]
PEOPLE = ("anonymous", "own", "other", *NAMED)
PRINCIPALS: tuple[Any, ...] = (
    "qcs::cam::anyone:anyone",
    "qcs::cam::anonymous:anonymous",
    "qcs::cam::uin/1:uin/1",
    "qcs::cam::uin/1:uin/2",
    "qcs::cam::uin/2:uin/2",
    "*",
    "qcs: : cam: : anonymous",
    None,
)
CONDITIONS: tuple[Any, ...] = (
    None,
    None,
    None,
    {"bool_equal": {"cos:secure-transport": "true"}},
    {"bool_equal": {"cos:secure-transport": "false"}},
    {"ip_equal": {"qcs:ip": "192.0.2.0/24"}},
)
ACTIONS = ("GetObject", "PutObject", "GetBucket", "PutObjectACL")
CONFIG = """
version: 1
buckets: [{name: b-1, region: ap-guangzhou}]
clients: [{name: c, platform: wechat-miniprogram, sdk: none}]
sessions: [{name: k, issuer: {}}]
downloads: [{name: d, client: c, bucket: b-1, operation: getObject, key: a, session: k}]
"""


@cache
def plain(folder: Path) -> tuple[Inventory, Request]:
    """A configuration with one download, and its request."""
    path = folder / "config.yaml"
    path.write_text(CONFIG, "utf-8")
    inventory = load(str(path))
    return inventory, Run(inventory).requests[0]


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], str | None, str, str, str]:
    """A bucket policy, an ACL, who asks, for which action, on which key."""
    pick = Pick(lambda n: draw(generator.index(n)))
    text = json.dumps(generator.policy(pick, capitals=False))
    for name in ("{openid}", "${openid}", "{file-name}", "{size}"):  # a bucket policy has no placeholders
        text = text.replace(name, "a")
    document = json.loads(text)
    document.pop("principal", None)
    for one in document["statement"]:
        one.pop("condition", None)
        condition, principal = pick(CONDITIONS), pick(PRINCIPALS)
        if condition is not None:
            one["condition"] = condition
        if principal is not None:
            one["principal"] = {"qcs": pick((principal, [principal, pick(PRINCIPALS[:5])]))}
    resource = generator.request(pick, document).resource
    key = resource.split(":", 5)[5].partition("/")[2] if pick.once_in(2) else pick(generator.KEYS)
    return document, pick((*WORDS, None)), pick(PEOPLE), f"name/cos:{pick(ACTIONS)}", key


def asked(
    folder: Path, document: dict[str, Any], acl: str | None, who: str, action: str, key: str
) -> tuple[str, str | None]:
    """What the gate says: the verdict and the field that it misses."""
    inventory, request = plain(folder)
    try:
        policy = literal(loads(json.dumps(document)))
    except PolicyError:
        assume(False)
        raise
    assert request.bucket is not None and request.transfer is not None and request.shape is not None
    place = policy.place
    bucket = request.bucket._replace(
        region="ap-a",
        policy=policy,
        acl=Acl(acl, (), place) if acl is not None else None,
        referer=Referers(False, True, (), True, place),
    )
    principal = who if who.startswith("qcs") else None
    issuer = Issuer(None, "1" if cos_evaluation.own(who) else "2", principal, None, inventory.at)
    session = inventory.sessions[0]._replace(issuer=issuer)
    transfer = request.transfer._replace(key=(Part(key, False),))
    if who == "anonymous":
        transfer = transfer._replace(session=None, signer="none")
    request = request._replace(
        bucket=bucket,
        transfer=transfer,
        shape=request.shape._replace(action=action),
        prefix="https://b-1.cos.ap-a.myqcloud.com",
    )
    verdict = gate.judge(request, inventory._replace(sessions=(session,), buckets=(bucket,)))
    return verdict.outcome.value, verdict.missing


def test_the_gate_says_what_the_naive_evaluation_says(tmp_path: Path, record_property: Any) -> None:
    """Union of identity, ACL and policy; a deny wins; an ACL that is not described is asked for only if it decides."""
    seen: Counter[str] = Counter()

    @settings(max_examples=1000)
    @given(case=cases())
    def compare(case: Any) -> None:
        seen[compared(tmp_path, *case)] += 1

    compare()
    assert set(seen) == {"pass", "blocked", "unknown", "not-described"}
    record_property("compared bucket policy and ACL", sum(seen.values()))


def compared(folder: Path, document: dict[str, Any], acl: str | None, who: str, action: str, key: str) -> str:
    """The verdict on which both agree."""
    found = asked(folder, document, acl, who, action, key)
    context = {"cos:secure-transport": ["true"]}
    resource = f"qcs::cos:ap-a:uid/1:b-1/{key}"
    wanted = {
        cos_evaluation.judged(document, word, who, action, resource, context)
        for word in (WORDS if acl is None else (acl,))
    }
    if len(wanted) == 1:
        assert found == (wanted.pop(), None)
    else:
        assert found == ("not-described", "buckets[0].acl")
    return found[0]

"""Configurations and too wide policies for hypothesis."""

from __future__ import annotations

import json
import re
from typing import Any

from excess.made import BUCKET, REGION, ROOT, Config, allow, config, deny, upload
from hypothesis import strategies as st

#: Operations of which a client sends one request, with the action of each; `sliceUploadFile` sends five.
SIMPLE = {
    "putObject": "PutObject",
    "postObject": "PostObject",
    "deleteObject": "DeleteObject",
    "getObject": "GetObject",
    "headObject": "HeadObject",
    "getBucket": "GetBucket",
}

_FOLDERS = ("", "up/", "x", "img/2024-")
_USERS = ("", "{openid}/", "{openid}.jpg", "v-{openid}-", "{openid}/x/", "{openid}/{openid}-")
_FILES = ("", "x", "{file}", "{file}.jpg", "{file}/{name}", "x-{file}")


@st.composite
def keys(draw: st.DrawFn) -> str:
    """A key template in which something stands between two placeholders."""
    parts = [draw(st.sampled_from(some)) for some in (_FOLDERS, _USERS, _FILES)]
    return "".join(parts) or "x"


PLACEHOLDERS = st.fixed_dictionaries(
    {
        "openid": st.fixed_dictionaries(
            {"identity": st.just(True), "alphabet": st.sampled_from(["[ab]", "[a-z0-9]", "[A-Za-z0-9_-]"])},
            optional={"length": st.just({"min": 1, "max": 3})},
        ),
        "file": st.fixed_dictionaries(
            {"identity": st.just(False)}, optional={"alphabet": st.sampled_from(["[a-z]", "[a-z./]"])}
        ),
    }
)


@st.composite
def configs(draw: st.DrawFn, /, operations: tuple[str, ...] = (*SIMPLE, "sliceUploadFile"), **more: Any) -> Config:
    """One to three uploads that share one session without a policy."""
    uploads = [
        upload(draw(st.sampled_from(operations)), draw(keys()), f"up{number}", max_size=3_000_000)
        for number in range(draw(st.integers(1, 3)))
    ]
    return config(uploads, placeholders=draw(PLACEHOLDERS), **more)


#: Actions that somebody adds because it did not work.
ADDED = ("DeleteObject", "GetObject", "GetBucket", "PutObject", "PutObjectACL", "PutBucketPolicy", "cos:*", "cos:Put*")
#: Resources that somebody writes because it did not work.
WHOLE = ("*", f"{ROOT}*", f"qcs::cos:{REGION}:uid/1250000000:*", f"qcs::cos::uid/1250000000:{BUCKET}/*")
DENIED = ("*", "up/*", "x*", "{openid}/*", "up/{openid}/*", "*.jpg")


def pieces(path: str) -> list[str]:
    """A path in characters and placeholders."""
    return re.findall(r"\{[a-z]+\}|.", path, re.DOTALL)


def copy(value: Any) -> Any:
    """A value that may be changed without changing the other."""
    return json.loads(json.dumps(value))


@st.composite
def denies(draw: st.DrawFn) -> dict[str, Any]:
    """A statement that denies something."""
    return deny(
        draw(st.sampled_from(["PutObject", "DeleteObject", "cos:*", "cos:Get*"])), draw(st.sampled_from(DENIED))
    )


@st.composite
def wider(draw: st.DrawFn, smallest: dict[str, Any]) -> dict[str, Any]:
    """The smallest policy with mistakes that people make."""
    statements = copy(smallest["statement"])
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["cut", "cut", "cut", "star", "action", "twice", "whole", "deny"]))
        row = draw(st.sampled_from([one for one in statements if one["effect"] == "allow"]))
        at = draw(st.integers(0, len(row["resource"]) - 1))
        path = row["resource"][at].removeprefix(ROOT)
        if kind == "cut" and row["resource"][at].startswith(ROOT):
            kept = pieces(path.partition("*")[0])
            row["resource"][at] = ROOT + "".join(kept[: draw(st.integers(0, len(kept)))]) + "*"
        elif kind == "star" and row["resource"][at].startswith(ROOT):
            kept = pieces(path)
            where = draw(st.integers(0, len(kept)))
            row["resource"][at] = ROOT + "".join([*kept[:where], "*", *kept[where:]])
        elif kind == "action":
            row["action"] += allow(draw(st.sampled_from(ADDED)))["action"]
        elif kind == "twice":
            statements.append(copy(row))
        elif kind == "whole":
            row["resource"][at] = allow("*", draw(st.sampled_from(WHOLE)))["resource"][0]
        elif kind == "deny":
            statements.append(draw(denies()))
    return {"version": "2.0", "statement": statements}

"""A content type that is set where a form upload does not look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules.base import Rule, called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.flows import Block
    from cosaudit.model import Finding
    from cosaudit.run import Run

_POST = "name/cos:PostObject"

RULE = Rule(
    id="content-type-ignored",
    title="a content type that is set where a form upload does not look",
    severity=Severity.LOW,
    gate="object",
    why="COS stores the content type of the form's field Content-Type. A header of the request says that it is a form, "
    "and the type of the part with the file is not looked at; without the field the file is stored without its type.",
    mend="put Content-Type into the form (`formData` of wx.uploadFile), before the file",
    facts=("cos.post-object.content-type",),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per upload whose code names its form fields, without this one; or that sets the header."""
    for block, _ in run.blocks:
        field = _set_at(block)
        if field is None:
            continue
        transfer = block.transfer
        assert transfer is not None
        requests = [request for request in block.requests() if request.shape and request.shape.action == _POST]
        lacking = [one for one in requests if one.shape and "content-type" not in map(str.lower, one.shape.form)]
        if lacking:
            given = transfer.content_type or transfer.values["content-type"]
            where = "as a header" if field == "headers" else "but not as a field of the form"
            yield RULE.finding(
                f"{called(lacking)}: `{given[:60]}` is set {where}, so COS does not store it",
                at=transfer.at.place(field),
                fix=RULE.mend,
                identity=(block.client.name, transfer.name, field),
                client=block.client,
                requests=lacking,
            )


def _set_at(block: Block) -> str | None:
    """Where hand-written code sets the content type of a form, by what is described; an SDK puts it into the form."""
    transfer = block.transfer
    if transfer is None or block.client.sdk.package != "none":
        return None
    if "content-type" in transfer.values:
        return "headers"
    sends = block.client.sends
    if transfer.content_type is None or sends is None or sends.form is None:
        return None  # the fields are the vendor's, assumed: no code of the user's that could lack one
    return "content_type"

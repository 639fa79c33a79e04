"""The signature gate. Of it this version judges one thing: the path that hand-written code signs for a POST form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates import later
from cosaudit.model import Api, Auth, Outcome, Verdict

if TYPE_CHECKING:
    from cosaudit.model import Inventory, Request


def judge(request: Request, inventory: Inventory) -> Verdict:
    """Whether what is signed is what is sent; fact `cos.signature.post-path`."""
    signed = request.client.signed_path
    transfer = request.transfer
    if (
        signed is not None
        and request.bucket is not None
        and request.prefix is not None
        and transfer is not None
        and request.api is Api.UPLOAD_FILE
        and transfer.auth is Auth.CLIENT
    ):
        sent = "/" + request.prefix.partition("://")[2].partition("/")[2]
        sent = sent if sent.endswith("/") else sent + "/"
        wants = signed.replace("{bucket}", request.bucket.name)
        if sent != wants:
            return Verdict(
                Outcome.BLOCKED,
                "signed-path-differs",
                f"the code signs the path `{wants}` and posts to `{sent}`: COS answers 403 SignatureDoesNotMatch",
                "cos.signature.post-path",
            )
    return later.signature(request, inventory)

"""With no clients described, the lists are derived for one Mini Program that does every upload operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit import sdk as families
from cosaudit.model import Auth, Client, Options, Part, Refusal, Transfer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cosaudit.model import Bucket, Places

#: What uploads an object, in the order of the SDK's own documentation.
DOWNLOAD_OPERATIONS = ("getObject", "headObject", "downloadFile")
UPLOAD_OPERATIONS = ("postObject", "putObject", "uploadFile", "sliceUploadFile")


def assumed_client(at: Places) -> tuple[Client, str]:
    """The Mini Program that is assumed (contract: the newest recorded SDK with its defaults), and the words for it."""
    found = families.resolve("cos-wx-sdk-v5")
    client = Client(
        None, "wechat-miniprogram", None, found._replace(assumption=None), Options(), None, None, None, None, None, (),
        None, None, None, False, None, 0, at, True,
    )  # fmt: skip
    return client, (
        f"no clients are described: derived for one Mini Program on {found.package} {found.version} "
        "with its default options, doing every upload operation"
    )


def every_upload(client: Client) -> tuple[str, ...]:
    """The upload operations that the client's SDK version has."""
    found = []
    for operation in UPLOAD_OPERATIONS:
        if client.sdk.package == "none":
            shapes = families.handwritten.shapes(operation, Auth.CLIENT, addressing="bucket", form=None, headers=None)
        else:
            assert client.sdk.version is not None
            shapes = families.PROFILES[client.sdk.package].shapes(
                client.sdk.version, operation, client.options, Auth.CLIENT,
                min_size=1, max_size=None, base_library=None, token_field=None,
            )  # fmt: skip
        if not isinstance(shapes, Refusal) or shapes.code != "operation-missing":
            found.append(operation)
    return tuple(found)


def assumed_transfers(
    client: Client, buckets: Sequence[Bucket], operations: Sequence[str], at: Places
) -> list[Transfer]:
    """These operations on every bucket, under no name and with any key."""
    key = (Part("key", True),)
    return [
        Transfer(
            "downloads" if operation in DOWNLOAD_OPERATIONS else "uploads",
            None,
            client.index,
            bucket.index,
            operation,
            key,
            session=None,
            signer=None,
            signature=None,
            min_size=1,
            max_size=None,
            content_type=None,
            headers=(),
            index=0,
            at=at,
        )
        for bucket in buckets
        for operation in operations
    ]

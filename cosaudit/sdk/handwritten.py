"""What a client without an SDK sends, written as the vendor's guides write it (`sdk: none`)."""

from __future__ import annotations

from functools import lru_cache

from cosaudit.model import Api, Auth, Refusal, Shape, Target, When

_FACT = "sdk.none.walk-through"
_WEB_FACT = "sdk.none.web-guide"
_TOKEN = "x-cos-security-token"  # noqa: S105
_TARGETS = {"bucket": Target.BUCKET, "region": Target.REGION, "url": Target.CUSTOM}
#: Names of a signed URL's query. Source: COS, request signature, signature in the URL.
_SIGNED_QUERY: tuple[str, ...] = (
    "q-ak",
    "q-header-list",
    "q-key-time",
    "q-sign-algorithm",
    "q-sign-time",
    "q-signature",
    "q-url-param-list",
)
#: operation -> method, keyed, query, headers beside the signature's, action
_SIMPLE: dict[str, tuple[str, bool, tuple[str, ...], tuple[str, ...], str]] = {
    "putObject": ("PUT", True, (), ("content-type",), "name/cos:PutObject"),
    "getObject": ("GET", True, (), (), "name/cos:GetObject"),
    "headObject": ("HEAD", True, (), (), "name/cos:HeadObject"),
    "deleteObject": ("DELETE", True, (), (), "name/cos:DeleteObject"),
    "getBucket": ("GET", False, ("prefix",), (), "name/cos:GetBucket"),
}


@lru_cache(maxsize=65536)
def shapes(
    operation: str,
    auth: Auth,
    *,
    addressing: str,
    form: tuple[str, ...] | None = None,
    headers: tuple[str, ...] | None = None,
    web: bool = False,
) -> tuple[Shape, ...] | Refusal:
    """The one request that hand-written code sends for an operation.

    Args:
        operation: `postObject` and `uploadFile` are wx.uploadFile, `downloadFile` is wx.downloadFile, and
            putObject, getObject, headObject, deleteObject, getBucket are wx.request. On the web all of them are
            fetch: the first two post the same form, and `downloadFile` gets a signed URL.
        auth: who signs, with what kind of key.
        addressing: `bucket`, `region` or `url`: how the code builds its URL.
        form: the form names that the code really sends; None = those of the walk-through.
        headers: the header names that it really sends; None = those of the walk-through.
        web: it is a web page, not a Mini Program.

    Returns:
        One shape; a refusal for the multipart procedures, which only an SDK has.

    Raises:
        KeyError: unknown addressing.

    Source: sdk.none.walk-through, sdk.none.web-guide.
    """
    target = _TARGETS[addressing]
    token = auth in (Auth.CLIENT, Auth.SERVER_TEMPORARY)
    if operation in ("postObject", "uploadFile"):
        if form is None:
            form = ("key", "success_action_status")
            form += ("Signature",) if auth is not Auth.NONE else ()
            form += (_TOKEN,) if token else ()
        sent = _lower(headers or ())
        api = Api.FETCH if web else Api.UPLOAD_FILE
        return (Shape(api, "POST", target, False, (), sent, form, "name/cos:PostObject", When()),)
    if operation == "downloadFile":
        query = _SIGNED_QUERY if auth is not Auth.NONE else ()
        query += (_TOKEN,) if token else ()
        sent = _lower(headers or ())
        api = Api.FETCH if web else Api.DOWNLOAD_FILE
        return (Shape(api, "GET", target, True, query, sent, (), "name/cos:GetObject", When()),)
    if operation not in _SIMPLE:
        return Refusal(
            "operation-missing",
            f"`{operation}` is a procedure of the SDKs, and this client has `sdk: none`",
            _WEB_FACT if web else _FACT,
        )
    method, keyed, query, own, action = _SIMPLE[operation]
    if headers is None:
        names = set(own)
        if auth is not Auth.NONE:
            names.add("authorization")
        if token:
            names.add(_TOKEN)
        headers = tuple(names)
    api = Api.FETCH if web else Api.REQUEST
    return (Shape(api, method, target, keyed, query, _lower(headers), (), action, When()),)


def policy_form(auth: Auth) -> tuple[str, ...]:
    """The names of a form that carries a policy. Source: cos.signature.form-policy."""
    names = ("key", "success_action_status", "policy", "q-sign-algorithm", "q-ak", "q-key-time", "q-signature")
    return (*names, _TOKEN) if auth is Auth.SERVER_TEMPORARY else names


def _lower(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({name.lower() for name in names}))


@lru_cache(maxsize=65536)
def encode_key(key: str) -> str:
    """How key text stands in the URL's path, as the walk-through encodes it.

    Source: sdk.none.walk-through.
    """
    from urllib.parse import quote

    return quote(key, safe="/~", errors="replace")

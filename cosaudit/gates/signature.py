"""The signature gate: is what is signed what is sent, is the token beside it, does a form meet its own policy?

Whoever signs with an SDK signs the request that is sent (fact `cos.signature.sdk`), but for mistakes of a version.
Code written by hand, and a server that signs for the client, are judged by what the configuration says of them.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from cosaudit.cos.hosts import classify
from cosaudit.gates import later
from cosaudit.model import Auth, Form, Outcome, Part, Settle, Verdict

if TYPE_CHECKING:
    from cosaudit.cos.form_policy import Answer, FormPolicy, Said, Template
    from cosaudit.flows import Block
    from cosaudit.model import Inventory, Request, Shape, Transfer

#: Codes of verdicts that block. Rules go by them.
PATH = "signed-path-differs"
SERVER_PATH = "server-path-differs"
METHOD = "signed-method-differs"
HOST = "signed-host-differs"
HEADER = "signed-header-not-sent"
TOKEN = "token-not-sent"  # noqa: S105
UNSIGNED = "signature-not-sent"
NO_POLICY = "form-policy-not-sent"
POLICY = "form-policy-refuses"
BACKUP = "backup-signature-differs"

_TOKEN_NAME = "x-cos-security-token"  # noqa: S105
_POST = "name/cos:PostObject"
_WHOLE = (_POST, "name/cos:PutObject")  # they send a whole file
_SERVER = (Auth.SERVER_TEMPORARY, Auth.SERVER_PERMANENT)
#: The header of an SDK's repeated requests. Source: sdk.cos-wx-sdk-v5.retry.
_REPEATED = "x-cos-sdk-retry"
_BY_SDK = Verdict(Outcome.PASS, "by-sdk", "the SDK signs the request that it sends", "cos.signature.sdk")
_BY_HAND = Verdict(
    Outcome.PASS, "by-hand", "nothing that is described speaks against the signature", "cos.signature.canonical"
)
_BY_SERVER = Verdict(
    Outcome.PASS, "by-server", "what the server signs is what is sent, as far as it is described",
    "cos.signature.canonical",
)  # fmt: skip
_STRICT = Verdict(
    Outcome.UNKNOWN,
    "strict",
    "strict signature mode refuses headers and parameters outside the signature; which ones is a setting of the bucket "
    "that cannot be described here",
    "cos.signature.strict",
    Settle(fact="cos.signature.strict"),
)


def judge(request: Request, inventory: Inventory) -> Verdict:
    """Whether what is signed is what is sent; facts `cos.signature.…`."""
    outside = later.outside(request)
    if outside is not None:
        return outside
    transfer = request.transfer
    assert transfer is not None
    auth = transfer.auth
    if auth is Auth.NONE:
        return later.ANONYMOUS
    if request.shape is None:
        missing = transfer.session is None and transfer.signer is None
        return later.missing(later.field(request, "session")) if missing else later.unrecorded(request)
    if auth in _SERVER:
        return _of_server(request, transfer, request.shape)
    by_hand = request.client.sdk.package == "none"
    wrong = _path_by_hand(request) if by_hand else None
    if wrong is not None:
        return wrong
    if transfer.session is None and transfer.signer is None:
        return later.missing(later.field(request, "session"))
    if by_hand:
        return _carried(request, transfer, request.shape) or _strict(request) or _BY_HAND
    return _mistake(request, request.shape) or _strict(request) or _BY_SDK


def varies(block: Block) -> bool:
    """May requests of a block that go through one API to one host have different verdicts?"""
    transfer = block.transfer
    if transfer is None or not block.shapes:
        return False
    if transfer.auth in _SERVER or (block.bucket is not None and block.bucket.strict_signature is True):
        return True
    client = block.client
    return bool(client.options.AutoSwitchHost) and client.sdk.version in _mistaken(client.sdk.package)


@lru_cache(maxsize=4096)
def same(shape: Shape, server: bool) -> object:
    """Requests of one call of which this is equal have the same verdict: what a server signs fits each repeat alike."""
    when = shape.when if not server else (shape.when.over, shape.when.up_to)
    headers = tuple([name for name in shape.headers if name != _REPEATED]) if server else shape.headers
    return shape.api, shape.method, shape.target, shape.keyed, shape.query, headers, shape.form, shape.action, when


# -- signed by code that is written by hand --------------------------------------------------------------------------


def _path_by_hand(request: Request) -> Verdict | None:
    """The path that hand-written code signs for a POST form; fact `cos.signature.post-path`."""
    signed = request.client.signed_path
    if signed is None or request.bucket is None or request.prefix is None or not _is_form(request):
        return None
    sent = _root(request.prefix)
    wants = signed.replace("{bucket}", request.bucket.name)
    if sent == wants:
        return None
    return Verdict(
        Outcome.BLOCKED,
        PATH,
        f"the code signs the path `{wants}` and posts to `{sent}`: COS answers 403 SignatureDoesNotMatch",
        "cos.signature.post-path",
    )


def described_paths(inventory: Inventory, host: str, form: bool) -> dict[str, str]:
    """The paths that the configuration says are signed for a request: path → who signs it.

    Args:
        inventory: what the configuration says.
        host: the host that the request went to, without a port.
        form: it is a form.
    """
    from cosaudit.flows import derive

    found: dict[str, str] = {}
    for block in derive(inventory).blocks:
        transfer, bucket = block.transfer, block.bucket
        if transfer is None or bucket is None or not block.shapes:
            continue
        for shape in block.shapes:
            request = block.request(shape)
            if _is_form(request) is not form or request.prefix is None or _host(request) != host.partition(":")[0]:
                continue
            signed = transfer.signature.get("path") if isinstance(transfer.signature, dict) else None
            who = "the server, by the configuration,"
            if signed is None and transfer.auth is Auth.CLIENT:
                signed = block.client.signed_path if form else None
                who = f"the code of `{block.client.name}`, by the configuration,"
            if signed is not None and "{" not in (filled := signed.replace("{bucket}", bucket.name)):
                found[filled] = who
    return found


def _root(prefix: str) -> str:
    path = "/" + prefix.partition("://")[2].partition("/")[2]
    return path if path.endswith("/") else path + "/"


def _is_form(request: Request) -> bool:
    return request.shape is not None and request.shape.action == _POST


def _carried(request: Request, transfer: Transfer, shape: Shape) -> Verdict | None:
    """Whether the signature is sent at all, and with it the token of a temporary key; None: they are."""
    form = {name.lower() for name in shape.form}
    if _is_form(request):
        carrier, signed = form, bool({"signature", "q-signature"} & form) or "authorization" in shape.headers
    elif "authorization" in shape.headers:
        carrier, signed = set(shape.headers), True
    else:
        carrier, signed = set(shape.query), bool({"q-signature", "sign"} & set(shape.query))
    if not signed:
        return _unsigned(request)
    if transfer.auth is Auth.SERVER_PERMANENT or _TOKEN_NAME in carrier:
        return None
    if shape.query and "sign" in shape.query:
        return None  # the oldest signed URL has one parameter, which holds whatever the SDK puts into it
    where = "form" if _is_form(request) else "headers" if "authorization" in shape.headers else "query"
    if _TOKEN_NAME in form or _TOKEN_NAME in shape.headers or _TOKEN_NAME in shape.query:
        return Verdict(
            Outcome.UNKNOWN,
            "token-elsewhere",
            f"whether COS finds the token outside the {where}, where the signature is, is not told anywhere",
            "cos.signature.token",
            Settle(fact="cos.signature.token"),
        )
    return Verdict(
        Outcome.BLOCKED,
        TOKEN,
        f"signed with a temporary key, and `{_TOKEN_NAME}` is not sent: COS does not know the key, and answers 403",
        "cos.signature.token",
    )


def _unsigned(request: Request) -> Verdict:
    """A request that is said to be signed and carries no signature: an anonymous one."""
    bucket = request.bucket
    assert bucket is not None and request.shape is not None
    said = "nothing that is sent carries the signature, so COS takes it for an anonymous request"
    if bucket.acl is None and bucket.policy is None:
        settle = Settle(describe=f"buckets[{bucket.index}].acl")
        return Verdict(Outcome.UNKNOWN, UNSIGNED, said, "cos.signature.parts", settle)
    from cosaudit.cos import acl

    by_acl = acl.grants(bucket.acl, request.shape.action, acl.ANYONE) if bucket.acl is not None else False
    if by_acl is False and bucket.policy is None:
        return Verdict(Outcome.BLOCKED, UNSIGNED, f"{said}, and the bucket is private", "cos.signature.parts")
    return Verdict(Outcome.NOT_APPLICABLE, "anonymous-sent", said, "cos.signature.parts")


# -- signed by an SDK ------------------------------------------------------------------------------------------------


@cache
def _mistaken(package: str) -> frozenset[str]:
    """The versions of a package that sign the backup domain for a request to the main one."""
    from cosaudit import data

    if package not in data.names():
        return frozenset()
    known = data.facts_of(package).get(f"sdk.{package}.backup-signature")
    return frozenset(known.value["versions"]) if known is not None else frozenset()


def _mistake(request: Request, shape: Shape) -> Verdict | None:
    """The host that some versions sign for the request back on the main host, after the backup domain failed too."""
    client = request.client
    if shape.when.retry != "network" or not client.options.AutoSwitchHost or _REPEATED not in shape.headers:
        return None
    package = client.sdk.package
    if client.sdk.version not in _mistaken(package) or _form(request) is not Form.BUCKET:
        return None
    return Verdict(
        Outcome.BLOCKED,
        BACKUP,
        f"{package} {client.sdk.version}, back on the main host after the backup domain failed, still signs the host "
        "of the backup domain",
        f"sdk.{package}.backup-signature",
    )


def _host(request: Request) -> str:
    """The host of a request, lower case, without its port."""
    assert request.prefix is not None
    return request.prefix.partition("://")[2].partition("/")[0].partition(":")[0].lower()


def _form(request: Request) -> Form:
    return classify(_host(request))[0]


def _strict(request: Request) -> Verdict | None:
    from cosaudit import data

    bucket, shape = request.bucket, request.shape
    if bucket is None or shape is None or bucket.strict_signature is not True:
        return None
    return None if shape.action in data.fact("cos.signature.strict").value else _STRICT


# -- signed by a server ----------------------------------------------------------------------------------------------


def _of_server(request: Request, transfer: Transfer, shape: Shape) -> Verdict:
    """What a server signs, field by field; what is not described is taken as signed for the request that is sent."""
    signed = transfer.signature
    if not isinstance(signed, dict):
        return later.missing(later.field(request, "signature"))
    policy = signed.get("form_policy")
    wrong: Verdict | None
    if policy is not None and _is_form(request):
        wrong = _policy_sent(shape) or _carried(request, transfer, shape) or _method(signed, shape)
        return wrong or _policy(request, transfer, policy) or _time(request, transfer, shape) or _BY_SERVER
    wrong = _carried(request, transfer, shape) or _method(signed, shape) or _path(request, transfer, shape)
    wrong = wrong or _signed_host(request, signed) or _headers(request, transfer, shape)
    return wrong or _strict(request) or _time(request, transfer, shape) or _BY_SERVER


def _method(signed: dict[str, object], shape: Shape) -> Verdict | None:
    method = signed.get("method")
    if not isinstance(method, str) or method.upper() == shape.method:
        return None
    return Verdict(
        Outcome.BLOCKED,
        METHOD,
        f"the server signs {method.upper()} and the client sends {shape.method}: COS answers 403 SignatureDoesNotMatch",
        "cos.signature.canonical",
    )


def sent_path(request: Request) -> Template:
    """The path of a request as COS reads it: decoded, placeholders as parts."""
    from urllib.parse import unquote

    from cosaudit.flows import resource_parts

    assert request.prefix is not None and request.shape is not None and request.bucket is not None
    if not request.shape.keyed:
        return (Part(unquote(_root(request.prefix)), False),)
    parts = resource_parts(request)
    assert parts is not None
    _, bucket, key = parts
    host, _, path = request.prefix.partition("://")[2].partition("/")
    in_path = not host.startswith(f"{bucket.name}.") and path.partition("/")[0] == bucket.name
    return (Part(f"/{bucket.name}/" if in_path else "/", False), *key)


def _path(request: Request, transfer: Transfer, shape: Shape) -> Verdict | None:
    from urllib.parse import unquote

    from cosaudit.cos.form_policy import Holds, equal, parts_of, text_of

    text = transfer.signature.get("path")
    if text is None:
        return None
    assert request.bucket is not None
    sent = sent_path(request)
    filled = text.replace("{bucket}", request.bucket.name).replace("{region}", request.bucket.region)
    signed = _with_key(parts_of(filled), transfer)
    fits = equal(sent, signed)
    if fits is Holds.YES:
        return None
    shown, wants = text_of(sent), text_of(signed)
    if fits is Holds.UNKNOWN:
        settle = Settle(describe=later.field(request, "signature.path"))
        reason = f"whether the path `{wants}`, which the server signs, is always the one that is sent, `{shown}`"
        return Verdict(Outcome.UNKNOWN, "server-path-unknown", f"{reason}, is not known", "cos.signature.path", settle)
    fact = "cos.signature.path"
    reason = f"the server signs the path `{wants}`, and the request goes to `{shown}`"
    if equal(sent, parts_of(unquote(filled))) is not Holds.NO:
        reason = f"the server signs the percent-encoded path `{wants}`, and COS takes the decoded one, `{shown}`"
    elif shape.action == _POST:
        reason += ": a form's key is no part of its path"
        fact = "cos.signature.post-path"
    return Verdict(Outcome.BLOCKED, SERVER_PATH, f"{reason}: COS answers 403 SignatureDoesNotMatch", fact)


def _with_key(signed: Template, transfer: Transfer) -> Template:
    """`{key}` in a signed path is the object's key, unless the key has a placeholder of that name itself."""
    if any(part.placeholder and part.text == "key" for part in transfer.key):
        return signed
    found: list[Part] = []
    for part in signed:
        found += transfer.key if part == Part("key", True) else (part,)
    return tuple(found)


def _signed_host(request: Request, signed: dict[str, object]) -> Verdict | None:
    text = signed.get("host")
    if not isinstance(text, str) or request.bucket is None:
        return None
    host = text.replace("{bucket}", request.bucket.name).replace("{region}", request.bucket.region).lower()
    host = host.partition("://")[2] if "://" in host else host
    host = host.partition("/")[0].partition(":")[0]
    sent = _host(request)
    if host == sent:
        return None
    what = {
        Form.BACKUP: "the backup domain ",
        Form.ACCELERATE: "the acceleration domain ",
        Form.REGIONAL: "the regional domain ",
        Form.CUSTOM: "the custom domain ",
    }.get(_form(request), "")
    return Verdict(
        Outcome.BLOCKED,
        HOST,
        f"the server signs the host `{host}`, and the request goes to {what}`{sent}`: COS answers 403 "
        "SignatureDoesNotMatch",
        "cos.signature.host",
    )


@cache
def _automatic() -> frozenset[str]:
    from cosaudit import data

    return frozenset(data.fact("cos.signature.automatic-headers").value)


def _headers(request: Request, transfer: Transfer, shape: Shape) -> Verdict | None:
    """The signed headers that are not sent."""
    listed = transfer.signature.get("headers")
    if listed is None:
        return None
    sent = {*shape.headers, *_automatic()}
    form = _is_form(request)
    lacking = [name for name in dict.fromkeys([name.lower() for name in listed]) if name not in sent]
    if form and "content-type" in (name.lower() for name in listed):
        return Verdict(
            Outcome.BLOCKED,
            HEADER,
            "the server signs the header `content-type`, and a form is sent as multipart/form-data with a boundary "
            "that is made when it is sent",
            "cos.signature.header-not-sent",
        )
    if "content-type" in lacking and shape.method in ("PUT", "POST") and transfer.content_type is None:
        settle = Settle(describe=later.field(request, "content_type"))
        reason = "the server signs the header `content-type`; which one the client sends is not described"
        return Verdict(Outcome.UNKNOWN, "content-type-unknown", reason, "cos.signature.header-not-sent", settle)
    lacking = [name for name in lacking if name != "content-type" or transfer.content_type is None]
    if not lacking:
        return None
    names = ", ".join([f"`{name}`" for name in lacking])
    return Verdict(
        Outcome.BLOCKED,
        HEADER,
        f"the server signs what the client does not send: {names}: COS answers 403 SignatureDoesNotMatch",
        "cos.signature.header-not-sent",
    )


def _time(request: Request, transfer: Transfer, shape: Shape) -> Verdict | None:
    """A signature that ends before a slowed-down upload can be through; without a known speed nothing is guessed."""
    from cosaudit import data

    valid, most = transfer.signature.get("valid_for"), transfer.max_size
    name = data.fact("cos.signature.traffic-limit").value["name"]
    limit = transfer.values.get(name, "")
    if shape.action not in _WHOLE or valid is None or most is None:
        return None
    if not (limit.isascii() and limit.isdigit() and int(limit)):
        return None
    if shape.when.up_to is not None:
        most = min(most, shape.when.up_to)
    seconds = -(-most * 8 // int(limit))
    if seconds <= valid:
        return None
    return Verdict(
        Outcome.UNKNOWN,
        "ends-while-sending",
        f"`{name}: {limit}` makes {most} bytes take {seconds} seconds, and the signature ends after {valid}: whether "
        "COS looks at it when an upload begins or when it has ended is not told anywhere",
        "cos.signature.checked-when",
        Settle(fact="cos.signature.checked-when"),
    )


def size_cuts(transfer: Transfer) -> tuple[int, ...]:
    """The sizes after which the policy of a form may judge a file otherwise, sorted."""
    signed = transfer.signature
    policy = signed.get("form_policy") if isinstance(signed, dict) else None
    if policy is None:
        return ()
    ranges = [one for one in policy.conditions if one.operator == "content-length-range"]
    return tuple(sorted({size for one in ranges for size in (one.least - 1, one.most) if size >= 0}))


# -- forms with a policy ---------------------------------------------------------------------------------------------


def _policy_sent(shape: Shape) -> Verdict | None:
    if "policy" in {name.lower() for name in shape.form}:
        return None
    return Verdict(
        Outcome.BLOCKED,
        NO_POLICY,
        "the server signs a form's policy, and the form that is sent has no field `policy`",
        "cos.signature.form-policy",
    )


def answer(request: Request, transfer: Transfer, policy: FormPolicy) -> Answer:
    """What a form's policy says of the form that a request sends, for every key and size that it stands for.

    The server that signs hands out the other fields with it, so those whose value is not described have the one that
    the policy wants.
    """
    from cosaudit.cos.form_policy import evaluate
    from cosaudit.flows import resource_parts

    assert request.shape is not None and request.bucket is not None
    parts = resource_parts(request)
    assert parts is not None
    sent = {name.lower() for name in request.shape.form}
    described = request.client.sends is not None and request.client.sends.form is not None
    form: dict[str, str | Template | None] = {"key": parts[2]}
    for one in policy.conditions:
        name = one.name
        if name in ("key", "bucket", ""):
            continue
        time = name == "q-sign-time" and "q-key-time" in sent
        if name in sent or time or not described:
            form.setdefault(name, transfer.values.get(name, one.value))
    if transfer.content_type is not None and (not described or "content-type" in sent):
        form["content-type"] = transfer.content_type
    acl = transfer.values.get("x-cos-acl")
    if acl is not None and "acl" in sent:
        form["acl"] = acl
    sizes = (transfer.min_size, transfer.max_size)
    when = request.shape.when
    if when.over is not None:
        sizes = (max(sizes[0], when.over + 1), sizes[1])
    if when.up_to is not None and (sizes[1] is None or when.up_to < sizes[1]):
        sizes = (sizes[0], when.up_to)
    return evaluate(policy, form, bucket=request.bucket.name, sizes=sizes)


def _policy(request: Request, transfer: Transfer, policy: FormPolicy) -> Verdict | None:
    from cosaudit.cos.form_policy import Holds

    found = answer(request, transfer, policy)
    worst = found.worst
    if worst is None:
        field = _not_said_to_be_sent(request, transfer, policy)
        if field is None:
            return None
        reason = f"the policy has a condition on `{field}`, and nothing says that the form has that field"
        settle = Settle(describe=f"clients[{request.client.index}].sends")
        return Verdict(Outcome.UNKNOWN, "form-policy-unknown", reason, "cos.signature.form-conditions", settle)
    fact = "cos.signature.form-conditions" if worst.condition is not None else "cos.signature.form-mandatory"
    if found.holds is Holds.NO and not _without_limit(worst, transfer, request):
        return Verdict(Outcome.BLOCKED, POLICY, f"the form does not meet its policy: {worst.reason}", fact)
    return Verdict(Outcome.UNKNOWN, "form-policy-unknown", worst.reason, fact, _settle(worst, request, transfer))


def _not_said_to_be_sent(request: Request, transfer: Transfer, policy: FormPolicy) -> str | None:
    """A field of the policy's conditions that no usual form has and that is not described; None where there is none."""
    if request.client.sends is not None and request.client.sends.form is not None:
        return None
    assert request.shape is not None
    known = {name.lower() for name in (*request.shape.form, *transfer.values)}
    known |= {"key", "bucket", "", "q-sign-time", "content-length-range", "x-cos-security-token"}
    if transfer.content_type is not None:
        known.add("content-type")
    if "x-cos-acl" in transfer.values:
        known.add("acl")
    return next((one.field for one in policy.conditions if one.name not in known), None)


def _without_limit(worst: Said, transfer: Transfer, request: Request) -> bool:
    """Is it refused for a size that nothing says is ever reached?"""
    by_size = worst.condition is not None and worst.condition.operator == "content-length-range"
    assert request.shape is not None
    over = request.shape.when.over
    return by_size and transfer.max_size is None and over is not None and over + 1 > transfer.min_size


def _settle(worst: Said, request: Request, transfer: Transfer) -> Settle:
    one = worst.condition
    if one is not None and one.operator == "content-length-range" and transfer.max_size is None:
        return Settle(describe=later.field(request, "max_size"))
    if one is not None and one.operator == "starts-with" and one.name.startswith("x-cos-"):
        return Settle(fact="cos.signature.form-conditions")
    return Settle(describe=later.field(request, "key" if one is None or one.name == "key" else "signature.form_policy"))

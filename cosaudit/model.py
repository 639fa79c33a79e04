"""The words of cosaudit as immutable values. Imports nothing of ours.

Named tuples, not dataclasses: as immutable and as small, and about a millisecond a class cheaper at start-up,
which every run of a command-line tool pays for.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Place(NamedTuple):
    """Where something stands: a file (or a command-line flag), line and column, both counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Places(Protocol):
    """Finds the place of a part of a configured value; made by whoever read the value."""

    def place(self, *path: str | int) -> Place:
        """The place of the value at `path` below this one, or of the nearest part above it that exists."""
        ...


class Api(Enum):
    """What sends a request; for WeChat also the domain list that it is checked against."""

    __hash__ = object.__hash__  # members are single: Enum's own hashes their names, in Python

    REQUEST = "request"
    UPLOAD_FILE = "uploadFile"
    DOWNLOAD_FILE = "downloadFile"
    FETCH = "fetch"


#: The three domain lists of a Mini Program that HTTP requests are checked against, in the console's order.
CATEGORIES = ("request", "uploadFile", "downloadFile")

#: The gates in the order in which a request meets them.
GATES = (
    "platform",
    "preflight",
    "address",
    "signature",
    "session",
    "issuer",
    "bucket",
    "object",
    "response",
)


class Form(Enum):
    """The forms of a host that COS (or something in front of it) answers on."""

    __hash__ = object.__hash__  # members are single: Enum's own hashes their names, in Python

    BUCKET = "bucket"  # <bucket>.cos.<region>.myqcloud.com
    REGIONAL = "regional"  # cos.<region>.myqcloud.com, the bucket in the path
    LEGACY = "legacy"  # <bucket>.<old region>.myqcloud.com
    LEGACY_REGIONAL = "legacy-regional"  # <old region>.myqcloud.com, the bucket in the path
    ACCELERATE = "accelerate"  # <bucket>.cos.accelerate.myqcloud.com
    BACKUP = "backup"  # <bucket>.cos.<region>.tencentcos.cn
    INTERNAL = "internal"  # <bucket>.cos-internal.<region>.tencentcos.cn
    INTERNAL_ACCELERATE = "internal-accelerate"  # <bucket>.cos-internal.accelerate.tencentcos.cn
    WEBSITE = "website"  # <bucket>.cos-website.<region>.myqcloud.com
    DUALSTACK = "dualstack"  # <bucket>.cos-dualstack.<region>.myqcloud.com
    SERVICE = "service"  # service.cos.myqcloud.com
    CI = "ci"  # <bucket>.ci.<region>.myqcloud.com: data processing, not storage
    PIC = "pic"  # <bucket>.pic.<region>.myqcloud.com: image processing
    CDN = "cdn"  # <bucket>.file.myqcloud.com: the old default CDN domain
    JSON_API = "json-api"  # hosts of the retired JSON API
    OTHER_COS = "other-cos"  # a COS domain of a form that we do not know
    CUSTOM = "custom"  # anything else: a domain bound to a bucket, or no COS at all


def bytes_text(number: int) -> str:
    """A number of bytes as people say it: `1 MiB`, `500 KiB`, `1234 B`."""
    if number >= 2**44:
        return f"{number / 2**40:.1f} TiB"
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if number >= size and number % (size // 4 if size > 2**10 else size) == 0:
            return f"{number / size:g} {unit}"
    return f"{number} B"


class When(NamedTuple):
    """The conditions under which a request is sent; all of them together."""

    over: int | None = None  # bytes: the object is larger than this
    up_to: int | None = None  # bytes: the object is not larger than this
    resume: bool = False
    abort: bool = False
    retry: str | None = None  # "network", "5xx" or "host"
    base_below: str | None = None  # the phone's WeChat base library is older than this
    never: bool = False

    def __str__(self) -> str:
        if self.never:
            return "never"
        words: list[str] = []
        if self.over is not None:
            words.append(f"over {self.over}")
        if self.up_to is not None:
            words.append(f"up to {self.up_to}")
        if self.resume:
            words.append("resume")
        if self.abort:
            words.append("abort")
        if self.retry is not None:
            words.append(f"retry: {self.retry}")
        if self.base_below is not None:
            words.append(f"base library below {self.base_below}")
        return ", ".join(words) or "always"


class Auth(Enum):
    """Who signs a client's requests, and with what kind of key."""

    __hash__ = object.__hash__  # members are single: Enum's own hashes their names, in Python

    CLIENT = "client"  # the client computes signatures with a temporary key
    SERVER_TEMPORARY = "server-temporary"  # a server hands over a signature made with a temporary key
    SERVER_PERMANENT = "server-permanent"  # the same with a permanent key: no token
    NONE = "none"  # anonymous


class Options(NamedTuple):
    """The SDK constructor's options that change what is sent; None = not given."""

    ForcePathStyle: bool | None = None
    UseAccelerate: bool | None = None
    Domain: str | None = None
    SimpleUploadMethod: str | None = None
    AutoSwitchHost: bool | None = None
    SliceSize: int | None = None
    Protocol: str | None = None


class Target(Enum):
    """Which host a request goes to, before bucket and region are known."""

    __hash__ = object.__hash__  # members are single: Enum's own hashes their names, in Python

    BUCKET = "bucket"
    REGION = "region"  # path style
    ACCELERATE = "accelerate"
    BACKUP = "backup"
    CUSTOM = "custom"  # the client's own host: option `Domain`, or `url`


class Shape(NamedTuple):
    """One request that a client sends, before bucket and key are put in."""

    api: Api
    method: str
    target: Target
    keyed: bool  # True: the path ends in the object key; False: it ends at the bucket's root
    query: tuple[str, ...]  # names, sorted
    headers: tuple[str, ...]  # names, lower case, sorted
    form: tuple[str, ...]  # names, in the order sent
    action: str  # `name/cos:PutObject`
    when: When


class Refusal(NamedTuple):
    """An SDK version cannot do an operation, or refuses an option: no request is sent."""

    code: str  # "operation-missing", "option-refused", "region-refused"
    reason: str
    fact: str
    option: str | None = None  # the option that is refused


class Outcome(Enum):
    """The outcome of one request at one gate."""

    __hash__ = object.__hash__  # members are single: Enum's own hashes their names, in Python

    PASS = "pass"  # noqa: S105
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    NOT_DESCRIBED = "not-described"
    NOT_APPLICABLE = "not-applicable"


class Settle(NamedTuple):
    """What would settle an unknown: a field to describe, or a fact that nobody knows."""

    describe: str | None = None
    fact: str | None = None


class Verdict(NamedTuple):
    """What one gate says of one request. `code` comes from a closed list per gate; rules go by it."""

    outcome: Outcome
    code: str
    reason: str
    fact: str | None = None
    settle: Settle | None = None
    missing: str | None = None  # for NOT_DESCRIBED: the field that would describe the gate


class Severity(Enum):
    """How much a finding matters, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


#: Severities, worst first.
SEVERITIES = tuple(Severity)


class Created(NamedTuple):
    """A creation date as written, and the days that it may stand for (written day, and day in UTC)."""

    text: str
    days: tuple[str, ...]  # ISO dates, one or two


class Bucket(NamedTuple):
    """A bucket and what its owner says of its settings; None = not described."""

    name: str
    region: str
    created: Created | None
    acl: Any
    cors: Any
    policy: Any
    referer: Any
    acceleration: bool | None
    strict_signature: bool | None
    versioning: bool | None
    domains: tuple[str, ...] | None
    owner: str | None
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls here
    at: Places

    @property
    def appid(self) -> str:
        """The account's APPID: the digits after the last hyphen."""
        return self.name.rpartition("-")[2]


class Listed(NamedTuple):
    """One entry of a domain list, as written."""

    text: str
    place: Place


class Allowlist(NamedTuple):
    """A Mini Program's domain lists. A category that is absent is not described.

    `unlabelled`: entries of a pasted text that does not say which list they are of.
    """

    lists: Mapping[str, tuple[Listed, ...]]
    places: Mapping[str, Place]  # where each list stands
    unlabelled: tuple[Listed, ...]
    place: Place
    notes: tuple[str, ...] = ()  # what a pasted text held that could not be read
    doubtful: bool = False  # some of that may be an entry


class Endpoint(NamedTuple):
    """Another URL that a client calls, and through which API."""

    url: str
    api: Api
    place: Place


class Sends(NamedTuple):
    """The names that hand-written code really sends."""

    form: tuple[str, ...] | None
    headers: tuple[str, ...] | None


class Sdk(NamedTuple):
    """The SDK of a client: `version` is the recorded one that it is judged as; None for `none` and for versions
    that are older than all that are recorded, where nothing may be taken for them."""

    package: str
    asked: str | None
    version: str | None
    assumption: str | None


class Client(NamedTuple):
    """A program that sends requests. `name` is None for the one that is assumed or made of flags."""

    name: str | None
    platform: str
    appid: str | None
    sdk: Sdk
    options: Options
    token_field: str | None
    addressing: str | None
    url: str | None
    signed_path: str | None
    sends: Sends | None
    endpoints: tuple[Endpoint, ...]
    base_library: str | None
    allowlist: Allowlist | None
    origins: tuple[str, ...] | None
    released: bool
    owner: str | None
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls here
    at: Places
    assumed: bool = False


class Part(NamedTuple):
    """A piece of an object key: literal text, or the name of a placeholder."""

    text: str
    placeholder: bool


class Placeholder(NamedTuple):
    """What a placeholder of keys and policies may hold.

    `alphabet`: ranges of code points, sorted and apart; None: any character. `most` None: no upper bound.
    """

    name: str
    identity: bool  # fixed for one session, such as the user's openid; otherwise anything that the client chooses
    source: str | None  # "server", "client", or not said
    alphabet: tuple[tuple[int, int], ...] | None
    least: int
    most: int | None
    declared: bool
    place: Place | None  # where it is declared


class Served(NamedTuple):
    """Who may get a key."""

    url: str | None
    login: str | None  # "required" or "none"
    scope_from: str | None  # "server" or "client"
    at: Places


class Issuer(NamedTuple):
    """Who asks STS for the key. `policy` is a cam Policy, or None."""

    kind: str | None  # "root", "sub-account" or "role"
    appid: str | None
    principal: str | None
    policy: Any
    at: Places


class Session(NamedTuple):
    """A kind of temporary key. `policy` is the cam Policy that STS is given; None: not described, or none is given.

    `source`: which field described it ("policy", "scopes", "helper"), None without any of them.
    """

    name: str
    policy: Any
    source: str | None
    helper: str | None  # `qcloud-cos-sts@3.1.3`
    api: str  # "GetFederationToken" or "AssumeRole"
    duration: int | None
    served: Served | None
    issuer: Issuer | None
    owner: str | None
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls here
    at: Places
    #: What an official helper makes of its arguments, where that is not what they say: (code, found, place).
    quirks: tuple[tuple[str, str, Place], ...] = ()


class Transfer(NamedTuple):
    """An upload or a download. `kind` is the list it stands in; `name` is None for those that are assumed."""

    kind: str  # "uploads" or "downloads"
    name: str | None
    client: int  # index into Inventory.clients
    bucket: int
    operation: str
    key: tuple[Part, ...]
    session: int | None  # index into Inventory.sessions
    signer: str | None
    signature: Any
    min_size: int
    max_size: int | None
    content_type: str | None
    headers: tuple[str, ...]  # lower-case names that the client sets
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls here
    at: Places
    values: Mapping[str, str] = {}  # header name, lower case → its value

    @property
    def auth(self) -> Auth:
        """Who signs, and with what kind of key (contract: `session`, `signer`, `signature.key`)."""
        if self.signer == "none":
            return Auth.NONE
        if self.signer == "server":
            kind = self.signature.get("key") if isinstance(self.signature, dict) else None
            if kind is None:
                kind = "permanent" if self.session is None else "temporary"
            return Auth.SERVER_TEMPORARY if kind == "temporary" else Auth.SERVER_PERMANENT
        return Auth.CLIENT


class Inventory(NamedTuple):
    """All that a configuration says."""

    source: str  # the file's name as given, `-` or the first flag
    regions: tuple[str, ...]  # ids that the user declares
    buckets: tuple[Bucket, ...]
    clients: tuple[Client, ...]
    transfers: tuple[Transfer, ...]
    sessions: tuple[Session, ...]
    placeholders: Mapping[str, Placeholder]  # those that keys and session policies use, and those that are declared
    described: frozenset[str]  # the fields that are read for form only, such as `versioning`
    policy: str | None  # audit.policy
    at: Places
    assumptions: tuple[str, ...]
    assumed_client: bool
    homes: Mapping[str, str]  # bucket → region


class Request(NamedTuple):
    """One HTTP request, symbolic where the key is."""

    flow: str | None
    operation: str | None
    client: Client
    bucket: Bucket | None
    transfer: Transfer | None
    endpoint: Endpoint | None
    shape: Shape | None  # None: no request is ever sent, see `refusal`
    refusal: Refusal | None
    prefix: str | None  # the URL before the slash that precedes the key
    page: str | None = None  # the protocol of the pages that send it, where other pages send to another URL

    @property
    def api(self) -> Api | None:
        """What sends it; None when it is never sent."""
        if self.endpoint is not None:
            return self.endpoint.api
        return self.shape.api if self.shape is not None else None

    @property
    def when(self) -> When:
        """When it is sent."""
        if self.endpoint is not None or (self.refusal is not None and self.refusal.code == "not-recorded"):
            return ALWAYS
        return self.shape.when if self.shape is not None else NEVER


ALWAYS = When()
NEVER = When(never=True)


class Finding(NamedTuple):
    """What a rule found: one edit at one place. All text is raw: the reporters escape it."""

    rule: str
    severity: Severity
    confidence: str  # "certain", "firm" or "tentative"
    title: str
    message: str
    gate: str
    place: Place
    subject: Mapping[str, str | None]
    affects: tuple[tuple[str | None, str], ...]  # (flow, when)
    witness: Mapping[str, str | None] | None
    fix: str
    docs: str
    owner: str | None  # who mends it, as the configuration says
    identity: str  # what stays the same when lines move; the fingerprint is its digest
    #: Words for people: (box of the console, sign, entry) of a change to a domain list.
    changes: tuple[tuple[str, str, str], ...] = ()
    phone: tuple[tuple[str, str], ...] = ()  # (what the phone shows, for what)
    note: str = ""  # what stands under the marked line

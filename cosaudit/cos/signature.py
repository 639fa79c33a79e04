"""The signature of COS requests (`q-sign-algorithm=sha1`): made, and read from where a request carries it.

Three forms: the header `Authorization` (or one form field `Signature` with the same text), the query of a signed URL,
and the fields of a POST form that sign a policy document and nothing else. Nothing here needs a key but what signs.
Sources: facts `cos.signature.*`; held against the official signers in tests/oracles/signature.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALGORITHM = "sha1"
TOKEN = "x-cos-security-token"  # noqa: S105

#: The parts of a signature, in their order.
PARTS = (
    "q-sign-algorithm",
    "q-ak",
    "q-sign-time",
    "q-key-time",
    "q-header-list",
    "q-url-param-list",
    "q-signature",
)
#: Those of a form that signs a policy document; the time of the condition `q-sign-time` stands in `q-key-time`.
POLICY_PARTS = ("q-sign-algorithm", "q-ak", "q-key-time", "q-signature")

_LISTS = ("q-header-list", "q-url-param-list")
_TIMES = ("q-sign-time", "q-key-time")
_HEX = re.compile(r"[0-9a-f]{40}\Z")
_SECONDS = re.compile(r"[0-9]{1,10}\Z")
_MILLISECONDS = re.compile(r"[0-9]{13}\Z")
#: Beginnings of signatures of other services, which people copy by mistake.
_OTHERS = {
    "TC3-HMAC-SHA256": "a signature of Tencent Cloud's API 3.0",
    "AWS4-HMAC-SHA256": "a signature of Amazon's form",
    "Bearer ": "a bearer token",
    "a=": "a signature of the retired JSON API",
}


class Times(NamedTuple):
    """When a signature is valid: seconds since 1970, both included."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """For how many seconds."""
        return self.end - self.start

    def __str__(self) -> str:
        return f"{self.start};{self.end}"


class Malformed(NamedTuple):
    """Something about a signature that is not as COS wants it. `part`: which part of it."""

    code: str
    part: str
    found: str
    expected: str


class Signed(NamedTuple):
    """What a request says of its own signature. What is missing or unreadable is None, and told in `problems`.

    `carrier`: `header`, `query`, `signature-field` (the whole text in one form field) or `policy` (form fields).
    """

    carrier: str
    algorithm: str | None
    secret_id: str | None
    sign_time: Times | None
    key_time: Times | None
    headers: tuple[str, ...] | None
    parameters: tuple[str, ...] | None
    signature: str | None
    token: str | None
    policy: str | None  # the document of a policy form, decoded
    problems: tuple[Malformed, ...]


# -- the canonical form ----------------------------------------------------------------------------------------------


def encode(text: str) -> str:
    """Text as names and values are encoded: all but letters, digits and `-_.~` as `%XX` of UTF-8.

    Source: cos.signature.encoding.
    """
    from urllib.parse import quote

    return quote(text.encode("utf-8", "surrogatepass"), safe="-_.~")


def canonical(pairs: Iterable[tuple[str, str]] | Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Headers or parameters as they are signed: names encoded, then lower case; values encoded; sorted by name."""
    items = pairs.items() if hasattr(pairs, "items") else pairs
    return tuple(sorted([(encode(name).lower(), encode(value)) for name, value in items], key=lambda item: item[0]))


def http_string(
    method: str,
    path: str,
    parameters: Iterable[tuple[str, str]] | Mapping[str, str] = (),
    headers: Iterable[tuple[str, str]] | Mapping[str, str] = (),
) -> str:
    """The text HttpString.

    Args:
        method: in any letter case.
        path: decoded, with its slash; it is signed as it is given.
        parameters: those that are signed; one without a value has the empty text.
        headers: those that are signed.

    Source: cos.signature.canonical.
    """
    joined = ["&".join([f"{name}={value}" for name, value in canonical(pairs)]) for pairs in (parameters, headers)]
    return f"{method.lower()}\n{path}\n{joined[0]}\n{joined[1]}\n"


def digest(text: str) -> str:
    """The SHA-1 of a text, in hex."""
    import hashlib

    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def string_to_sign(time: Times | str, http: str) -> str:
    """The text StringToSign of an HttpString."""
    return f"{ALGORITHM}\n{time}\n{digest(http)}\n"


def sign_key(secret_key: str, time: Times | str) -> str:
    """The key of a time: hex text, and as that text the key of the next step."""
    return _hmac(secret_key, str(time))


def _hmac(key: str, text: str) -> str:
    import hashlib
    import hmac

    return hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha1).hexdigest()


def sign(secret_key: str, time: Times | str, text: str) -> str:
    """The signature of a StringToSign."""
    return _hmac(sign_key(secret_key, time), text)


def authorization(
    secret_id: str,
    secret_key: str,
    time: Times | str,
    method: str,
    path: str,
    parameters: Iterable[tuple[str, str]] | Mapping[str, str] = (),
    headers: Iterable[tuple[str, str]] | Mapping[str, str] = (),
) -> str:
    """The value of the header `Authorization` (and of the form field `Signature`) for a request."""
    given = [tuple(pairs.items() if hasattr(pairs, "items") else pairs) for pairs in (headers, parameters)]
    lists = [";".join([name for name, _ in canonical(pairs)]) for pairs in given]
    text = string_to_sign(time, http_string(method, path, given[1], given[0]))
    values = (ALGORITHM, secret_id, str(time), str(time), *lists, sign(secret_key, time, text))
    return "&".join([f"{part}={value}" for part, value in zip(PARTS, values, strict=True)])


def policy_to_sign(document: str) -> str:
    """What a policy form signs: the digest of the document's text, no method, path or host."""
    return digest(document)


def form_fields(
    secret_id: str, secret_key: str, time: Times | str, document: str, token: str | None = None
) -> dict[str, str]:
    """The fields of a POST form that sign a policy document, in their order. Source: cos.signature.form-policy."""
    import base64

    fields = {
        "policy": base64.b64encode(document.encode()).decode(),
        "q-sign-algorithm": ALGORITHM,
        "q-ak": secret_id,
        "q-key-time": str(time),
        "q-signature": sign(secret_key, time, policy_to_sign(document)),
    }
    return fields if token is None else {**fields, TOKEN: token}


# -- reading ---------------------------------------------------------------------------------------------------------


def parse_authorization(text: str, carrier: str = "header", token: str | None = None) -> Signed:
    """The signature in the value of `Authorization`, or of the form field `Signature`."""
    problems: list[Malformed] = []
    stripped = text.strip()
    for begins, what in _OTHERS.items():
        if stripped.startswith(begins):
            expected = "a text that begins with `q-sign-algorithm=`"
            problems.append(Malformed("other-service", "q-sign-algorithm", what, expected))
            return _signed(carrier, {}, token, None, problems)
    if stripped != text:
        problems.append(Malformed("blank", "", "blanks or line ends around it", "the text alone"))
    if stripped[:1] in "\"'" and stripped[:1]:
        problems.append(Malformed("quotation", "", "quotation marks around it", "the text alone"))
        stripped = stripped.strip("\"'")
    if "&" not in stripped and "%26" in stripped:
        from urllib.parse import unquote

        problems.append(Malformed("encoded", "", "the whole text is percent-encoded", "the text as it was made"))
        stripped = unquote(stripped)
    pairs = [piece.partition("=")[::2] for piece in stripped.split("&") if piece]
    return _signed(carrier, _once(pairs, PARTS, problems), token, None, problems)


def parse_query(pairs: Iterable[tuple[str, str]]) -> Signed | None:
    """The signature in the decoded parameters of a URL; None when they hold none."""
    pairs = list(pairs)
    if not any(name in PARTS for name, _ in pairs):
        return None
    problems: list[Malformed] = []
    found = _once([(name, value) for name, value in pairs if name in PARTS], PARTS, problems)
    token = next((value for name, value in pairs if name.lower() == TOKEN), None)
    signed = _signed("query", found, token, None, problems)
    # the JavaScript SDKs put the list of encoded names into the URL as it is, so that it is decoded once too often
    lists = [
        None if names is None else tuple([name if "%" in name else encode(name).lower() for name in names])
        for names in (signed.headers, signed.parameters)
    ]
    return signed._replace(headers=lists[0], parameters=lists[1])


def parse_form(fields: Mapping[str, str]) -> Signed | None:
    """The signature in the fields of a form; None when they hold none."""
    token = next((value for name, value in fields.items() if name.lower() == TOKEN), None)
    whole = next((value for name, value in fields.items() if name.lower() == "signature"), None)
    if whole:
        return parse_authorization(whole, "signature-field", token)
    given = {name.lower(): value for name, value in fields.items()}
    if "policy" not in given and not any(part in given for part in POLICY_PARTS):
        return None
    problems: list[Malformed] = []
    found = {part: given[part] for part in POLICY_PARTS if part in given}
    return _signed("policy", found, token, _document(given.get("policy"), problems), problems)


def _document(encoded: str | None, problems: list[Malformed]) -> str | None:
    import base64
    import binascii

    if encoded is None:
        problems.append(Malformed("missing", "policy", "no `policy`", "the policy document in Base64"))
        return None
    try:
        return base64.b64decode("".join(encoded.split()), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        problems.append(Malformed("policy-encoding", "policy", "text that is no Base64 of UTF-8", "Base64"))
        return None


def _once(pairs: Iterable[tuple[str, str]], known: tuple[str, ...], problems: list[Malformed]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            lower = name.lower()
            expected = f"`{lower}`" if lower in known else "one of " + ", ".join([f"`{part}`" for part in known])
            problems.append(Malformed("unknown-part", "", "a part with another name", expected))
            if lower not in known:
                continue
            name = lower
        if name in found:
            problems.append(Malformed("repeated", name, f"`{name}` twice", "each part once"))
        found.setdefault(name, value)
    return found


def _signed(
    carrier: str, given: Mapping[str, str], token: str | None, policy: str | None, problems: list[Malformed]
) -> Signed:
    if not any(problem.code == "other-service" for problem in problems):
        for part in POLICY_PARTS if carrier == "policy" else PARTS:
            if part not in given:
                problems.append(Malformed("missing", part, f"no `{part}`", f"`{part}=…`"))
    algorithm = given.get("q-sign-algorithm")
    if algorithm not in (None, ALGORITHM):
        problems.append(Malformed("algorithm", "q-sign-algorithm", "another algorithm", f"`{ALGORITHM}`"))
    times = {part: _times(part, given[part], problems) for part in _TIMES if part in given}
    lists = {part: _names(part, given[part], problems) for part in _LISTS if part in given}
    signature = given.get("q-signature")
    if signature is not None and _HEX.match(signature) is None:
        problems.append(
            Malformed("signature-form", "q-signature", "no 40 lower-case hex digits", "40 lower-case hex digits")
        )
    if given.get("q-ak") == "":
        problems.append(Malformed("missing", "q-ak", "an empty `q-ak`", "a SecretId"))
    return Signed(
        carrier=carrier,
        algorithm=algorithm,
        secret_id=given.get("q-ak") or None,
        sign_time=times.get("q-sign-time"),
        key_time=times.get("q-key-time"),
        headers=lists.get("q-header-list"),
        parameters=lists.get("q-url-param-list"),
        signature=signature,
        token=token,
        policy=policy,
        problems=tuple(problems),
    )


def _times(part: str, text: str, problems: list[Malformed]) -> Times | None:
    expected = "two numbers of seconds since 1970, `START;END`"
    start, semicolon, end = text.partition(";")
    if not semicolon and "%3b" in text.lower():
        problems.append(Malformed("encoded", part, "a percent-encoded `;`", expected))
        return None
    if _MILLISECONDS.match(start) or _MILLISECONDS.match(end):
        problems.append(Malformed("milliseconds", part, "milliseconds", expected))
        return None
    if not semicolon or not _SECONDS.match(start) or not _SECONDS.match(end):
        what = "`NaN`" if "NaN" in text else "`undefined`" if "undefined" in text else "no two numbers"
        problems.append(Malformed("time", part, what, expected))
        return None
    times = Times(int(start), int(end))
    if times.end < times.start:
        problems.append(Malformed("time-order", part, "an end before the start", "an end after the start"))
    return times


def _names(part: str, text: str, problems: list[Malformed]) -> tuple[str, ...]:
    if ";" not in text and "%3B" in text:  # in a name the digits are in lower case
        problems.append(Malformed("encoded", part, "a percent-encoded `;`", "names with `;` between them"))
        text = text.replace("%3B", ";")
    names = tuple(text.split(";")) if text else ()
    if any(name != name.lower() for name in names):
        problems.append(Malformed("upper-case", part, "names with capital letters", "names in lower case"))
    elif list(names) != sorted(names):
        problems.append(Malformed("unsorted", part, "names that are not sorted", "names in alphabetical order"))
    if len(set(names)) < len(names):
        problems.append(Malformed("repeated", part, "a name twice", "each name once"))
    return names

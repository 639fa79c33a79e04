"""What was signed against what was sent: the differences that can be seen without the key, and what to change.

The SecretKey is never needed: COS says in its answer what it made of the request, and the signer's own text, or what a
configuration says of it, is the other side. What looks like a key or a token leaves this module as `***`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cosaudit import data
from cosaudit.cos import form_policy, signature
from cosaudit.cos.hosts import PATH_FORMS, classify
from cosaudit.model import Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cosaudit.cos.pasted_request import Sent, Server
    from cosaudit.cos.signature import Signed

#: The four lines of HttpString.
LINES = ("method", "path", "parameters", "headers")
HIDDEN = "***"

_KEY_NAME = r"(?i:[\w.$\[\]'\"-]*(?:secret_?key|sessiontoken|session_token|security_?-?token|password)[\w\]'\"]*)"
_NAMED = re.compile(rf"({_KEY_NAME}\s*(?:[:=]|%3[Dd])\s*)([^\s&;,]+)")
_ID = re.compile(r"AKID[A-Za-z0-9_-]{6,}")
_WORD = re.compile(r"[A-Za-z0-9+/]{43}=|[A-Za-z0-9+=_-]{30,}")
_SIGNATURE = re.compile(r"(q-signature=)([0-9A-Za-z]{6})[0-9A-Za-z]+")


class Row(NamedTuple):
    """One line of HttpString: as it was signed, as it was sent, as COS says it arrived; None: not known."""

    line: str
    signed: str | None
    sent: str | None
    arrived: str | None


class Difference(NamedTuple):
    """One thing in which what was signed and what was sent differ, or that COS refuses. All text is fit to print."""

    code: str
    text: str
    mend: str
    fact: str


class Explanation(NamedTuple):
    """What there is to say. `outcome`: `fit`, `differ` or `unknown`. `causes`: what may be, likeliest first."""

    outcome: str
    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    causes: tuple[Difference, ...]
    signed: Mapping[str, str | None]
    notes: tuple[str, ...]


class Known(NamedTuple):
    """What is known of the signer's side: of HttpString each line or None, and who says so."""

    method: str | None = None
    path: str | None = None
    parameters: str | None = None
    headers: str | None = None
    who: str = "the code"


def hide(text: str) -> str:
    """Text without what looks like a SecretKey, a token, a SecretId in full or a signature in full."""
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    text = _SIGNATURE.sub(rf"\1\2{HIDDEN}", text)
    text = _ID.sub(lambda found: f"{found[0][:4]}{HIDDEN}", text)
    return _WORD.sub(lambda found: HIDDEN if _random(found[0]) else found[0], text)


def _random(word: str) -> bool:
    """Capital letters, small letters and digits in turn, as in a key; a hash in hex or a name is none."""
    kinds = ["A" if char.isupper() else "a" if char.islower() else "0" for char in word if char.isalnum()]
    turns = sum(kinds[index] != kinds[index + 1] for index in range(len(kinds) - 1))
    return "A" in kinds and "a" in kinds and turns * 4 >= len(kinds)


def known_of(text: str) -> Known | None:
    r"""The signer's own HttpString, with line ends or with `\n` written out; None when it has not its four lines."""
    if "\n" not in text.strip("\n") and "\\n" in text:
        text = text.replace("\\n", "\n")
    lines = text.replace("\r\n", "\n").split("\n")
    while len(lines) > 4 and not lines[-1]:
        lines.pop()
    while len(lines) < 4:
        lines.append("")
    if len(lines) != 4 or not lines[1].startswith("/") or not lines[0].isalpha():
        return None
    return Known(*lines)


def explain(
    sent: Sent | None, server: Server | None, known: Known | None = None, now: int | None = None
) -> Explanation:
    """What can be said of a request.

    Args:
        sent: the request; None: only COS's answer is at hand.
        server: COS's answer; None: not at hand.
        known: what is known of the signer's side.
        now: seconds since 1970, when it was sent; None: not known, and nothing is said of its time.
    """
    return _Explainer(sent, server, known or Known(), now).all()


class _Explainer:
    def __init__(self, sent: Sent | None, server: Server | None, known: Known, now: int | None) -> None:
        self.sent = sent
        self.server = server
        self.known = known
        self.now = now
        self.differences: list[Difference] = []
        self.causes: list[Difference] = []
        self.notes: list[str] = []
        self.complete = False  # is all of the signer's side known?

    def differ(self, code: str, text: str, mend: str, fact: str) -> None:
        """Tell a difference, once."""
        one = Difference(code, hide(text), hide(mend), fact)
        if one not in self.differences:
            self.differences.append(one)

    def may_be(self, code: str, text: str, mend: str, fact: str) -> None:
        """Tell a cause that cannot be seen here."""
        self.causes.append(Difference(code, hide(text), hide(mend), fact))

    def all(self) -> Explanation:
        """Everything there is to say."""
        sent = self.sent
        if sent is None:
            rows = self._rows(None, None)
            self._answer(None)
            return self._done(None, rows)
        found = self._found(sent)
        if found is None:
            self.differ(
                "not-signed",
                "the request carries no signature: COS takes it for an anonymous one",
                "send the header Authorization, the form field Signature, or the parts q-… in the query",
                "cos.signature.parts",
            )
            return self._done(None, self._rows(sent, None))
        for problem in found.problems:
            where = f"`{problem.part}`: " if problem.part else ""
            mend = f"write {problem.expected}"
            self.differ(f"malformed-{problem.code}", f"{where}{problem.found}", mend, "cos.signature.parts")
        self._time(found)
        self._token(sent, found)
        if found.carrier == "policy":
            self._policy(sent, found)
            return self._done(found, ())
        rows = self._rows(sent, found)
        self._lists(sent, found)
        self._path(sent, found)
        self._lines(rows)
        self._order(found)
        self._answer(found)
        return self._done(found, rows)

    # -- the signature -----------------------------------------------------------------------------------------------

    def _found(self, sent: Sent) -> Signed | None:
        header = sent.header("authorization")
        token = sent.header(signature.TOKEN)
        of_query = signature.parse_query(sent.query)
        of_form = signature.parse_form(dict(sent.form))
        if of_form is not None and of_form.signature is None and not any("q-" in name for name, _ in sent.form):
            of_form = of_form if of_form.carrier == "signature-field" else None
        of_header = signature.parse_authorization(header, "header", token) if header else None
        every = [one for one in (of_header, of_form, of_query) if one is not None]
        if len({(one.secret_id, one.signature) for one in every}) > 1:
            self.notes.append("the request carries several signatures; the first one is looked at")
        return every[0] if every else None

    def _time(self, found: Signed) -> None:
        time = found.sign_time or found.key_time
        if found.sign_time is not None and found.key_time is not None and found.sign_time != found.key_time:
            self.notes.append("q-sign-time and q-key-time differ; the official signers write the same time into both")
        if time is None or self.now is None:
            return
        skew = data.fact("limits.clock.skew-max").value
        if self.now > time.end:
            self.differ(
                "expired",
                f"the signature ended {self.now - time.end} seconds before it was sent",
                "sign when the request is about to be sent; where the clock of whoever signs is wrong, take the "
                "server's time",
                "cos.signature.clock-error",
            )
        elif self.now < time.start:
            early = time.start - self.now
            more = f", more than the {skew} seconds that clocks may differ" if early > skew else ""
            self.differ(
                "not-yet-valid",
                f"the signature begins {early} seconds after it was sent{more}: the clock of whoever signs is ahead, "
                "or local time was taken for UTC",
                "take seconds since 1970 in UTC, from a clock that is right",
                "cos.signature.clock-error",
            )

    def _token(self, sent: Sent, found: Signed) -> None:
        places = {
            "header": sent.header(signature.TOKEN) is not None,
            "query": any(name.lower() == signature.TOKEN for name, _ in sent.query),
            "form": any(name.lower() == signature.TOKEN for name, _ in sent.form),
        }
        own = "form" if found.carrier in ("policy", "signature-field") else found.carrier
        others = [place for place, there in places.items() if there and place != own]
        if not places[own] and others:
            self.may_be(
                "token-elsewhere",
                f"the signature is in the {own} and `{signature.TOKEN}` in the {others[0]}",
                f"send the token where the signature is, in the {own}",
                "cos.signature.token",
            )
        elif not places[own]:
            self.may_be(
                "token-missing",
                f"if the key is a temporary one: `{signature.TOKEN}` is not sent",
                f"send the token of the same answer of STS as `{signature.TOKEN}` in the {own}",
                "cos.signature.token",
            )

    # -- what was sent -----------------------------------------------------------------------------------------------

    def _rows(self, sent: Sent | None, found: Signed | None) -> tuple[Row, ...]:
        arrived: list[str | None] = [None] * 4
        if self.server is not None and self.server.format_string is not None:
            lines = [*self.server.format_string.strip("\n").split("\n"), "", "", ""]
            arrived = list(lines[:4])
        of_sent: list[str | None] = [None] * 4
        if sent is not None:
            of_sent[0] = sent.method.lower() if sent.method is not None else None
            of_sent[1] = decoded(sent.path or "/")
            if found is not None:
                query = {signature.encode(name).lower(): value for name, value in sent.query}
                of_sent[2] = _line(found.parameters, query)
                headers = {signature.encode(name).lower(): value for name, value in sent.headers}
                if sent.host is not None:
                    headers["host"] = sent.host
                of_sent[3] = _line(found.headers, headers)
        return tuple([Row(*four) for four in zip(LINES, self.known[:4], of_sent, arrived, strict=True)])

    def _lists(self, sent: Sent, found: Signed) -> None:
        automatic = data.fact("cos.signature.automatic-headers").value
        there = {signature.encode(name).lower() for name, _ in sent.headers} | {"host"}
        lower = [name.lower() for name in found.headers or ()]
        for name in dict.fromkeys(lower):
            if name in there:
                continue
            if name in automatic:
                self.notes.append(f"`{name}` is signed; it is sent by itself, with a value that is not shown here")
                continue
            self.differ(
                "header-not-sent",
                f"`{name}` is in q-header-list, and the request has no such header",
                f"send `{name}` with the value that was signed, or leave it out of what is signed",
                "cos.signature.header-not-sent",
            )
        if found.headers is not None and "host" not in lower:
            self.notes.append("the host is not signed: this signature fits other buckets too")
        parameters = {signature.encode(name).lower() for name, _ in sent.query}
        for name in dict.fromkeys([name.lower() for name in found.parameters or ()]):
            if name not in parameters:
                self.differ(
                    "parameter-not-sent",
                    f"`{name}` is in q-url-param-list, and the URL has no such parameter",
                    f"send `{name}` in the URL, or leave it out of what is signed",
                    "cos.signature.canonical",
                )

    def _path(self, sent: Sent, found: Signed) -> None:
        path = sent.path or "/"
        if "+" in path:
            self.may_be(
                "plus",
                "the URL's path has a `+`, which COS may read as a blank",
                "write `%2B` for a plus and `%20` for a blank",
                "cos.signature.plus",
            )
        if re.search(r"%25[0-9A-Fa-f]{2}", path):
            self.may_be(
                "encoded-twice",
                "the URL's path has `%25` before two hex digits: it may be encoded twice",
                "encode the key once for the URL, and sign it decoded",
                "cos.signature.path",
            )
        if found.carrier == "signature-field" and sent.method not in (None, "POST"):
            self.differ(
                "form-method",
                f"a form is sent with POST, not {sent.method}",
                "send the form with POST",
                "cos.signature.form-signature",
            )
        if found.carrier == "signature-field" and self.known.path is None:
            bucket = classify(_bare(sent.host))[1]
            other = f"/{bucket}/" if bucket is not None and decoded(path) == "/" else "the object's key"
            self.may_be(
                "form-path",
                f"a form is signed for the path it is posted to, `{decoded(path)}`. The vendor's sample, with its flag "
                f"for the regional domain on, signs `{other}` and posts to the bucket's own domain",
                f"sign the method post and the path `{decoded(path)}`; `--signed-path` compares what your code signs",
                "cos.signature.post-path",
            )

    # -- line by line ------------------------------------------------------------------------------------------------

    def _lines(self, rows: tuple[Row, ...]) -> None:
        refused = self.server is not None and "SignatureDoesNotMatch" in f"{self.server.code} {self.server.message}"
        # the lists say which parameters and headers are signed; the path stands nowhere in the request's signature
        self.complete = rows[1].signed is not None and not refused
        for row in rows:
            other, place = (row.arrived, "arrived") if row.arrived is not None else (row.sent, "was sent")
            if row.line == "method" and row.signed is not None and row.signed != row.signed.lower():
                self.differ(
                    "method-case",
                    f"{self.known.who} signs the method `{row.signed}`, and HttpString has it in lower case",
                    f"sign `{row.signed.lower()}`",
                    "cos.signature.canonical",
                )
            if row.signed is not None and other is not None and not _alike(row.line, row.signed, other):
                getattr(self, f"_differ_{row.line}")(row.signed, other, place)
            if row.arrived is not None and row.sent is not None and not _alike(row.line, row.sent, row.arrived):
                self.differ(
                    f"{row.line}-changed-on-the-way",
                    f"the {row.line} that was sent, `{row.sent}`, is not the one that arrived, `{row.arrived}`",
                    "look for what stands between: a proxy that changes the host, a library that encodes the URL anew",
                    "cos.signature.error",
                )

    def _differ_method(self, signed: str, other: str, place: str) -> None:
        self.differ(
            "method",
            f"{self.known.who} signs the method `{signed}`, and `{other}` {place}",
            f"sign `{other}`",
            "cos.signature.canonical",
        )

    def _differ_path(self, signed: str, other: str, place: str) -> None:
        host = _bare(self.sent.host if self.sent is not None else None)
        form, bucket, _ = classify(host)
        text = f"{self.known.who} signs the path `{signed}`, and `{other}` {place}"
        mend, fact = f"sign `{other}`", "cos.signature.path"
        named = f"/{bucket}" if bucket is not None else None
        if form not in PATH_FORMS and named is not None and signed.rstrip("/") == f"{named}{other}".rstrip("/"):
            text += (
                f": the bucket stands in the signed path, as on the regional domain, and the request goes to `{host}`, "
                "which has it in the host. The vendor's sample does this with its flag for the regional domain on"
            )
            mend = f"switch the flag off: sign `{other}`"
            fact = "cos.signature.post-path"
        elif form in PATH_FORMS and other.endswith(signed) and other.count("/") > signed.count("/"):
            text += ": on the regional domain the bucket is part of the path"
        elif decoded(signed) == other:
            text += ": the signed path is percent-encoded, and COS takes the decoded one"
            mend = "sign the path decoded, and encode it in the URL only"
        elif self.sent is not None and self.sent.form and other.count("/") < signed.count("/") + 2:
            text += ": the key of a form is a field, and no part of its path"
        elif signed.replace("//", "/") == other.replace("//", "/") or f"/{signed}" == other:
            text += ": a slash is missing or stands twice"
        self.differ("path", text, mend, fact)

    def _differ_parameters(self, signed: str, other: str, place: str) -> None:
        self.differ(
            "parameters",
            f"{self.known.who} signs {_parameters(signed)}, and {_parameters(other)} {place.replace('was', 'were')}",
            "sign the parameters as they stand in the URL: names in lower case, sorted, values encoded",
            "cos.signature.encoding",
        )

    def _differ_headers(self, signed: str, other: str, place: str) -> None:
        mine, theirs = _pairs(signed), _pairs(other)
        for name in dict.fromkeys([*mine, *theirs]):
            if mine.get(name) == theirs.get(name):
                continue
            if name == "host":
                forms = {
                    Form.BACKUP: ", the backup domain",
                    Form.ACCELERATE: ", the acceleration domain",
                    Form.REGIONAL: ", the regional domain",
                    Form.CUSTOM: ", a custom domain",
                }
                what = forms.get(classify(_bare(theirs.get(name)))[0], "")
                self.differ(
                    "host",
                    f"{self.known.who} signs the host `{mine.get(name)}`, and the request goes to "
                    f"`{theirs.get(name)}`{what}",
                    "sign the host that is really called",
                    "cos.signature.host",
                )
            else:
                self.differ(
                    "header-value",
                    f"{self.known.who} signs `{name}: {decoded(mine.get(name, ''))}`, and "
                    f"`{decoded(theirs.get(name, ''))}` {place}",
                    f"send `{name}` with the value that was signed",
                    "cos.signature.header-not-sent",
                )
        if list(mine) != sorted(mine):
            self.differ("unsorted", "the signed headers are not sorted", "sort them by name", "cos.signature.encoding")

    def _order(self, found: Signed) -> None:
        """Names that the JavaScript signers put into another order in the list than in what they sign."""
        for names in (found.parameters or (), found.headers or ()):
            lower = [name.lower() for name in names]
            if sorted(lower) != sorted(lower, key=decoded):
                self.may_be(
                    "query-order",
                    "names here sort otherwise when encoded, which the official JavaScript signers get wrong",
                    "choose names without characters that are encoded, or sign with another signer",
                    "cos.signature.query-order",
                )

    # -- COS's answer ------------------------------------------------------------------------------------------------

    def _answer(self, found: Signed | None) -> None:
        server = self.server
        if server is None:
            return
        said = f"{server.code or ''} {server.message or ''}"
        if server.format_string is not None and server.string_to_sign is not None:
            lines = server.string_to_sign.strip("\n").split("\n")
            written = server.format_string.strip("\n").split("\n")
            whole = "\n".join([*written, *[""] * (4 - len(written))]) + "\n"
            if len(lines) == 3 and signature.digest(whole) != lines[2]:
                self.notes.append("FormatString does not hash to what StringToSign says: a blank or line end was lost")
            time = found.sign_time if found is not None else None
            if time is not None and len(lines) == 3 and lines[1] != str(time):
                self.notes.append("the time in StringToSign is not that of this signature: they are of two requests")
        expired = "expired" in said and "RequestTimeTooSkewed" not in said
        for words, code, mend in (
            (expired, "expired", "sign when the request is about to be sent; check the clock of whoever signs"),
            ("RequestTimeTooSkewed" in said, "clock", "set the clock of whoever signs, or take the server's time"),
        ):
            if words:
                self.may_be(f"answer-{code}", f"COS says: {said.strip()}", mend, "cos.signature.clock-error")
        if "InvalidAccessKeyId" in said:
            text = "COS does not know the SecretId: it is wrong, or a temporary one without its token"
            mend = "check q-ak letter by letter, and send the token"
            self.may_be("secret-id", text, mend, "cos.signature.token")
        if "SignatureDoesNotMatch" in said:
            text = "SecretKey and SecretId are not of one pair, or the SecretKey has a blank at an end"
            self.may_be("secret-key", text, "take both from one answer of STS", "cos.signature.error")

    # -- forms with a policy -----------------------------------------------------------------------------------------

    def _policy(self, sent: Sent, found: Signed) -> None:
        if found.policy is None:
            return
        policy = form_policy.loads(found.policy)
        fatal = [one for one in policy.oddities if one.fatal]
        for one in fatal:
            fact = "cos.signature.form-conditions"
            self.differ(f"policy-{one.code}", f"the policy has {one.found}", f"write {one.expected}", fact)
        if fatal:
            return
        form: dict[str, str | form_policy.Template | None] = dict(sent.form)
        bucket = classify(_bare(sent.host))[1]
        if bucket is None and (sent.path or "/").strip("/"):
            bucket = decoded(sent.path or "/").strip("/").partition("/")[0]
        answer = form_policy.evaluate(policy, form, bucket=bucket, now=self.now)
        for said in answer.said:
            if said.holds is form_policy.Holds.NO:
                secret = said.condition is not None and said.condition.name == signature.TOKEN
                text = "the token is not the one that the policy wants" if secret else said.reason
                mend = "change the form, or the condition in the policy"
                self.differ("condition", text, mend, "cos.signature.form-conditions")
            elif said.holds is form_policy.Holds.UNKNOWN:
                self.notes.append(hide(said.reason))
        self.complete = answer.holds is form_policy.Holds.YES

    def _done(self, found: Signed | None, rows: tuple[Row, ...]) -> Explanation:
        outcome = "differ" if self.differences else "fit" if self.complete else "unknown"
        told = {one.code for one in self.differences}
        causes = [one for one in self.causes if one.code not in told]
        if found is not None and outcome != "unknown":
            causes = [one for one in causes if one.code != "token-missing"]
        shown = [Row(row.line, *[None if text is None else hide(text) for text in row[1:]]) for row in rows]
        return Explanation(
            outcome, tuple(shown), tuple(self.differences), tuple(causes), _masked(found), tuple(map(hide, self.notes))
        )


def _masked(found: Signed | None) -> dict[str, str | None]:
    """The parts of a signature as they may be shown."""
    if found is None:
        return {}
    identity, signed = found.secret_id, found.signature
    return {
        "carrier": found.carrier,
        "q-sign-algorithm": hide(found.algorithm) if found.algorithm is not None else None,
        "q-ak": f"{identity[:4]}{HIDDEN}" if identity is not None else None,
        "q-sign-time": str(found.sign_time) if found.sign_time is not None else None,
        "q-key-time": str(found.key_time) if found.key_time is not None else None,
        "q-header-list": hide(";".join(found.headers)) if found.headers is not None else None,
        "q-url-param-list": hide(";".join(found.parameters)) if found.parameters is not None else None,
        "q-signature": f"{signed[:6]}{HIDDEN}" if signed is not None else None,
        "token": HIDDEN if found.token is not None else None,
    }


def decoded(text: str) -> str:
    """Percent-encoded text as text."""
    from urllib.parse import unquote

    return unquote(text)


def _bare(host: str | None) -> str:
    return (host or "").partition(":")[0].lower()


def _line(names: tuple[str, ...] | None, values: Mapping[str, str]) -> str | None:
    """The line of HttpString for a list of names; None where a value is not shown."""
    if names is None:
        return None
    lower = [name.lower() for name in names]
    if any(name not in values for name in lower):
        return None
    return "&".join([f"{name}={signature.encode(values[name])}" for name in lower])


def _pairs(line: str) -> dict[str, str]:
    return dict([piece.partition("=")[::2] for piece in line.split("&") if piece])


def _parameters(line: str) -> str:
    return f"the parameters `{line}`" if line else "no parameters"


def _alike(line: str, one: str, other: str) -> bool:
    """Are two lines the same? Letter case in a method is told on its own."""
    return one.lower() == other.lower() if line == "method" else one == other

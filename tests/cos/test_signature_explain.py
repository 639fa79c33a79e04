"""What was signed against what was sent: read from what people paste, compared line by line, and nothing given away."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.cos import signature
from cosaudit.cos.pasted_request import NotRead, Server, read, sent_of
from cosaudit.cos.signature import Times
from cosaudit.cos.signature_explain import Explanation, Known, explain, hide, known_of
from cosaudit.data import fact

BUCKET = "media-1250000000"
HOST = f"{BUCKET}.cos.ap-guangzhou.myqcloud.com"
REGIONAL = "cos.ap-guangzhou.myqcloud.com"
TIME = Times(1700000000, 1700003600)
ID, KEY = "AKIDexampleexampleexampleexample0000", "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH"
TOKEN = "yQ8xW2vB5nM1kJ4hG7fD0sA3pO6iU9yT-rE2wQ5"
SESSION = ("x-cos-security-token", TOKEN)
Pairs = tuple[tuple[str, str], ...]


def signed(method: str, path: str, query: Pairs = (), headers: Pairs = (("host", HOST),)) -> str:
    """A signature of our own."""
    return signature.authorization(ID, KEY, TIME, method, path, query, headers)


def told(
    method: str, url: str, made: str, *, headers: Pairs = (SESSION,), known: Known | None = None,
    server: Server | None = None, now: int | None = None,
) -> Explanation:  # fmt: skip
    """What is said of a request with a header Authorization."""
    return explain(sent_of(method, url, (("Authorization", made), *headers), ()), server, known, now)


def codes(found: Explanation) -> list[str]:
    """The codes of the differences."""
    return [one.code for one in found.differences]


def http(text: str) -> Known:
    """An HttpString as the signer logs it."""
    known = known_of(text)
    assert known is not None
    return known


# -- differences -----------------------------------------------------------------------------------------------------


def test_a_request_that_fits_is_said_to_fit() -> None:
    """The signer's own text, the request and COS's view are the same."""
    text = signature.http_string("put", "/图/a b.png", (), {"host": HOST})
    server = Server(None, None, signature.string_to_sign(TIME, text), text)
    found = told("PUT", f"https://{HOST}/%E5%9B%BE/a%20b.png", signed("put", "/图/a b.png"),
                 known=http(text), server=server, now=TIME.start)  # fmt: skip
    assert (found.outcome, codes(found), found.notes) == ("fit", [], ())
    assert [len(set(row[1:])) for row in found.rows] == [1, 1, 1, 1]


def test_without_the_signers_side_nothing_is_sure() -> None:
    """The path stands nowhere in a signature."""
    found = told("PUT", f"https://{HOST}/a", signed("put", "/b"))
    assert (found.outcome, codes(found)) == ("unknown", [])


@pytest.mark.parametrize(
    ("url", "path", "words"),
    [
        (f"https://{HOST}/", f"/{BUCKET}/", "flag for the regional domain"),
        (f"https://{HOST}/a.jpg", f"/{BUCKET}/a.jpg", "flag for the regional domain"),
        (f"https://{REGIONAL}/{BUCKET}/a.jpg", "/a.jpg", "the bucket is part of the path"),
        (f"https://{HOST}/a%20b", "/a%20b", "percent-encoded"),
        (f"https://{HOST}/a/b", "/a//b", "a slash"),
        (f"https://{HOST}/a", "/b", "signs the path `/b`, and `/a` was sent"),
    ],
)
def test_a_path_that_differs_has_its_likeliest_reason(url: str, path: str, words: str) -> None:
    """The vendor's flag, a forgotten bucket, an encoded path, a slash."""
    found = told("PUT", url, signed("put", path), known=Known(path=path))
    assert found.outcome == "differ" and codes(found) == ["path"]
    assert words in found.differences[0].text


def test_each_line_is_compared() -> None:
    """Method, parameters, a header's value and the host."""
    text = signature.http_string("post", "/a", {"uploads": ""}, {"host": "files.example.com", "x-cos-acl": "private"})
    made = signature.authorization(ID, KEY, TIME, "post", "/a", {"uploads": ""}, {"host": HOST, "x-cos-acl": "private"})
    found = told("PUT", f"https://{HOST}/a?uploads=1", made, headers=(SESSION, ("x-cos-acl", "public-read")),
                 known=http(text))  # fmt: skip
    assert sorted(codes(found)) == ["header-value", "host", "method", "parameters"]


@pytest.mark.parametrize(
    ("host", "words"),
    [
        (f"{BUCKET}.cos.ap-guangzhou.tencentcos.cn", "the backup domain"),
        (f"{BUCKET}.cos.accelerate.myqcloud.com", "the acceleration domain"),
        ("files.example.com", "a custom domain"),
        (REGIONAL, "the regional domain"),
    ],
)
def test_a_host_that_differs_is_called_by_its_kind(host: str, words: str) -> None:
    """What people switch on, and then forget in the signer."""
    text = signature.http_string("put", "/a", (), {"host": HOST})
    found = told("PUT", f"https://{host}/a", signed("put", "/a"), known=http(text))
    assert codes(found) == ["host"] and words in found.differences[0].text


def test_lists_are_held_against_what_was_sent() -> None:
    """A header or parameter that is signed and not there; what is sent by itself is only mentioned."""
    headers = (("content-length", "1"), ("host", HOST), ("x-cos-acl", "private"))
    made = signed("put", "/a", (("uploadId", "1"),), headers)
    found = told("PUT", f"https://{HOST}/a", made)
    assert sorted(codes(found)) == ["header-not-sent", "parameter-not-sent"]
    assert any("content-length" in note for note in found.notes)
    assert told("PUT", f"https://{HOST}/a?uploadId=1", signed("put", "/a", (("uploadId", "1"),))).outcome == "unknown"


@pytest.mark.parametrize(
    ("now", "code", "words"),
    [
        (TIME.start - 60, "not-yet-valid", "60 seconds after"),
        (TIME.start - 8 * 3600, "not-yet-valid", "more than the 900 seconds"),
        (TIME.start, None, ""),
        (TIME.end, None, ""),
        (TIME.end + 1, "expired", "1 seconds before"),
    ],
)
def test_the_time_of_a_signature(now: int, code: str | None, words: str) -> None:
    """Both ends are within; the clock of whoever signs is what is wrong."""
    found = told("PUT", f"https://{HOST}/a", signed("put", "/a"), now=now)
    assert codes(found) == ([] if code is None else [code])
    assert code is None or words in found.differences[0].text


@pytest.mark.parametrize(
    ("url", "made", "code"),
    [
        (f"https://{HOST}/a+b", signed("put", "/a+b"), "plus"),
        (f"https://{HOST}/a%2520b", signed("put", "/a b"), "encoded-twice"),
        (f"https://{HOST}/?a%3Ab=1&a-b=2", signed("get", "/", (("a:b", "1"), ("a-b", "2"))), "query-order"),
    ],
)
def test_what_may_be_wrong_is_named(url: str, made: str, code: str) -> None:
    """Things that cannot be proved from here, each with its fact."""
    found = told("PUT", url, made)
    assert found.outcome == "unknown"
    assert [one.code for one in found.causes] == [code]


def test_a_token_that_is_missing_may_be_the_cause() -> None:
    """A permanent key has none; one in another place may not be seen."""
    found = told("PUT", f"https://{HOST}/a", signed("put", "/a"), headers=())
    assert [one.code for one in found.causes] == ["token-missing"]
    found = told("PUT", f"https://{HOST}/a?x-cos-security-token=abc", signed("put", "/a"), headers=())
    assert [one.code for one in found.causes] == ["token-elsewhere"]


def test_a_malformed_signature_is_a_difference() -> None:
    """Lists that are not sorted, a name in capital letters, a time that is no number."""
    made = signed("put", "/a", (), (("host", HOST), ("x-cos-acl", "private")))
    for old, new, code in (
        ("host;x-cos-acl", "x-cos-acl;host", "malformed-unsorted"),
        ("host;x-cos-acl", "Host;x-cos-acl", "malformed-upper-case"),
        ("q-sign-time=1700000000", "q-sign-time=NaN", "malformed-time"),
    ):
        found = told("PUT", f"https://{HOST}/a", made.replace(old, new), headers=(SESSION, ("x-cos-acl", "private")))
        assert codes(found) == [code]


def test_no_signature_at_all_is_told() -> None:
    """An anonymous request."""
    assert codes(explain(sent_of("PUT", f"https://{HOST}/a", (), ()), None)) == ["not-signed"]


# -- COS's answer ----------------------------------------------------------------------------------------------------


def answer(text: str, code: str = "SignatureDoesNotMatch", time: Times = TIME) -> Server:
    """What COS says of a request that arrived as this HttpString."""
    return Server(code, "", signature.string_to_sign(time, text), text)


def test_what_arrived_is_held_against_what_was_signed_and_sent() -> None:
    """A proxy that changes the host; a `+` that is read as a blank."""
    made = signed("put", "/a")
    text = signature.http_string("put", "/a", (), {"host": "proxy.example.com"})
    found = told("PUT", f"https://{HOST}/a", made, server=answer(text))
    assert codes(found) == ["headers-changed-on-the-way"]
    text = signature.http_string("put", "/a b", (), {"host": HOST})
    found = told("PUT", f"https://{HOST}/a+b", signed("put", "/a+b"), server=answer(text))
    assert codes(found) == ["path-changed-on-the-way"] and found.causes[0].code == "plus"


def test_a_signer_whose_text_is_the_one_that_arrived_has_another_key() -> None:
    """Everything fits and COS refuses it: what is left is the key."""
    text = signature.http_string("put", "/a", (), {"host": HOST})
    found = told("PUT", f"https://{HOST}/a", signed("put", "/a"), known=http(text), server=answer(text))
    assert found.outcome == "unknown" and "secret-key" in [one.code for one in found.causes]


def test_an_answer_that_is_not_of_this_request_is_noticed() -> None:
    """Another time, or a text that lost a blank when it was copied."""
    text = signature.http_string("put", "/a", (), {"host": HOST})
    other = Times(TIME.start + 1, TIME.end)
    found = told("PUT", f"https://{HOST}/a", signed("put", "/a"), server=answer(text, time=other))
    assert any("two requests" in note for note in found.notes)
    lost = answer(text)._replace(format_string=text.replace("put", "pu"))
    assert any("was lost" in note for note in explain(None, lost).notes)


@pytest.mark.parametrize(
    ("code", "cause"),
    [("InvalidAccessKeyId", "secret-id"), ("RequestTimeTooSkewed", "answer-clock"), ("AccessDenied", None)],
)
def test_an_error_code_alone_says_something(code: str, cause: str | None) -> None:
    """Without the request there is only what may be."""
    found = explain(None, Server(code, "", None, None))
    assert found.outcome == "unknown" and [one.code for one in found.causes] == ([cause] if cause else [])


# -- forms -----------------------------------------------------------------------------------------------------------


def test_a_form_with_the_field_signature() -> None:
    """The path that it is posted to is what is signed; without the signer's side the vendor's flag comes first."""
    fields = (("key", "avatars/u1/1.jpg"), ("Signature", signed("post", f"/{BUCKET}/", (), ())), SESSION)
    sent = sent_of("POST", f"https://{HOST}/", (), fields)
    found = explain(sent, Server("SignatureDoesNotMatch", "", None, None))
    assert found.outcome == "unknown" and found.causes[0].code == "form-path"
    assert f"/{BUCKET}/" in found.causes[0].text
    found = explain(sent, None, Known(path=f"/{BUCKET}/", who="the code"))
    assert codes(found) == ["path"] and found.differences[0].mend == "switch the flag off: sign `/`"


def test_a_form_with_a_policy_is_held_against_it() -> None:
    """Each condition; all of it is in the form, so it can be said to fit."""
    document = (
        '{"expiration": "2023-11-14T23:00:00Z", "conditions": [{"q-sign-algorithm": "sha1"}, {"q-ak": "' + ID + '"}, '
        '{"q-sign-time": "' + str(TIME) + '"}, {"bucket": "' + BUCKET + '"}, ["starts-with", "$key", "avatars/"]]}'
    )
    fields = {"key": "avatars/1.jpg", **signature.form_fields(ID, KEY, TIME, document, TOKEN)}

    def of(changed: dict[str, str], host: str = HOST, now: int = TIME.start) -> Explanation:
        return explain(sent_of("POST", f"https://{host}/", (), tuple({**fields, **changed}.items())), None, None, now)

    assert of({}).outcome == "fit"
    assert of({}, now=TIME.start + 4000).outcome == "differ"
    for changed in ({"key": "photos/1.jpg"}, {"q-ak": "AKIDotherotherother"}, {"q-key-time": "1;2"}):
        assert codes(of(changed, now=1)) != [] and "condition" in codes(of(changed))
    assert codes(of({}, host=HOST.replace("media", "other"))) == ["condition"]
    assert codes(of({"policy": "e30="})) == ["policy-no-expiration", "policy-no-conditions"]


# -- what people paste -----------------------------------------------------------------------------------------------

RAW = f"""PUT /a%20b.jpg?x=1&y HTTP/1.1
Host: {HOST}
Content-Type: image/jpeg
Authorization: {signed("put", "/a b.jpg")}

HTTP/1.1 403 Forbidden
Content-Type: application/xml

<?xml version='1.0' encoding='utf-8' ?>
<Error>
\t<Code>SignatureDoesNotMatch</Code>
\t<Message>The Signature you specified is invalid.</Message>
\t<StringToSign>sha1
{TIME}
0
</StringToSign>
\t<FormatString>put
/a b.jpg

host={HOST}
</FormatString>
\t<Resource>{HOST}/a b.jpg?a=1&amp;b</Resource>
</Error>
"""


def test_a_raw_request_with_its_answer_is_read() -> None:
    """As a proxy shows it: headers in any letter case, the answer behind it."""
    found = read(RAW)
    assert found.problem is None and found.sent is not None and found.server is not None
    assert (found.sent.method, found.sent.host, found.sent.path) == ("PUT", HOST, "/a%20b.jpg")
    assert found.sent.query == (("x", "1"), ("y", "")) and found.sent.header("content-type") == "image/jpeg"
    assert found.server.code == "SignatureDoesNotMatch"
    assert found.server.format_string == f"put\n/a b.jpg\n\nhost={HOST}\n"


def test_a_multipart_body_gives_the_fields() -> None:
    """The file's own part has no value that matters."""
    body = 'Content-Disposition: form-data; name="{}"{}\n\n{}\n'
    parts = "--b\n".join(["", body.format("key", "", "a.jpg"), body.format("file", '; filename="x"', "DATA")])
    text = f"POST / HTTP/1.1\nHost: {HOST}\nContent-Type: multipart/form-data; boundary=b\n\n{parts}--b--\n"
    found = read(text.replace("\n", "\r\n")).sent
    assert found is not None and found.form == (("key", "a.jpg"), ("file", ""))


@pytest.mark.parametrize(
    ("command", "method", "headers", "form"),
    [
        (f"curl https://{HOST}/a", "GET", 0, 0),
        (f"$ curl -X DELETE 'https://{HOST}/a' -H 'Authorization: x' --compressed", "DELETE", 1, 0),
        (f'curl -T a.jpg -H "x-cos-acl: private" \\\n  https://{HOST}/a', "PUT", 1, 0),
        (f"curl --form key=a --form-string 'Signature=@b' -F file=@c https://{HOST}/", "POST", 0, 3),
        (f"curl -XPUT --url=https://{HOST}/a --data-binary @a -o /dev/null", "PUT", 0, 0),
        (f"curl -I {HOST}/a", "HEAD", 0, 0),
    ],
)
def test_a_curl_command_is_read(command: str, method: str, headers: int, form: int) -> None:
    """The options that matter, and those that take a value and do not."""
    found = read(command).sent
    assert found is not None
    assert (found.method, len(found.headers), len(found.form)) == (method, headers, form)
    assert found.host == HOST


@pytest.mark.parametrize(
    "text", ["", "hello", "curl", "curl 'https://a", "PUT /a HTTP/1.1", "PUT ftp://a/b", "x" * 2**21]
)
def test_what_is_no_request_is_told(text: str) -> None:
    """With nothing of it repeated."""
    found = read(text)
    assert found.sent is None and found.server is None and found.problem
    assert len(found.problem) < 80


@given(st.text())
def test_nothing_that_is_pasted_raises(text: str) -> None:
    """Whatever it is, alone or as a part."""
    for whole in (
        text,
        f"curl {text}",
        f'curl ^"{text}',
        f"fetch({text}",
        f"iwr -Uri {text}",
        f"PUT https://{HOST}/{text}",
        f"<Error><Code>{text}</Code></Error>",
    ):
        found = read(whole)
        explain(found.sent, found.server)
    try:
        sent = sent_of("PUT", f"https://{HOST}/{text}", (("authorization", text),), (("policy", text),))
    except NotRead:
        return
    explain(sent, None, known_of(text), 0)


@pytest.mark.parametrize(
    ("command", "method", "path"),
    [
        (f"curl -sX PUT https://{HOST}/a", "PUT", "/a"),
        (f"curl -sSLo out.txt --preproxy p.example.com:1 https://{HOST}/a | jq .", "GET", "/a"),
        (f"curl -G https://{HOST}/a -d x=1 --data-urlencode 'y=a b'", "GET", "/a"),
        (f"curl -T dir/a.jpg https://{HOST}/d/", "PUT", "/d/a.jpg"),
        (f"curl -T a.jpg https://{HOST}", "PUT", "/a.jpg"),
        (f"curl 'https://{HOST}/a' --data-raw $'it\\'s \\u0041 https://evil.example.com/'", "POST", "/a"),
        (f'curl ^"https://{HOST}/a^%^20b?x=1^&y=a^%^20b^" ^\n  -X ^"PUT^" ^\n  -H ^"x: ^\\^"1^\\^"^"', "PUT", "/a%20b"),
    ],
)
def test_a_curl_command_is_read_as_the_shell_and_curl_read_it(command: str, method: str, path: str) -> None:
    """Bundled options, values, `-G`, `-T` to a folder, ANSI-C quotation marks, the form for Windows."""
    sent = read(command).sent
    assert sent is not None and (sent.method, sent.host, sent.path) == (method, HOST, path)
    assert sent.query in ((), (("x", "1"), ("y", "a b")))
    assert bool(sent.query) == ("-G" in command or "?" in command)


@pytest.mark.parametrize(
    "command",
    [
        "curl --frobnicate a.example.com", "curl a.example.com b.example.com", 'curl -X PUT "https://$HOST/a"',
        f"curl https://{HOST}/a https://{HOST}/b", "curl -o https://a.example.com/", f"curl -K f https://{HOST}/a",
        f"curl -H @headers https://{HOST}/a", f"curl -G -d @f https://{HOST}/a", f"curl https://{HOST}/[1-3]",
    ],
)  # fmt: skip
def test_a_url_that_is_not_certain_is_never_guessed(command: str) -> None:
    """A value of an option, two URLs, a variable, what stands in a file."""
    found = read(command)
    assert found.sent is None and found.problem is not None


FETCH = f"""fetch("https://{HOST}/a?x=1", {{
  "headers": {{ "Authorization": "q-ak=1", "x-cos-acl": "a\\"b" }},
  "body": null, "method": "PUT", "mode": "cors"
}});"""
POWERSHELL = f"""$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession
Invoke-WebRequest -UseBasicParsing -Uri "https://{HOST}/a?x=1" `
-Method "PUT" `
-WebSession $session `
-Headers @{{
"Authorization"="q-ak=1"
  "x-cos-acl"="a`"b"
}}"""


@pytest.mark.parametrize("text", [FETCH, POWERSHELL])
def test_what_a_browser_copies_is_read(text: str) -> None:
    """Method, URL and headers of a copied fetch and of a copied Invoke-WebRequest."""
    sent = read(text).sent
    assert sent is not None and (sent.method, sent.host, sent.path, sent.query) == ("PUT", HOST, "/a", (("x", "1"),))
    assert sent.header("authorization") == "q-ak=1" and sent.header("x-cos-acl") == 'a"b'


@pytest.mark.parametrize(
    "text",
    [
        FETCH.replace('"headers": {', '"headers": { ...more,'), f"axios.put('https://{HOST}/a')",
        POWERSHELL.replace('"q-ak=1"', "$made"), POWERSHELL.replace("q-ak=1", "$made"), f"fetch(`https://{HOST}/a`)",
    ],
)  # fmt: skip
def test_code_that_is_none_of_the_forms_is_no_request_without_a_signature(text: str) -> None:
    """A URL in it is not enough."""
    found = read(text)
    assert found.sent is None and found.problem is not None


def test_a_method_in_capital_letters_is_signed_wrongly() -> None:
    """HttpString has the method in lower case; the request's own method may be in capitals."""
    found = told("PUT", f"https://{HOST}/a", signed("put", "/a"), known=http(f"PUT\\n/a\\n\\nhost={HOST}\\n"))
    assert found.outcome == "differ" and codes(found) == ["method-case"]
    assert found.differences[0].mend == "sign `put`"


def test_no_parameters_are_called_so() -> None:
    """An empty line is not shown between quotation marks."""
    found = told("PUT", f"https://{HOST}/a", signed("put", "/a"), known=http(f"put\n/a\nx=1\nhost={HOST}\n"))
    assert [one.text for one in found.differences] == [
        "the code signs the parameters `x=1`, and no parameters were sent"
    ]


# -- nothing is given away -------------------------------------------------------------------------------------------

SECRETS = (KEY, TOKEN, ID, "dGhpcyBpcyBhIHNlY3JldCBrZXkgb2YgNDQgY2hhcnM=")


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "words", ["{}", "SecretKey={}", "secret_key: {}", '"tmpSecretKey": "{}"', "sessionToken={}&a=1", "/a/{}/b"]
)
def test_what_looks_like_a_key_is_hidden(secret: str, words: str) -> None:
    """By its look, or by the name before it."""
    assert secret not in hide(words.format(secret))


@pytest.mark.parametrize("short", ["SecretKey=abc", "SecretKey: abc", "tmp_secret_key%3Dabc", "security-token=abc"])
def test_what_is_called_a_key_is_hidden_however_it_looks(short: str) -> None:
    """A short or plain one too."""
    assert "abc" not in hide(short)


@pytest.mark.parametrize(
    "text",
    [
        "/avatars/oGZUI0egBJY1zhBYw2KhdUfwVJJE/1.jpg", "5d1e90c2b7a9f3e8d4c6a1b0e9f8d7c6b5a4f3e2", HOST,
        "content-length;content-type;host;x-cos-acl", "/a/IMG_20231101_Portrait-of-a-Lady.jpg", "1700000000;1700003600",
        "PostObject with success_action_redirect_and_more",
    ],
)  # fmt: skip
def test_what_is_no_key_is_shown(text: str) -> None:
    """Users, hashes, hosts, lists of names."""
    assert hide(text) == text


@pytest.mark.parametrize("place", ["path", "query", "header", "form", "known", "answer", "id"])
@pytest.mark.parametrize("secret", [KEY, TOKEN])
def test_no_explanation_holds_a_secret_of_its_input(place: str, secret: str) -> None:
    """Wherever it stands: path, parameter, header, form, the signer's text, COS's answer, the SecretId."""
    identity = secret if place == "id" else ID
    made = signature.authorization(identity, KEY, TIME, "put", "/a", {"b": ""}, {"x-cos-meta-a": ""})
    parts: dict[str, Any] = {name: (secret if place == name else "x") for name in ("path", "query", "header", "form")}
    sent = sent_of(
        "PUT", f"https://{HOST}/{parts['path']}?b={parts['query']}",
        (("authorization", made), ("x-cos-meta-a", parts["header"])),
        (("Signature", parts["form"]), ("q-ak", parts["form"]), ("x-cos-security-token", secret)),
    )  # fmt: skip
    text = f"put\n/{secret if place == 'known' else 'k'}\nb=c\nx-cos-meta-a=d\n"
    server = Server("SignatureDoesNotMatch", "", "", text.replace("k", secret) if place == "answer" else text)
    for known in (http(text), None):
        assert secret not in str(explain(sent, server, known, 5))
    assert re.search(r"AKID[A-Za-z0-9]", str(explain(sent, server, http(text), 5))) is None


def test_every_fact_that_is_named_exists() -> None:
    """Differences and causes lead to facts."""
    made = signed("put", "/x", (("a:b", ""), ("a-b", "")), (("x-cos-acl", ""),))
    server, known = answer("get\n/b\n\n\n"), http("post\n/c\n\n\n")
    found = told("GET", f"https://{HOST}/a+b%2520?a%3Ab=1&a-b=2", made, headers=(), now=1, server=server, known=known)
    assert len(found.differences) > 5 and len(found.causes) > 2
    assert all(fact(one.fact) for one in (*found.differences, *found.causes))

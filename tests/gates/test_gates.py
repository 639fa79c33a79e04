"""The gates, and recorded failures re-told in the configuration's language: which gate stops which request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.config.load import load
from cosaudit.flows import origin, page_origins, url
from cosaudit.gates import BUILT, JUDGES, judge, platform
from cosaudit.model import GATES, Client, Inventory, Options, Outcome, Request, Sdk
from cosaudit.run import Judged, Run

HOST = "https://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com"


def judged(text: str, folder: Path) -> list[Judged]:
    """The requests of a configuration with their verdicts."""
    return list(Run(inventory(text, folder)).judged)


def inventory(text: str, folder: Path) -> Inventory:
    """A configuration's inventory."""
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return load(str(path))


def stopped(rows: list[Judged]) -> set[tuple[str, str | None, str]]:
    """(gate, category, code) of everything that is blocked."""
    return {
        (gate, row.request.api.value if row.request.api is not None else None, verdict.code)
        for row in rows
        for gate, verdict in zip(GATES, row.verdicts, strict=True)
        if verdict.outcome is Outcome.BLOCKED
    }


def case(client: str, allowlist: str, *, bucket: str = "created: 2023-05-01", operation: str = "postObject") -> str:
    """The bucket and key of the recorded failures."""
    return f"""
version: 1
buckets: [{{name: examplebucket-1250000000, region: ap-guangzhou, {bucket}}}]
clients:
  - {{name: app, platform: wechat-miniprogram, {client}, endpoints: [https://api.example.com/sts],
     allowlist: {allowlist}}}
uploads:
  - {{name: a, client: app, bucket: examplebucket-1250000000, operation: {operation}, key: uploads/a.jpg,
     max_size: 300000}}
"""


OWN = "https://api.example.com"
REGIONAL = "https://cos.ap-guangzhou.myqcloud.com"


def lists(request: list[str], upload: list[str]) -> str:
    """A described allowlist; a list of strings reads the same in Python and in YAML."""
    return f"{{request: {request}, uploadFile: {upload}, downloadFile: []}}"


#: Failure → configuration, and all that is blocked: (gate, category, code).
CASES: dict[str, tuple[str, set[tuple[str, str | None, str]]]] = {
    # cos-wx-sdk-v5 since 1.5.0: the constructor throws
    "AD01 force path style, new SDK": (
        case(
            "sdk: cos-wx-sdk-v5@1.7.2, options: {ForcePathStyle: true}",
            lists([OWN, REGIONAL], [REGIONAL]),
        ),
        {("address", None, "option-refused")},
    ),
    # notice 436/96243: buckets made after 2024-01-01
    "AD02 path style, new bucket": (
        case(
            "sdk: none, signed_path: '/{bucket}/', url: 'https://cos.ap-guangzhou.myqcloud.com/{bucket}/'",
            lists([OWN], [REGIONAL]),
            bucket="created: 2024-03-15",
        ),
        {("address", "uploadFile", "path-style-refused")},
    ),
    "AD02 the same, an older bucket": (
        case(
            "sdk: none, signed_path: '/{bucket}/', url: 'https://cos.ap-guangzhou.myqcloud.com/{bucket}/'",
            lists([OWN], [REGIONAL]),
        ),
        set(),
    ),
    # coscmd issue 274: ActionAccelerateNotSupported
    "AD09 delete on the acceleration domain": (
        case(
            "sdk: cos-wx-sdk-v5@1.8.0, options: {UseAccelerate: true}",
            lists([OWN, "https://examplebucket-1250000000.cos.accelerate.myqcloud.com"], []),
            bucket="created: 2023-05-01, acceleration: true",
            operation="deleteObject",
        ),
        {("address", "request", "accelerate-refuses-action")},
    ),
    # qiniu-wxapp-sdk issue 35, moved to COS: host match is exact
    "AL01 the host of another region is listed": (
        case(
            "sdk: none",
            lists([OWN], ["https://examplebucket-1250000000.cos.ap-shanghai.myqcloud.com"]),
        ),
        {("platform", "uploadFile", "not-listed")},
    ),
    # wafer2-startup issue 81: the trial version checks whatever the developer tools are set to
    "AL02 no entry": (
        case("sdk: none", lists([OWN], [])),
        {("platform", "uploadFile", "not-listed")},
    ),
    # WeChat's check list: the target of a redirect must be listed too; it is described as one more endpoint
    "AL11 a redirect to an unlisted host": (
        case("sdk: none", lists([OWN], [HOST])).replace(
            "[https://api.example.com/sts]", "[https://api.example.com/sts, https://gateway.example.net/sts]"
        ),
        {("platform", "request", "not-listed")},
    ),
    # cos-wx-sdk-v5: AutoSwitchHost retries on tencentcos.cn
    "AL12 the retry switches to the backup domain": (
        case(
            "sdk: cos-wx-sdk-v5@1.8.0, options: {AutoSwitchHost: true}",
            lists([OWN, HOST], [HOST]),
            operation="putObject",
        ),
        {("platform", "request", "not-listed")},
    ),
    "AL12 without AutoSwitchHost": (
        case(
            "sdk: cos-wx-sdk-v5@1.8.0",
            lists([OWN, HOST], [HOST]),
            operation="putObject",
        ),
        set(),
    ),
    # modifyServerDomain: a release through a third-party platform leaves only the platform's domains
    "AL14 the effective list has the platform's domains only": (
        case("sdk: cos-wx-sdk-v5@1.8.0", "domains.json"),
        {("platform", "uploadFile", "not-listed"), ("platform", "request", "not-listed")},
    ),
}


def api_answer(request: list[str], upload: list[str], download: list[str]) -> dict[str, list[str]]:
    """One of the four objects of `get_effective_domain`."""
    return {"requestdomain": request, "uploaddomain": upload, "downloaddomain": download}


SAAS = ["https://saas.example.net"]
EFFECTIVE = json.dumps(
    {
        "errcode": 0,
        "errmsg": "ok",
        "mp_domain": api_answer([OWN], [HOST], []),
        "third_domain": api_answer(SAAS, SAAS, SAAS),
        "direct_domain": api_answer([], [], []),
        "effective_domain": api_answer(SAAS, SAAS, SAAS),
    }
)


@pytest.mark.parametrize("name", CASES)
def test_a_recorded_failure_is_stopped_where_it_was(name: str, tmp_path: Path) -> None:
    """The expected gate and category stop it, and nothing else does."""
    (tmp_path / "domains.json").write_text(EFFECTIVE, "utf-8")
    text, expected = CASES[name]
    assert stopped(judged(text, tmp_path)) == expected


def test_the_retry_alone_is_stopped(tmp_path: Path) -> None:
    """AL12: the first try gets through, the one on the backup domain does not."""
    rows = judged(CASES["AL12 the retry switches to the backup domain"][0], tmp_path)
    whens = {str(row.request.when) for row in rows if row.at("platform").outcome is Outcome.BLOCKED}
    assert whens == {"retry: host"}


# -- the gates themselves ---------------------------------------------------------------------------------------------


def test_there_is_a_judge_for_each_gate() -> None:
    """In the order in which a request meets them."""
    assert tuple(JUDGES) == GATES
    assert set(BUILT) <= set(GATES)


def test_a_verdict_does_not_depend_on_the_other_requests(tmp_path: Path) -> None:
    """What a run remembers between requests is what each gate says when it is asked alone."""
    text = """
version: 1
buckets:
  - {name: a-1250000000, region: ap-guangzhou, created: 2020-01-01, acceleration: true}
  - {name: b-1250000000, region: ap-shanghai, created: 2024-05-05, acceleration: false, acl: private}
  - {name: c-1250000000, region: cn-south, domains: [files.example.com]}
clients:
  - {name: sdk, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0, options: {AutoSwitchHost: true},
     endpoints: ["https://x.example.com", "http://x.example.com"],
     allowlist: {request: ["https://a-1250000000.cos.ap-guangzhou.myqcloud.com/"], uploadFile: []}}
  - {name: fast, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0, options: {UseAccelerate: true}}
  - {name: path, platform: wechat-miniprogram, sdk: none, addressing: region, signed_path: /}
  - {name: own, platform: wechat-miniprogram, sdk: none, url: "https://files.example.com"}
  - {name: site, platform: web, origins: ["https://www.example.com"]}
sessions: [{name: key, policy: {version: "2.0", statement: []}}]
uploads:
"""
    number = 0
    for client in ("sdk", "fast", "path", "own", "site"):
        for bucket in ("a", "b", "c"):
            for operation in ("uploadFile", "putObject", "deleteObject"):
                number += 1
                more = ("", ", session: key", ", signer: none", ", signer: server")[number % 4]
                text += f"  - {{name: u{number}, client: {client}, bucket: {bucket}-1250000000,"
                text += f" operation: {operation}{more}}}\n"
    found = inventory(text, tmp_path)
    rows = list(Run(found).judged)
    assert len(rows) > 100
    for request, verdicts in rows:
        assert verdicts == tuple(judge(gate, request, found) for gate in GATES)


def test_every_unknown_says_what_would_settle_it(tmp_path: Path) -> None:
    """A field of the configuration, or a fact that nobody knows; and what is not described names its field."""
    seen = 0
    for text, _ in CASES.values():
        (tmp_path / "domains.json").write_text(EFFECTIVE, "utf-8")
        for row in judged(text, tmp_path):
            for verdict in row.verdicts:
                seen += 1
                if verdict.outcome is Outcome.UNKNOWN:
                    assert verdict.settle is not None
                    assert (verdict.settle.describe is None) is not (verdict.settle.fact is None)
                assert (verdict.missing is not None) is (verdict.outcome is Outcome.NOT_DESCRIBED)
    assert seen > 100


@pytest.mark.parametrize("fact_of", ["cos", "wechat", "sdk"])
def test_the_facts_that_verdicts_rest_on_are_there(fact_of: str) -> None:
    """Every id in the gates' and rules' source is a fact of the data."""
    import re

    from cosaudit import data, gates, rules

    found: set[str] = set()
    folders = [Path(str(module.__file__)).parent for module in (gates, rules)]
    for source in [path for folder in folders for path in folder.glob("*.py")]:
        found |= set(re.findall(rf'"({fact_of}\.[a-z0-9.-]+)"', source.read_text("utf-8")))
    assert found
    for id in sorted(found):
        assert data.fact(id).says


# -- the address ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "operation", "outcome", "code"),
    [
        ("https://{bucket}.cos.{region}.myqcloud.com", "postObject", "pass", "bucket-domain"),
        ("https://{bucket}.cos.{region}.myqcloud.com:443", "postObject", "pass", "bucket-domain"),
        ("https://{bucket}.COS.{region}.myqcloud.com", "postObject", "pass", "bucket-domain"),
        ("https://{bucket}.cos.{region}.myqcloud.com:8443", "postObject", "unknown", "port"),
        ("https://{bucket}.cos.{region}.tencentcos.cn", "postObject", "pass", "backup"),
        ("https://{bucket}.cn-south.myqcloud.com", "postObject", "pass", "bucket-domain"),
        ("https://{bucket}.cos.ap-shanghai.myqcloud.com", "postObject", "blocked", "other-region"),
        ("https://b-1250000000.cos.{region}.myqcloud.com", "postObject", "blocked", "other-bucket"),
        ("https://{bucket}.{region}.myqcloud.com", "postObject", "blocked", "missing-cos"),
        ("https://cos.{region}.myqcloud.com", "postObject", "blocked", "no-bucket-in-path"),
        ("https://cos.{region}.myqcloud.com/b-1250000000", "postObject", "blocked", "other-bucket"),
        ("https://cos.ap-shanghai.myqcloud.com/{bucket}", "postObject", "blocked", "other-region"),
        ("https://service.cos.myqcloud.com", "getBucket", "blocked", "other-service"),
        ("https://{bucket}.ci.{region}.myqcloud.com", "postObject", "blocked", "other-service"),
        ("https://{bucket}.cos-internal.{region}.tencentcos.cn", "postObject", "blocked", "other-service"),
        ("https://{bucket}.file.myqcloud.com", "postObject", "blocked", "read-only-host"),
        ("https://{bucket}.file.myqcloud.com", "getObject", "unknown", "special-host"),
        ("https://{bucket}.cos-website.{region}.myqcloud.com", "putObject", "blocked", "read-only-host"),
        ("https://{bucket}.cos-website.{region}.myqcloud.com", "getObject", "unknown", "special-host"),
        ("https://{bucket}.cos.accelerate.myqcloud.com", "postObject", "unknown", "acceleration-unknown"),
        ("https://files.example.com", "postObject", "unknown", "custom-unknown"),
    ],
)
def test_a_host_is_the_buckets_or_it_is_not(url: str, operation: str, outcome: str, code: str, tmp_path: Path) -> None:
    """Form, bucket, region and port of the host, then what is done there."""
    text = case(f"sdk: none, url: '{url}'", "{}", bucket="", operation=operation)
    row = judged(text, tmp_path)[0]
    verdict = row.at("address")
    assert (verdict.outcome.value, verdict.code) == (outcome, code)


@pytest.mark.parametrize("operation", ["postObject", "putObject", "getObject", "headObject"])
def test_the_acceleration_domain_serves_uploads_and_downloads(operation: str, tmp_path: Path) -> None:
    """Switched on, these pass."""
    text = case(
        "sdk: cos-wx-sdk-v5@1.8.0, options: {UseAccelerate: true}",
        "{}",
        bucket="acceleration: true",
        operation=operation,
    )
    assert judged(text, tmp_path)[0].at("address").outcome is Outcome.PASS


# -- WeChat's lists ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "listed", "outcome", "code"),
    [
        ("https://a.example.com/x", "https://a.example.com", "pass", "listed"),
        ("https://a.example.com/x", "a.example.com", "pass", "listed-without-scheme"),
        ("https://A.Example.com/x", "https://a.example.com", "unknown", "url-unsettled"),
        ("https://a.example.com/x", "https://a.example.com/", "unknown", "entry-unsettled"),
        ("https://a.example.com/x", "https://A.example.com", "unknown", "entry-unsettled"),
        ("https://a.example.com/x", "https://a.example.com:443", "blocked", "port-differs"),
        ("https://a.example.com:443/x", "https://a.example.com", "blocked", "port-differs"),
        ("https://a.example.com:8443/x", "https://a.example.com:8443", "pass", "listed"),
        ("https://a.example.com/x", "https://example.com", "blocked", "parent-listed"),
        ("https://a.example.com/x", "https://*.example.com", "blocked", "wildcard-listed"),
        ("https://a.example.com/x", "http://a.example.com", "blocked", "http-listed"),
        ("https://a.example.com/x", "wss://a.example.com", "blocked", "other-scheme-listed"),
        ("https://a.example.com/x", "https://b.example.com", "blocked", "not-listed"),
        ("http://a.example.com/x", "https://a.example.com", "blocked", "scheme-http"),
        ("https://119.29.29.29/x", "https://119.29.29.29", "blocked", "url-is-ip"),
        ("https://192.168.1.7/x", "https://a.example.com", "unknown", "url-lan-ip"),
        ("https://localhost/x", "https://localhost", "blocked", "url-localhost"),
        ("https://api.weixin.qq.com/x", "https://api.weixin.qq.com", "blocked", "forbidden-host"),
    ],
)
def test_wechat_compares_whole_origins(url: str, listed: str, outcome: str, code: str, tmp_path: Path) -> None:
    """Scheme, host and port as a whole; what no source settles is unknown, and says what to type instead."""
    text = f"""
buckets: [{{name: a-1250000000, region: ap-guangzhou}}]
clients: [{{name: app, platform: wechat-miniprogram, endpoints: ['{url}'], allowlist: {{request: ['{listed}']}}}}]
"""
    (row,) = judged(text, tmp_path)
    verdict = row.at("platform")
    assert (verdict.outcome.value, verdict.code) == (outcome, code)
    if code == "entry-unsettled":
        assert "enter `https://a.example.com` instead" in verdict.reason


@pytest.mark.parametrize(
    ("client", "outcome", "missing"),
    [
        ("", "not-described", "clients[0].allowlist"),
        ("allowlist: {uploadFile: ['https://a.example.com']}", "not-described", "clients[0].allowlist.request"),
        ("allowlist: {request: []}", "blocked", None),
        ("allowlist: pasted.txt", "unknown", None),
    ],
    ids=["no lists", "another list", "empty list", "a list without a heading"],
)
def test_a_list_that_is_absent_is_not_described(client: str, outcome: str, missing: str | None, tmp_path: Path) -> None:
    """An empty list lets nothing through; an absent one is asked for; one without a heading may be any."""
    (tmp_path / "pasted.txt").write_text("https://a.example.com;https://b.example.com", "utf-8")
    text = f"""
buckets: [{{name: a-1250000000, region: ap-guangzhou}}]
clients: [{{name: app, platform: wechat-miniprogram, endpoints: ['https://a.example.com/x'], {client}}}]
"""
    (row,) = judged(text, tmp_path)
    verdict = row.at("platform")
    assert (verdict.outcome.value, verdict.missing) == (outcome, missing)
    if outcome == "unknown":
        assert verdict.settle is not None and verdict.settle.describe == "clients[0].allowlist.request"


def test_the_category_is_that_of_the_api(tmp_path: Path) -> None:
    """The same origin through wx.request and wx.uploadFile is asked of two lists."""
    text = """
buckets: [{name: a-1250000000, region: ap-guangzhou}]
clients:
  - name: app
    platform: wechat-miniprogram
    endpoints:
      - https://a.example.com/x
      - {url: 'https://a.example.com/x', api: uploadFile}
      - {url: 'https://a.example.com/x', api: downloadFile}
    allowlist: {request: [], uploadFile: ['https://a.example.com'], downloadFile: []}
"""
    outcomes = [row.at("platform").outcome.value for row in judged(text, tmp_path)]
    assert outcomes == ["blocked", "pass", "blocked"]


def test_a_web_sdk_older_than_all_that_are_recorded_is_unknown_and_never_passes(tmp_path: Path) -> None:
    """What is not recorded is not let through, and nobody is asked for it."""
    text = """
buckets: [{name: a-1250000000, region: ap-guangzhou}]
clients: [{name: site, platform: web, sdk: cos-js-sdk-v5@1.2.18, origins: ['https://www.example.com']}]
uploads: [{name: u, client: site, bucket: a-1250000000, operation: uploadFile}]
"""
    found = inventory(text, tmp_path)
    for row in Run(found).judged:
        assert not any(verdict.outcome is Outcome.PASS for verdict in row.verdicts)
        assert not any(verdict.outcome is Outcome.BLOCKED for verdict in row.verdicts)
        for gate in ("platform", "address"):
            verdict = row.at(gate)
            assert (verdict.outcome, verdict.code) == (Outcome.UNKNOWN, "not-recorded")
            assert verdict.settle is not None and verdict.settle.fact == "sdk.cos-js-sdk-v5.recorded"
            assert "1.2.18" in verdict.reason and "1.2.20" in verdict.reason


def page(client: str, tmp_path: Path) -> set[tuple[str, str, str]]:
    """(scheme of the URL, outcome, code) at the platform gate of all that a web client sends."""
    text = f"""
buckets: [{{name: a-1250000000, region: ap-guangzhou, domains: [files.example.com]}}]
clients: [{{name: site, platform: web, {client}}}]
uploads: [{{name: u, client: site, bucket: a-1250000000, operation: putObject, key: k}}]
"""
    return {
        ((origin(row.request) or "").partition("://")[0], row.at("platform").outcome.value, row.at("platform").code)
        for row in judged(text, tmp_path)
    }


JS = "sdk: cos-js-sdk-v5@1.10.1"


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (f"{JS}", {("https", "pass", "https")}),
        (f"{JS}, origins: ['https://a.example']", {("https", "pass", "https")}),
        (f"{JS}, origins: ['http://a.example']", {("http", "pass", "plain-page")}),
        (f"{JS}, origins: ['http://localhost:3000']", {("http", "pass", "local-page")}),
        (
            f"{JS}, origins: ['https://a.example', 'http://a.example', 'null']",
            {("https", "pass", "https"), ("http", "pass", "plain-page")},
        ),
        (f"{JS}, options: {{Protocol: 'http:'}}", {("http", "unknown", "page-unknown")}),
        (f"{JS}, options: {{Protocol: 'http:'}}, origins: ['null']", {("http", "unknown", "opaque-origin")}),
        (
            f"{JS}, options: {{Protocol: 'http:'}}, origins: ['null', 'https://a.example']",
            {("http", "blocked", "mixed-content")},
        ),
        (f"{JS}, options: {{Protocol: 'http:'}}, origins: ['http://a.example']", {("http", "pass", "plain-page")}),
        (f"{JS}, options: {{Protocol: 'https:'}}, origins: ['http://a.example']", {("https", "pass", "https")}),
        ("sdk: none, origins: ['http://a.example']", {("https", "pass", "https")}),
        ("sdk: none, url: 'http://files.example.com'", {("http", "unknown", "page-unknown")}),
        (
            "sdk: none, url: 'http://files.example.com', origins: ['https://a.example']",
            {("http", "blocked", "mixed-content")},
        ),
        (
            "sdk: none, endpoints: ['http://127.8.9.1:9000/sts'], origins: ['https://a.example']",
            {("https", "pass", "https"), ("http", "pass", "local-host")},
        ),
        (
            "sdk: none, endpoints: ['http://localhost.example.com/sts'], origins: ['https://a.example']",
            {("https", "pass", "https"), ("http", "blocked", "mixed-content")},
        ),
    ],
)
def test_what_browsers_let_pages_send(client: str, expected: set[tuple[str, str, str]], tmp_path: Path) -> None:
    """Mixed content is stopped; pages over http, and the user's own machine, are not; the origins are asked for."""
    assert page(client, tmp_path) == expected


def test_the_origins_are_asked_for_only_where_they_decide(tmp_path: Path) -> None:
    """The unknown names the field; a URL over https needs nothing."""
    text = """
buckets: [{name: a-1250000000, region: ap-guangzhou}]
clients:
  - {name: one, platform: web, sdk: cos-js-sdk-v5}
  - {name: two, platform: web, sdk: cos-js-sdk-v5, options: {Protocol: 'http:'}}
uploads:
  - {name: a, client: one, bucket: a-1250000000, operation: uploadFile, key: k}
  - {name: b, client: two, bucket: a-1250000000, operation: uploadFile, key: k}
"""
    run = Run(inventory(text, tmp_path))
    asked = {unknown.describe for unknown in run.unknowns() if unknown.gate == "platform"}
    assert asked == {"clients[1].origins"}
    assert [text for text in run.assumptions if "origins" in text] == [
        "one: its pages are served over https (`origins` is not described)"
    ]



def test_pages_over_http_and_over_https_send_to_urls_of_their_own(tmp_path: Path) -> None:
    """Each request stands once for each protocol, and tells the origins that send it; with `Protocol` once."""
    text = """
buckets: [{name: a-1250000000, region: ap-guangzhou}]
clients:
  - {name: one, platform: web, sdk: cos-js-sdk-v5, origins: ['http://a.example', 'https://b.example', 'null']}
  - name: two
    platform: web
    sdk: cos-js-sdk-v5
    origins: ['http://a.example', 'https://b.example']
    options: {Protocol: 'https:', AutoSwitchHost: false}
uploads:
  - {name: a, client: one, bucket: a-1250000000, operation: putObject, key: k}
  - {name: b, client: two, bucket: a-1250000000, operation: putObject, key: k}
"""
    rows = judged(text, tmp_path)
    first = [row.request for row in rows if row.request.flow == "a" and row.request.when.retry is None]
    assert [(url(request), page_origins(request)) for request in first] == [
        ("http://a-1250000000.cos.ap-guangzhou.myqcloud.com/k", ("http://a.example",)),
        ("https://a-1250000000.cos.ap-guangzhou.myqcloud.com/k", ("https://b.example", "null")),
    ]
    second = [row.request for row in rows if row.request.flow == "b" and row.request.when.retry is None]
    assert [(url(request), page_origins(request)) for request in second] == [
        ("https://a-1250000000.cos.ap-guangzhou.myqcloud.com/k", ("http://a.example", "https://b.example")),
    ]


@given(
    st.sampled_from(["http", "https"]),
    st.sampled_from(["a.example", "localhost", "127.0.0.1:80", "[::1]", "b.localhost", "128.0.0.1", "[::2]:9"]),
)
def test_only_http_to_another_machine_can_be_mixed_content(scheme: str, host: str) -> None:
    """By the words of the Secure Contexts standard."""
    local = host in ("localhost", "127.0.0.1:80", "[::1]", "b.localhost")
    verdict = platform._page(REQUEST, f"{scheme}://{host}")
    assert (verdict.outcome is Outcome.BLOCKED) == (scheme == "http" and not local)


REQUEST = Request(
    None, None, Client(
        "site", "web", None, Sdk("none", None, None, None), Options(), None, None, None, None, None, (), None, None,
        ("https://a.example",), False, None, 0, None,  # type: ignore[arg-type]
    ), None, None, None, None, None, None,
)  # fmt: skip

"""The spelling of entries and the comparison with a request's origin."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.data import facts
from cosaudit.model import Outcome
from cosaudit.wechat import entries
from cosaudit.wechat.entries import (
    CODES,
    PROBLEMS,
    DomainList,
    canonical,
    dead_by_syntax,
    match,
    origin_of,
    parse_entry,
    split_entries,
)

# Full-width punctuation is one of the spellings.

BUCKET = "media-1250000000.cos.ap-guangzhou.myqcloud.com"

LABELS = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]", fullmatch=True)
HOSTS = st.builds(
    lambda labels, end: ".".join((*labels, end)),
    st.lists(LABELS, min_size=1, max_size=3),
    st.sampled_from(["com", "cn", "example.net"]),
)
PORTS = st.one_of(st.none(), st.integers(1, 65535))
ANYTHING = st.one_of(
    st.text(),
    st.text(alphabet="htps:/.-_@[]*%;, aA19\\?#：／。\u200b域"),
    st.builds(lambda host, tail: f"https://{host}{tail}", HOSTS, st.text(max_size=8)),
)


def written(host: str, port: int | None) -> str:
    return f"https://{host}" if port is None else f"https://{host}:{port}"


#: text, problem, what to enter instead
SPELLINGS = [
    (f"https://{BUCKET}", None, None),
    (f"https://{BUCKET}:8080", None, None),
    ("https://api.example.com:443", None, None),
    ("api.example.com", None, None),
    ("https://my_bucket.example.com", None, None),
    ("", "empty", None),
    (" \u200b ", "empty", None),
    ("https://a.example.com,https://b.example.com", "several", "https://a.example.com;https://b.example.com"),
    ("https://a.example.comhttps://b.example.com", "several", "https://a.example.com;https://b.example.com"),
    ("https://exa mple.com", "garbage", None),
    ("https://exa;mple.com", "garbage", None),
    ("https://a.example.com https://b.example.com shop", "several", None),
    ("https://", "garbage", None),
    ("请填写", "garbage", None),
    ('"https://a.example.com"', "garbage", None),
    ("https://<bucket>.cos.ap-guangzhou.myqcloud.com", "bad-character", None),
    ("https://${bucket}.example.com", "bad-character", None),
    ("https://a..example.com", "bad-label", None),
    (f"https://{'a' * 64}.example.com", "bad-label", None),
    (f"https://{'a.' * 130}com", "bad-label", None),
    ("https://a.example.com:99999", "bad-port", None),
    ("https://a.example.com:x", "bad-port", None),
    ("https://*.example.com", "wildcard", None),
    ("*.example.com", "wildcard", None),
    ("https://localhost", "localhost", None),
    ("http://localhost:3000", "localhost", None),
    ("https://127.0.0.1", "localhost", None),
    ("https://[::1]:8080", "localhost", None),
    ("https://2130706433", "localhost", None),
    ("https://101.36.73.140", "ip", None),
    ("https://[2408:4000::1]", "ip", None),
    ("https://192.168.1.10", "lan-ip", None),
    ("http://10.0.0.8:8000", "lan-ip", None),
    ("https://172.31.0.1", "lan-ip", None),
    ("https://172.32.0.1", "ip", None),
    ("https://[fd00::1]", "lan-ip", None),
    ("https://api.weixin.qq.com", "forbidden-host", None),
    ("https://user:secret@a.example.com", "userinfo", "https://a.example.com"),
    ("http://a.example.com", "scheme-http", "https://a.example.com"),
    ("HTTP://a.example.com/", "scheme-http", "https://a.example.com"),
    ("wss://a.example.com", "scheme-socket", "https://a.example.com"),
    ("tcp://a.example.com", "scheme-socket", "https://a.example.com"),
    ("htps://a.example.com", "scheme-other", "https://a.example.com"),
    ("https://intranet", "single-label", None),
    ("https://域名.example.com", "non-ascii-host", "https://xn--eqrt2g.example.com"),
    ("https：／／a.example.com", "full-width", "https://a.example.com"),
    ("https://a.example.com\u200b", "invisible", "https://a.example.com"),
    (" https://a.example.com", "invisible", "https://a.example.com"),
    ("https://a.example.com;", "separator", "https://a.example.com"),
    ("https:/a.example.com", "slashes", "https://a.example.com"),
    ("https:\\\\a.example.com", "slashes", "https://a.example.com"),
    ("//a.example.com", "slashes", "https://a.example.com"),
    ("https://a%2eexample.com", "escaped-host", None),
    ("https://A.example.com", "letter-case", "https://a.example.com"),
    ("HTTPS://a.example.com", "letter-case", "https://a.example.com"),
    ("https://a.example.com.", "trailing-dot", "https://a.example.com"),
    ("https://a.example.com:", "empty-port", "https://a.example.com"),
    ("https://a.example.com:0443", "empty-port", "https://a.example.com:443"),
    ("https://a.example.com/v1?x=1", "path", "https://a.example.com"),
    ("https://a.example.com?x=https://b.example.com", "path", "https://a.example.com"),
    ("https://a.example.com/", "trailing-slash", "https://a.example.com"),
]
assert {problem for _, problem, _ in SPELLINGS} == {None, *PROBLEMS}, (
    "each problem needs a spelling that has it"
)


@pytest.mark.parametrize(("text", "problem", "instead"), SPELLINGS)
def test_an_entry_has_the_problem_that_its_spelling_shows(
    text: str, problem: str | None, instead: str | None
):
    """Each odd spelling is named, and what to enter instead is told where it is certain."""
    entry = parse_entry(text)

    assert (entry.problem, entry.instead) == (problem, instead)
    assert entry.text == text


def test_every_problem_and_code_rests_on_a_recorded_fact():
    """What is not settled rests on a fact of low confidence, or on the rule for local addresses."""
    known = facts()
    assert {known[problem.fact].id for problem in PROBLEMS.values()}
    assert {known[fact].id for _, _, fact in CODES.values() if fact is not None}
    for problem in PROBLEMS.values():
        unsettled = known[problem.fact].confidence == "low" or problem.code == "lan-ip"
        assert problem.never is not unsettled, problem.code


def test_the_limit_is_that_of_the_platform():
    """A list takes 200 entries."""
    assert entries.LIMIT == 200
    with pytest.raises(AttributeError, match="LIMITS"):
        entries.LIMITS  # noqa: B018


def test_an_entry_without_a_scheme_is_taken_as_https_and_says_so():
    """Whether the console takes such an entry is not settled, so the assumption is visible."""
    assert parse_entry("api.example.com").scheme_assumed
    assert not parse_entry("https://api.example.com").scheme_assumed


#: list, URL, outcome, code, place of the entry in the list
ANSWERS = [
    ([f"https://{BUCKET}"], f"https://{BUCKET}/avatars/{{openid}}/a%20b;c.jpg", "pass", "listed", 0),
    (["https://x.example.com", "https://a.example.com"], "https://a.example.com", "pass", "listed", 1),
    (["https://a.example.com/", "https://a.example.com"], "https://a.example.com/x", "pass", "listed", 1),
    (["https://a.example.com:8080"], "https://a.example.com:8080/x", "pass", "listed", 0),
    (["https://a.example.com:443"], "https://a.example.com:443/x", "pass", "listed", 0),
    (["a.example.com"], "https://a.example.com/x", "pass", "listed-without-scheme", 0),
    (["a.example.com", "https://a.example.com"], "https://a.example.com/x", "pass", "listed", 1),
    (["https://a.example.com/"], "https://a.example.com/x", "unknown", "entry-unsettled", 0),
    (["https://a.example.com/v1"], "https://a.example.com/v1", "unknown", "entry-unsettled", 0),
    (["https://A.example.com"], "https://a.example.com/", "unknown", "entry-unsettled", 0),
    (["https://a.example.com"], "https://A.example.com/", "unknown", "url-unsettled", 0),
    (["https://a.example.com."], "https://a.example.com/", "unknown", "entry-unsettled", 0),
    (["https://a.example.com"], "https://a.example.com./", "unknown", "url-unsettled", 0),
    (["https://a.example.com"], "https://me@a.example.com/", "unknown", "url-unsettled", 0),
    (["https://xn--eqrt2g.example.com"], "https://域名.example.com/", "unknown", "url-unsettled", 0),
    (["https://域名.example.com"], "https://xn--eqrt2g.example.com/", "unknown", "entry-unsettled", 0),
    ([], "http://192.168.1.10:8000/x", "unknown", "url-lan-ip", None),
    ([], "https://a.example.com/", "blocked", "not-listed", None),
    (["https://www.example.com"], "https://example.com/", "blocked", "not-listed", None),
    (["https://notexample.com"], "https://example.com/", "blocked", "not-listed", None),
    (["https://a.example.com"], "https://a.example.com:443/", "blocked", "port-differs", 0),
    (["https://a.example.com:443"], "https://a.example.com/", "blocked", "port-differs", 0),
    (["https://a.example.com:8080/"], "https://a.example.com/", "blocked", "port-differs", 0),
    (["http://a.example.com"], "https://a.example.com/", "blocked", "http-listed", 0),
    (["wss://a.example.com"], "https://a.example.com/", "blocked", "other-scheme-listed", 0),
    (
        ["https://a.example.com;https://b.example.com"],
        "https://b.example.com/",
        "blocked",
        "broken-listed",
        0,
    ),
    (["https://me@a.example.com"], "https://a.example.com/", "blocked", "broken-listed", 0),
    (["https://*.example.com"], "https://x.a.example.com/", "blocked", "wildcard-listed", 0),
    (["*"], "https://x.a.example.com/", "blocked", "wildcard-listed", 0),
    (["https://myqcloud.com"], f"https://{BUCKET}/", "blocked", "parent-listed", 0),
    (["https://example.com"], "https://www.example.com", "blocked", "parent-listed", 0),
    (["https://a.example.com"], "http://a.example.com/", "blocked", "scheme-http", 0),
    (["http://a.example.com"], "http://a.example.com/", "blocked", "scheme-http", 0),
    (["https://a.example.com"], "ftp://a.example.com/", "blocked", "scheme-other", 0),
    (["https://101.36.73.140"], "http://101.36.73.140/", "blocked", "url-is-ip", None),
    (["https://localhost"], "https://localhost/", "blocked", "url-localhost", None),
    (["https://api.weixin.qq.com"], "https://api.weixin.qq.com/sns", "blocked", "forbidden-host", None),
    (["https://a.example.com"], "a.example.com/x", "blocked", "url-malformed", None),
    (["https://a.example.com"], "", "blocked", "url-malformed", None),
    (["https://a.example.com"], "https:///a.example.com", "blocked", "url-malformed", None),
]
assert {code for _, _, _, code, _ in ANSWERS} == set(CODES), "each code needs a case"


@pytest.mark.parametrize(("listed", "url", "outcome", "code", "at"), ANSWERS)
def test_a_list_answers_with_the_nearest_reason(
    listed: list[str], url: str, outcome: str, code: str, at: int | None
):
    """Scheme, host and port are compared as a whole; what nobody knows is unknown, never a pass."""
    answer = match(listed, url)

    assert (answer.outcome.value, answer.code, answer.at) == (outcome, code, at)
    assert answer.entry == (None if at is None else parse_entry(listed[at]))
    assert answer.fact in facts()
    assert (answer.instead is None) or answer.outcome is not Outcome.PASS


def test_an_unsettled_match_says_what_to_enter_instead():
    """The mend of an odd spelling is the plain origin, and it passes."""
    answer = match(["https://a.example.com:8080/"], "https://a.example.com:8080/x")

    assert answer.instead == "https://a.example.com:8080"
    assert match([answer.instead], "https://a.example.com:8080/x").code == "listed"
    assert answer.fact == "wechat.entry.trailing-slash"


def test_redirected_and_backup_hosts_are_other_hosts():
    """The backup domain tencentcos.cn is not covered by the entry for myqcloud.com."""
    backup = BUCKET.replace("myqcloud.com", "tencentcos.cn")
    assert match([f"https://{BUCKET}"], f"https://{backup}/a").code == "not-listed"


@given(HOSTS, PORTS, st.text(max_size=20))
def test_the_canonical_entry_of_an_origin_passes(host: str, port: int | None, path: str):
    """What is printed as the entry to type lets exactly that request through, whatever its path."""
    url = f"{written(host, port)}/{path}"
    entry = canonical(origin_of(url))

    assert entry == written(host, port)
    assert parse_entry(entry).problem is None
    assert match([entry], url).code == "listed"


@given(HOSTS, PORTS, HOSTS, PORTS)
def test_a_plain_entry_passes_only_its_own_origin(
    host: str, port: int | None, other: str, another: int | None
):
    """Whole hosts are compared, and ports as written (fact wechat.domain.port)."""
    answer = match([written(host, port)], f"{written(other, another)}/x")

    same = (host, port) == (other, another)
    assert answer.outcome is (Outcome.PASS if same else Outcome.BLOCKED)


@given(ANYTHING, ANYTHING)
def test_nothing_is_raised_and_a_dead_entry_passes_nothing(text: str, url: str):
    """Entries and URLs are untrusted text; an entry that can never match changes no answer to a pass."""
    entry = parse_entry(text)
    answer = match([entry], url)

    assert answer.outcome in (Outcome.PASS, Outcome.UNKNOWN, Outcome.BLOCKED)
    if entry.never:
        assert answer.outcome is not Outcome.PASS
        assert answer.outcome is not Outcome.UNKNOWN or answer.code == "url-lan-ip"
    if answer.outcome is Outcome.PASS:
        assert entry.problem is None
        assert (entry.host, entry.port) == (origin_of(url).host, origin_of(url).port)
    if entry.instead is not None and entry.problem != "several":
        assert parse_entry(entry.instead).problem is None


@given(
    st.one_of(
        st.builds(
            lambda host, tail: f"https://{host}{tail}", HOSTS, st.sampled_from(["", "/", "/x?y", ":1", "."])
        ),
        st.text(alphabet="abz019-./:@xn", max_size=20).map(lambda tail: f"https://{tail}"),
        st.sampled_from(["https://api.weixin.qq.com", "https://x.localhost", f"https://{'a.' * 130}com"]),
    )
)
def test_the_short_way_for_plain_origins_says_what_the_close_reading_says(text: str):
    """Nearly every entry and URL is plain; taking a short way for these may change no answer."""
    host = entries._plain_host(text)
    read = entries._read(text)

    if host is not None:
        assert (read.scheme, read.host, read.port) == ("https", host, None)
        assert read.codes <= {"path", "trailing-slash"}


@given(st.lists(ANYTHING, max_size=6), ANYTHING)
def test_the_index_answers_like_the_entries_one_by_one(listed: list[str], url: str):
    """A long list passes a URL if and only if one of its entries alone does."""
    alone = [match([text], url).outcome for text in listed]
    together = DomainList(listed).match(url).outcome

    if Outcome.PASS in alone:
        assert together is Outcome.PASS
    elif Outcome.UNKNOWN in alone:
        assert together is Outcome.UNKNOWN
    elif listed:
        assert together is Outcome.BLOCKED


@given(st.lists(ANYTHING, max_size=6))
def test_dead_by_syntax_names_only_what_can_never_match(texts: list[str]):
    """Only pieces of the list are named, each with a reason, and none that may match."""
    dead = dead_by_syntax(texts)

    pieces = [piece for text in texts for piece in split_entries(text)]
    assert list(dead) == [piece for piece in dict.fromkeys(pieces) if parse_entry(piece).never]
    assert all(dead.values())


def test_dead_by_syntax_keeps_what_is_not_settled():
    """A slash at the end may count, http never does."""
    dead = dead_by_syntax(["https://a.example.com/", "http://b.example.com; *.example.com", "192.168.1.2"])

    assert list(dead) == ["http://b.example.com", "*.example.com"]


def test_a_long_list_is_searched_in_constant_time():
    """Two hundred times the entries may not cost even ten times the time of a look-up."""
    import timeit

    def cost(size: int) -> float:
        domains = DomainList([f"https://h{number}.example.com" for number in range(size)])
        urls = iter([f"https://x{number}.example.org/" for number in range(size, size + 3000)])
        return min(timeit.repeat(lambda: domains.match(next(urls)), number=500, repeat=5))

    assert cost(20000) < 10 * cost(100)


def test_the_examples_in_the_module_run_as_shown():
    """Each docstring example gives what it says."""
    assert doctest.testmod(entries).attempted >= 4
    assert doctest.testmod(entries).failed == 0

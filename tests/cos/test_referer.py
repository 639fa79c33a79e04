"""Referer rules: what an entry matches, and who is let in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.cos.referer import NONE, Entry, Referers, Sent, admits, matches, mini_program, stranger
from cosaudit.model import Place

HERE = Place("c.yaml", 1, 1)
APPID = "wx0123456789abcdef"


def rules(kind: str, *entries: str, empty: bool = False, enabled: bool = True) -> Referers:
    """Rules of a list."""
    return Referers(enabled, kind == "allow", tuple([Entry(one, HERE) for one in entries]), empty, HERE)


@pytest.mark.parametrize(
    ("entry", "referer", "expected"),
    [
        # the vendor's own examples, 436/13319
        ("www.example.com", "http://www.example.com/123", True),
        ("www.example.com", "https://www.example.com.cn/", True),
        ("www.example.com:8080", "https://www.example.com:8080/a", True),
        ("*.example.com", "https://a.b.example.com/123", True),
        ("*.example.com", "https://a.example.com", True),
        ("10.10.10.10:8080", "http://10.10.10.10:8080/", True),
        # what follows from them
        ("www.example.com", "https://www.example.org/", False),
        ("www.example.com/", "https://www.example.com.cn/", False),
        ("www.example.com/", "https://www.example.com/a", True),
        ("example.com:8080", "https://example.com/", False),
        ("example.com", "https://example.com:8080/", True),
        ("example.com", "https://www.example.com/", False),
        ("WWW.Example.com", "https://www.example.COM/a", True),
        ("www.example.com/a", "https://www.example.com/A", False),
        ("*.example.com", "https://example.org/x.example.com", False),
        # where the pages differ or say nothing
        ("*.example.com", "https://example.com/", None),
        ("*.example.com", "https://a.example.com.cn/", None),
        ("https://www.example.com", "https://www.example.com/", None),
        ("https://www.example.com", "https://other.example/", False),
        ("www.*.com", "https://www.example.com/", None),
        ("www.*.com", "https://a.example.com/", False),
    ],
)
def test_an_entry_is_a_beginning(entry: str, referer: str, expected: bool | None) -> None:
    """Compared without the scheme; hosts in any letter case, paths as they stand."""
    assert matches(entry, Sent(referer)) is expected


@pytest.mark.parametrize(
    ("entry", "appid", "expected"),
    [
        ("servicewechat.com", APPID, True),
        ("servicewechat.com", None, True),
        ("*.wechat.com", APPID, False),
        (f"servicewechat.com/{APPID}", APPID, True),
        (f"servicewechat.com/{APPID}/", APPID, True),
        (f"servicewechat.com/{APPID}/", None, None),
        ("servicewechat.com/wxffffffffffffffff", APPID, False),
        (f"servicewechat.com/{APPID}/12/", APPID, None),
    ],
)
def test_a_mini_program_by_its_appid(entry: str, appid: str | None, expected: bool | None) -> None:
    """Its referer is `https://servicewechat.com/<appid>/<version>/page-frame.html`; the version is not known."""
    assert matches(entry, mini_program(appid)) is expected


@pytest.mark.parametrize(
    ("given_rules", "referer", "expected"),
    [
        (rules("allow", "a.example"), "https://a.example/", True),
        (rules("allow", "a.example"), "https://b.example/", False),
        (rules("deny", "a.example"), "https://a.example/", False),
        (rules("deny", "a.example"), "https://b.example/", True),
        (rules("allow"), "https://b.example/", False),
        (rules("allow", "*.a.example", "b.example"), "https://b.example/", True),
        (rules("allow", "*.a.example"), "https://a.example/", None),
        (rules("allow", "a.example"), "", False),
        (rules("allow", "a.example", empty=True), "", True),
        (rules("deny", "a.example"), "", False),
        (rules("allow", "a.example", enabled=False), "", True),
        (rules("allow", "a.example", enabled=False), "https://b.example/", True),
    ],
)
def test_who_is_let_in(given_rules: Referers, referer: str, expected: bool | None) -> None:
    """A list of those let in or kept out; without a referer the rule of its own; switched off, everybody."""
    assert admits(given_rules, Sent(referer) if referer else NONE) is expected


@pytest.mark.parametrize(
    ("entry", "other"),
    [
        ("www.example.com", "www.example.com.cn"),
        ("example.cn", "example.cn.com"),
        ("www.example.com/", None),
        ("www.example.com:8080", None),
        ("192.0.2.1", None),
        ("*.example.com", None),
        (f"servicewechat.com/{APPID}", None),
    ],
)
def test_a_bare_domain_lets_strangers_in(entry: str, other: str | None) -> None:
    """The stranger's domain is really matched by the entry."""
    assert stranger(entry) == other
    assert other is None or matches(entry, Sent(f"https://{other}/")) is True


@given(st.text(alphabet="ab.*/:?", max_size=8), st.text(alphabet="ab./:", max_size=8))
def test_what_is_known_later_never_contradicts_what_was_said_before(entry: str, more: str) -> None:
    """A sure answer on the beginning of a referer holds for every referer that begins so."""
    begun = matches(entry, Sent("https://a.b/", True))
    if begun is not None:
        assert matches(entry, Sent(f"https://a.b/{more}")) is begun

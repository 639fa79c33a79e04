"""What a bucket's ACL allows, and to whom."""

from __future__ import annotations

import pytest

from cosaudit.cos.acl import ANYONE, AUTHENTICATED, Acl, Grant, allowed, grantable, grantee, grants, words
from cosaudit.cos.actions import known
from cosaudit.model import Place

HERE = Place("c.yaml", 1, 1)


def acl(*given: tuple[str, str]) -> Acl:
    """An ACL of grants (to, permission)."""
    return Acl(None, tuple([Grant(to, grantee(to) or "?", permission, HERE) for to, permission in given]), HERE)


@pytest.mark.parametrize(
    ("word", "read", "write", "acp"),
    [
        ("private", False, False, False),
        ("public-read", True, False, False),
        ("public-read-write", True, True, None),
        ("authenticated-read", False, False, False),
    ],
)
def test_the_four_words_for_somebody_without_a_signature(word: str, read: bool, write: bool, acp: bool | None) -> None:
    """436/30583: public-read is READ for everybody, public-read-write READ and WRITE, by its table WRITE_ACP too."""
    one = Acl(word, (), HERE)
    for action in ("GetObject", "HeadObject", "GetBucket", "GetBucketObjectVersions"):
        assert grants(one, f"name/cos:{action}", ANYONE) is read
    for action in ("PutObject", "PostObject", "UploadPart", "DeleteObject"):
        assert grants(one, f"cos:{action}", ANYONE) is write
    assert grants(one, "cos:PutBucketACL", ANYONE) is acp
    assert grants(one, "cos:PutBucketPolicy", ANYONE) is False


def test_authenticated_read_is_for_every_account() -> None:
    """Any registered account may read, nobody without one."""
    one = Acl("authenticated-read", (), HERE)
    assert grants(one, "cos:GetObject", AUTHENTICATED) is True
    assert grants(one, "cos:GetObject", "100000000001") is True
    assert grants(one, "cos:PutObject", AUTHENTICATED) is False


def test_an_account_profits_from_what_is_for_everybody() -> None:
    """436/35240: a signed request is tried as an anonymous one too."""
    assert grants(Acl("public-read", (), HERE), "cos:GetObject", AUTHENTICATED) is True


def test_a_grant_to_one_account_is_for_that_one() -> None:
    """Of an account of which nothing more is known it is not known whether it is that one."""
    one = acl(("100000000001", "FULL_CONTROL"))
    assert grants(one, "cos:PutBucketACL", "100000000001") is True
    assert grants(one, "cos:PutBucketACL", "100000000002") is False
    assert grants(one, "cos:PutBucketACL", AUTHENTICATED) is None
    assert grants(one, "cos:PutBucketACL", ANYONE) is False


def test_what_no_table_lists_is_not_known() -> None:
    """Whether WRITE covers an append or an abort is written nowhere."""
    for action in ("AppendObject", "AbortMultipartUpload", "ListParts"):
        assert grants(acl(("AllUsers", "WRITE")), f"cos:{action}", ANYONE) is None


@pytest.mark.parametrize(
    ("to", "who"),
    [
        ("AllUsers", "anyone"),
        ("http://cam.qcloud.com/groups/global/AllUsers", "anyone"),
        ("qcs::cam::anyone:anyone", "anyone"),
        ("http://cam.qcloud.com/groups/global/AuthenticatedUsers", "authenticated"),
        ("100000000001", "100000000001"),
        ("qcs::cam::uin/100000000001:uin/100000000001", "100000000001"),
        ("qcs::cam::uin/100000000001:uin/100000000011", None),  # an ACL knows root accounts only
        ("allusers", None),
        ("", None),
    ],
)
def test_whom_a_grant_is_for(to: str, who: str | None) -> None:
    """The two groups as COS and its tools write them, and root accounts by their number."""
    assert grantee(to) == who


def test_every_action_of_the_tables_is_in_the_catalogue() -> None:
    """A misspelt one would never match a request."""
    assert grantable() <= known()
    assert set(words()) == {"private", "public-read", "public-read-write", "authenticated-read"}
    assert allowed(Acl("private", (), HERE), ANYONE) == (frozenset(), frozenset())

"""A bucket's own settings as a configuration says them: ACL, policy, referer rules, inline or as COS returns them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cosaudit.config.load import load
from cosaudit.config.reader import InputError
from cosaudit.model import Bucket

XML = """<?xml version='1.0' encoding='utf-8' ?>
<RefererConfiguration>
    <Status>Enabled</Status>
    <RefererType>White-List</RefererType>
    <DomainList>
        <Domain>*.example.com</Domain>
        <Domain> servicewechat.com </Domain>
    </DomainList>
    <EmptyReferConfiguration>Allow</EmptyReferConfiguration>
</RefererConfiguration>
"""


def bucket(folder: Path, fields: str, **files: str) -> Bucket:
    """The bucket of a configuration with these fields and files."""
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, "utf-8")
    path = folder / "config.yaml"
    path.write_text(f"buckets:\n- name: media-1250000000\n  region: ap-guangzhou\n  {fields}\n", "utf-8")
    return load(str(path)).buckets[0]


def refused(folder: Path, fields: str, **files: str) -> list[str]:
    """What is wrong, as `file:line:column message`."""
    with pytest.raises(InputError) as caught:
        bucket(folder, fields, **files)
    found = [(one.place, one.message) for one in caught.value.problems]
    return [f"{Path(place.file).name}:{place.line}:{place.column} {message}" for place, message in found]


def test_an_acl_by_its_word(tmp_path: Path) -> None:
    """Typed, with its place."""
    acl = bucket(tmp_path, "acl: public-read").acl
    assert (acl.word, acl.grants, acl.place[1:]) == ("public-read", (), (4, 8))


def test_an_acl_by_its_grants(tmp_path: Path) -> None:
    """Each grant has its place and the one whom it is for."""
    grants = "[{to: AllUsers, permission: READ}, {to: '100000000001', permission: WRITE}]"
    acl = bucket(tmp_path, f"acl: {{grants: {grants}}}").acl
    assert acl.word is None
    assert [(one.who, one.permission) for one in acl.grants] == [("anyone", "READ"), ("100000000001", "WRITE")]
    assert acl.grants[0].place.line == 4


def test_a_grant_to_nobody_is_told(tmp_path: Path) -> None:
    """With the place of the name."""
    (said,) = refused(tmp_path, "acl: {grants: [{to: allusers, permission: READ}]}")
    assert said == "config.yaml:4:23 `allusers` is no one whom an ACL can name"


def test_referer_rules_inline(tmp_path: Path) -> None:
    """Requests without a referer are refused unless it is said otherwise."""
    rules = bucket(tmp_path, "referer: {type: allow, domains: [a.example, b.example]}").referer
    assert (rules.enabled, rules.allow, rules.empty) == (True, True, False)
    assert [(one.text, one.place.column) for one in rules.entries] == [("a.example", 36), ("b.example", 47)]


def test_referer_rules_as_cos_returns_them(tmp_path: Path) -> None:
    """Words, entries without outer blanks, and the lines where they stand."""
    rules = bucket(tmp_path, "referer: r.xml", r_xml=XML).referer
    assert (rules.enabled, rules.allow, rules.empty) == (True, True, True)
    assert [(one.text, one.place.line, one.place.column) for one in rules.entries] == [
        ("*.example.com", 6, 9),
        ("servicewechat.com", 7, 9),
    ]


@pytest.mark.parametrize(
    ("text", "enabled", "allow"),
    [
        ("<RefererConfiguration/>", False, True),
        ("<RefererConfiguration><Status>Disabled</Status></RefererConfiguration>", False, True),
        (XML.replace("White", "Black"), True, False),
        (f"\n  {XML}", True, True),
        (XML.replace("<RefererConfiguration>", '<RefererConfiguration xmlns="http://www.qcloud.com/">'), True, True),
    ],
)
def test_other_forms_of_the_xml(tmp_path: Path, text: str, enabled: bool, allow: bool) -> None:
    """A bucket without rules, rules that are switched off, a list of those kept out, blanks, a namespace."""
    rules = bucket(tmp_path, "referer: r.xml", r_xml=text).referer
    assert (rules.enabled, rules.allow) == (enabled, allow)


DOCTYPE = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"
LAUGHS = "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><RefererConfiguration>&b;</RefererConfiguration>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{DOCTYPE}<RefererConfiguration>&x;</RefererConfiguration>", "r.xml:1:1 a document type (`<!DOCTYPE …>`)"),
        (LAUGHS, "r.xml:1:1 a document type (`<!DOCTYPE …>`)"),
        ("<RefererConfiguration>&x;</RefererConfiguration>", "r.xml:1:23 this is no XML: undefined entity"),
        ("<RefererConfiguration><Status>", "r.xml:1:31 this is no XML: no element found"),
        ("<CORSConfiguration/>", "r.xml:1:1 the element `CORSConfiguration`"),
        (XML.replace(">Enabled<", ">enabled<"), "r.xml:3:5 `enabled` in `Status`"),
        (XML.replace("EmptyRefer", "EmptyReferer"), "r.xml:9:5 the element `EmptyRefererConfiguration`"),
        (XML.replace("    <RefererType>White-List</RefererType>\n", ""), "r.xml:2:1 no `RefererType`"),
        (XML.replace("<Status>Enabled</Status>", ""), "r.xml:2:1 no `Status`"),
        ("<a>" * 60 + "</a>" * 60, "r.xml:1:151 elements more than 50 deep"),
    ],
)
def test_what_is_wrong_with_the_xml_is_told_where_it_stands(tmp_path: Path, text: str, said: str) -> None:
    """File, line, column, what was found; nothing outside the file is read."""
    found = refused(tmp_path, "referer: r.xml", r_xml=text)
    assert found[0] == said
    assert all("hostname" not in one for one in found)


def test_a_bucket_policy_is_read_closely(tmp_path: Path) -> None:
    """What has no meaning is an input error in this run, with its place in the file."""
    (said,) = refused(tmp_path, "policy: p.json", p_json='{"version": "2.0",\n "statement": [{"effect": "allow"}]}')[:1]
    assert said == "p.json:2:16 the policy has no `action`"


@pytest.mark.parametrize("written", ["policy: {}", 'policy: {version: "2.0", statement: []}', "policy: p.json"])
def test_a_bucket_without_a_policy_can_be_described(tmp_path: Path, written: str) -> None:
    """An empty document, or one without statements, is no policy."""
    assert bucket(tmp_path, written, p_json="{}").policy.statements == ()


def test_braces_in_a_bucket_policy_are_text(tmp_path: Path) -> None:
    """Nobody fills in a placeholder there."""
    row: dict[str, Any] = {
        "effect": "allow",
        "principal": {"qcs": "qcs::cam::anyone:anyone"},
        "action": "name/cos:GetObject",
        "resource": "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/{openid}/*",
    }
    import json

    policy = bucket(tmp_path, "policy: p.json", p_json=json.dumps({"version": "2.0", "statement": [row]})).policy
    assert policy.placeholders == ()
    assert policy.statements[0].resources[0].areas[0].path == "media-1250000000/{openid}/*"

"""What a key lets through beyond need: each witness is asked again, each mend is made, nothing needed is told."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest
from excess.drawn import configs, copy, denies, wider
from excess.made import (
    BUCKET,
    EXCESS,
    REGION,
    ROOT,
    Config,
    allow,
    answered,
    beyond,
    config,
    decision,
    deny,
    findings,
    keys_of,
    minimal,
    named,
    policy,
    rows,
    rules,
    upload,
    with_policy,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cosaudit import excess
from cosaudit.cam.parse import loads
from cosaudit.config.alone import alone
from cosaudit.cos import actions as catalogue
from cosaudit.rules import rules as every_rule

#: Drawing a policy takes a run of the tool, so what is found is not made smaller: it is small.
LOOK = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)

#: How far a finding's witness reaches; a finding of a larger number is worse.
REACH = {"other-bucket": 4, "cross-user": 3, "other-keys": 2, "lists-bucket": 2, "own-delete": 1, "own-more": 1}
REACH |= {"own-folder": 0, "shared-write": 2}


def reach(found: list[dict[str, Any]]) -> int:
    """The widest reach of findings; -1 without any."""
    return max([far for one in found for name, far in REACH.items() if name in one["rule"]], default=-1)


def holders(witness: dict[str, Any]) -> list[dict[str, str]]:
    """The values that the key of a witness was made with; where it names nobody it is anybody's."""
    if "user" in witness:
        return [{"openid": witness["user"]}]
    if "holder" in witness:
        return [dict(one.split("=", 1) for one in witness["holder"].split(", "))]
    return [{"openid": "a"}, {"openid": "b"}]


#: Operation → what its client gains by it, written down once more.
GAINS = {
    "putObject": "overwrite",
    "postObject": "overwrite",
    "sliceUploadFile": "overwrite",
    "deleteObject": "delete",
    "getObject": "read",
    "headObject": "read",
    "getBucket": "list",
}


def needed(made: Config, action: str, resource: str, values: dict[str, str]) -> bool:
    """Does an upload need this capability there? CAM says of a free part no more than `*`; a list shows all behind."""
    name = catalogue.bare(action)
    if name not in catalogue.known() or not resource.startswith(ROOT):
        return False
    gained = catalogue.capability(name)
    return any(
        re.compile(
            keys_of(row["key"], values).pattern.replace(".+", ".*") + (".*" if gained == "list" else ""), re.DOTALL
        ).fullmatch(resource.removeprefix(ROOT))
        for row in made["uploads"]
        if GAINS[row["operation"]] == gained
    )


def test_the_rules_here_are_rules() -> None:
    """A rule that is renamed would silently not be looked for."""
    assert set(every_rule()) >= EXCESS


# -- properties --------------------------------------------------------------------------------------------------------


@settings(LOOK, max_examples=150)
@given(st.data())
def test_every_witness_is_allowed_again_and_needed_by_nothing(data: st.DataObject) -> None:
    """Decided with the holder's own name in the policy it is let through; the smallest policy does not let it."""
    made = data.draw(configs())
    given_policy = data.draw(wider(minimal(made)))
    for one in beyond(with_policy(made, given_policy)):
        witness = one["witness"]
        if one["rule"] == "session-public-acl":
            continue
        assert any(
            decision(named(given_policy, values), witness["action"], witness["resource"]) == "allow"
            and not needed(made, witness["action"], witness["resource"], values)
            for values in holders(witness)
        ), one


@settings(LOOK, max_examples=100)
@given(st.data())
def test_the_file_of_the_other_user_is_his(data: st.DataObject) -> None:
    """Two different users; the template makes the key of the witness for the other one, and not for the first."""
    made = data.draw(configs())
    for one in beyond(with_policy(made, data.draw(wider(minimal(made))))):
        witness = one["witness"]
        assert ("other_user" in witness) is one["rule"].startswith("session-cross-user")
        if "other_user" in witness:
            first, other = witness["user"], witness["other_user"]
            assert first != other
            key, asked = witness["key"], witness["resource"].split("/", 2)[2]
            # the resource of a list is what the keys that it shows begin with
            assert key.startswith(asked) if "GetBucket" in witness["action"] else key == asked
            templates = [row["key"] for row in made["uploads"] if "{openid}" in row["key"]]
            assert any(
                keys_of(text, {"openid": other}).fullmatch(key) and not keys_of(text, {"openid": first}).fullmatch(key)
                for text in templates
            ), witness


USERS = ("a", "b", "aa", "ab")
NAMES = ("x", "b", "a/b", "b.jpg", "/")


@settings(LOOK, max_examples=100)
@given(st.data())
def test_no_file_of_another_user_is_missed(data: st.DataObject) -> None:
    """By trying: where a key of one of four users reaches a file of another that no flow needs, that is told."""
    made = data.draw(configs())
    smallest = minimal(made)
    given_policy = data.draw(wider(smallest))
    found = rules(with_policy(made, given_policy))
    # writing into any bucket is told at the same resource, and reading there is the same edit
    if found & {"session-cross-user-read", "session-cross-user-write", "session-other-bucket-write"}:
        return
    words = made["placeholders"]["file"].get("alphabet")
    names = [one for one in NAMES if words is None or re.fullmatch(words + "*", one)]
    listing = re.search(r"GetBucket|cos:\*", json.dumps(given_policy)) is not None
    for template in sorted({row["key"] for row in made["uploads"] if "{openid}" in row["key"]}):
        for first in USERS:
            mine = keys_of(template, {"openid": first})
            own = named(given_policy, {"openid": first})
            values = {"openid": first}
            for other in USERS:
                for name in names:
                    key = template.replace("{openid}", other).replace("{file}", name).replace("{name}", name)
                    if other == first or mine.fullmatch(key):
                        continue
                    for action in ("PutObject", "DeleteObject", "GetObject"):
                        if decision(own, f"name/cos:{action}", ROOT + key) == "allow":
                            assert needed(made, f"cos:{action}", ROOT + key, values), (action, first, other, key)
                    if not listing or needed(made, "cos:GetBucket", ROOT + key, values):
                        continue
                    for end in range(len(key) + 1):
                        prefix = ROOT + key[:end]
                        assert decision(own, "name/cos:GetBucket", prefix) != "allow", (first, other, key, prefix)


@settings(LOOK, max_examples=60)
@given(st.data())
def test_the_mend_ends_it(data: st.DataObject) -> None:
    """With the smallest policy in its place no finding is left that told of it, not even at info."""
    made = data.draw(configs())
    told_of = with_policy(made, data.draw(wider(minimal(made))))
    smallest = minimal(told_of)
    assert beyond(with_policy(told_of, smallest)) == []
    twice = {**smallest, "statement": [*smallest["statement"], copy(smallest["statement"][0])]}
    assert beyond(with_policy(told_of, twice)) == []


@settings(LOOK, max_examples=60)
@given(st.data())
def test_a_deny_never_widens(data: st.DataObject) -> None:
    """One more deny: nothing reaches further than before, and no right or setting appears."""
    made = data.draw(configs())
    given_policy = data.draw(wider(minimal(made)))
    before = beyond(with_policy(made, given_policy))
    denied = {**given_policy, "statement": [*given_policy["statement"], data.draw(denies())]}
    after = beyond(with_policy(made, denied))
    assert reach(after) <= reach(before)
    assert {one["rule"] for one in after if reach([one]) < 0} <= {one["rule"] for one in before}


@settings(LOOK, max_examples=60)
@given(st.data())
def test_order_and_repetition_change_nothing(data: st.DataObject) -> None:
    """Statements, actions and resources in another order, and some of them twice: the same rules."""
    made = data.draw(configs())
    given_policy = data.draw(wider(minimal(made)))
    other = copy(given_policy)
    for row in other["statement"]:
        row["action"] = [*reversed(row["action"]), row["action"][0]]
        row["resource"] = [*reversed(row["resource"]), row["resource"][0]]
    other["statement"] = [*reversed(other["statement"]), copy(other["statement"][0])]
    assert {one["rule"] for one in beyond(with_policy(made, other))} == {
        one["rule"] for one in beyond(with_policy(made, given_policy))
    }


def test_a_read_that_one_statement_gives_alone_is_told_in_any_order() -> None:
    """Who may write there is told, and that he may read is the same edit only where the same statement lets him."""
    reads, both = allow("GetObject", "up/{openid}*"), allow("GetObject cos:Put*", "up/{openid}*")
    made = config([upload("putObject", "up/{openid}/{openid}-x-{file}")], None, placeholders=OPENID)
    wanted = {"session-cross-user-write", "session-cross-user-read"}
    for statements in ((reads, both), (both, reads), (both, reads, both), (both, both, reads)):
        found = beyond(with_policy(made, policy(*statements)))
        assert {one["rule"] for one in found} >= wanted, statements
    again = beyond(with_policy(made, policy(both, both)))
    assert "session-cross-user-read" not in {one["rule"] for one in again}


# -- capability by reach -----------------------------------------------------------------------------------------------

OPENID = {"openid": {"identity": True, "alphabet": "[a-z]"}}
OWN = "up/{openid}/{file}"
FOLDER = "up/{openid}/*"


def one_upload(*statements: dict[str, Any], operation: str = "putObject", key: str = OWN) -> Config:
    """One upload whose key is made with these statements."""
    return config([{**upload(operation, key), "max_size": "5MiB"}], policy(*statements), placeholders=OPENID)


def told(made: Config) -> set[tuple[str, str]]:
    """(rule, severity) of what is beyond need."""
    return {(one["rule"], one["severity"]) for one in beyond(made)}


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        # reach is the user's own folder: what the action adds
        ("PutObject", set()),
        ("PutObject PostObject AppendObject", set()),
        ("PutObject AbortMultipartUpload InitiateMultipartUpload UploadPart CompleteMultipartUpload", set()),
        ("PutObject DeleteObject", {("session-own-delete", "medium")}),
        ("PutObject DeleteMultipleObjects", set()),  # COS asks a signed request for DeleteObject, key by key
        ("PutObject GetObject", {("session-own-more", "low")}),
        ("PutObject HeadObject", {("session-own-more", "low")}),
        ("PutObject GetBucket", {("session-own-more", "low")}),
        ("PutObject PutObjectACL", {("session-object-rights", "high")}),
        ("PutObject PutBucketPolicy", set()),  # on objects' resources it is never asked for
    ],
)
def test_what_an_action_adds_in_the_own_folder(actions: str, expected: set[tuple[str, str]]) -> None:
    """A capability that the flows do not have is told; another way to the same one is not."""
    assert told(one_upload(allow(actions, FOLDER))) == expected


@pytest.mark.parametrize(
    ("resource", "rule", "severity", "path"),
    [
        ("up/*", "session-cross-user-write", "critical", "up/"),
        ("up/{openid}*", "session-cross-user-write", "critical", "up/"),
        ("u*", "session-cross-user-write", "critical", "up/"),
        (f"{ROOT}*", "session-cross-user-write", "critical", "up/"),
        ("*", "session-cross-user-write", "critical", "up/"),
        ("*", "session-other-bucket-write", "critical", ""),
        ("*/{openid}/*", "session-cross-user-write", "critical", "up/"),
        ("*{openid}/*", "session-cross-user-write", "critical", "up/"),
        (f"qcs::cos:{REGION}:uid/1250000000:*", "session-other-bucket-write", "critical", ""),
        (f"qcs::cos:{REGION}:uid/1250000000:media*", "session-other-bucket-write", "critical", ""),
    ],
)
def test_whose_files_a_resource_opens(resource: str, rule: str, severity: str, path: str) -> None:
    """The worst reach of a wide resource, with a witness there."""
    found = [one for one in beyond(one_upload(allow("PutObject", resource))) if one["rule"] == rule]
    assert [one["severity"] for one in found] == [severity]
    assert found[0]["witness"]["key"].startswith(path)
    assert (found[0]["witness"]["resource"].startswith(ROOT)) is (rule != "session-other-bucket-write")


@pytest.mark.parametrize("account", ["uid/1250000000", "", "uid/*", "*"])
@pytest.mark.parametrize("region", [REGION, "", "*"])
def test_any_region_and_account_of_one_bucket_are_no_excess(region: str, account: str) -> None:
    """A bucket's name exists once and carries its account, so neither segment opens another bucket."""
    resource = f"qcs::cos:{region}:{account}:{BUCKET}/{FOLDER}"
    assert told(one_upload(allow("PutObject", resource))) == set()


def test_cross_user_reach_names_two_users() -> None:
    """Without a slash a key made for user a opens the folder of user aa."""
    found = beyond(one_upload(allow("PutObject", "up/{openid}*")))
    assert [one["rule"] for one in found] == ["session-cross-user-write"]
    witness = found[0]["witness"]
    assert (witness["user"], witness["other_user"]) == ("a", "aa")
    assert witness["method"] == "PUT" and witness["url"].endswith("/up/aa/a")
    assert f'made for user "a" overwrites a file of user "aa": PUT {witness["url"]}' in found[0]["message"]
    assert found[0]["location"]["file"] == "-" and found[0]["gate"] == "session"


def test_one_length_of_users_ends_the_reach_and_leaves_other_keys() -> None:
    """With one length no user's name begins another's; keys outside the folder are still open."""
    made = one_upload(allow("PutObject", "up/{openid}*"))
    made["placeholders"] = {"openid": {"identity": True, "alphabet": "[a-z]", "length": 4}}
    assert told(made) == {("session-beside-folder", "low")}
    made["sessions"][0]["policy"] = policy(allow("PutObject", "up*"))
    assert told(made) == {("session-cross-user-write", "critical")}


def test_reading_files_of_others_is_told_as_reading() -> None:
    """The same reach, another capability."""
    assert told(one_upload(allow("GetObject", "up/*"), operation="getObject")) == {("session-cross-user-read", "high")}


def test_files_outside_every_folder() -> None:
    """Without users in the keys, a wider folder is other keys."""
    made = one_upload(allow("PutObject", f"{ROOT}*"), key="up/{file}")
    assert told(made) == {("session-other-keys-write", "high")}


def test_listing_outside_the_folder() -> None:
    """Names of files: those of other users where keys have users, those of other folders where they have none."""
    listing = allow("GetBucket", f"{ROOT}*")
    found = beyond(one_upload(allow("PutObject", FOLDER), listing))
    assert {("session-cross-user-read", "high")} <= {(one["rule"], one["severity"]) for one in found}
    assert {one["witness"]["action"] for one in found} == {"name/cos:GetBucket"}
    without_users = one_upload(allow("PutObject", "up/*"), listing, key="up/{file}")
    assert ("session-lists-bucket", "medium") in told(without_users)


def test_bucket_rights_and_settings() -> None:
    """`PutBucket*` on a bucket reaches its policy and its settings."""
    found = told(one_upload(allow("PutObject", FOLDER), allow("cos:PutBucket*", f"{ROOT}*")))
    assert found >= {("session-bucket-rights", "critical"), ("session-bucket-settings", "critical")}


def test_an_action_that_no_list_knows_is_reached_by_a_wildcard() -> None:
    """`cos:*` in the own folder: delete, rights of objects, and whatever comes."""
    found = {rule for rule, _ in told(one_upload(allow("cos:*", FOLDER)))}
    assert found >= {"session-future-actions", "session-own-delete", "session-object-rights"}


@pytest.mark.parametrize("resource", ["*", "qcs::ci:ap-guangzhou:uid/1250000000:bucket/media-1250000000/*"])
def test_other_services_have_a_witness_that_is_allowed(resource: str) -> None:
    """Another product's action, on a resource that the policy grants it on."""
    given_policy = policy(allow("PutObject", FOLDER), allow("ci:*", resource))
    found = [one for one in beyond(one_upload(*given_policy["statement"])) if one["rule"] == "session-other-services"]
    assert len(found) == 1
    witness = found[0]["witness"]
    assert decision(given_policy, witness["action"], witness["resource"]) == "allow", witness


def test_a_deny_takes_the_excess_away() -> None:
    """What a deny stops is not told."""
    made = one_upload(allow("PutObject DeleteObject", FOLDER), deny("DeleteObject", "*"))
    assert told(made) == set()
    assert rules(made) & {"session-denied", "session-missing-action"} == set()


def test_a_deny_that_a_condition_may_lift_takes_nothing_away() -> None:
    """The holder leaves out the header that the deny asks for."""
    lifted = deny("DeleteObject", "*", string_equal={"cos:x-cos-acl": "private"})
    assert ("session-own-delete", "medium") in told(one_upload(allow("PutObject DeleteObject", FOLDER), lifted))


# -- what is needed is never told --------------------------------------------------------------------------------------

SHARED = [upload("getObject", "files/{path}", "read"), upload("putObject", "files/{openid}/{file}", "write")]
WRITE = allow("PutObject", "files/{openid}/*")


@pytest.mark.parametrize(
    "read",
    [
        [allow("GetObject", "files/*")],
        [allow("GetObject HeadObject", "files/*")],
        [allow("GetObject", f"qcs::cos:{REGION}:uid/1250000000:prefix//1250000000/media/files/*")],
        [allow("GetObject", f"qcs::cos::uid/1250000000:{BUCKET}/files/*")],
        [allow("GetObject", f"qcs::cos:{REGION}::{BUCKET}/files/*")],
        [allow("GetObject", "files/*"), allow("GetObject", "files/x/*")],
        [allow("GetObject", "files/*", "files/x/*")],
        [allow("GetObject", "files/x/*")],
        [allow("GetObject", "files/**")],
    ],
    ids=["exact", "head", "legacy", "any region", "own account", "twice", "covered", "narrower", "two stars"],
)
def test_reading_that_a_flow_needs_is_no_reach_to_other_users(read: list[dict[str, Any]]) -> None:
    """The shared files are read by design; however the same resource is written, nobody is told off for it."""
    made = config(SHARED, policy(WRITE, *read), placeholders=OPENID)
    assert [one["message"] for one in beyond(made) if one["severity"] != "info"] == []


def test_a_wider_folder_beside_a_shared_one_is_told_by_its_own_witness() -> None:
    """`pub*` opens too much, and the shared files are not the proof of it."""
    uploads = [*SHARED, upload("getObject", "pub/{path}", "public")]
    made = config(uploads, policy(WRITE, allow("GetObject", "files/*", "pub*")), placeholders=OPENID)
    found = [one for one in beyond(made) if one["severity"] != "info"]
    assert [one["rule"] for one in found] == ["session-other-keys-read"]
    assert found[0]["witness"]["key"].startswith("pub")


# -- witnesses as people have them -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actions", "resource", "keys"),
    [
        ("PutObject", "up/{openid}*", r"up/[\w-]{28}.*"),
        ("PutObject DeleteObject", FOLDER, r"up/[\w-]{28}/.+"),
        ("PutObject DeleteObject", f"{ROOT}*", r"(?!up/).*|up/[\w-]{28}/.+"),
    ],
)
def test_the_holder_in_a_witness_is_a_value_that_the_placeholder_may_have(
    actions: str, resource: str, keys: str
) -> None:
    """With openids of 28 characters nobody is called `a`."""
    made = one_upload(allow(actions, resource))
    made["placeholders"] = {"openid": {"identity": True, "alphabet": "[A-Za-z0-9_-]", "length": 28}}
    found = beyond(made)
    assert found
    for one in found:
        assert re.fullmatch(keys, one["witness"]["key"]), one["witness"]


def test_the_holder_in_a_witness_is_nobody_whom_a_deny_names() -> None:
    """The file of a user called a is denied, so the witness is another one."""
    given_policy = policy(allow("PutObject DeleteObject", FOLDER), deny("DeleteObject", "up/a*"))
    found = [one["witness"] for one in beyond(one_upload(*given_policy["statement"]))]
    assert found
    for witness in found:
        user = re.fullmatch(r"up/([a-z]+)/.+", witness["key"])
        assert user is not None
        assert decision(named(given_policy, {"openid": user[1]}), witness["action"], witness["resource"]) == "allow"


def test_a_user_behind_a_free_part_is_read_back_as_he_is() -> None:
    """The key `ab` is `{file}{openid}` of user b, whose file is called a; no user is called ab there."""
    made = one_upload(allow("PutObject", f"{ROOT}*"), key="{file}a{openid}/x")
    found = [one["witness"] for one in beyond(made) if one["rule"] == "session-cross-user-write"]
    assert found
    for witness in found:
        assert keys_of("{file}a{openid}/x", {"openid": witness["other_user"]}).fullmatch(witness["key"]), witness


@pytest.mark.parametrize(
    ("key", "resource"),
    [("{date}/{openid}/{file}", "*"), ("{date}-{openid}.jpg", f"{ROOT}*"), ("{date}a{openid}", f"{ROOT}*")],
)
def test_a_user_of_28_characters_behind_a_free_part_is_not_missed(key: str, resource: str) -> None:
    """A search that would be too long is no proof that nothing is there: told, or said to be unknown."""
    made = one_upload(allow("PutObject", resource), key=key)
    made["placeholders"] = {"openid": {"identity": True, "alphabet": "[A-Za-z0-9_-]", "length": 28}}
    code, found = answered(made, "check")
    assert "session-cross-user-write" in {one["rule"] for one in found["findings"]} or code == 3


# -- placeholders ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alphabet", "sent"), [(None, "*"), ("[a-z*]", "*"), ("[a-z/.]", None), ("[a-z]", None)])
def test_a_value_that_the_phone_chooses_is_critical(alphabet: str | None, sent: str | None) -> None:
    """With `from: client` the witness is the value to send; what it opens is allowed."""
    declared = {"identity": True, "from": "client", **({"alphabet": alphabet} if alphabet else {})}
    given_policy = policy(allow("PutObject", FOLDER))
    made = config([upload("putObject", OWN)], given_policy, placeholders={"openid": declared})
    found = [one for one in findings(made) if one["rule"] == "session-client-chosen-value"]
    assert [one["severity"] for one in found] == ["critical"]
    if sent is not None:
        assert found[0]["witness"]["send"] == f"openid={sent}"
        opened = named(given_policy, {"openid": sent})
        assert decision(opened, "name/cos:PutObject", f"{ROOT}up/somebody/1.jpg") == "allow"
    made["placeholders"]["openid"]["from"] = "server"
    assert "session-client-chosen-value" not in rules(made)


def test_keys_that_do_not_tell_users_apart_are_told_at_the_key() -> None:
    """`up/{openid}{file}`: the key `up/ab` is one of user a and one of user ab."""
    found = [
        one
        for one in findings(one_upload(allow("PutObject", "up/{openid}*"), key="up/{openid}{file}"))
        if one["severity"] != "info"
    ]
    assert [(one["rule"], one["severity"]) for one in found] == [("session-keys-overlap", "critical")]


def test_a_placeholder_of_the_policy_that_stands_in_no_key() -> None:
    """`{uid}` of the policy and `{openid}` of the key are different things: not a pass, and not nobody's to settle."""
    made = one_upload(allow("PutObject", "up/{uid}/*"))
    assert {verdict for _, _, verdict in rows(made)} <= {"unknown", "blocked"}
    for one in answered(made, "check")[1]["unknown"]:
        assert one["settle"] != {"fact": "cam.condition.values"}


# -- noise -------------------------------------------------------------------------------------------------------------


def test_a_principal_is_info_and_a_duration_within_the_default_is_nothing() -> None:
    """Both are what the official demos send."""
    made = one_upload({**allow("PutObject", FOLDER), "principal": {"qcs": ["*"]}})
    made["sessions"][0]["duration"] = 1800
    assert {(one["rule"], one["severity"]) for one in findings(made)} == {("policy-principal", "info")}


def test_the_upload_itself_may_carry_an_acl_and_that_is_no_excess() -> None:
    """The smallest policy cannot forbid it either; a condition that lets a public one pass is told."""
    assert told(one_upload(allow("PutObject", FOLDER))) == set()
    loose = allow("PutObject", FOLDER, string_like_if_exist={"cos:x-cos-acl": "p*"})
    assert ("session-public-acl", "info") in told(one_upload(loose))
    tight = allow("PutObject", FOLDER, string_equal_if_exist={"cos:x-cos-acl": "private"})
    assert told(one_upload(tight)) == {("session-public-acl", "info")}  # the headers that name somebody remain
    named = ("read", "read-acp", "write-acp", "full-control")
    nobody = [deny("PutObject", FOLDER, string_like={f"cos:x-cos-grant-{one}": "*"}) for one in named]
    assert told(one_upload(tight, *nobody)) == set()


def test_two_sessions_are_told_apart() -> None:
    """A key is judged by its own uploads; files of users of the other session are files of others."""
    other = {**upload("putObject", "chat/{openid}/{file}", "chat"), "session": "chat"}
    made = config([upload("putObject", OWN), other], policy(allow("PutObject", FOLDER, "chat/*")), placeholders=OPENID)
    made["sessions"].append({"name": "chat", "policy": policy(allow("PutObject", "chat/{openid}/*"))})
    found = [one for one in beyond(made) if one["severity"] != "info"]
    assert {one["subject"]["session"] for one in found} == {"key"}
    assert {one["rule"] for one in found} == {"session-cross-user-write"}
    assert found[0]["witness"]["key"].startswith("chat/")


# -- what is not known -------------------------------------------------------------------------------------------------


def tangled(letters: str) -> list[dict[str, Any]]:
    """An allow that a search over all orders of letters must look into, the denies leaving one of them."""
    orders = [f"*{second}*{first}*" for first, second in combinations(letters, 2)]
    return [allow("DeleteObject", f"*{'*'.join(letters)}*"), deny("DeleteObject", *orders)]


@pytest.mark.parametrize("letters", ["ABCDEFGHIJKL", "ABCDEFGHIJKLMNOPQRSTUV"])
def test_a_search_that_is_given_up_is_unknown(letters: str) -> None:
    """What could not be looked through is never taken for nothing; the policy that is to be simpler is named."""
    made = one_upload(allow("PutObject", FOLDER), *tangled(letters))
    code, found = answered(made, "check")
    (unknown,) = found["unknown"]
    assert unknown["settle"] == {"describe": "sessions[0].policy"}
    assert unknown["gate"] == "session" and "statement 2 " in unknown["reason"]
    assert found["summary"]["unknown"] == 1
    failing = [one for one in found["findings"] if one["severity"] not in ("low", "info")]
    assert code == (1 if failing else 3)


def test_the_work_of_a_session_is_bounded() -> None:
    """All questions about a session draw on one stated sum, which grows with its size by a fixed amount."""
    policy_ = loads(json.dumps(policy(allow("PutObject", FOLDER), *tangled("ABCDEFGHIJKLMNOPQRSTUV"))), "policy")
    inventory = alone(policy_, "policy")
    analysis = excess._Analysis(inventory.sessions[0], (), excess.Targets((), {}), inventory)
    found = tuple(analysis.all())
    assert analysis.work.budget <= excess.WORK + excess.WORK_EACH * 300
    assert analysis.work.left >= -100_000  # a question that has begun ends its step
    assert analysis.stuck or found


def test_a_feature_set_is_not_known() -> None:
    """Which actions `permid/...` holds is written nowhere: not that it holds none."""
    made = one_upload(allow("PutObject", FOLDER), {**allow("*", f"{ROOT}*"), "action": ["permid/280655"]})
    _, found = answered(made, "check")
    (unknown,) = found["unknown"]
    assert unknown["settle"] == {"fact": "cam.actions.feature-set"}
    assert "`permid/280655`" in unknown["reason"] and "statement 2 " in unknown["reason"]
    assert found["summary"]["unknown"] == 1
    denied = {**allow("*", f"{ROOT}*"), "effect": "deny", "action": ["permid/280655"]}
    assert [
        one
        for one in answered(one_upload(allow("PutObject", FOLDER), denied), "check")[1]["unknown"]
        if "lets more" in one["reason"]
    ] == []


def test_the_gate_rests_an_unknown_feature_set_on_its_own_fact() -> None:
    """The upload may be let through by the set alone: what would settle it is what the set holds."""
    made = one_upload({**allow("*", FOLDER), "action": ["permid/280655"]})
    settled = [one["settle"] for one in answered(made, "check")[1]["unknown"]]
    assert settled and set(map(str, settled)) == {"{'fact': 'cam.actions.feature-set'}"}


def test_pages_that_disagree_make_a_tentative_finding() -> None:
    """COS may ask for UploadPartCopy or for PutObject: a maybe, and none beside a sure one."""
    (one,) = beyond(one_upload(allow("PutObject", FOLDER), allow("UploadPartCopy", f"{ROOT}*")))
    assert (one["rule"], one["confidence"]) == ("session-cross-user-write", "tentative")
    both = beyond(one_upload(allow("PutObject", FOLDER), allow("PutObject UploadPartCopy", f"{ROOT}*")))
    assert {(one["rule"], one["confidence"]) for one in both} == {("session-cross-user-write", "certain")}


# -- whose keys --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", [ROOT, "up/", "u*", "up/{openid}", f"{ROOT}*"])
def test_a_list_shows_every_key_that_begins_with_its_prefix(resource: str) -> None:
    """The file of the other user begins with the prefix that is listed."""
    found = [
        one
        for one in beyond(one_upload(allow("PutObject", FOLDER), allow("GetBucket", resource)))
        if one["rule"] == "session-cross-user-read"
    ]
    (witness,) = [one["witness"] for one in found]
    assert witness["user"] != witness["other_user"]
    assert witness["key"].startswith(witness["resource"].removeprefix(ROOT))
    assert keys_of(OWN, {"openid": witness["other_user"]}).fullmatch(witness["key"])


def test_a_session_of_no_upload_is_compared_with_the_users_of_all() -> None:
    """Its policy names no user, so only the uploads of the other session tell whose files these are."""
    made = one_upload(allow("PutObject", FOLDER))
    made["sessions"].append({"name": "other", "policy": policy(allow("PutObject DeleteObject GetObject", "up/*"))})
    (one,) = [one for one in beyond(made) if one["severity"] == "critical"]
    assert (one["rule"], one["subject"]["session"]) == ("session-cross-user-write", "other")


def test_what_all_users_read_is_no_user_s_own() -> None:
    """Overwriting it is told by its reach, in its own words, and not as the user's own files."""
    made = one_upload(allow("GetObject PutObject", "pub/*"), operation="getObject", key="pub/{file}")
    (one,) = beyond(made)
    assert (one["rule"], one["severity"]) == ("session-shared-write", "high")
    assert "that all users share" in one["message"] and "own files" not in one["message"]

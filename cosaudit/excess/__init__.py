"""What a key lets its holder do beyond what the described uploads need, graded by capability × reach.

Need is measured as the smallest policy that CAM can express: free parts of a key are `*`, so the keys that `*` lets
in beside them are no excess. What adds no capability on keys that the flows reach anyway is none either.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cosaudit.cam.condition import glob as matches
from cosaudit.cam.condition import holds
from cosaudit.cam.language import ResourceTemplate, allowed
from cosaudit.cam.pattern import BUDGET, Free, GaveUp, Work, area, glob, template, uncovered
from cosaudit.cam.policy import Area, Context, Known, Truth, atom, atom_name
from cosaudit.cos import actions as catalogue
from cosaudit.cos import conditions
from cosaudit.excess.dead import alive
from cosaudit.excess.prefixes import narrowed
from cosaudit.excess.users import Crossing, Targets, ask, crossing, examples, identities, listing, nonempty
from cosaudit.flows import copied, copies
from cosaudit.gates import asked
from cosaudit.model import Auth

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from cosaudit.cam.pattern import Language
    from cosaudit.cam.policy import Action, Policy, Resource, Statement
    from cosaudit.model import Bucket, Inventory, Session
    from cosaudit.run import Run

T = TypeVar("T")

_BRACES = re.compile(r"(\{[A-Za-z_][A-Za-z0-9_-]*)\}")

#: Capabilities on objects that change something; the others only look.
WRITES = ("overwrite", "delete")
#: Those that change a file or what is said of it.
CHANGES = (*WRITES, "configure")

#: Characters of the names that a witness gives to other buckets.
_BUCKET_CHARS = ((48, 57), (97, 122))
_DIGITS = ((48, 57),)
#: What stands in a witness where a policy that is read alone says any region, any account.
_REGION, _ACCOUNT = "ap-guangzhou", "uid/1250000000"
#: An action that no catalogue has: only a wildcard grants it.
UNKNOWN_ACTION = "cos:A"
#: Steps that all questions about one session may cost together (see `pattern.BUDGET`), and those for each of its needs
#: and resources beside that.
WORK, WORK_EACH = BUDGET // 2, 2_000
#: The fact on which it rests that nobody knows what a feature set holds.
FEATURE_SET = "cam.actions.feature-set"


class Need(NamedTuple):
    """Something that a flow needs: an action on every resource of a template."""

    action: str  # `cos:PutObject`
    capability: str
    resource: ResourceTemplate
    flow: str | None
    bucket: Bucket
    exact: tuple[str | Free, ...]  # the path, with symbols for all that the session's policy names too

    @property
    def text(self) -> str:
        """The smallest pattern of it, as `service:region:account:path`."""
        one = self.resource
        path = smallest(self.exact)
        if self.capability == "list" and not path.endswith("*"):
            path += "*"  # a list of what begins with a prefix shows all of it
        return f"{one.service}:{one.region}:{one.account}:{path}"

    @property
    def reach(self) -> ResourceTemplate:
        """The resources whose like the need is: for a list, all that begins with the prefix."""
        one = self.resource
        return one._replace(path=(*one.path, Free(None, 0, None))) if self.capability == "list" else one


class Excess(NamedTuple):
    """One thing that a key lets through beyond need, with a request that shows it."""

    kind: str  # the id of the rule that tells it
    session: Session
    capability: str
    statement: Statement
    element: Action | Resource  # what a person narrows
    action: str  # `name/cos:PutObject`
    resource: str  # six segments, placeholders filled in
    method: str | None
    url: str | None
    users: tuple[str, str] | None  # the holder of the key, and whose file it is
    also: tuple[str, ...] = ()  # other capabilities of the same reach
    alone: bool = False  # the policy was read without any upload
    holder: Mapping[str, str] = {}  # placeholder → the value that it has in the resource
    doubt: str | None = None  # its confidence, where it hangs on a condition that may hold or on what pages disagree
    shows: str | None = None  # the resource of the file that a listing shows
    shared: bool = False  # the keys of its resource have no user in them

    @property
    def key(self) -> str:
        """The object key that is reached; empty for a bucket and for everything."""
        resource = self.shows or self.resource
        return resource.partition("/")[2].partition("/")[2] if resource != "*" else ""


class Unsettled(NamedTuple):
    """What is not known of a statement: whether it lets more through than is needed."""

    session: Session
    statement: Statement
    reason: str
    describe: str | None  # the field of the configuration that would settle it
    fact: str | None  # or the fact that nobody knows


class Found(NamedTuple):
    """What a key lets through beyond need, and what of that is not known."""

    excesses: tuple[Excess, ...]
    unsettled: tuple[Unsettled, ...]


class _Granted(NamedTuple):
    """What a policy grants of one capability: an action to show it with, and its resources."""

    action: str
    form: str  # what its resource must be: object, bucket, bucket_or_prefix, any
    plus: tuple[Language, ...]
    minus: tuple[Language, ...]
    areas: tuple[Area, ...]
    rows: tuple[Statement, ...]  # the statements that allow it
    within: tuple[tuple[Language, ...], ...] = ()  # what the issuer may do himself
    tentative: bool = False  # pages disagree on whether COS asks for this action


@lru_cache(maxsize=1)  # several rules of one run ask
def needs(run: Run) -> dict[int, list[Need]]:
    """Session → what its flows need, each once."""
    found: dict[int, dict[tuple[str, ResourceTemplate], Need]] = {}
    placeholders = run.inventory.placeholders
    for block, _ in run.blocks:
        transfer = block.transfer
        if transfer is None or transfer.session is None or block.bucket is None:
            continue
        if transfer.auth not in (Auth.CLIENT, Auth.SERVER_TEMPORARY):
            continue
        own = found.setdefault(transfer.session, {})
        for shape in {shape.action: shape for shape in block.shapes}.values():
            request = block.request(shape)
            source = copied(request) if copies(request) else None
            for one in (request, source) if source is not None else (request,):
                resource = asked.template(one, placeholders)
                assert one.shape is not None and one.bucket is not None
                name = catalogue.bare(one.shape.action)
                if (name, resource) not in own:
                    policy = run.inventory.sessions[transfer.session].policy
                    fixed = asked.chosen(one, policy, placeholders) if policy is not None else frozenset()
                    exact = asked.template(one, placeholders, fixed).path if fixed else resource.path
                    gained = catalogue.capability(name)
                    own[name, resource] = Need(name, gained, resource, transfer.name, one.bucket, exact)
    return {session: list(own.values()) for session, own in found.items()}


@lru_cache(maxsize=1)  # several rules of one run ask
def everyone(run: Run) -> Targets:
    """The keys of users, of the uploads of all sessions."""
    return Targets([need.resource for some in needs(run).values() for need in some], run.inventory.placeholders)


def smallest(path: Iterable[str | Free]) -> str:
    """The smallest pattern of CAM that holds every key of a template: free parts are `*`."""
    found = ""
    for part in path:
        # braces of a key's own would be read as a placeholder of the policy: the nearest pattern has a star there
        piece = _BRACES.sub(r"\1*", part) if isinstance(part, str) else "" if part.most == 0 else "*"
        if piece != "*" or not found.endswith("*"):
            found += piece
    return found


def holder_truth(statement: Statement, action: str) -> Truth:
    """Can the conditions of a statement hold for a request that the holder of a key makes up as he likes?"""
    if not statement.conditions:
        return Truth.TRUE
    keys = {one.key for one in statement.conditions}
    values = {key: Known.ABSENT for key in keys if conditions.presence(key, f"name/{action}") == "never"}
    return holds(statement.conditions, Context(values, Known.UNKNOWN))


def grants(statement: Statement, action: str) -> bool:
    """Does a statement name an action, by name or by wildcard?"""
    patterns = tuple([one.pattern for one in statement.actions])
    if action in catalogue.known():
        return action in _known_to(patterns)
    return any(one is not None and matches(one, action) for one in patterns)


@lru_cache(maxsize=4096)  # the statements of a team name the same actions again and again
def _known_to(patterns: tuple[str | None, ...]) -> frozenset[str]:
    """The known actions that some of the patterns match."""
    some = [one for one in patterns if one is not None]
    wild = [one for one in some if "*" in one]
    return frozenset([name for name in catalogue.known() if name in some or any(matches(one, name) for one in wild)])


def of_session(session: Session, needed: Sequence[Need], everyone: Targets, inventory: Inventory) -> Found:
    """What the session's policy lets through beyond what its flows need.

    Args:
        session: with a policy.
        needed: what its flows need; empty: the policy is taken alone, and then only what no client should have counts:
            several buckets, a whole bucket, rights and configuration.
        everyone: the keys of users, of the flows of all sessions: what a key for one must not reach of another.
    """
    analysis = _Analysis(session, needed, everyone, inventory)
    return Found(tuple(analysis.all()), tuple(analysis.unsettled()))


class _Analysis:
    """The questions about one session."""

    def __init__(self, session: Session, needed: Sequence[Need], everyone: Targets, inventory: Inventory) -> None:
        policy = alive(session.policy, inventory.regions, inventory.homes)
        self.session = session
        self.policy = policy
        self.placeholders = inventory.placeholders
        self.needs = tuple(needed)
        self.targets = [everyone]
        #: each statement with the known actions that it names, and all that some statement allows
        self.named = [(row, _known_to(tuple([one.pattern for one in row.actions]))) for row in policy.statements]
        self.listing = narrowed(policy)
        self.open = frozenset().union(*[known for row, known in self.named if row.allow])
        issuer = session.issuer
        self.issuer: Policy | None = issuer.policy if issuer is not None else None
        self.alone = not needed
        size = len(needed) + sum([len(row.resources) for row in policy.statements])
        self.work = Work(WORK + WORK_EACH * size)
        #: the statements of which a question was too hard
        self.stuck: dict[int, Statement] = {}
        #: bucket → (region, account)
        self.buckets: dict[str, tuple[str, str]] = {}
        #: the smallest patterns of what is needed, by capability
        self.texts: dict[str, dict[str, None]] = {}
        for need in needed:
            self.texts.setdefault(need.capability, {})[need.text] = None
            head = need.resource.path[0]
            assert isinstance(head, str)  # the bucket
            self.buckets[head.partition("/")[0]] = (need.resource.region, need.resource.account)
        if self.alone:
            self._suppose()
        #: the keys that are needed, none of their free parts empty
        reaches = dict.fromkeys([need.reach for need in needed])
        of_users = [one for one in reaches if identities(one, self.placeholders)]
        self.keys = [_language(one._replace(path=nonempty(one.path))) for one in of_users]
        #: and as prefixes of a list, which may end where a free part begins
        self.prefixes = [
            _language(
                one._replace(
                    path=tuple([part._replace(least=0) if isinstance(part, Free) else part for part in one.path])
                )
            )
            for one in of_users
        ]
        #: those of them that have no user in them
        self.shared = [_language(one._replace(path=nonempty(one.path))) for one in reaches if one not in of_users]
        #: the smallest patterns of those that have one
        self.owned = dict.fromkeys([need.text for need in needed if identities(need.resource, self.placeholders)])
        self.every = list(dict.fromkeys([text for texts in self.texts.values() for text in texts]))
        self.folders = list(dict.fromkeys([_folder(text) for text in self.every]))
        #: what begins with a user's own part of the keys
        self.begun = list(dict.fromkeys([_begun(text) for text in self.owned]))

    def _suppose(self) -> None:
        """A policy that stands alone is taken to be for objects in the folders that it names; users have folders."""
        users: list[ResourceTemplate] = []
        for statement in self.policy.statements:
            for resource in statement.resources if statement.allow else ():
                for one in resource.areas:
                    name, slash, key = one.path.partition("/")
                    if one.service not in ("cos", "*") or "*" in name or not name or not slash:
                        continue
                    region, account = _home(one)
                    self.buckets.setdefault(name, (region, account))
                    symbols = [index for index, char in enumerate(one.path) if atom_name(char) is not None]
                    if symbols:
                        folder = one.path[: symbols[-1] + 1].replace("*", "") + "/"
                        users.append(ResourceTemplate("cos", region, account, (folder, Free(None, 1, None))))
                    if key and not key.startswith("*"):
                        for capability in ("overwrite", "delete", "read", "list", "uploads"):
                            self.texts.setdefault(capability, {})[f"cos:{region}:{account}:{one.path}"] = None
        self.targets.append(Targets(users, self.placeholders))

    # -- what is granted --------------------------------------------------------------------------------------------

    def _granted(self, capability: str) -> Iterator[_Granted]:
        """What the policy grants of a capability, once for each different set of statements and form of resource."""
        seen: set[tuple[object, ...]] = set()
        for action in by_usefulness(capability):
            if action not in self.open:
                continue
            statements = [one for one, known in self.named if action in known]
            form = _form(action)
            key = (form, *[one.index for one in statements])
            if key in seen or not any(one.allow for one in statements):
                continue
            plus, minus = allowed(self._policy(action), action, partial(holder_truth, action=action))
            if not plus:
                continue
            named = {row.index for row in statements if row.allow}
            rows = [row for row in self._policy(action).statements if row.index in named]
            areas = [one for row in rows for resource in row.resources for one in resource.areas]
            if not any(row.conditions for row in statements):
                seen.add(key)  # with conditions another action may be granted where this one is not
            within, less = self._of_issuer(action)
            yield _Granted(
                action, form, tuple(plus), (*minus, *less), tuple(areas), tuple(rows), within, disputed(action)
            )

    def _policy(self, action: str) -> Policy:
        """The policy as it is for an action: on listings a condition on the prefix is one on the resource."""
        return self.listing if _form(action) == "bucket_or_prefix" else self.policy

    def _of_issuer(self, action: str) -> tuple[tuple[tuple[Language, ...], ...], list[Language]]:
        """What the issuer may do himself, which bounds the key: a union, and what is denied."""
        if self.issuer is None:
            return (), []
        issuer = narrowed(self.issuer) if _form(action) == "bucket_or_prefix" else self.issuer
        plus, minus = allowed(issuer, action, partial(holder_truth, action=action))
        return (tuple(plus),), minus

    def _shortest(self, granted: _Granted, minus: Sequence[Language], among: Sequence[Language]) -> str | None:
        """The shortest granted resource in one of `among` and in none of `minus`; what is too hard is kept as that."""
        less = [*granted.minus, *minus]
        left, _ = uncovered(granted.plus, less, self.work)
        found = ask([left, among, *granted.within], less, self.work)
        return self._kept(found, granted)

    def _kept(self, found: T | GaveUp | None, granted: _Granted) -> T | None:
        """An answer; one that was given up is kept as a statement of which something is not known."""
        if isinstance(found, GaveUp):
            self.stuck.update({row.index: row for row in granted.rows[:1]})
            return None
        return found

    def unsettled(self) -> Iterator[Unsettled]:
        """What could not be told, after all has been asked."""
        for row in self.stuck.values():
            field = f"sessions[{self.session.index}].policy"
            if self.session.source == "alone":
                field = f"statement[{row.index}]"
            reason = (
                f"statement {row.index + 1} is too hard to judge, so whether it lets more through than is needed is "
                f"not known: name its resources with fewer `*`, and deny less"
            )
            yield Unsettled(self.session, row, reason, field, None)
        for row in self.policy.statements:
            sets = [one.text for one in row.actions if one.opaque]
            if row.allow and sets and any(resource.areas for resource in row.resources):
                named = ", ".join([f"`{one}`" for one in sets[:3]]) + (" and more" if len(sets) > 3 else "")
                reason = (
                    f"which actions {named} holds is written nowhere, so whether statement {row.index + 1} lets more "
                    f"through than is needed is not known: name the actions"
                )
                yield Unsettled(self.session, row, reason, None, FEATURE_SET)

    def all(self) -> Iterator[Excess]:
        """All that goes beyond need: one for each reach that a person would narrow on its own."""
        found: dict[tuple[str, int, str], Excess] = {}
        by: dict[tuple[str, int, str], set[tuple[int, str]]] = {}
        for capability in (*CHANGES, "read", "list", "rights", "settings"):  # what is told of writing comes first
            told = frozenset[tuple[int, str]]() if capability in CHANGES else _of(by, "-write")
            needed = self.texts.get(capability, {})
            for granted in self._granted(capability):
                if needed and not self.alone and all(":".join(map(str, one)) in needed for one in granted.areas):
                    continue  # exactly what is needed
                questions = self._objects if capability in (*WRITES, "read", "list") else self._settings
                for excess in questions(capability, granted, told):
                    key = (excess.kind, excess.statement.index, excess.element.text)
                    first = found.get(key)
                    if granted.tentative and any(one[:2] == key[:2] for one in found):
                        continue  # it is told by an action of which pages agree
                    if first is None:
                        found[key] = excess
                        by[key] = set(self._places(excess))
                    elif excess.capability not in (first.capability, *first.also):
                        found[key] = first._replace(also=(*first.also, excess.capability))
        written = _of(by, "-write")
        for excess in found.values():  # who may write there is told; that he may read too is the same edit
            left = self._elsewhere(excess, written) if excess.kind.endswith("-read") else excess
            if left is not None:
                yield left
        all_told = set(_of(by))
        for excess in self._unfinished():
            left = self._elsewhere(excess, all_told)
            if left is not None:
                all_told.update(self._places(left))
                yield left
        yield from self._beyond_catalogue()

    def _places(self, excess: Excess) -> dict[tuple[int, str], tuple[Statement, Action | Resource]]:
        """All that lets the same through: by statement and element."""
        action = excess.action.removeprefix("name/")
        text = excess.resource.removeprefix("qcs::") if excess.resource != "*" else None
        some = self._because(excess.kind, action, text, excess.holder)
        return {(row.index, element.text): (row, element) for row, element in some}

    def _elsewhere(self, excess: Excess, taken: Container[tuple[int, str]]) -> Excess | None:
        """An excess as one of what is not told yet and lets it through too; None where there is nothing of that."""
        for key, (row, element) in self._places(excess).items():
            if key not in taken:
                doubt = _doubt(row, excess.action.removeprefix("name/"))
                return excess._replace(statement=row, element=element, doubt=doubt)
        return None

    # -- the questions ----------------------------------------------------------------------------------------------

    def _objects(
        self, capability: str, granted: _Granted, told: frozenset[tuple[int, str]] = frozenset()
    ) -> Iterator[Excess]:
        """Objects and lists of objects: other buckets, other users, other folders, own keys.

        `told`: the statements and resources of which it is told that they reach another user, so need not be again.
        """
        suffix = "write" if capability in CHANGES else "read"
        if granted.form == "any":
            if _on_everything(granted):
                yield self._make(f"session-other-bucket-{suffix}", capability, granted, None, None)
            return
        least = 0 if granted.form == "bucket_or_prefix" else 1
        other = self._other_bucket(granted, least)
        if other is not None:
            yield self._make(f"session-other-bucket-{suffix}", capability, granted, other, None)
        crossed = self._cross_user(capability, granted, told)
        if crossed is not None:
            yield self._make(f"session-cross-user-{suffix}", capability, granted, crossed.text, crossed)
        outside = None
        crosses = crossed is not None or (told and self._cross_user(capability, granted, frozenset()) is not None)
        if not crosses:
            outside = self._inside(granted, least, self.folders)
            if outside is not None and not self.alone:
                # nobody else's name begins with the user's own, or it would be told as his
                far = self._inside(granted, least, [*self.folders, *self.begun])
                if far is None:
                    yield self._make("session-beside-folder", capability, granted, outside, None)
                    return
                outside = far
            if outside is not None:
                kind = "session-lists-bucket" if capability == "list" else f"session-other-keys-{suffix}"
                yield self._make(kind, capability, granted, outside, None)
        if self.alone:
            return
        of_capability = [glob(one) for one in self.texts.get(capability, ())]
        shared = self._among(granted, [*of_capability, *map(glob, self.owned)], self.shared)
        if shared is not None and capability in WRITES:
            yield self._make("session-shared-write", capability, granted, shared, None)
            return
        own = self._among(granted, of_capability, self.prefixes if capability == "list" else self.keys)
        if own is not None:
            kind = "session-own-delete" if capability in WRITES else "session-own-more"
            yield self._make(kind, capability, granted, own, None)
        elif shared is not None:
            yield self._make("session-own-more", capability, granted, shared, None)._replace(shared=True)
        elif not crosses and outside is None:
            beside = self._among(granted, [*of_capability, *map(glob, self.every)], [glob(one) for one in self.folders])
            if beside is not None:
                yield self._make("session-own-folder", capability, granted, beside, None)

    def _unfinished(self) -> Iterator[Excess]:
        """Unfinished uploads of others: their names are listed, and they are ended, by actions of no other use.

        Of statements that let files be overwritten too that is told, or it is needed.
        """
        overwrite = frozenset(by_usefulness("overwrite"))
        worse = {row.index for row, known in self.named if not overwrite.isdisjoint(known)}
        needed = self.texts.get("uploads", {})
        for granted in self._granted("uploads"):
            if needed and not self.alone and all(":".join(map(str, one)) in needed for one in granted.areas):
                continue
            if not self.alone and all(row.index in worse for row in granted.rows):
                continue
            for excess in self._objects("uploads", granted):
                if not excess.kind.startswith("session-own"):
                    yield excess._replace(kind="session-other-uploads")

    def _settings(
        self, capability: str, granted: _Granted, told: frozenset[tuple[int, str]] = frozenset()
    ) -> Iterator[Excess]:
        """Rights, configuration and settings: of objects, or of the bucket."""
        kinds = {
            "rights": "session-bucket-rights",
            "configure": "session-bucket-settings",
            "settings": "session-bucket-settings-read",
        }
        if granted.form == "object" and capability != "rights":
            some = list(self._objects(capability, granted, told))
            yield from some
            kind = "session-own-more"
            found = self._inside(granted, 1, ()) if self.alone and not some else None
        elif granted.form == "object":
            kind = "session-object-rights"
            found = self._inside(granted, 1, ()) or self._other_bucket(granted, 1)
        elif granted.form == "any":
            kind = kinds[capability]
            if _on_everything(granted):
                yield self._make(kind, capability, granted, None, None)
            return
        else:
            kind = kinds[capability]
            roots = [glob(f"cos:{region}:{account}:{name}/") for name, (region, account) in self.buckets.items()]
            found = self._among(granted, [], roots) or self._other_bucket(granted, 0, root=True)
        if found is not None:
            yield self._make(kind, capability, granted, found, None)

    def _among(self, granted: _Granted, minus: Sequence[Language], among: Iterable[Language]) -> str | None:
        """The shortest granted resource that is in one of `among` and in none of `minus`."""
        return self._shortest(granted, minus, tuple(among))

    def _inside(self, granted: _Granted, least: int, beside: Iterable[str]) -> str | None:
        """The shortest granted resource in one of the needed buckets, outside some patterns."""
        minus = [glob(one) for one in beside]
        homes = [
            template(f"cos:{region}:{account}:", (f"{name}/", Free(None, least, None)))
            for name, (region, account) in self.buckets.items()
        ]
        return self._among(granted, minus, homes)

    def _other_bucket(self, granted: _Granted, least: int, root: bool = False) -> str | None:
        """A resource in a bucket that nothing here is about: of the same account, else of any."""
        if all(one.path.partition("/")[0] in self.buckets for one in granted.areas):
            return None
        rest: tuple[str | Free, ...] = () if root else (Free(None, least, None),)
        minus = [glob(f"*:*:*:{name}/*") for name in self.buckets]
        homes = list(dict.fromkeys(self.buckets.values())) or [(_REGION, _ACCOUNT)]
        tried = [
            template(f"cos:{region}:{account}:", (Free(_BUCKET_CHARS, 1, 40), f"-{account.rpartition('/')[2]}/", *rest))
            for region, account in homes
        ]
        regions = [one.region for one in granted.areas if "*" not in one.region]
        accounts = [one.account for one in granted.areas if one.account is not None and "*" not in one.account]
        appids = dict.fromkeys([account.rpartition("/")[2] for _, account in homes])
        for region in dict.fromkeys([*regions, _REGION]):
            for account in dict.fromkeys([*accounts, *[home[1] for home in homes], _ACCOUNT]):
                own = [f"-{account.rpartition('/')[2]}/", *[f"-{appid}/" for appid in appids]]
                names: list[tuple[str | Free, ...]] = [(Free(_BUCKET_CHARS, 1, 40), end) for end in dict.fromkeys(own)]
                names.append((Free(_BUCKET_CHARS, 1, 40), "-", Free(_DIGITS, 1, 12), "/"))
                tried += [template(f"cos:{region}:{account}:", (*name, *rest)) for name in names]
        return next((found for one in tried if (found := self._shortest(granted, minus, [one])) is not None), None)

    def _cross_user(self, capability: str, granted: _Granted, told: frozenset[tuple[int, str]]) -> Crossing | None:
        """A resource of one user that a key made for another one reaches, and the two; not by what is `told`."""
        parts = [(one, allow) for one, allow, by in self._parts(granted.action) if by not in told]
        texts = {} if self.alone else self.texts.get(capability, {})  # what is exactly needed reaches nobody else
        wider = [one for one, allow in parts if allow and ":".join(map(str, one)) not in texts]
        question = listing if capability == "list" else crossing
        near = dict.fromkeys([one for some in self.targets for one in some.near(wider)])
        for target in sorted(near, key=str):  # the same one in whatever order the statements stand
            found = question(parts, target, tuple(texts), self.placeholders, granted.within, self.work)
            crossed = self._kept(found, granted)
            if crossed is not None:
                return crossed
        return None

    def _parts(self, action: str) -> list[tuple[Area, bool, tuple[int, str]]]:
        """The areas that are granted for an action (True) and surely denied (False), whatever the holder sends.

        With each its statement and resource, where these may be told.
        """
        found = []
        for row in self._policy(action).statements:
            if grants(row, action):
                truth = holder_truth(row, action)
                if truth is Truth.TRUE or (row.allow and truth is Truth.MAYBE):
                    for resource in row.resources:
                        by = (row.index if row.allow else -1, resource.text)
                        found += [(one, row.allow, by) for one in resource.areas]
        return found

    def _beyond_catalogue(self) -> Iterator[Excess]:
        """Actions that no list knows, and other services: only a wildcard reaches them."""
        other = False
        for row in self.policy.statements:
            if not row.allow or holder_truth(row, UNKNOWN_ACTION) is Truth.FALSE:
                continue
            areas = [one for resource in row.resources for one in resource.areas]
            for action in row.actions:
                if action.pattern is None:
                    continue
                named = None if other else _other_service(action.pattern, areas)
                if named is not None:
                    name, one = named
                    made = self._sample("session-other-services", name, one, row, action)
                    if made is not None:
                        other = True
                        yield made
                name = UNKNOWN_ACTION
                if matches(action.pattern, name):
                    for one in areas:
                        made = self._sample("session-future-actions", name, one, row, action)
                        if made is not None and one.service in ("cos", "*"):
                            yield made
                            break

    def _sample(self, kind: str, name: str, one: Area, row: Statement, action: Action) -> Excess | None:
        """A request for an action in an area; None where a deny, or the issuer, stops it."""
        region, account = _home(one)
        if one == Area("*", "*", "*", "*") and not name.startswith("cos:"):
            text = f"{name.partition(':')[0]}:{region}:{account}:a"
        else:
            service = one.service.replace("*", name.partition(":")[0])
            text = f"{service}:{region}:{account}:{one.path.replace('*', 'a')}"
        plus, minus = allowed(self.policy, name, partial(holder_truth, action=name))
        within, less = self._of_issuer(name)
        granted = _Granted(name, "object", tuple(plus), (*minus, *less), (one,), (row,), within)
        if self._shortest(granted, [], [glob(text)]) is None:
            return None
        return self._make(kind, "any", granted, text, None)._replace(statement=row, element=action)

    # -- what is told -----------------------------------------------------------------------------------------------

    def _make(
        self, kind: str, capability: str, granted: _Granted, text: str | None, crossed: Crossing | None
    ) -> Excess:
        """The excess that a resource shows (`service:region:account:path`; None: `*`)."""
        holder = dict(crossed.holder) if crossed is not None else self._holder(granted.action, text)
        row, element = next(self._because(kind, granted.action, text, holder))
        resource, method, url = "*", None, None
        if text is not None:
            table = {ord(atom(name)): value for name, value in holder.items()}
            service, region, account, path = text.translate(table).split(":", 3)
            resource = f"qcs::{service}:{region}:{account}:{path}"
            if service == "cos":
                method, url = example(granted.action, region, path)
        return Excess(
            kind,
            self.session,
            capability,
            row,
            element,
            f"name/{granted.action}",
            resource,
            method,
            url,
            crossed.users if crossed is not None else None,
            alone=self.alone,
            holder=holder,
            doubt=_doubt(row, granted.action),
            shows=f"qcs::{crossed.shows}" if crossed is not None and crossed.shows is not None else None,
        )

    def _holder(self, action: str, text: str | None) -> dict[str, str]:
        """Values for the placeholders of a witness: no deny names this very user, and it is no need of his."""
        names = dict.fromkeys(self.policy.placeholders)
        names.update(dict.fromkeys([name for char in text or "" if (name := atom_name(char)) is not None]))
        values = {name: examples(self.placeholders.get(name)) or ("a",) for name in names}
        first = {name: some[0] for name, some in values.items()}
        if text is None or not names:
            return first
        parts = self._parts(action)
        found = catalogue.entry(action)
        needed = self.texts.get(found.capability, {}) if found is not None else {}
        for index in range(max(map(len, values.values()))):
            tried = {name: some[min(index, len(some) - 1)] for name, some in values.items()}
            table = {ord(atom(name)): value for name, value in tried.items()}
            target = text.translate(table)
            reached = {
                allow
                for one, allow, _ in parts
                if area(one._replace(path=one.path.translate(table)), "any").matches(target)
            }
            if reached == {True} and not any(glob(one.translate(table)).matches(target) for one in needed):
                return tried
        return first

    def _because(
        self, kind: str, action: str, text: str | None, holder: Mapping[str, str]
    ) -> Iterator[tuple[Statement, Action | Resource]]:
        """The statements that let it through, and the elements of each that a person narrows."""
        by_action = (
            "session-own-delete", "session-own-more", "session-shared", "session-object", "session-bucket",
        )  # fmt: skip
        table = {ord(atom(name)): value for name, value in holder.items()}
        target = text.translate(table) if text is not None else None
        first: tuple[Statement, Action | Resource] | None = None
        told = False
        for row in self._policy(action).statements:
            if not row.allow or not grants(row, action) or holder_truth(row, action) is Truth.FALSE:
                continue
            for resource in row.resources:
                first = first or (row, resource)
                if not any(_reaches(one, target, table) for one in resource.areas):
                    continue
                told = True
                if kind.startswith(by_action):
                    yield row, next(one for one in row.actions if one.pattern and matches(one.pattern, action))
                    break
                yield row, resource
        assert first is not None  # something granted it
        if not told:
            yield first


def _reaches(one: Area, target: str | None, table: Mapping[int, str]) -> bool:
    """Does an area, with values in the place of placeholders, hold a resource (None: `*`)?"""
    if target is None:
        return one == Area("*", "*", "*", "*")
    return area(one._replace(path=one.path.translate(table)), "any").matches(target)


def _on_everything(granted: _Granted) -> bool:
    """Is it granted on `*`, the only resource of actions that have none of their own? The issuer's word counts too."""
    whole = area(Area("*", "*", "*", "*"), "any")
    return whole in granted.plus and whole not in granted.minus and all(whole in some for some in granted.within)


def _doubt(row: Statement, action: str) -> str | None:
    """The confidence of what a statement lets through, where it is less than certain."""
    if disputed(action):
        return "tentative"
    return "firm" if holder_truth(row, action) is not Truth.TRUE else None


def _of(by: Mapping[tuple[str, int, str], set[tuple[int, str]]], ending: str = "") -> frozenset[tuple[int, str]]:
    """The statements and elements of what is found, of rules that end so."""
    return frozenset[tuple[int, str]]().union(*[some for key, some in by.items() if key[0].endswith(ending)])


def _language(one: ResourceTemplate) -> Language:
    """The resources of a template."""
    return template(f"{one.service}:{one.region}:{one.account}:", one.path)


def _home(one: Area) -> tuple[str, str]:
    """Region and account of an area; those of an example where it says any."""
    return (
        one.region if "*" not in one.region else _REGION,
        one.account if one.account is not None and "*" not in one.account else _ACCOUNT,
    )


def _folder(text: str) -> str:
    """The folder of a pattern: up to the last slash before its first `*`."""
    literal = text.partition("*")[0]
    return literal[: literal.rfind("/") + 1] + "*"


def _begun(text: str) -> str:
    """What begins like a pattern up to its last placeholder."""
    last = max([at for at, char in enumerate(text) if atom_name(char) is not None], default=len(text))
    return text[: last + 1] + "*"


def _form(action: str) -> str:
    found = catalogue.entry(action)
    return found.resource if found is not None else "object"


#: Actions that show a capability best come first.
_PLAIN = (
    "cos:PutObject",
    "cos:PostObject",
    "cos:DeleteObject",
    "cos:GetObject",
    "cos:GetBucket",
    "cos:PutBucketPolicy",
    "cos:PutBucketLifecycle",
)


@lru_cache(maxsize=16)
def by_usefulness(capability: str) -> list[str]:
    """The actions of a capability, those that show it best first; those that pages disagree on last."""
    # COS asks a key for another action on some calls: those say nothing of what the key can do
    names = [name for name in catalogue.by_capability()[capability] if name.startswith("cos:") and counts(name)]
    return sorted(names, key=lambda name: (disputed(name), _PLAIN.index(name) if name in _PLAIN else len(_PLAIN), name))


def counts(action: str) -> bool:
    """May it matter that a key has an action? Not where it is sure that COS asks for another one on this call."""
    return catalogue.catalogue()[action].asked_as == action or disputed(action)


def disputed(action: str) -> bool:
    """Do pages disagree on whether COS asks for this action, or for another one, on its call?"""
    found = catalogue.entry(action)
    return found is not None and found.asked_as != action and found.confidence != "high"


def _other_service(pattern: str, areas: Sequence[Area]) -> tuple[str, Area] | None:
    """An action of another service than COS that a pattern matches, and an area of that service."""
    for one in areas:
        if one.service == "cos":
            continue
        service = one.service if "*" not in one.service else "cvm"
        names = [name for name in sorted(catalogue.known()) if name.startswith(f"{service}:")]
        names += [f"{service}:A", pattern.replace("*", "A")]
        for name in names:
            if ":" not in name or name.startswith("cos:") or not matches(pattern, name):
                continue
            if one.service == "*" or name.startswith(f"{one.service}:"):
                return name, one
    return None


def example(action: str, region: str, path: str) -> tuple[str | None, str | None]:
    """Method and URL of a request for an action on a path of a bucket."""
    from urllib.parse import quote

    found = catalogue.entry(action)
    if found is None or found.method is None:
        return None, None
    bucket, _, key = path.partition("/")
    url = f"https://{bucket}.cos.{region}.myqcloud.com/"
    if found.level == "object" and action != "cos:PostObject":
        url += quote(key, safe="/-_.~")
    query = "&".join(found.sub)
    if found.resource == "bucket_or_prefix" and key:
        query = "&".join([*([query] if query else []), f"prefix={quote(key, safe='')}"])
    return found.method, f"{url}?{query}" if query else url


__all__ = [
    "WRITES",
    "Excess",
    "Found",
    "Need",
    "Targets",
    "Unsettled",
    "by_usefulness",
    "counts",
    "disputed",
    "everyone",
    "example",
    "grants",
    "holder_truth",
    "needs",
    "of_session",
    "smallest",
]

"""A configuration file, with the files that it includes, to an Inventory; or every problem of the input at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cosaudit.config import placeholders, table
from cosaudit.config.fields import short
from cosaudit.config.reader import NodePlaces, Reader, Source, identity
from cosaudit.model import (
    CATEGORIES,
    Api,
    Bucket,
    Client,
    Endpoint,
    Inventory,
    Options,
    Part,
    Place,
    Places,
    Sdk,
    Transfer,
)
from cosaudit.yamltree import MAPPING, SCALAR, SEQUENCE, Node, scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cosaudit.model import Placeholder, Session

#: Includes of includes of includes: nobody needs more, and a chain made by a program is refused early.
MAX_INCLUDES = 1000

#: The sections of an included file; `audit` and `version` are the main file's.
_INCLUDABLE = (
    "version",
    "include",
    "regions",
    "placeholders",
    "buckets",
    "clients",
    "sessions",
    "uploads",
    "downloads",
)

NO_OPTIONS = Options()
NO_SDK = Sdk("none", None, None, None)

#: A key that is not given: anything.
ANY_KEY = (Part("key", True),)


def load(path: str, reader: Reader | None = None) -> Inventory:
    """Read a configuration.

    Args:
        path: the file; `-` is standard input.
        reader: receives the sources that were read (for code frames).

    Raises:
        InputError: with every problem that was found.
    """
    reader = reader or Reader()
    source = reader.open(path)
    reader.stop_if_wrong()
    assert source is not None
    documents = _documents(reader, source)
    return _Loader(reader, documents).inventory(path)


def _documents(reader: Reader, main: Source) -> list[tuple[Source, Node]]:
    """The main document and all that it includes, each once, in the order of their naming."""
    found: list[tuple[Source, Node]] = []
    seen: set[str] = set()

    def visit(source: Source, chain: dict[str, str]) -> None:
        """`chain`: the files that led here, by identity."""
        seen.update(chain)
        root = reader.compose(source)
        if root is None:
            reader.partial = True
            return
        reader.source = source
        if root.kind != MAPPING:
            reader.partial = True
            # its text is not echoed: the path may lead to any file
            what = "a list" if root.kind == SEQUENCE else "plain text"
            reader.problem(root, f"{what} where a mapping with the key `buckets` is expected", "a configuration")
            return
        found.append((source, root))
        include = root.get("include")
        if include is None:
            return
        items = include.value if include.kind == SEQUENCE else [include]
        for item in items:
            if item.kind != SCALAR or not item.value or not isinstance(scalar(item), str):
                continue  # told when the section is decoded
            reader.source = source
            path = reader.path(item.value)
            same = identity(path)
            if same in chain:
                loop = " > ".join([*list(chain.values())[list(chain).index(same) :], path])
                reader.problem(
                    item,
                    f"{short(item.value)} includes itself: {loop}",
                    "files that do not name each other in a circle",
                )
            elif same not in seen:
                if len(seen) >= MAX_INCLUDES or len(chain) >= 50:
                    reader.problem(
                        item, f"more than {MAX_INCLUDES} files, or includes more than 50 deep", "fewer includes"
                    )
                    reader.partial = True
                    return
                below = reader.open(path, named_by=item)
                if below is not None:
                    visit(below, {**chain, same: path})
                else:
                    reader.partial = True

    visit(main, {identity(main.name): main.name})
    return found


class _Loader:
    def __init__(self, reader: Reader, documents: list[tuple[Source, Node]]) -> None:
        self.reader = reader
        self.documents = documents
        self.described: set[str] = set()

    def inventory(self, name: str) -> Inventory:
        reader = self.reader
        self._check_keys()
        reader.regions = tuple(dict.fromkeys(region for values in self._section("regions") for region in values))
        self._section("version")
        self._section("include")
        declared = self._declared()
        audit = self._section("audit")
        if self.documents and not reader.partial and not any(root.get("buckets") for _, root in self.documents):
            source, root = self.documents[0]
            reader.source = source
            reader.problem(root, "the configuration has no `buckets`", "a key `buckets` with a list of buckets")
        buckets = self._buckets()
        if not buckets and not reader.problems:
            source, root = self.documents[0]
            reader.source = source
            reader.problem(root.get("buckets") or root, "the list `buckets` is empty", "at least one bucket")
        clients = self._clients()
        sessions = self._sessions()
        transfers = self._transfers(buckets, clients, sessions)
        policy = self._audit(audit)
        reader.stop_if_wrong()
        source, root = self.documents[0]
        at = NodePlaces(source, root)
        assumed = not clients
        if assumed:
            from cosaudit.config.assume import assumed_client, assumed_transfers, every_upload

            client, assumption = assumed_client(at)
            clients = [client]
            transfers = assumed_transfers(client, buckets, every_upload(client), at)
            reader.assumptions.insert(0, assumption)
        settled = self._settled(declared, transfers, sessions)
        return Inventory(
            source=name,
            regions=reader.regions,
            buckets=tuple(buckets),
            clients=tuple(clients),
            transfers=tuple(transfers),
            sessions=tuple(sessions),
            placeholders=settled,
            described=frozenset(self.described),
            policy=policy,
            at=at,
            assumptions=tuple(reader.assumptions),
            assumed_client=assumed,
            homes={bucket.name: bucket.region for bucket in buckets},
        )

    # -- sections ---------------------------------------------------------------------------------------------

    def _check_keys(self) -> None:
        names = tuple(table.CONFIG.table)
        for index, (source, root) in enumerate(self.documents):
            self.reader.source = source
            allowed = names if index == 0 else _INCLUDABLE
            for key, _ in root.pairs():
                if key.value in allowed or key.value.startswith("x-"):
                    continue
                what = f"unknown key {short(key.value)}"
                if key.value in names:
                    what = f"{short(key.value)} stands in the main file only"
                self.reader.problem(
                    key, what, "one of " + ", ".join(f"`{name}`" for name in allowed), near=(key.value, allowed)
                )

    def _section(self, name: str) -> list[Any]:
        """The decoded values of a section, one a document that has it."""
        decode = table.CONFIG.table[name][1]
        values = []
        for source, root in self.documents:
            node = root.get(name)
            if node is not None:
                self.reader.source = source
                value = decode(node, self.reader)
                if value is not None:
                    values.append(value)
        return values

    def _items(self, name: str) -> list[tuple[list[Any], Node, Source]]:
        """The records of a list section that are right, over all documents."""
        return [item for values in self._section(name) for item in values]

    def _names(self, name: str) -> dict[str, Place]:
        """The names that stand in a list section, those of broken records too; a second use is told."""
        return self._unique((name,))

    def _unique(self, sections: tuple[str, ...]) -> dict[str, Place]:
        names: dict[str, Place] = {}
        for section in sections:
            for source, root in self.documents:
                items = root.get(section)
                if items is None or items.kind != SEQUENCE:
                    continue
                self.reader.source = source
                for item in items.value:
                    node = item.get("name")
                    if node is None or node.kind != SCALAR:
                        continue
                    first = names.get(node.value)
                    if first is not None:
                        self.reader.problem(
                            node, f"the name {short(node.value)} is taken", "a name of its own", also=first
                        )
                    else:
                        names[node.value] = Place(source.name, node.line, node.column)
        return names

    def _buckets(self) -> list[Bucket]:
        from cosaudit.cos.names import BucketName, NameProblem, check_room

        self.bucket_names = self._names("buckets")
        buckets: list[Bucket] = []
        for values, node, source in self._items("buckets"):
            self.reader.source = source
            name, region = values[0], values[1]
            try:
                check_room(BucketName.parse(name), region)
            except NameProblem as error:
                self.reader.problem(node.get("name") or node, error.found, error.expected)
            if values[_VERSIONING] is not None:
                self.described.add("versioning")
            buckets.append(Bucket._make((*values, len(buckets), NodePlaces(source, node))))
        return buckets

    def _clients(self) -> list[Client]:
        self.client_names = self._names("clients")
        clients: list[Client] = []
        for values, node, source in self._items("clients"):
            self.reader.source = source
            clients.append(self._client(values, node, source, len(clients)))
        return clients

    def _client(self, values: list[Any], node: Node, source: Source, index: int) -> Client:
        client = make_client(values, index, NodePlaces(source, node))
        reader = self.reader
        where = f"clients[{index}]"
        if client.sdk.package != "none":
            for field, instead in (("url", "`options.Domain`"), ("signed_path", "nothing"), ("sends", "nothing")):
                key = _key_of(node, field)
                if key is not None:
                    reader.problem(
                        key,
                        f"`{field}` describes hand-written code, and this client uses {client.sdk.package}",
                        f"{instead} for a client with an SDK",
                    )
        elif client.options != NO_OPTIONS and (values[3] is not None or node.get("sdk") is None):
            key = _key_of(node, "options")
            if key is not None:
                reader.problem(
                    key,
                    "`options` are an SDK's, and this client has `sdk: none`",
                    "`sdk: cos-wx-sdk-v5`, or `addressing` and `url` for hand-written code",
                )
        family = {"cos-wx-sdk-v5": "wechat-miniprogram", "cos-js-sdk-v5": "web"}.get(client.sdk.package)
        if family is not None and family != client.platform:
            reader.problem(
                node.get("sdk") or node,
                f"{client.sdk.package} is the SDK for {family}, and this client is {client.platform}",
                "the SDK of the client's platform, or `none`",
            )
        calls = ("fetch",) if client.platform == "web" else CATEGORIES
        for number, endpoint in enumerate(client.endpoints):
            if endpoint.api.value not in calls:
                below = node.get("endpoints")
                item = below.value[number] if below is not None and len(below.value) == len(client.endpoints) else node
                reader.problem(
                    item.get("api") or item,
                    f"`{endpoint.api.value}` is no API of {client.platform}",
                    "one of " + ", ".join(f"`{word}`" for word in calls),
                )
        if client.sdk.package == "none":
            for field in ("token_field", "base_library"):
                if node.get(field) is not None:
                    reader.assumptions.append(f"{where}.{field} means nothing without an SDK; it is not used")
        unused = ("allowlist", "appid", "base_library") if client.platform == "web" else ("origins",)
        for field in unused:
            if node.get(field) is not None:
                reader.assumptions.append(f"{where}.{field} means nothing on {client.platform}; it is not used")
        if client.options.ForcePathStyle is not None and client.addressing is not None:
            path_style = client.addressing == "region"
            if path_style != client.options.ForcePathStyle:
                reader.problem(
                    node.get("addressing") or node,
                    f"`addressing: {client.addressing}` and "
                    f"`ForcePathStyle: {str(client.options.ForcePathStyle).lower()}` contradict each other",
                    "one of them",
                )
        return client

    def _sessions(self) -> list[Session]:
        self.session_names = self._names("sessions")
        items = self._items("sessions")
        if not items:
            return []
        from cosaudit.config.sessions import session  # here: most configurations have none

        return [session(values, node, source, self.reader, index) for index, (values, node, source) in enumerate(items)]

    def _declared(self) -> dict[str, placeholders.Declared]:
        """The section `placeholders` of all files, by name; a second declaration of one name is told."""
        reader = self.reader
        found: dict[str, placeholders.Declared] = {}
        for source, root in self.documents:
            node = root.get("placeholders")
            if node is None:
                continue
            reader.source = source
            decoded = table.CONFIG.table["placeholders"][1](node, reader)
            if not decoded:
                continue
            for key, _ in node.pairs():
                entry = decoded.get(key.value)
                if entry is None:
                    continue
                name = key.value
                if name in found:
                    what = f"the placeholder {short(name)} is declared twice"
                    reader.problem(key, what, "one declaration of each", also=found[name].place)
                    continue
                identity, origin, alphabet, length = entry[0]
                found[name] = placeholders.Declared(name, identity, origin, alphabet, length, reader.place(key))
        return found

    def _settled(
        self, declared: dict[str, placeholders.Declared], transfers: list[Transfer], sessions: list[Session]
    ) -> Mapping[str, Placeholder]:
        """All placeholders; what is decided without being told is an assumption where there is a session to judge."""
        of_sessions: dict[str, None] = {}
        of_issuers: dict[str, None] = {}
        if sessions:
            from cosaudit.config.sessions import names

            of_sessions = names([session.policy for session in sessions])
            of_issuers = names([session.issuer.policy for session in sessions if session.issuer is not None])
        given = placeholders.in_keys(transfer for transfer in transfers if transfer.key is not ANY_KEY)
        every = placeholders.in_keys(transfers)
        settled = placeholders.settle(
            declared, (*every, *of_issuers), of_sessions, say=(*given, *of_sessions) if sessions else ()
        )
        if len(settled.placeholders) > placeholders.MOST:
            source, root = self.documents[0]
            self.reader.source = source
            what = f"{len(settled.placeholders):,} different placeholders in keys and policies"
            self.reader.problem(root, what, f"at most {placeholders.MOST:,}")
            self.reader.stop_if_wrong()
        self.reader.assumptions += settled.assumptions
        return settled.placeholders

    def _transfers(self, buckets: list[Bucket], clients: list[Client], sessions: list[Session]) -> list[Transfer]:
        self._unique(("uploads", "downloads"))
        bucket_index = {bucket.name: bucket.index for bucket in buckets}
        client_index = {client.name: client.index for client in clients}
        session_index = {session.name: session.index for session in sessions}
        transfers: list[Transfer] = []
        right: set[int] = set()
        reader = self.reader
        for kind in ("uploads", "downloads"):
            for index, (values, node, source) in enumerate(self._items(kind)):
                reader.source = source
                right.add(id(node))
                client = self._reference(node, "client", values[1], client_index, self.client_names)
                bucket = self._reference(node, "bucket", values[2], bucket_index, self.bucket_names)
                session = None
                if values[5] is not None:
                    session = self._reference(node, "session", values[5], session_index, self.session_names)
                least, most = values[8], values[9]
                if least is not None and most is not None and least > most:
                    reader.problem(
                        node.get("min_size") or node, "`min_size` is larger than `max_size`", "a size up to `max_size`"
                    )
                if values[7] is not None and values[6] != "server":
                    reader.problem(
                        _key_of(node, "signature") or node,
                        "`signature` says what a server signs, and this is not signed by a server",
                        "`signer: server` beside it",
                    )
                if values[6] == "none" and values[5] is not None:
                    reader.problem(node.get("signer") or node, "`signer: none` beside a `session`", "one of them")
                if client is None or bucket is None:
                    continue
                headers = {name.lower(): value for name, value in (values[11] or {}).items()}
                transfers.append(
                    Transfer(
                        kind=kind,
                        name=values[0],
                        client=client,
                        bucket=bucket,
                        operation=values[3],
                        key=values[4] if values[4] is not None else ANY_KEY,
                        session=session,
                        signer=values[6],
                        signature=values[7],
                        min_size=1 if least is None else least,
                        max_size=most,
                        content_type=values[10],
                        headers=tuple(sorted(headers)),
                        index=index,
                        at=NodePlaces(source, node),
                        values=headers,
                    )
                )
        if reader.problems:
            self._broken(right)
        return transfers

    def _broken(self, right: set[int]) -> None:
        """The references of uploads and downloads that are broken elsewhere: everything is told in one run."""
        fields = (("client", self.client_names), ("bucket", self.bucket_names), ("session", self.session_names))
        for kind in ("uploads", "downloads"):
            for source, root in self.documents:
                self.reader.source = source
                items = root.get(kind)
                for item in items.value if items is not None and items.kind == SEQUENCE else ():
                    if item.kind == MAPPING and id(item) not in right:
                        for field, known in fields:
                            node = item.get(field)
                            if (
                                node is not None
                                and node.kind == SCALAR
                                and node.value
                                and isinstance(scalar(node), str)
                            ):
                                self._reference(item, field, node.value, {}, known)

    def _reference(
        self, node: Node, field: str, name: str, index: dict[Any, int], known: dict[str, Place]
    ) -> int | None:
        found = index.get(name)
        if found is None and name not in known and not self.reader.partial:
            self.reader.problem(
                node.get(field) or node,
                f"there is no {field} named {short(name)}",
                f"the name of a {field}" + ("" if known else f"; the configuration has no `{field}s`"),
                near=(name, tuple(known)),
            )
        return found

    def _audit(self, values: list[Any]) -> str | None:
        if not values:
            return None
        source, root = self.documents[0]
        self.reader.source = source
        audit = root.get("audit")
        ignore = audit.get("ignore") if audit is not None else None
        if ignore is not None and ignore.value:
            self.reader.problem(
                _key_of(audit, "ignore") or ignore,
                "`audit.ignore` is not supported by this version",
                "no `ignore`: this version cannot hide findings, and does not pretend to",
            )
        accept = values[0].get("accept")
        if accept:
            self.described.add("audit.accept")
            from cosaudit.data import facts

            known = tuple(facts())
            below = audit.get("accept") if audit is not None else None
            for item in below.value if below is not None and below.kind == SEQUENCE else ():
                fact = item.get("fact")
                if fact is not None and fact.kind == SCALAR and fact.value not in known:
                    self.reader.problem(
                        fact, f"there is no fact {short(fact.value)}", "the id of a fact", near=(fact.value, known)
                    )
        policy: str | None = values[0].get("policy")
        return policy


_VERSIONING = [field.name for field in table.BUCKET.fields].index("versioning")


def _key_of(node: Node | None, name: str) -> Node | None:
    if node is not None and node.kind == MAPPING:
        for key, _ in node.pairs():
            if key.value == name:
                return key
    return None


def make_client(values: list[Any], index: int, at: Places) -> Client:
    """A Client of the values of `table.CLIENT`, in their order."""
    (name, platform, appid, sdk, options, token_field, addressing, url, signed_path, sends, endpoints) = values[:11]
    (base_library, allowlist, origins, released, owner) = values[11:]
    default = Api.FETCH if platform == "web" else Api.REQUEST
    return Client(
        name=name,
        platform=platform,
        appid=appid,
        sdk=sdk if sdk is not None else NO_SDK,
        options=options if options is not None else NO_OPTIONS,
        token_field=token_field,
        addressing=addressing,
        url=url,
        signed_path=signed_path,
        sends=sends,
        endpoints=tuple(
            [Endpoint(url, Api(api) if api is not None else default, place) for url, api, place in endpoints or ()]
        ),
        base_library=base_library,
        allowlist=allowlist,
        origins=origins,
        released=bool(released),
        owner=owner,
        index=index,
        at=at,
    )


__all__ = ["ANY_KEY", "NO_OPTIONS", "NO_SDK", "load", "make_client"]

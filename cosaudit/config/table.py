"""The table of fields of the configuration, version 1. The decoder, the JSON Schema and the documentation read it."""

from __future__ import annotations

import re
from typing import Any

from cosaudit.config.fields import (
    Bool,
    Choice,
    Document,
    Either,
    Field,
    Int,
    Kind,
    Listing,
    Mapped,
    Record,
    Schema,
    Size,
    Text,
    short,
)
from cosaudit.config.reader import Problem, Reader, Source
from cosaudit.model import (
    CATEGORIES,
    Allowlist,
    Created,
    Issuer,
    Listed,
    Options,
    Part,
    Place,
    Places,
    Sends,
    Served,
)
from cosaudit.yamltree import MAPPING, SCALAR, SEQUENCE, Node, scalar

# -- what the texts of some fields are turned into -------------------------------------------------------------


def bucket_name(text: str, node: Node, reader: Reader) -> Any:
    """A full bucket name, `<name>-<appid>` (fact `cos.bucket.name`)."""
    from cosaudit.cos.names import BucketName, NameProblem

    try:
        return BucketName.parse(text).full
    except NameProblem as error:
        return reader.problem(node, error.found, error.expected)


def region_id(text: str, node: Node, reader: Reader) -> Any:
    """The id of a known region, or of one that the configuration declares (fact `cos.region.known`)."""
    from cosaudit.cos import regions

    if regions.region(text, reader.regions) is not None:
        return text
    return reader.problem(
        node,
        f"unknown region {short(text)}",
        "the id of a COS region",
        nearest=regions.nearest(text),
        help=regions.explain_unknown(text) or "a region that is newer than this data goes into the list `regions`",
    )


def new_region(text: str, node: Node, reader: Reader) -> Any:
    """The id of a region that the data does not know yet."""
    from cosaudit.cos import regions

    if regions.may_be_id(text):
        return text
    return reader.problem(
        node, f"{short(text)} is no region id", "an id such as `ap-guangzhou`", help=regions.explain_unknown(text)
    )


_DATE = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:(?:[Tt]| +)([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]{1,9})?)? ?([Zz]|[-+][01][0-9]:?[0-5][0-9])?)?\Z"
)


def created(text: str, node: Node, reader: Reader) -> Any:
    """A date or date-time. With a time zone the day is also taken in UTC, as COS itself reports it."""
    match = re.match(_DATE, text)
    expected = "a date such as `2023-06-30`, or a date-time such as `2023-06-30T08:00:00Z`"
    if match is None:
        return reader.problem(node, f"{short(text)} is no date", expected)
    import datetime

    day, hour, minute, second, zone = match.groups()
    try:
        written = datetime.datetime.fromisoformat(f"{day}T{hour or '00'}:{minute or '00'}:{second or '00'}")
        if zone is None or zone in "Zz":
            return Created(text, (day,))
        digits = zone.replace(":", "")
        offset = datetime.timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
        in_utc = (written - offset if digits[0] == "+" else written + offset).date().isoformat()
    except (ValueError, OverflowError):
        return reader.problem(node, f"{short(text)} is no day of the calendar", expected)
    return Created(text, (day,) if in_utc == day else (day, in_utc))


_PLACEHOLDER = r"[A-Za-z_][A-Za-z0-9_-]{0,63}\Z"


def key_template(text: str, node: Node, reader: Reader) -> Any:
    """An object key with placeholders: `{name}`, `${filename}` of POST forms, `{{` and `}}` for braces."""
    parts: list[Part] = []
    literal: list[str] = []
    at = 0
    expected = "a key such as `avatars/{openid}/{file}`, with `{{` and `}}` for braces themselves"
    while at < len(text):
        char = text[at]
        if char == "{" or char == "}":
            if text[at : at + 2] == char * 2:
                literal.append(char)
                at += 2
                continue
            end = text.find("}", at)
            name = text[at + 1 : end] if char == "{" and end > at else ""
            if not re.match(_PLACEHOLDER, name):
                what = f"the placeholder {short('{' + name + '}')} has no proper name" if name else f"a single `{char}`"
                return reader.problem(node, f"{what} at character {at + 1} of the key", expected)
            if name == "filename" and literal and literal[-1] == "$":
                literal.pop()
                name = "${filename}"
            if literal:
                parts.append(Part("".join(literal), False))
                literal = []
            parts.append(Part(name, True))
            at = end + 1
            continue
        literal.append(char)
        at += 1
    if literal:
        parts.append(Part("".join(literal), False))
    return tuple(parts)


_URL_PATTERN = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+\S*$"


def url_prefix(text: str, node: Node, reader: Reader) -> Any:
    """A URL prefix of hand-written code; `{bucket}` and `{region}` are the only templates."""
    for name in re.findall(r"\{([^{}]*)\}", text):
        if name not in ("bucket", "region"):
            return reader.problem(
                node,
                f"unknown template {short('{' + name + '}')}",
                "`{bucket}` and `{region}`",
                near=(name, ("bucket", "region")),
            )
    return text


def sdk(text: str, node: Node, reader: Reader) -> Any:
    """`none`, `package`, `package@version`, or the path of a copied build."""
    from cosaudit import sdk as families

    if "/" in text or "\\" in text or text.endswith(".js"):
        return _copied_build(text, node, reader)
    try:
        return families.resolve(text)
    except families.SdkNameError as error:
        return reader.problem(node, error.message, error.expected, nearest=error.nearest[0] if error.nearest else None)


def _copied_build(text: str, node: Node, reader: Reader) -> Any:
    from cosaudit import sdk as families
    from cosaudit.config.reader import Source, Unusable, read_bytes

    path = reader.path(text)
    if ("build", path) not in reader.made:
        try:
            data = read_bytes(path)
        except Unusable as error:
            return reader.problem(node, f"{short(path)}: {error.reason}", "a copied build of the SDK")
        # an input like the others: no output goes over it
        reader.sources.setdefault(path, Source(path, data.decode("utf-8", "replace"), ""))
        reader.made["build", path] = families.identify_build(data)
    found = reader.made["build", path]
    if found is None:
        return reader.problem(
            node,
            f"{short(path)} is no build of an SDK that is known here",
            "a copied build of cos-wx-sdk-v5",
            help="name the version instead: `sdk: cos-wx-sdk-v5@1.8.0`",
        )
    return found


# -- kinds of our own --------------------------------------------------------------------------------------------


class DateText(Text):
    """A date, bare or quoted."""

    def decode(self, node: Node, reader: Reader) -> Any:
        """The Created value."""
        if node.kind != SCALAR:
            return reader.wrong(node, "a date")
        return created(node.value, node, reader)


class FilePath(Kind):
    """The path of a file, read with `read` right away so that what is wrong with it is told in the same run."""

    def __init__(self, expected: str) -> None:
        self.expected = expected

    def decode(self, node: Node, reader: Reader) -> Any:
        """The text of the file as a Source, or None after telling why not."""
        if node.kind != SCALAR or not node.value or not isinstance(scalar(node), str):
            return reader.wrong(node, self.expected)
        return reader.open(reader.path(node.value), named_by=node)

    def schema(self) -> Schema:
        """A string."""
        return {"type": "string", "minLength": 1}


class JsonFile(FilePath):
    """The path of a JSON (or YAML) file whose outer form is checked here; a later gate reads it closely."""

    def decode(self, node: Node, reader: Reader) -> Any:
        """The root node of the file."""
        source = super().decode(node, reader)
        if source is None:
            return None
        before, reader.source = reader.source, source
        try:
            root = reader.compose(source, self.readable(source))
            if root is not None and root.kind == SCALAR:
                return reader.wrong(root, "a JSON document")
            return root
        finally:
            reader.source = before

    def readable(self, source: Source) -> str | None:
        """What is read in the place of the file's text."""
        return None


class FormPolicy(Kind):
    """The policy document of a POST form, inline or the path of a JSON file."""

    expected = "a POST form policy, or a JSON file with one"
    _inline = Document("a POST form policy")
    _file = JsonFile("a JSON file with a POST form policy")

    def decode(self, node: Node, reader: Reader) -> Any:
        """The policy with its places; None after telling what in it has no meaning."""
        from cosaudit.cos import form_policy

        inline = node.kind != SCALAR
        root = (self._inline if inline else self._file).decode(node, reader)
        if root is None:
            return None
        source = reader.source if inline else reader.sources[reader.path(node.value)]
        key = ("form policy", f"{source.name}:{root.line}:{root.column}")
        if key not in reader.made:
            read = form_policy.parse(root, source.name)
            fatal = [oddity for oddity in read.oddities if oddity.fatal]
            for oddity in fatal:
                line = source.line(oddity.place.line)
                reader.add(Problem(oddity.place, f"the form policy has {oddity.found}", oddity.expected, line=line))
            reader.made[key] = None if fatal else read
        return reader.made[key]

    def schema(self) -> Schema:
        """An object, or a string."""
        return {"anyOf": [self._file.schema(), self._inline.schema()]}


class CorsFile(FilePath):
    """CORS rules as COS returns them (XML) or as the official tools print them (JSON)."""

    def decode(self, node: Node, reader: Reader) -> Any:
        """A Cors."""
        source = super().decode(node, reader)
        if source is None:
            return None
        if ("cors", source.name) not in reader.made:
            reader.made["cors", source.name] = self._read(source, reader)
        return reader.made["cors", source.name]

    def _read(self, source: Source, reader: Reader) -> Any:
        from cosaudit.config.reader import nearest_word
        from cosaudit.cos import cors

        if source.text.lstrip().startswith("<"):
            made, troubles = cors.read_xml(source.text, source.name)
        else:
            root = reader.compose(source)
            if root is None:
                return None
            if root.kind == SCALAR:
                before, reader.source = reader.source, source
                reader.wrong(root, "a JSON document")
                reader.source = before
                return None
            made, troubles = cors.read_json(root, source.name)
        for line, column, found, expected, near in troubles:
            nearest = nearest_word(*near) if near is not None else None
            place = Place(source.name, line, column)
            reader.add(Problem(place, found, expected, nearest, line=source.line(line)))
        return made


class XmlFile(FilePath):
    """A file of XML as COS returns it."""

    def decode(self, node: Node, reader: Reader) -> Any:
        """The text."""
        source = super().decode(node, reader)
        if source is None:
            return None
        if not source.text.lstrip().startswith("<"):
            return reader.problem(node, f"{short(source.name)} is no XML", self.expected)
        return source.text


#: A list has two hundred entries at most; ten minutes of reading a log file would find no more.
MAX_PASTED = 2**20
TOO_LONG = "more than a million characters, and no domain list is so long"


class DomainLists(Kind):
    """A Mini Program's domain lists: inline, or a file in any shape that people can copy."""

    expected = "`{request: [...], uploadFile: [...], downloadFile: [...]}`, or a file with the lists"

    def decode(self, node: Node, reader: Reader) -> Any:
        """An Allowlist."""
        if node.kind == MAPPING:
            return self._inline(node, reader)
        if node.kind != SCALAR or not node.value or not isinstance(scalar(node), str):
            return reader.wrong(node, self.expected)
        source = reader.open(reader.path(node.value), named_by=node)
        if source is None:
            return None
        made = reader.made.get(("allowlist", source.name))
        if made is None and len(source.text) > MAX_PASTED:
            return reader.problem(node, f"{short(source.name)}: {TOO_LONG}", self.expected)
        if made is None:
            made = pasted_allowlist(source.text, source.name, reader.place(node), reader)
            if made is None:
                return None
            reader.made["allowlist", source.name] = made
        return made._replace(place=reader.place(node))

    def _inline(self, node: Node, reader: Reader) -> Any:
        lists: dict[str, tuple[Listed, ...]] = {}
        places: dict[str, Place] = {}
        name = reader.source.name
        for key, value in node.pairs():
            category = key.value
            if category not in CATEGORIES:
                if not category.startswith("x-"):
                    reader.problem(
                        key,
                        f"unknown domain list {short(category)}",
                        "one of " + ", ".join(f"`{word}`" for word in CATEGORIES),
                        near=(category, CATEGORIES),
                    )
                continue
            if value.kind != SEQUENCE:
                reader.wrong(value, "a list of entries such as `https://api.example.com`")
                continue
            from cosaudit.wechat.entries import split_entries

            entries: list[Listed] = []
            for item in value.value:
                if item.kind != SCALAR or not isinstance(scalar(item), str):
                    reader.wrong(item, "an entry such as `https://api.example.com`")
                    continue
                place = Place(name, item.line, item.column)
                # a whole box in one item: `;` joins entries in the console, and stands in no host
                pieces = split_entries(item.value) if ";" in item.value or "；" in item.value else (item.value,)
                entries += [Listed(piece, place) for piece in pieces]
            lists[category] = tuple(entries)
            places[category] = Place(name, value.line, value.column)
        return Allowlist(lists, places, (), Place(name, node.line, node.column))

    def schema(self) -> Schema:
        """An object of three arrays, or the path of a file."""
        entries = {"type": "array", "items": {"type": "string"}}
        return {
            "anyOf": [
                {
                    "type": "object",
                    "properties": dict.fromkeys(CATEGORIES, entries),
                    "patternProperties": {"^x-": {}},
                    "additionalProperties": False,
                },
                {"type": "string", "minLength": 1},
            ]
        }


def pasted_allowlist(text: str, name: str, place: Place, reader: Reader) -> Allowlist | None:
    """An Allowlist of a text in any shape that people can copy (console, developer tools, error, API, plain).

    None after telling why: a text without any list, or JSON that breaks off, must not pass for an empty list.
    """
    from cosaudit.wechat.pasted import read_pasted

    read = read_pasted(text, name)
    if read.broken:
        reader.add(Problem(Place(name, 1, 1), read.broken, "the whole of it, as it was copied"))
        return None
    if not read.lists and not read.unlabelled:
        reader.add(
            Problem(
                Place(name, 1, 1),
                "no domain list was found in it" if text.strip() else "the file is empty",
                "text copied from the console or the developer tools, `a;b;c`, one entry a line, "
                "or the JSON of the platform API",
            )
        )
        return None

    def listed(entries: Any) -> tuple[Listed, ...]:
        return tuple([Listed(entry.text, Place(name, entry.line, entry.column)) for entry in entries])

    lists = {category: listed(entries) for category, entries in read.lists.items()}
    places = {category: entries[0].place if entries else Place(name, 1, 1) for category, entries in lists.items()}
    notes = tuple(f"{name}:{line}:{column}: not read: {short(piece)}" for line, column, piece in read.unread)
    if "taken together" in read.source:
        notes = (f"{name}: {read.source}", *notes)
    doubtful = any(mark in piece for _, _, piece in read.unread for mark in "./*")
    return Allowlist(lists, places, listed(read.unlabelled), place, notes, doubtful)


def _endpoint(values: list[Any], node: Node, reader: Reader) -> Any:
    return (values[0], values[1], reader.place(node))


class EndpointUrl(Text):
    """The URL of an endpoint, through `wx.request` (or fetch)."""

    def decode(self, node: Node, reader: Reader) -> Any:
        """(url, None, place)."""
        url = super().decode(node, reader)
        return None if url is None else (url, None, reader.place(node))


def _raw(values: list[Any], node: Node, reader: Reader) -> Any:
    """Kept as it is until all lists are known: references and indexes come last."""
    return (values, node, reader.source)


_SDK_OPTIONS = Record(
    "the options",
    (
        Field("ForcePathStyle", Bool(), "send to the regional domain with the bucket in the path"),
        Field("UseAccelerate", Bool(), "send to the global acceleration domain"),
        Field(
            "Domain",
            Text("a domain such as `cdn.example.com` or `{Bucket}.cos.{Region}.myqcloud.com`"),
            "own domain; templates as the SDK has them",
        ),
        Field("SimpleUploadMethod", Choice("postObject", "putObject"), "how `uploadFile` sends small files"),
        Field("AutoSwitchHost", Bool(), "switch to the backup domain when the network fails"),
        Field("SliceSize", Size(), "`uploadFile` sends larger files in parts"),
        Field("Protocol", Choice("https:", "http:"), "the protocol that the code asks for"),
    ),
    lambda values, node, reader: Options(*values),
)

_NAMES = Listing(Text("a name"), what="a list of names")

_SENDS = Record(
    "`sends`",
    (
        Field("form", _NAMES, "names of the form fields"),
        Field("headers", _NAMES, "names of the headers"),
    ),
    lambda values, node, reader: Sends(*values),
)


def _grant(values: list[Any], node: Node, reader: Reader) -> Any:
    from cosaudit.config.bucket import grant

    return grant(values, node, reader)


def _acl_grants(values: list[Any], node: Node, reader: Reader) -> Any:
    from cosaudit.config.bucket import acl_grants

    return acl_grants(values, node, reader)


_GRANTS = Record(
    "the ACL",
    (
        Field(
            "grants",
            Listing(
                Record(
                    "a grant",
                    (
                        Field("to", Text("who: an account's uin, or a group"), "account or group", required=True),
                        Field(
                            "permission",
                            Choice("READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"),
                            "what it may do",
                            required=True,
                        ),
                    ),
                    _grant,
                )
            ),
            "who may do what",
            required=True,
        ),
    ),
    _acl_grants,
)


def _cors_rule(values: list[Any], node: Node, reader: Reader) -> Any:
    from cosaudit.cos.cors import CorsRule

    origins, methods, headers, expose, max_age = values
    return CorsRule(None, origins, methods, headers or (), expose or (), max_age, reader.places(node))


def _cors(values: list[Any], node: Node, reader: Reader) -> Any:
    from cosaudit.cos.cors import Cors

    return Cors(values[0], values[1], reader.places(node))


class AclWord(Choice):
    """An ACL by its word."""

    def decode(self, node: Node, reader: Reader) -> Any:
        """An Acl."""
        word = super().decode(node, reader)
        if word is None:
            return None
        from cosaudit.config.bucket import acl_word

        return acl_word(word, reader.place(node))


_CORS_RULE = Record(
    "a CORS rule",
    (
        Field(
            "origins", Listing(Text("a name"), what="at least one origin", least=1), "AllowedOrigin", required=True
        ),
        Field(
            "methods",
            Listing(Choice("GET", "PUT", "POST", "DELETE", "HEAD"), what="at least one method", least=1),
            "AllowedMethod",
            required=True,
        ),
        Field("headers", _NAMES, "AllowedHeader"),
        Field("expose", _NAMES, "ExposeHeader"),
        Field("max_age", Int(0), "MaxAgeSeconds"),
    ),
    _cors_rule,
)


class CorsRules(Listing):
    """CORS rules alone."""

    def decode(self, node: Node, reader: Reader) -> Any:
        """A Cors."""
        from cosaudit.cos.cors import Cors

        rules = super().decode(node, reader)
        return None if rules is None else Cors(rules, None, _ListPlaces(reader.places(node)))


class _ListPlaces:
    """Places in a list of rules that stands without a key `rules`."""

    __slots__ = ("places",)

    def __init__(self, places: Places) -> None:
        self.places = places

    def place(self, *path: str | int) -> Place:
        """The place of the value at `path`, or of the nearest part above it that exists."""
        return self.places.place(*path[1:])


_CORS = Either(
    listing=CorsRules(_CORS_RULE, what="a list of CORS rules"),
    mapping=Record(
        "the CORS settings",
        (
            Field("rules", Listing(_CORS_RULE, what="a list of CORS rules"), "the rules", required=True),
            Field("vary", Bool(), "whether COS adds `Vary: Origin`"),
        ),
        _cors,
    ),
    text=CorsFile("a file with the XML that COS returns, or the JSON of the official tools"),
)


def _referers(values: list[Any], node: Node, reader: Reader) -> Any:
    from cosaudit.config.bucket import referers

    return referers(values, node, reader)


class RefererFile(XmlFile):
    """Referer rules as COS returns them."""

    def decode(self, node: Node, reader: Reader) -> Any:
        """Referers."""
        if super().decode(node, reader) is None:
            return None
        from cosaudit.config.bucket import referers_of_xml

        path = reader.path(node.value)
        if ("referer", path) not in reader.made:
            reader.made["referer", path] = referers_of_xml(reader.sources[path], reader)
        return reader.made["referer", path]


_REFERER = Either(
    mapping=Record(
        "the referer rules",
        (
            Field("type", Choice("allow", "deny"), "a list of those let in, or kept out", required=True),
            Field("domains", _NAMES, "the domains", required=True),
            Field("empty", Choice("allow", "deny"), "requests without a referer; default `deny`"),
        ),
        _referers,
    ),
    text=RefererFile("the XML file that COS returns"),
)


class PolicyFile(JsonFile):
    """The path of a file with a CAM policy. One that is nearly JSON is read as it was meant, and told as what it is."""

    def readable(self, source: Source) -> str | None:
        """JSON without its comments."""
        from cosaudit.cam import strict

        return strict.readable(source.text) if strict.meant(source.text, source.name) else None


class CamPolicy(Either):
    """A policy that a gate judges, inline or a file: read closely, so that what has no meaning is told in this run."""

    def __init__(self) -> None:
        super().__init__(mapping=Document("a policy"), text=PolicyFile("a JSON file with a policy"))

    def decode(self, node: Node, reader: Reader) -> Any:
        """A cam Policy; what is odd about it stays in it."""
        root = super().decode(node, reader)
        if root is None:
            return None
        from cosaudit.cam import strict
        from cosaudit.config.sessions import policy

        if node.kind == SCALAR:
            source = reader.sources[reader.path(node.value)]
            return policy(root, source, reader, text=source.text if strict.meant(source.text, source.name) else None)
        return policy(root, reader.source, reader)


_CAM_POLICY = CamPolicy()


class BucketPolicy(CamPolicy):
    """The policy of a bucket: nothing is put into it, so `{name}` in it is text."""

    def decode(self, node: Node, reader: Reader) -> Any:
        """A cam Policy; the same one for all buckets that name a file. `{}` is a bucket without one."""
        root = Either.decode(self, node, reader)
        if root is not None and root.kind == MAPPING and not root.value:
            from cosaudit.cam.policy import Policy

            return Policy((), None, (), reader.place(node))
        read = super().decode(node, reader) if root is not None else None
        if read is None or not read.placeholders:
            return read
        from cosaudit.config.bucket import literal

        key = ("literal", str(id(read)))
        if key not in reader.made:
            reader.made[key] = read, literal(read)
        return reader.made[key][1]


BUCKET = Record(
    "the bucket",
    (
        Field(
            "name",
            Text("a bucket name such as `media-1250000000`", check=bucket_name),
            "`<name>-<appid>`",
            required=True,
        ),
        Field(
            "region",
            Text("the id of a COS region, such as `ap-guangzhou`", check=region_id),
            "COS region id",
            required=True,
        ),
        Field(
            "created", DateText("a date"), "creation date or date-time; buckets made after 2024-01-01 refuse path style"
        ),
        Field(
            "acl",
            Either(text=AclWord("private", "public-read", "public-read-write", "authenticated-read"), mapping=_GRANTS),
            "the bucket's ACL",
        ),
        Field("cors", _CORS, "CORS rules, inline or a file"),
        Field("policy", BucketPolicy(), "bucket policy, inline or a JSON file; `{}`: there is none"),
        Field("referer", _REFERER, "referer rules, inline or the XML file"),
        Field("acceleration", Bool(), "global acceleration is switched on"),
        Field("strict_signature", Bool(), "strict signature mode is switched on"),
        Field("versioning", Bool(), "versioning is switched on"),
        Field("domains", _NAMES, "custom domains bound to the bucket"),
        Field("owner", Text("a name"), "who mends it"),
    ),
    _raw,
)

CLIENT = Record(
    "the client",
    (
        Field("name", Text("a name"), "its name", required=True),
        Field("platform", Choice("wechat-miniprogram", "web"), "where it runs", required=True),
        Field("appid", Text("a WeChat AppID: `wx` and 16 hex digits", pattern=r"^wx[0-9a-fA-F]{16}$"), "WeChat AppID"),
        Field(
            "sdk",
            Text("`none`, `cos-wx-sdk-v5@1.8.0`, or the path of a copied build", check=sdk),
            "SDK and version; default `none`",
        ),
        Field("options", _SDK_OPTIONS, "the SDK constructor's options"),
        Field(
            "token_field",
            Choice("SecurityToken", "XCosSecurityToken"),
            "the name under which `getAuthorization` returns the token",
        ),
        Field(
            "addressing", Choice("bucket", "region"), "bucket domain, or regional domain with the bucket in the path"
        ),
        Field(
            "url",
            Text(
                "a URL prefix such as `https://{bucket}.cos.{region}.myqcloud.com`",
                pattern=_URL_PATTERN,
                check=url_prefix,
            ),
            "for `sdk: none`: the URL prefix as the code builds it",
        ),
        Field("signed_path", Choice("/", "/{bucket}/"), "for `sdk: none`: the path that is signed for a POST form"),
        Field("sends", _SENDS, "for `sdk: none`: the names that the code really sends"),
        Field(
            "endpoints",
            Listing(
                Either(
                    text=EndpointUrl("a URL such as `https://api.example.com/sts`", pattern=_URL_PATTERN),
                    mapping=Record(
                        "the endpoint",
                        (
                            Field(
                                "url",
                                Text("a URL such as `https://api.example.com/sts`", pattern=_URL_PATTERN),
                                "the URL",
                                required=True,
                            ),
                            Field(
                                "api",
                                Choice("request", "uploadFile", "downloadFile", "fetch"),
                                "what calls it; default `request`, on the web `fetch`",
                            ),
                        ),
                        _endpoint,
                    ),
                ),
                what="a list of URLs",
            ),
            "other URLs that the client calls, first of all the key service",
        ),
        Field(
            "base_library",
            Text("a version such as `2.10.0`", pattern=r"^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$"),
            "lowest WeChat base library supported",
        ),
        Field("allowlist", DomainLists(), "the WeChat domain lists, inline or a file"),
        Field(
            "origins",
            Listing(Text("an origin such as `https://www.example.com`", pattern=r"^(https?://[^\s/]+|null)$")),
            "for `web`: the page origins",
        ),
        Field("released", Bool(), "this version is in users' hands: what it uses stays needed"),
        Field("owner", Text("a name"), "who mends it"),
    ),
    _raw,
)

_SIGNATURE = Record(
    "the signature",
    (
        Field("method", Text("an HTTP method", pattern=r"^[A-Za-z]+$"), "the method that is signed"),
        Field("path", Text("a path", pattern=r"^/"), "the path that is signed"),
        Field("headers", _NAMES, "the headers that are signed"),
        Field("host", Text("a host"), "the host that is signed"),
        Field("key", Choice("permanent", "temporary"), "the kind of key that signs"),
        Field("valid_for", Int(1, what="a number of seconds"), "seconds"),
        Field(
            "form_policy",
            FormPolicy(),
            "the POST form policy",
        ),
    ),
)

_OPERATIONS = (
    "postObject",
    "putObject",
    "uploadFile",
    "sliceUploadFile",
    "abortUploadTask",
    "getObject",
    "headObject",
    "deleteObject",
    "getBucket",
    "downloadFile",
)

_TRANSFER_FIELDS = (
    Field("name", Text("a name"), "its name", required=True),
    Field("client", Text("the name of a client"), "which client sends it", required=True),
    Field("bucket", Text("the name of a bucket"), "which bucket it goes to", required=True),
    Field("operation", Choice(*_OPERATIONS), "the SDK's own name of the operation", required=True),
    Field("key", Text("an object key such as `avatars/{openid}/{file}`", check=key_template), "object key template"),
    Field("session", Text("the name of a session"), "which kind of temporary key signs it"),
    Field("signer", Choice("client", "server", "none"), "who signs; default `client`"),
    Field("signature", _SIGNATURE, "with `signer: server`: what the server signs"),
    Field("min_size", Size(), "the smallest object, default 1 byte"),
    Field("max_size", Size(), "the largest object"),
    Field("content_type", Text("a content type such as `image/jpeg`"), "what the client sets"),
    Field(
        "headers",
        Mapped(Text("a value", empty=True), name="a header name", pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"),
        "headers that the client sets",
    ),
)

UPLOAD = Record("the upload", _TRANSFER_FIELDS, _raw)
DOWNLOAD = Record("the download", _TRANSFER_FIELDS, _raw)

_ACTIONS = Either(text=Text("an action"), listing=_NAMES)
_PREFIX = Text("a prefix", empty=True)
_PREFIXES = Either(text=_PREFIX, listing=Listing(_PREFIX, what="a list of prefixes"))


class Seconds(Int):
    """A whole number of seconds; of another form of a length of time it is told how many that are."""

    def __init__(self) -> None:
        super().__init__(1, what="a number of seconds")

    def decode(self, node: Node, reader: Reader) -> Any:
        """The number."""
        found = _TIME.fullmatch(node.value) if node.kind == SCALAR else None
        if found is None:
            return super().decode(node, reader)
        seconds = int(found[1]) * _TIMES[found[2].lower()]
        return reader.wrong(node, self.expected, help=f"{short(node.value)} is written `{seconds}`")


_TIME = re.compile(r"([0-9]{1,6}) ?([smhdSMHD])")
_TIMES = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SECONDS = Seconds()


def _served(values: list[Any], node: Node, reader: Reader) -> Any:
    return Served._make((*values, reader.places(node)))


def _issuer(values: list[Any], node: Node, reader: Reader) -> Any:
    return Issuer._make((*values, reader.places(node)))


def helper(text: str, node: Node, reader: Reader) -> Any:
    """An official STS helper: `qcloud-cos-sts`, `qcloud-python-sts` or `cos-sts-java`, with or without `@VERSION`."""
    from cosaudit.cos import sts

    try:
        return sts.resolve(text)
    except sts.HelperNameError as error:
        return reader.problem(node, error.found, error.expected, nearest=error.nearest)


#: Fields of a session in the languages that the helpers are written in: other spellings → the field.
SPELLINGS = {
    "allow_prefix": "allowPrefix",
    "allowPrefixes": "allowPrefix",
    "allow_actions": "allowActions",
    "durationSeconds": "duration",
    "duration_seconds": "duration",
}

SESSION = Record(
    "the session",
    (
        Field("name", Text("a name"), "its name", required=True),
        Field("policy", _CAM_POLICY, "the policy given to STS"),
        Field(
            "scopes",
            Listing(
                Record(
                    "a scope",
                    (
                        Field("action", _ACTIONS, "action", required=True),
                        Field("bucket", Text("a bucket name"), "bucket", required=True),
                        Field("region", Text("a region id", empty=True), "region; without it every region"),
                        Field("prefix", _PREFIX, "prefix; without it the word `undefined`"),
                    ),
                )
            ),
            "the list given to the official helper's `getPolicy`",
        ),
        Field(
            "helper",
            Text(
                "`qcloud-cos-sts`, `qcloud-python-sts` or `cos-sts-java`, with or without `@VERSION`",
                pattern=r"^[^@\s]+(@[0-9A-Za-z.-]+)?$",
                check=helper,
            ),
            "the official STS helper, with the demo's own names beside it",
        ),
        Field("bucket", Text("a bucket name"), "with `helper`: bucket"),
        Field("region", Text("a region id", empty=True), "with `helper`: region"),
        Field("allowPrefix", _PREFIXES, "with `helper`: allowPrefix"),
        Field("allow_prefix", _PREFIXES, "allowPrefix, as Python writes it"),
        Field("allowPrefixes", _PREFIXES, "allowPrefix, as Java writes it"),
        Field("allowActions", _ACTIONS, "with `helper`: allowActions"),
        Field("allow_actions", _ACTIONS, "allowActions, as Python writes it"),
        Field("api", Choice("GetFederationToken", "AssumeRole"), "the STS call; default GetFederationToken"),
        Field("duration", _SECONDS, "seconds"),
        Field("durationSeconds", _SECONDS, "duration, as the helpers write it"),
        Field("duration_seconds", _SECONDS, "duration, as Python writes it"),
        Field(
            "served",
            Record(
                "`served`",
                (
                    Field("url", Text("a URL", pattern=_URL_PATTERN), "the key service"),
                    Field("login", Choice("required", "none"), "whether it asks who is calling"),
                    Field("scope_from", Choice("server", "client"), "who names bucket and prefix"),
                ),
                _served,
            ),
            "who may get a key",
        ),
        Field(
            "issuer",
            Record(
                "the issuer",
                (
                    Field("kind", Choice("root", "sub-account", "role"), "what kind of identity asks for the key"),
                    Field("appid", Text("the digits of an APPID", pattern=r"^[0-9]+$"), "its account"),
                    Field("principal", Text("`qcs::cam::uin/…:uin/…`"), "its principal"),
                    Field("policy", _CAM_POLICY, "what it may do itself"),
                ),
                _issuer,
            ),
            "who asks for the key",
        ),
        Field("owner", Text("a name"), "who mends it"),
    ),
    _raw,
)


def alphabet(text: str, node: Node, reader: Reader) -> Any:
    """The characters of a class such as `[A-Za-z0-9_-]`, as ranges of code points."""
    from cosaudit.config.placeholders import ClassError, character_class

    try:
        return character_class(text)
    except ClassError as error:
        return reader.problem(node, f"{error.found} at character {error.at + 1} of the class", error.expected)


def _length_range(values: list[Any], node: Node, reader: Reader) -> Any:
    least, most = values
    if least is not None and most is not None and least > most:
        return reader.problem(node.get("min") or node, "`min` is larger than `max`", "a length up to `max`")
    return (1 if least is None else least, most)


class Length(Int):
    """One length, as the smallest and the largest."""

    def decode(self, node: Node, reader: Reader) -> Any:
        """(length, length)."""
        value = super().decode(node, reader)
        return None if value is None else (value, value)


_LENGTH = Either(
    text=Length(0),
    mapping=Record("the length", (Field("min", Int(0), "least"), Field("max", Int(0), "most")), _length_range),
)

PLACEHOLDER = Record(
    "the placeholder",
    (
        Field("identity", Bool(), "fixed for one session, such as the user's openid"),
        Field("from", Choice("server", "client"), "where its value comes from"),
        Field(
            "alphabet",
            Text("a character class such as `[A-Za-z0-9_-]`", pattern=r"^\[.+\]$", check=alphabet),
            "the characters that it may hold",
        ),
        Field("length", _LENGTH, "how long it is"),
    ),
    _raw,
)

_EXPIRES = Field("expires", DateText("a date"), "the day on which it ends")

AUDIT = Record(
    "`audit`",
    (
        Field("policy", Text("the name of an audit policy, or a file"), "the audit policy"),
        Field(
            "ignore",
            Listing(
                Record(
                    "an ignored finding",
                    (
                        Field("rule", Text("the id of a rule"), "rule", required=True),
                        Field("subject", Text("a name"), "subject"),
                        Field("reason", Text("a reason"), "why", required=True),
                        _EXPIRES,
                    ),
                )
            ),
            "findings that are accepted",
        ),
        Field(
            "accept",
            Listing(
                Record(
                    "an accepted fact",
                    (
                        Field("fact", Text("the id of a fact"), "fact", required=True),
                        Field("reason", Text("a reason"), "why", required=True),
                        _EXPIRES,
                    ),
                )
            ),
            "facts that nobody knows and that are accepted",
        ),
    ),
)

CONFIG = Record(
    "the configuration",
    (
        Field("version", Int(1, 1, what="the version of this format"), "1"),
        Field("include", Listing(Text("the path of a file"), one=True), "files with further lists"),
        Field("regions", Listing(Text("a region id", check=new_region)), "region ids that the data does not know yet"),
        Field(
            "placeholders",
            Mapped(PLACEHOLDER, name="a placeholder's name", pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$", ignore=True),
            "what the placeholders of keys may hold",
        ),
        Field("buckets", Listing(BUCKET, what="a list of buckets"), "the buckets", required=True),
        Field("clients", Listing(CLIENT, what="a list of clients"), "the programs that send requests"),
        Field("sessions", Listing(SESSION, what="a list of sessions"), "the kinds of temporary keys"),
        Field("uploads", Listing(UPLOAD, what="a list of uploads"), "what is sent"),
        Field("downloads", Listing(DOWNLOAD, what="a list of downloads"), "what is fetched"),
        Field("audit", AUDIT, "how the audit is judged"),
    ),
)

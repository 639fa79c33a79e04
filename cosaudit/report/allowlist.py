"""The domain lists, ready to paste: text, one box alone, CSV, bodies for the platform API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import CATEGORIES
from cosaudit.report.plain import Paint, bytes_text, safe, wrap
from cosaudit.wechat.entries import canonical, parse_entry

if TYPE_CHECKING:
    from cosaudit.allowlists import Box, ClientLists, Entry
    from cosaudit.model import Inventory

_CONSOLE = "mp.weixin.qq.com > 开发管理 > 开发设置 > 服务器域名 > 修改   (an admin scans)"
_DOWNLOADS = (
    " nothing to add: no download is described. Needed only for wx.downloadFile,",
    " wx.getImageInfo and poster components; then add the same host here.",
)


def render(
    lists: tuple[ClientLists, ...],
    boxes: list[tuple[Box, ...]],
    inventory: Inventory,
    assumptions: tuple[str, ...],
    width: int,
    paint: Paint,
    again: str,
) -> str:
    """What to enter, per client and category; the lines to paste are never wrapped."""
    out: list[str] = []
    counts: dict[tuple[int, str], int] = {}
    for transfer in inventory.transfers:
        key = (transfer.client, transfer.kind)
        counts[key] = counts.get(key, 0) + 1
    for one, client_boxes in zip(lists, boxes, strict=True):
        index = one.client.index
        out += _client(
            one, client_boxes, counts.get((index, "uploads"), 0), counts.get((index, "downloads"), 0), width, paint
        )
    if not lists:
        out += ["No Mini Program is described, so there is nothing to enter.", ""]
    if assumptions:
        out.append("Assumed:")
        for text in assumptions:
            out += wrap(safe(text), width, "  - ", "    ")
    else:
        out.append("Assumed: nothing.")
    if lists:
        out.append(f"Copy one box: {safe(again)} --box uploadFile")
    return "\n".join(out) + "\n"


def _client(
    one: ClientLists, boxes: tuple[Box, ...], uploads: int, downloads: int, width: int, paint: Paint
) -> list[str]:
    client = one.client
    title = safe(client.name) if client.name is not None else "Mini Program"
    if client.appid is not None:
        title += f" ({safe(client.appid)})"
    sdk = client.sdk.package if client.sdk.version is None else f"{client.sdk.package} {client.sdk.version}"
    sdk = "hand-written requests" if sdk == "none" else sdk
    counts = f"{uploads} upload{'s' * (uploads != 1)}, {downloads} download{'s' * (downloads != 1)}"
    known = any(box.known for box in boxes)
    out = [paint(f"{title}  {sdk}  {counts}", "bold"), _CONSOLE, ""]
    if known:
        out += [
            'A box holds the whole list, joined by ";". Save once: one change of 50 a month.',
            " + add   - dead, removed   = yours, kept as it is",
            "",
        ]
    else:
        out += [
            "What the boxes hold today is not known: append these, do not replace.",
            'A box holds the whole list, joined by ";".  --have FILE reads what is there.',
            "",
        ]
    dead = []
    for box in boxes:
        out.append(paint(f"{box.category}合法域名", "bold"))
        entries = {entry.url: entry for entry in one.entries if entry.category == box.category}
        out += _rows(box, entries, width, paint)
        dead += [f"{safe(entry)}: {safe(reason)}" for entry, reason in box.dead]
        if not entries and box.category == "downloadFile" and not downloads:
            out += _DOWNLOADS
        elif not entries:
            out.append(" nothing to add")
        if box.line and (box.add or box.dead):
            out += [" paste:" if box.known else " append:", safe(box.line)]
        elif box.known and entries:
            out.append(" nothing to change")
        out.append("")
    for text in dict.fromkeys(dead):
        out += wrap(f"dead: {text}", width, "", "  ")
    if client.allowlist is not None and client.allowlist.notes:
        out += [safe(note) for note in client.allowlist.notes[:10]]
        if len(client.allowlist.notes) > 10:
            out.append(f"and {len(client.allowlist.notes) - 10} more pieces that were not read")
    if any(box.add for box in boxes):
        out += wrap(
            "Then, on the phone: delete the Mini Program, open it again, debugging off, and send "
            + _sizes(one)
            + ".",
            width,
        )
    if out[-1]:
        out.append("")
    return out


def _rows(box: Box, entries: dict[str, Entry], columns: int, paint: Paint) -> list[str]:
    rows: list[tuple[str, str, str]] = []
    for url in box.add:
        rows.append(("+", url, _needed(entries[url])))
    for entry, _ in box.dead:
        rows.append(("-", entry, "dead, see below"))
    for entry in box.keep:
        origin = canonical(parse_entry(entry))
        rows.append(("=", entry, _needed(entries[origin]) if origin in entries else ""))
    rows.sort(key=lambda row: ("+-=".index(row[0]), row[1]))
    width = min(max([len(row[1]) for row in rows], default=0), 60)
    styles = {"+": "green", "-": "red", "=": "dim"}
    out = []
    for sign, entry, what in rows:
        line = f" {sign} {safe(entry).ljust(width)}   {what}".rstrip()
        if len(line) > columns and what:
            out += [paint(f" {sign} {safe(entry)}", styles[sign]), paint(f"     {what}", styles[sign])]
        else:
            out.append(paint(line, styles[sign]))
    return out


def _needed(entry: Entry) -> str:
    """Who needs an entry, short."""
    words: dict[str, None] = {}
    for need in entry.needed_by:
        if need.endpoint is not None:
            words["endpoint"] = None
            continue
        when = "" if need.when == "always" else f", {_when(need.when)}"
        words[f"{safe(need.flow or need.operation or '')}{when}"] = None
    shown = list(words)
    more = f" and {len(shown) - 2} more" if len(shown) > 2 else ""
    return "; ".join(shown[:2]) + more


def _when(when: str) -> str:
    """A condition with its bytes as people say them."""
    words = []
    for part in when.split(", "):
        for prefix in ("over ", "up to "):
            if part.startswith(prefix) and part[len(prefix) :].isdigit():
                part = prefix + bytes_text(int(part[len(prefix) :]))
        words.append(part)
    return ", ".join(words)


def _sizes(one: ClientLists) -> str:
    """Which files to try: one for each side of every size that changes the API."""
    whens = {need.when for entry in one.entries for need in entry.needed_by}
    limits = sorted({int(when[6:]) for when in whens if when.startswith("up to ") and when[6:].isdigit()})
    if not limits:
        return "one file for each upload"
    return ", ".join([f"one file up to {bytes_text(limit)} and one over {bytes_text(limit)}" for limit in limits])


def box_line(boxes: list[tuple[Box, ...]], category: str) -> str:
    """The line of one box alone, one line a client."""
    return "".join([f"{safe(box.line)}\n" for client in boxes for box in client if box.category == category])


def csv(lists: tuple[ClientLists, ...], boxes: list[tuple[Box, ...]]) -> str:
    """A row an entry: client, appid, category, change (add, dead, keep), entry, needed by. Formulas are defused."""
    import csv as writer
    from io import StringIO

    stream = StringIO()
    out = writer.writer(stream, lineterminator="\n")
    out.writerow(("client", "appid", "category", "change", "entry", "needed_by"))
    for one, client_boxes in zip(lists, boxes, strict=True):
        for box in client_boxes:
            entries = {entry.url: entry for entry in one.entries if entry.category == box.category}
            rows = [("add", entry) for entry in box.add]
            rows += [("dead", entry) for entry, _ in box.dead]
            rows += [("keep", entry) for entry in box.keep]
            for change, entry in rows:
                origin = canonical(parse_entry(entry))
                needed = _needed(entries[origin]) if origin in entries else ""
                cells = (one.client.name or "", one.client.appid or "", box.category, change, entry, needed)
                out.writerow([_cell(cell) for cell in cells])
    return stream.getvalue()


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    text = safe(text)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def wechat_api(lists: tuple[ClientLists, ...], boxes: list[tuple[Box, ...]]) -> str:
    """Bodies for the platform API: `action: add`, and a separate `delete`; never `set`, which would drop the rest."""
    from cosaudit.report.json_ import dump
    from cosaudit.wechat.merge import wechat_api as bodies

    return dump(
        [
            {"client": one.client.name, "appid": one.client.appid, "bodies": bodies(client_boxes)}
            for one, client_boxes in zip(lists, boxes, strict=True)
        ]
    )


__all__ = ["CATEGORIES", "box_line", "csv", "render", "wechat_api"]

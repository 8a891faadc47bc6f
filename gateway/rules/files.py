"""The files of a mail: which are kept, which are worth telling of, and which may leave with an agent's answer.

In: a read mail, and the files that earlier mails of its ticket had (sha256). Out: references into the raw mail, or
attachments. Nothing is ever thrown away: the raw mail has them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from parsing.message import Attachment, ParsedMail
from store.records import FileRef

LOGO = 60_000
"""Bytes up to which an image inside the text may be a logo; a larger one is more likely shown on purpose, and again."""

_PERSONAL = (
    "application/pkcs7",
    "application/x-pkcs7",
    "application/pgp",
    "application/ms-tnef",
    "text/vcard",
    "text/x-vcard",
    "text/calendar",
)


def kept(mail: ParsedMail, raw: str, seen: Set[str]) -> tuple[FileRef, ...]:
    """All files of the mail whose bytes are the blob `raw`."""
    return tuple(
        FileRef(
            raw=raw,
            part=file.part,
            filename=file.safe_name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            recurring=_recurs(file, seen),
        )
        for file in mail.attachments
    )


def fresh(mail: ParsedMail, seen: Set[str]) -> tuple[Attachment, ...]:
    """The files that a notice tells of."""
    return tuple(file for file in mail.attachments if not _recurs(file, seen))


def shown(files: Iterable[FileRef]) -> tuple[FileRef, ...]:
    """The files that a notice has: all but a logo again."""
    return tuple(file for file in files if not file.recurring)


def told(mail: ParsedMail, seen: Set[str]) -> bool:
    """Whether a file of the mail says something: no logo again, and nothing that mail clients add by themselves."""
    return any(not file.content_type.startswith(_PERSONAL) for file in fresh(mail, seen))


def sendable(files: Iterable[FileRef]) -> tuple[FileRef, ...]:
    """What leaves with an agent's answer: no logo again, and nothing that holds the agent's own address, as signatures,
    keys, cards and calendars of mail clients do (promise 6)."""
    return tuple(file for file in files if not file.recurring and not file.content_type.startswith(_PERSONAL))


@dataclass(frozen=True, slots=True)
class Enclosed:
    """Which files go along with a notice, and why each of the others does not."""

    files: tuple[FileRef, ...] = ()
    left_out: Mapping[FileRef, str] = field(default_factory=dict)


DANGEROUS = "a kind of file that can do harm"
TOO_LARGE = "too large for this mail"
PERSONAL = "made by a mail program"


def enclosed(files: Sequence[FileRef], most: int) -> Enclosed:
    """What of a customer's files goes along with a notice: in their order as long as they fit into `most` bytes, and
    nothing that can do harm when it is opened. The rest is linked, for whoever wants it."""
    taken: list[FileRef] = []
    left_out: dict[FileRef, str] = {}
    fit, room = set(sendable(files)), most
    for file in files:
        if is_dangerous(file):
            left_out[file] = f"{DANGEROUS}, and {TOO_LARGE}" if file.size > most else DANGEROUS
        elif file not in fit:
            left_out[file] = PERSONAL
        elif file.size > room:
            left_out[file] = TOO_LARGE
        else:
            room -= file.size
            taken.append(file)
    return Enclosed(tuple(taken), left_out)


def is_dangerous(file: FileRef) -> bool:
    """Whether opening it may run something: by its name, as a desktop decides, and by its type."""
    endings = file.filename.lower().rstrip(". ").split(".")[1:][-2:]  # both of `invoice.pdf.exe` and `shot.exe.png`
    kind = file.content_type.lower()
    return not _HARMFUL.isdisjoint(endings) or kind.startswith(_HARMFUL_TYPES)


_HARMFUL_NAMES = """
    ade adp apk app appimage appref-ms appx bat bin cab cer chm cmd com command cpl crt csh deb desktop diagcab
    dll dmg docm dotm elf exe gadget grp hlp hta htc htm html img inf ins iso isp jar jnlp js jse ksh lib library-
    ms lnk mad maf mam maq mar mas mau mav maw mcf mda mdb mde mdt mdw mdz mht mhtml msc msh msi msix msp mst nsh
    one ops osd pcd pif pkg pl plg potm ppam ppsm pptm prf prg printerexport ps1 ps1xml ps2 psc1 psd1 psdm1 pssc
    pst py pyc pyo pyw rdp reg rpm run scf scpt scr sct settingcontent-ms sh shb shs shtm shtml sldm svg svgz swf
    sys terminal theme tmp udl url vb vbe vbs vhd vhdx vsmacros vsw vxd webloc website wim ws wsb wsc wsf wsh xbap
    xht xhtml xlam xll xlm xlsb xlsm xltm xml xnk xsl
"""
"""Endings that a desktop runs, mounts or shows as a page with scripts; Outlook blocks most of them by itself."""
_HARMFUL = frozenset(_HARMFUL_NAMES.split())
_HARMFUL_TYPES = (
    "application/x-msdownload",
    "application/x-dosexec",
    "application/x-ms",
    "application/x-sh",
    "application/x-executable",
    "application/java-archive",
    "application/javascript",
    "application/xhtml",
    "application/hta",
    "image/svg",
    "text/html",
    "text/javascript",
    "message/rfc822",
)


def _recurs(file: Attachment, seen: Set[str]) -> bool:
    """An image inside the text that an earlier mail of the ticket had as well: the logo of a signature (intake 61)."""
    small = file.inline and file.size <= LOGO and file.content_type.startswith("image/")
    return small and file.sha256 in seen

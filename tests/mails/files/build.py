"""Small builders of the containers that mail clients send: TNEF as Outlook writes it, CMS as S/MIME clients do.

In: what shall stand inside. Out: the bytes. For tests only; the mails beside this file were made with it.
"""

from struct import pack

SIGNED, ENVELOPED, COMPRESSED = "2a864886f70d010702", "2a864886f70d010703", "2a864886f70d0109100109"
DATA = "2a864886f70d010701"
UNICODE, STRING8, BINARY, LONG, OBJECT, BOOLEAN, TIME = 0x1F, 0x1E, 0x102, 0x03, 0x0D, 0x0B, 0x40


def tnef(*attributes):
    """A TNEF stream of attributes."""
    return pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00089006, pack("<I", 0x10000)) + b"".join(attributes)


def attribute(level, tag, data):
    """Level, tag, length, data, checksum (MS-OXTNEF section 2.1.3.3)."""
    return pack("<BII", level, tag, len(data)) + data + pack("<H", sum(data) & 0xFFFF)


def codepage(number):
    return attribute(1, 0x00069007, pack("<II", number, 0))


def properties(*values, level=1):
    """attMsgProps or attAttachment: triples of type, id and value."""
    body = pack("<I", len(values)) + b"".join(value(*triple) for triple in values)
    return attribute(level, 0x00069003 if level == 1 else 0x00069005, body)


def value(kind, key, content):
    if kind == LONG:
        return pack("<HHI", kind, key, content)
    if kind == BOOLEAN:
        return pack("<HHHH", kind, key, content, 0)
    if kind == TIME:
        return pack("<HHQ", kind, key, content)
    if kind == UNICODE:
        content = (content + "\0").encode("utf-16-le")
    elif kind == STRING8:
        content += b"\0"
    return pack("<HHII", kind, key, 1, len(content)) + content + bytes(-len(content) % 4)


def named(key, name, content):
    """A named string property in the PS_PUBLIC_STRINGS set, which Outlook writes between the others."""
    raw = (name + "\0").encode("utf-16-le")
    head = pack("<HH", UNICODE, key) + bytes(16) + pack("<II", 1, len(raw)) + raw + bytes(-len(raw) % 4)
    text = (content + "\0").encode("utf-16-le")
    return head + pack("<II", 1, len(text)) + text + bytes(-len(text) % 4)


def file(title, data, *values):
    """One attached file: its rendering data, title, bytes and properties."""
    return b"".join(
        (
            attribute(2, 0x00069002, pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)),
            attribute(2, 0x00018010, title + b"\0"),
            attribute(2, 0x0006800F, data) if data is not None else b"",
            properties(*values, level=2) if values else b"",
        )
    )


def lzfu(rtf):
    """Compressed RTF (MS-OXRTFCP) that has only plain bytes in it, then the end mark."""
    out = bytearray()
    whole = len(rtf) // 8 * 8
    for start in range(0, whole, 8):
        out += b"\0" + rtf[start : start + 8]
    rest = rtf[whole:]
    end = (207 + len(rtf)) % 4096 << 4
    out += bytes([1 << len(rest)]) + rest + end.to_bytes(2, "big")
    return pack("<II4sI", len(out) + 12, len(rtf), b"LZFu", 0) + bytes(out)


def der(tag, *contents):
    """One DER value."""
    body = b"".join(contents)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def ber(tag, *contents):
    """One value of indefinite length (X.690 section 8.1.3.6)."""
    return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"


def oid(digits):
    return der(0x06, bytes.fromhex(digits))


def signed_data(content, make=der, piece=0):
    """SignedData without signers: what is read of it does not depend on them."""
    octets = der(0x04, content or b"")
    if piece:
        octets = make(0x24, *(der(0x04, content[at : at + piece]) for at in range(0, len(content), piece)))
    inside = make(0x30, oid(DATA), make(0xA0, octets)) if content is not None else make(0x30, oid(DATA))
    algorithms = der(0x31, der(0x30, oid("608648016503040201"), der(0x05)))
    return make(0x30, oid(SIGNED), make(0xA0, make(0x30, der(0x02, b"\1"), algorithms, inside, der(0x31))))


def enveloped_data(noise):
    recipients = der(0x31, der(0x30, der(0x02, b"\0")))
    sealed = der(0x30, oid(DATA), der(0x30, oid("60864801650304012a")), der(0x80, noise))
    return der(0x30, oid(ENVELOPED), der(0xA0, der(0x30, der(0x02, b"\0"), recipients, sealed)))


def compressed_data(deflated):
    algorithm = der(0x30, oid("2a864886f70d0109100308"))
    inside = der(0x30, oid(DATA), der(0xA0, der(0x04, deflated)))
    return der(0x30, oid(COMPRESSED), der(0xA0, der(0x30, der(0x02, b"\0"), algorithm, inside)))

"""What closes or signs a mail, by name only.

In: the tree and the readable text. Out: `openpgp`, `smime` or nothing, for encrypted and for signed. Must never decrypt
and never verify: a signature that is named here has proved nothing (EFAIL, intake 57).
"""

from __future__ import annotations

from parsing.structure.leaf import Leaf, Tree

_PGP_MESSAGE, _PGP_SIGNED = "-----BEGIN PGP MESSAGE-----", "-----BEGIN PGP SIGNED MESSAGE-----"


def encrypted(tree: Tree, text: str) -> str:
    """How the mail, or a part of it, is encrypted (RFC 3156 section 4, RFC 8551 section 3.3, RFC 9580 section 6.2)."""
    for leaf in tree.leaves:
        if leaf.sealed == "encrypted":
            return "smime"
        if leaf.media.value == "multipart/encrypted":
            return "smime" if "pkcs7" in _protocol(leaf) else "openpgp"
        if leaf.media.value == "application/pgp-encrypted":
            return "openpgp"
    return "openpgp" if _PGP_MESSAGE in text and _begins(text, _PGP_MESSAGE) else ""


def signed(tree: Tree, text: str) -> str:
    """How the mail is signed: detached (RFC 1847), opaque (RFC 8551 section 3.5.2) or in the text."""
    for leaf in tree.leaves:
        if leaf.sealed == "signed":
            return "smime"
        if leaf.media.value == "multipart/signed":
            protocol = _protocol(leaf) or " ".join(child.media.value for child in leaf.children)
            return "openpgp" if "pgp" in protocol else "smime" if "pkcs7" in protocol else ""
    return "openpgp" if _PGP_SIGNED in text and _begins(text, _PGP_SIGNED) else ""


def _protocol(leaf: Leaf) -> str:
    return leaf.media.get("protocol").lower()


def _begins(text: str, mark: str) -> bool:
    """Whether the mark stands at the beginning of a line: quoted, it was another's."""
    return text.startswith(mark) or f"\n{mark}" in text

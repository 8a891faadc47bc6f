"""Threats of mail that no other file of this folder plays: bombs of parts, pages that call home, encrypted mail."""

from __future__ import annotations

import socket
import time
from contextlib import closing

from tests.desk import StillDesk
from tests.nasty.post import ANASTASIA, Post, address, everything

HEAD = (
    "From: Nora <nora@northwind.example>\r\nTo: support@desk.example\r\nSubject: {0}\r\n"
    "Message-ID: <t{1}@northwind.example>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\nMIME-Version: 1.0\r\n"
)


def test_intake_02_a_key_that_is_cut_is_none(still: StillDesk) -> None:
    """However much of it is right: 128 bits or nothing, and no older form of it is read (GHSA-8vm3)."""
    post = Post(still)
    post.write("nora@northwind.example", "support@desk.example", "The export stops.", Subject="Export")
    local, _, domain = address(still, "nora@northwind.example").rpartition("@")
    for cut in (local[:-1], local[:20], local[:9], local + "a", local.replace("+k", "+"), local.replace("+k", "+K-")):
        entry = post.write("eve@evil.example", f"{cut}@{domain}", "Let me in.", proven=False)
        assert (entry["trust"], entry["verdict"]) == ("D", "ticket-created"), cut
        assert entry["ticket"] != "DESK-1001", cut
    assert len(still.ticket(1001)["messages"]) == 2


def test_threat_11_a_hundred_thousand_parts_are_a_ticket(still: StillDesk) -> None:
    head = HEAD.format("bomb", 1).encode() + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    began = time.process_time()
    entry = still.mail(
        head + b"--b\r\n\r\nThe words are here.\r\n" + b"--b\r\n\r\n" * 100_000 + b"--b--\r\n", "nora@northwind.example"
    )
    assert time.process_time() - began < 5.0
    assert entry["verdict"] == "ticket-created"
    assert "The words are here." in still.ticket(1001)["messages"][0]["text"]


def test_threat_25_markup_of_a_mail_is_text_in_ours(still: StillDesk) -> None:
    """In subject, name, body, name of a file and header: the pages that we send have no element of theirs."""
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)"></p><a href="javascript:alert(3)">x</a>'
    raw = (
        f'From: "{evil.replace(chr(34), chr(39))}" <nora@northwind.example>\r\nTo: support@desk.example\r\n'
        f"Subject: {evil}\r\nMessage-ID: <x@northwind.example>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
        f'{evil}\r\n--b\r\nContent-Type: image/png; name="<img src=y onerror=alert(4)>.png"\r\n'
        "Content-Disposition: attachment\r\n\r\nx\r\n--b--\r\n"
    )
    still.mail(raw.encode(), "nora@northwind.example")
    assert len(still.sent) >= 2
    for sent in still.sent:
        page = sent.text("html").lower()
        for element in ("<script", "<img", "<a ", 'onerror="', 'javascript:alert(3)"'):
            assert element not in page, (sent.to, element)
    assert "&lt;script&gt;" in still.latest(ANASTASIA).text("html")


def test_threat_26_nothing_is_fetched(still: StillDesk) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(0.2)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/canary"
        page = f'<img src="{url}"><link rel=stylesheet href="{url}"><iframe src="{url}"></iframe><p>Words.</p>'
        head = HEAD.format("page", 2) + "Content-Type: text/html\r\n\r\n"
        assert still.mail((head + page).encode(), "nora@northwind.example")["verdict"] == "ticket-created"
        try:
            listener.accept()
        except TimeoutError:
            pass
        else:
            raise AssertionError("somebody fetched it")
    for sent in still.sent:
        assert f'src="{url}' not in everything(sent)


def test_threat_43_encrypted_mail_is_kept_and_not_opened(still: StillDesk) -> None:
    """Neither S/MIME nor OpenPGP is decrypted: its bytes cost nothing, and the team is told what it is."""
    sealed = "MIAGCSqGSIb3DQEHA6CAMIACAQAxggFF" + "A" * 4_000
    smime = HEAD.format("sealed", 3) + (
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{sealed}\r\n"
    )
    pgp = (
        HEAD.format("closed", 4)
        + "\r\n-----BEGIN PGP MESSAGE-----\r\n\r\n"
        + "A" * 4_000
        + "\r\n-----END PGP MESSAGE-----\r\n"
    )
    for content in (smime, pgp):
        assert still.mail(content.encode(), "nora@northwind.example")["verdict"] == "ticket-created"
        assert "encrypted" in still.latest(ANASTASIA).text().lower()

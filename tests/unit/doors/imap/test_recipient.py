"""The envelope that a collected message has, read off its header block."""

from __future__ import annotations

import time

import pytest

from gateway.doors.imap.recipient import MOST_BYTES, envelope, header_block

OURS = frozenset({"help@desk.example", "sales@desk.example"})


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["To: help@desk.example"], ("help@desk.example",)),
        (["To: Help <HELP+k12ab@Desk.Example>"], ("HELP+k12ab@Desk.Example",)),
        (["Delivered-To: sales@desk.example", "To: help@desk.example"], ("sales@desk.example",)),
        (["X-Original-To: help+v9@desk.example", "To: x@y.example"], ("help+v9@desk.example",)),
        (["Envelope-To: help@desk.example, sales@desk.example"], ("help@desk.example", "sales@desk.example")),
        (["X-Envelope-To: <help@desk.example>"], ("help@desk.example",)),
        (["Delivered-To: box17@provider.example", "Cc: a@b.example,", "\tsales@desk.example"], ("sales@desk.example",)),
        (["To: a@b.example", "Cc: help@desk.example, help@desk.example"], ("help@desk.example",)),
        (["To: undisclosed-recipients:;"], ("help@desk.example",)),
        (["To: help@desk.example.evil.example"], ("help@desk.example",)),
        ([], ("help@desk.example",)),
    ],
)
def test_recipients_are_addresses_of_the_desk_those_of_the_delivery_first(lines, expected):
    content = "\r\n".join(["From: a@b.example", *lines, "", "To: sales@desk.example", ""]).encode()
    assert envelope(content, OURS, "help@desk.example") == ("a@b.example", expected)


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        ("Return-Path: <bounce@x.example>\r\nFrom: a@b.example\r\n", "bounce@x.example"),
        ("Return-Path: <>\r\nFrom: mailer@b.example\r\n", ""),
        ("Received: x\r\nReturn-Path: <one@x.example>\r\nReturn-Path: <two@x.example>\r\n", "one@x.example"),
        ("From: A <a@b.example>\r\n", "a@b.example"),
        ("Subject: nobody\r\n", ""),
        ("", ""),
    ],
)
def test_the_sender_is_the_topmost_return_path_else_the_author(head, sender):
    assert envelope(head.encode() + b"\r\nbody", OURS, "help@desk.example")[0] == sender


def test_no_more_than_twenty_recipients():
    many = ", ".join(f"help+k{number}@desk.example" for number in range(100))
    assert len(envelope(f"To: {many}\r\n\r\n".encode(), OURS, "help@desk.example")[1]) == 20


def test_a_header_block_ends_where_the_first_empty_line_is():
    assert header_block(b"A: b\n\nbody\r\n\r\nmore") == b"A: b\n\n"
    assert len(header_block(b"x" * (1 << 20))) == MOST_BYTES


@pytest.mark.parametrize(
    "content",
    [
        b"To: " + b"a@b.example, " * 100_000,
        b"To: x\r\n" * 100_000,
        b"To: " + b"(" * 300_000,
        b"To: " + b"<" * 300_000,
        b"To:\r\n" + b" a\r\n" * 100_000,
        (b"Cc: " + b'"a" <help+x@desk.example>, ' * 200 + b"\r\n") * 60,
        b"\r" * 300_000,
        b"\x00\xff" * 200_000,
        b"Return-Path: " + b"<" * 300_000,
        b"From: " + b'\\"' * 150_000,
    ],
)
def test_the_worst_header_blocks_take_bounded_time(content):
    began = time.process_time()
    sender, recipients = envelope(content, OURS, "help@desk.example")
    assert time.process_time() - began < 2
    assert 1 <= len(recipients) <= 20
    assert isinstance(sender, str)

"""Messages between the processes of a desk: whole, in order, and never waiting for a slow other side."""

from __future__ import annotations

import os
import pickle
import socket
import threading
from contextlib import closing

import pytest

from gateway import channel as channel_module
from gateway.channel import Channel, ChannelClosed, Line, Unpacker, pack
from gateway.reader import WORDS


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_messages_come_back_whole_however_the_stream_is_cut():
    messages = [None, 1, "text", b"\x00" * 70_000, {"a": [1, 2]}, ()]
    stream = b"".join(map(pack, messages))
    for step in (1, 3, 4, 5, 1000, 65_536, len(stream)):
        unpacker = Unpacker()
        found = [m for start in range(0, len(stream), step) for m in unpacker.feed(stream[start : start + step])]
        assert found == messages, step


def test_an_unfinished_message_is_no_message():
    assert Unpacker().feed(pack("text")[:-1]) == []
    assert Unpacker().feed(b"\x00\x00\x00") == []


def test_a_channel_never_waits_for_a_reader_that_does_not_read(pair):
    channel = Channel(pair[0])
    for n in range(100):
        channel.send((n, b"x" * 100_000))
    assert channel.wants_to_write
    line = Line(pair[1])
    found = []

    def read():
        found.extend(line.receive()[0] for _ in range(100))

    thread = threading.Thread(target=read)
    thread.start()
    while channel.wants_to_write:
        channel.flush()
    thread.join(20)
    assert found == list(range(100))


def test_what_is_sent_after_a_full_socket_stays_behind_it(pair):
    channel = Channel(pair[0])
    channel.send(b"x" * 5_000_000)
    channel.send("second")
    line = Line(pair[1])
    thread = threading.Thread(target=lambda: [channel.flush() for _ in iter(lambda: channel.wants_to_write, False)])
    thread.start()
    assert (len(line.receive()), line.receive()) == (5_000_000, "second")
    thread.join(20)


def test_receive_takes_all_that_is_there_and_does_not_wait(pair):
    channel, line = Channel(pair[0]), Line(pair[1])
    assert channel.receive() == []
    line.send(1)
    line.send(2)
    assert channel.receive() == [1, 2]


def test_the_last_words_of_a_process_are_heard_before_its_end(pair):
    channel, line = Channel(pair[0]), Line(pair[1])
    line.send("last words")
    pair[1].close()
    assert channel.receive() == ["last words"]
    with pytest.raises(ChannelClosed):
        channel.receive()


def test_last_words_are_heard_although_the_process_left_something_unread(pair, monkeypatch):
    """A process that dies with unread bytes resets the socket: what it has said before counts all the same."""
    words = "said before, and exactly as long as one look at the socket"
    monkeypatch.setattr(channel_module, "_READ", len(pack(words)))
    channel, line = Channel(pair[0]), Line(pair[1])
    channel.send("never read")
    line.send(words)
    pair[1].close()
    assert channel.receive() == [words]
    with pytest.raises(ChannelClosed):
        channel.receive()


def test_sending_to_a_process_that_is_gone_is_no_error(pair):
    channel = Channel(pair[0])
    pair[1].close()
    channel.send("nobody hears it")
    channel.flush()
    assert not channel.wants_to_write
    with pytest.raises(ChannelClosed):
        channel.receive()


def test_a_line_waits_and_knows_when_the_daemon_is_gone(pair):
    line = Line(pair[1])
    assert not line.pending()
    pair[0].sendall(pack(1) + pack(2))
    assert line.pending()
    assert line.receive() == 1
    assert line.pending()
    assert line.receive() == 2
    pair[0].close()
    with pytest.raises(ChannelClosed):
        line.receive()


def test_a_channel_is_what_the_selector_needs(pair):
    with closing(Channel(pair[0])) as channel:
        assert channel.fileno() == pair[0].fileno() >= 0


def test_a_message_is_a_length_and_a_pickle():
    body = os.urandom(300)
    assert pack(body)[:4] == len(pack(body)[4:]).to_bytes(4, "big")
    assert pickle.loads(pack(body)[4:]) == body


def test_every_class_that_a_read_mail_may_hold_is_listed():
    """A class that is missing in `WORDS` would make every mail that has one kill its reader."""
    import parsing.message

    ours = {
        kind
        for kind in vars(parsing.message).values()
        if isinstance(kind, type) and kind.__module__ == "parsing.message"
    }
    told = {
        parsing.message.TopicWords,
        parsing.message.RuleWords,
        parsing.message.Lexicon,
        parsing.message.Reading,
        parsing.message.Sought,
        parsing.message.Choice,
    }  # these go to the reader, not from it
    assert ours - told <= set(WORDS.values())

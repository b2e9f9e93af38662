"""Connections that mean no good: each is tried, and meanwhile and afterwards others are served as before."""

import socket
import struct
import unittest

import grpc

import gate

protos = gate.python_protos()
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS = 1, 4
CHECK = "/sluice.v1.ModerationService/CheckComment"
LIST = "/sluice.v1.ReviewService/ListEntries"
MOST_GROWTH = 96 << 10  # KiB of memory that an attack may cost


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def number(value, prefix, first=0):
    """An integer of HPACK (RFC 7541, 5.1)."""
    limit = (1 << prefix) - 1
    if value < limit:
        return bytes([first | value])
    out, value = [first | limit], value - limit
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out + [value])


def literal(name, value, indexed=False):
    name, value = name.encode(), value.encode()
    return bytes([0x40 if indexed else 0]) + number(len(name), 7) + name + number(len(value), 7) + value


def request_headers(path, *more):
    fields = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"), ("te", "trailers"),
              ("content-type", "application/grpc"), *more]
    return b"".join(literal(name, value) for name, value in fields)


def grpc_message(message):
    wire = message.SerializeToString()
    return b"\0" + struct.pack(">I", len(wire)) + wire


class Raw:
    """A connection by hand."""

    def __init__(self, address, settings=b"", hello=True):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        if hello:
            self.send(PREFACE + frame(SETTINGS, 0, 0, settings))

    def send(self, data):
        """False: the server has closed."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            try:
                more = self.socket.recv(size - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            data += more
        return data

    def frames(self):
        """Frames until the server closes."""
        while True:
            head = self._exactly(9)
            if head is None:
                return
            payload = self._exactly(int.from_bytes(head[:3], "big"))
            if payload is None:
                return
            yield head[3], head[4], int.from_bytes(head[5:], "big"), payload

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class Abuse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = gate.Server()
        cls.server.start()
        cls.channel = grpc.insecure_channel(cls.server.address)
        cls.count = 0

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()
        cls.server.__exit__()

    def setUp(self):
        self.assert_served()
        self.before = self.memory()

    def tearDown(self):
        self.assert_served()
        self.assertIsNone(self.server.process.poll())
        self.assertLess(self.memory() - self.before, MOST_GROWTH)

    def memory(self):
        status = (gate.pathlib.Path("/proc") / str(self.server.process.pid) / "status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0])

    def assert_served(self):
        """Another caller, on a connection of its own, is answered."""
        Abuse.count += 1
        request = protos.moderation.CheckCommentRequest()
        request.comment.name = f"sites/default/comments/n{Abuse.count}"
        request.comment.body = "A plain remark."
        self.channel.unary_unary(CHECK, request_serializer=lambda m: m.SerializeToString(),
                                 response_deserializer=protos.moderation.CheckCommentResponse.FromString)(
                                     request, timeout=30, wait_for_ready=True)

    def test_pings_without_end_are_ended(self):
        with Raw(self.server.address) as raw:
            for _ in range(200):
                if not raw.send(frame(PING, 0, 0, b"12345678") * 50):
                    break
            ends = [payload for kind, _, _, payload in raw.frames() if kind == GOAWAY]
            self.assertTrue(ends)
            self.assertEqual(struct.unpack(">I", ends[-1][4:8])[0], 11)  # ENHANCE_YOUR_CALM

    def test_a_header_of_a_mebibyte_is_refused(self):
        with Raw(self.server.address) as raw:
            block = request_headers(CHECK, ("x", "y" * (1 << 20)))
            raw.send(frame(HEADERS, 0, 1, block[:16384]))
            rest = [block[at:at + 16384] for at in range(16384, len(block), 16384)]
            for piece in rest[:-1]:
                raw.send(frame(CONTINUATION, 0, 1, piece))
            raw.send(frame(CONTINUATION, END_HEADERS, 1, rest[-1]))
            self.assert_refused(raw, 1)

    def assert_refused(self, raw, stream):
        for kind, _, at, payload in raw.frames():
            if kind == GOAWAY or (kind == RST_STREAM and at == stream):
                return
            if kind == HEADERS and at == stream:
                self.assertNotIn(b"grpc-status\x010", payload)
                return

    def test_a_header_that_is_named_a_thousand_times_in_a_thousand_bytes_is_refused(self):
        with Raw(self.server.address) as raw:
            bomb = literal("x", "y" * 3000, indexed=True) + b"\xbe" * 10_000  # 30 MB once it is unpacked
            raw.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, request_headers(CHECK) + bomb))
            self.assert_refused(raw, 1)

    def test_headers_that_never_end_cost_no_memory(self):
        with Raw(self.server.address) as raw:
            raw.send(frame(HEADERS, 0, 1, request_headers(CHECK)))
            piece = frame(CONTINUATION, 0, 1, literal("x", "y" * 8000))
            for _ in range(4_000):  # 32 MB
                if not raw.send(piece):
                    break

    def test_who_connects_and_says_nothing_is_dropped(self):
        crowd = [Raw(self.server.address, hello=False) for _ in range(300)]
        crowd += [Raw(self.server.address, hello=False) for _ in range(100)]
        for raw in crowd[300:]:
            raw.send(PREFACE[:7])
        self.assert_served()
        for raw in crowd:
            with raw:
                frames = list(raw.frames())  # until the server closes
                self.assertTrue(not frames or frames[-1][0] == GOAWAY)

    def test_who_asks_much_and_reads_nothing_holds_up_nobody(self):
        body = "word " * 4000
        for i in range(20):
            request = protos.moderation.CheckCommentRequest()
            request.comment.name = f"sites/default/comments/big{i}"
            request.comment.body = body + str(i) + " http://a.example/ http://b.example/ http://c.example/ http://d.example/"
            self.channel.unary_unary(CHECK, request_serializer=lambda m: m.SerializeToString())(request, timeout=30)
        wanted = grpc_message(protos.review.ListEntriesRequest(parent="sites/default", filter="state:*", page_size=20))
        no_window = struct.pack(">HI", 4, 0)
        crowd = [Raw(self.server.address, no_window) for _ in range(4)]
        for raw in crowd:
            for stream in range(1, 65, 2):
                raw.send(frame(HEADERS, END_HEADERS, stream, request_headers(LIST)) +
                         frame(DATA, END_STREAM, stream, wanted))
            self.assert_served()
        for raw in crowd:
            raw.socket.close()

    def test_a_flood_on_one_connection_has_its_bound(self):
        with Raw(self.server.address) as raw:
            settings = next(payload for kind, flags, _, payload in raw.frames() if kind == SETTINGS and not flags & 1)
            told = {struct.unpack(">HI", settings[at:at + 6])[0]: struct.unpack(">HI", settings[at:at + 6])[1]
                    for at in range(0, len(settings), 6)}
            self.assertEqual(told[3], 256)  # SETTINGS_MAX_CONCURRENT_STREAMS
            for stream in range(1, 20_001, 2):  # calls that are begun and never finished
                if not raw.send(frame(HEADERS, END_HEADERS, stream, request_headers(CHECK))):
                    break
            self.assert_served()

    def test_calls_that_are_begun_and_reset_by_the_thousand(self):
        with Raw(self.server.address) as raw:
            for stream in range(1, 20_001, 2):
                if not raw.send(frame(HEADERS, END_HEADERS, stream, request_headers(CHECK)) +
                                frame(RST_STREAM, 0, stream, struct.pack(">I", 8))):
                    break
            self.assert_served()

    def test_a_message_of_two_gigabytes_is_not_kept(self):
        with Raw(self.server.address) as raw:
            raw.send(frame(HEADERS, END_HEADERS, 1, request_headers(CHECK)) + frame(DATA, 0, 1, b"\0" + struct.pack(">I", 1 << 31)))
            piece = frame(DATA, 0, 1, b"x" * 16_384)
            ended = False
            for _ in range(16_000):  # 256 MB, whatever the window says
                if not raw.send(piece):
                    ended = True
                    break
            self.assertTrue(ended)

    def test_noise_is_not_a_connection(self):
        noise = [b"\0" * 1000, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc" + b"\xff" * 500,
                 PREFACE + b"\xff" * 1000, PREFACE + frame(99, 255, 1 << 30, b"x" * 16_000)]
        for data in noise:
            with Raw(self.server.address, hello=False) as raw:
                raw.send(data)
        self.assert_served()


if __name__ == "__main__":
    unittest.main()

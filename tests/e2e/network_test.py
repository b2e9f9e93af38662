"""Block lists asked by the running server, against a name server on loopback; a list that is silent."""

import socket
import threading
import unittest

import grpc

import gate

LISTED = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\x7f\x00\x00\x02"


class NameServer:
    """Lists 192.0.2.7 and shop.example, is silent about 192.0.2.9, and knows of nothing else."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.asked = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def stop(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()

    def serve(self):
        while True:
            question, sender = self.socket.recvfrom(512)
            if not question:
                return
            end = question.index(b"\0", 12)
            name = question[13:end].translate(bytes(46 if i < 32 else i for i in range(256))).decode()
            self.asked.append(name)
            if name.startswith("9.2.0.192."):
                continue
            listed = name.startswith(("7.2.0.192.", "shop.example."))
            header = question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" if listed else question[:2] + b"\x81\x83\0\1\0\0\0\0\0\0"
            self.socket.sendto(header + question[12:end + 5] + (LISTED if listed else b""), sender)


class Network(unittest.TestCase):
    def setUp(self):
        self.names = NameServer()
        self.addCleanup(self.names.stop)
        self.protos = gate.python_protos()

    def config(self, timeout_ms):
        return (f"network:\n  ip_lists: [ip.list.example]\n  domain_lists: [dom.list.example]\n"
                f"  servers: ['{self.names.address}']\n  timeout_ms: {timeout_ms}\n")

    def check(self, server, ip, body="A few words on the second chapter."):
        request = self.protos.moderation.CheckCommentRequest(want_signals=True)
        request.comment.name = "sites/default"
        request.comment.body = body
        request.comment.client.ip = ip
        with grpc.insecure_channel(server.address) as channel:
            return channel.unary_unary(
                "/sluice.v1.ModerationService/CheckComment", request_serializer=lambda m: m.SerializeToString(),
                response_deserializer=self.protos.moderation.CheckCommentResponse.FromString)(request, timeout=30)

    def test_lists_are_named(self):
        with gate.Server(config=self.config(10000)) as server:
            answer = self.check(server, "192.0.2.7", "See [this](https://www.shop.example/) and example.org.")
            self.assertEqual(list(answer.signals.network.ip_listed), ["ip.list.example"])
            self.assertEqual(list(answer.signals.network.domain_listed), ["dom.list.example"])
            self.assertFalse(answer.decision.degraded)
            self.assertFalse(self.check(server, "192.0.2.8").signals.network.ip_listed)
            asked = len(self.names.asked)
            self.check(server, "192.0.2.7")
            self.assertEqual(len(self.names.asked), asked, "an answer is kept")

    def test_a_silent_list_holds_and_says_so(self):
        with gate.Server(config=self.config(50)) as server:
            answer = self.check(server, "192.0.2.9")
            self.assertTrue(answer.decision.degraded)
            self.assertEqual(list(answer.decision.unfinished), ["network"])
            self.assertEqual(answer.decision.verdict, self.protos.decision.VERDICT_HOLD)


if __name__ == "__main__":
    unittest.main()

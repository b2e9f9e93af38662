"""The HTTP server under its clients' mistakes and under attack."""

import os
import re
import socket
import unittest

import doors
import gate

TEST = b"GET /1.1/test HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(server):
    return socket.create_connection(("127.0.0.1", server.http_port), timeout=60)


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = doors.Doors(http="max_connections: 8\nmax_body_bytes: 20000\npath_prefix: /gate").start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def test_requests_that_are_pipelined_are_answered_in_order(self):
        one = b"GET /gate/1.1/test HTTP/1.1\r\nHost: x\r\n\r\n"
        two = b"GET /gate/nothing HTTP/1.1\r\nHost: x\r\n\r\n"
        last = b"GET /gate/1.1/test HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        got = self.server.raw(one + two + one + last, read_all=False)
        self.assertEqual(re.findall(rb"HTTP/1\.1 (\d+)", got), [b"200", b"404", b"200", b"200"])

    def test_a_prefix_is_asked_for(self):
        self.assertEqual(self.server.request("GET", "/1.1/test")[0], 404)
        self.assertEqual(self.server.request("GET", "/gateway/1.1/test")[0], 404)
        self.assertEqual(self.server.request("GET", "/gate/1.1/test")[::2], (200, b"connected"))

    def test_what_is_no_http_is_refused(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00", b"hello\r\n\r\n", b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
                     b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                     b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
            self.assertEqual(self.server.raw(data)[:12], b"HTTP/1.1 400", data)

    def test_what_is_too_large_is_refused_and_its_sender_told(self):
        big = b"POST /gate/1.1/verify-key HTTP/1.1\r\nHost: x\r\nContent-Length: 20001\r\n\r\n" + b"a" * 20001
        self.assertEqual(self.server.raw(big)[:12], b"HTTP/1.1 413")
        chunked = (b"POST /gate/1.1/verify-key HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                   + b"4e21\r\n" + b"a" * 20001 + b"\r\n0\r\n\r\n")
        self.assertEqual(self.server.raw(chunked)[:12], b"HTTP/1.1 413")
        headers = b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 70_000 + b"\r\n\r\n"
        self.assertEqual(self.server.raw(headers)[:12], b"HTTP/1.1 431")
        many = b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 10_000 + b"\r\n"
        self.assertEqual(self.server.raw(many)[:12], b"HTTP/1.1 431")

    def test_a_client_that_asks_before_it_sends_is_told_to_go_on(self):
        with connect(self.server) as client:
            client.sendall(b"POST /gate/1.1/verify-key HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n"
                           b"Expect: 100-continue\r\nConnection: close\r\n"
                           b"Content-Type: application/x-www-form-urlencoded\r\n\r\n")
            self.assertEqual(client.recv(100)[:12], b"HTTP/1.1 100")
            client.sendall(b"key=a&blog=http://b/")
            self.assertTrue(doors.read_to_end(client).endswith(b"valid"))

    def test_connections_that_only_wait_give_way_to_new_ones(self):
        waiting = [connect(self.server) for _ in range(30)]
        try:
            for _ in range(3):
                self.assertEqual(self.server.request("GET", "/gate/1.1/test")[0], 200)
        finally:
            for client in waiting:
                client.close()

    def test_a_page_of_another_origin_may_not_speak_for_its_reader(self):
        for path in ("/gate/1.1/verify-key", "/gate/1.1/submit-ham", "/gate/"):
            self.assertEqual(self.server.form(path, {"key": "a"}, {"Origin": "https://evil.example"})[0], 403)

    def test_the_old_protocol_version_is_answered_and_closed(self):
        got = self.server.raw(b"GET /gate/1.1/test HTTP/1.0\r\n\r\n", read_all=False)
        self.assertTrue(got.startswith(b"HTTP/1.0 200") and got.endswith(b"connected"), got)


@unittest.skipUnless(os.environ.get("SLUICE_LONG"), "left out: takes a minute; SLUICE_LONG=1 runs it")
class Slow(unittest.TestCase):
    def test_clients_that_drip_are_closed_however_long_they_go_on(self):
        drips = {"header": (b"GET / HTTP/1.1\r\n", b"X: a\r\n"), "nothing": (b"", b""),
                 "body": (b"POST /1.1/verify-key HTTP/1.1\r\nContent-Length: 100000\r\n\r\n", b"a")}
        with doors.Doors() as server:
            clients = {name: connect(server) for name in drips}
            for name, client in clients.items():
                client.sendall(drips[name][0])
                client.settimeout(1)

            def is_closed(name):
                try:
                    clients[name].sendall(drips[name][1])
                    return clients[name].recv(1000) == b""
                except TimeoutError:
                    return False
                except OSError:
                    return True

            for name, client in clients.items():
                gate.wait_until(lambda name=name: is_closed(name), 120)
                client.close()
            self.assertEqual(server.request("GET", "/1.1/test")[0], 200)


class Listening(unittest.TestCase):
    def refusal(self, http):
        server = doors.Doors()
        server.config = http
        try:
            server.start()
        except AssertionError as error:
            return str(error)
        finally:
            server.__exit__()
        self.fail("it started")

    def test_beyond_loopback_only_when_it_is_told_to(self):
        self.assertIn("http.listen: 0.0.0.0:0 is reachable from other machines",
                      self.refusal("http: {listen: '0.0.0.0:0'}"))
        with doors.Doors(http="insecure: true"):
            pass

    def test_an_address_that_is_none_is_named(self):
        self.assertIn("http.listen: '127.0.0.1:x' is not address:port", self.refusal("http: {listen: '127.0.0.1:x'}"))
        self.assertIn("http.path_prefix: 'a' does not begin",
                      self.refusal("http: {listen: '127.0.0.1:0', path_prefix: a}"))

    def test_a_port_that_is_taken_is_named(self):
        with doors.Doors() as first:
            self.assertIn(f"http.listen: cannot listen on {first.http}",
                          self.refusal(f"http: {{listen: '{first.http}'}}"))

    def test_a_stop_does_not_wait_for_idle_connections(self):
        with doors.Doors() as server:
            with connect(server) as idle:
                idle.sendall(TEST)
                self.assertIn(b"connected", idle.recv(1000))
                self.assertEqual(server.stop(), 0)
                self.assertEqual(doors.read_to_end(idle), b"")

    def test_without_an_address_no_door_is_open(self):
        with gate.Server() as server:
            self.assertNotIn("http on", server.log_text())


if __name__ == "__main__":
    unittest.main()

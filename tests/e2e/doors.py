"""A sluiced with its doors of HTTP open, and requests to them byte by byte."""

import http.client
import socket
import urllib.parse

import gate


class Doors(gate.Server):
    """`config` is what follows `listen` under `http:`, `sites` the list of sites."""

    def __init__(self, http="", sites="", rest="", rules=None):
        config = "http:\n  listen: 127.0.0.1:0\n" + "".join(f"  {line}\n" for line in http.splitlines())
        if sites:
            config += "sites:\n" + "".join(f"  {line}\n" for line in sites.splitlines())
        super().__init__(rules=rules, config=config + rest)
        self.site = "blog" if sites else "default"

    def start(self, *flags, listen="127.0.0.1:0"):
        super().start(*flags, listen=listen)
        for line in self.log_text().splitlines():
            if "http on " in line:
                self.http = line.split("http on ")[1].split()[0].split('"')[0]
        return self

    @property
    def http_port(self):
        return int(self.http.rsplit(":", 1)[1])

    def request(self, method, path, body=None, headers=None):
        """Returns (status, headers with names in lower case, body as bytes)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=60)
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, data

    def form(self, path, fields, headers=None):
        """Posts a form; returns as `request`, the body as text."""
        body = urllib.parse.urlencode(fields)
        status, got, data = self.request("POST", path, body, {
            "Content-Type": "application/x-www-form-urlencoded", **(headers or {})})
        return status, got, data.decode()

    def raw(self, data, read_all=True):
        """Sends bytes and returns all that comes back until the other end closes."""
        with socket.create_connection(("127.0.0.1", self.http_port), timeout=60) as connection:
            connection.sendall(data)
            if read_all:
                connection.shutdown(socket.SHUT_WR)
            return read_to_end(connection)


def read_to_end(connection):
    got = b""
    try:
        while piece := connection.recv(65536):
            got += piece
    except ConnectionResetError:
        pass
    return got

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A server of profiles that can be told to misbehave: push_server.py FOLDER [CERTIFICATE KEY]

Prints its port. What POST /MODE/ingest brings is checked as a Pyroscope server would read it, and a
line of JSON of it goes to FOLDER/requests; the profile to FOLDER/pushed.pb.gz. The answer, by MODE:
  good        200, without a body
  deny        401, and repeats the request's Authorization
  wrong       422 and JSON, with newlines and control characters
  busy        503 the first time, then 200
  slowdown    429 with Retry-After: 1 the first time, then 200
  patience    429 with Retry-After: 86400
  broken      503 always
  drop        closes the connection the first time, then 200
  hang        answers nothing
  drip        sends a byte of the head now and then
  lost        200 and a length, but never the body
  redirect    307 to another server, which is this one by another name
  garbage     bytes that are no HTTP
  login       200 and a web page, as where one has to log in
  endless     200 and a body without an end
  endlesshead 200 and a head without an end
  endlesserror 400 and a body without an end
"""
import email
import email.policy
import gzip
import http.server
import json
import os
import ssl
import sys
import time
import urllib.parse

FOLDER = sys.argv[1]
seen = set()


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """The fields of a protobuf message: number, and a number or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            length, at = varint(data, at)
            value = data[at:at + length]
            if len(value) != length:
                raise ValueError("cut off")
            at += length
        else:
            raise ValueError("wire type")
        yield key >> 3, value


def numbers(value):
    if isinstance(value, int):
        return [value]
    at, result = 0, []
    while at < len(value):
        number, at = varint(value, at)
        result.append(number)
    return result


def pprof(data):
    """Types, sums of their values, number of samples, and time of a profile."""
    texts, types, values, times = [], [], [], {}
    for field, value in fields(data):
        if field == 6:
            texts.append(value.decode())
        elif field == 1:
            types.append(dict(fields(value)))
        elif field == 2:
            values.append([n for f, v in fields(value) if f == 2 for n in numbers(v)])
        elif field in (9, 10):
            times[field] = value
    return {
        "types": [f"{texts[t.get(1, 0)]}/{texts[t.get(2, 0)]}" for t in types],
        "sums": [sum(column) for column in zip(*values)],
        "samples": len(values),
        "time": times.get(9, 0),
        "duration": times.get(10, 0),
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def read_request(self, path, query):
        """What arrived, in words; "problem" is what a server would refuse it for."""
        what = {"method": self.command, "path": path, "query": query, "problem": "",
                "authorization": self.headers.get("Authorization"),
                "tenant": self.headers.get("X-Scope-OrgID"),
                "agent": self.headers.get("User-Agent"),
                "expect": self.headers.get("Expect")}
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers["Content-Type"]
        if not kind.startswith("multipart/form-data; boundary="):
            what["problem"] = "content type " + kind
            return what
        message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body,
                                           policy=email.policy.HTTP)
        parts = {}
        for part in message.iter_parts():
            name = part.get_param("name", header="content-disposition")
            parts[name] = part.get_payload(decode=True)
        what["parts"] = sorted(parts)
        packed = parts["profile"]
        with open(os.path.join(FOLDER, "pushed.pb.gz"), "wb") as file:
            file.write(packed)
        what["profile"] = pprof(gzip.decompress(packed))
        what["config"] = json.loads(parts["sample_type_config"])
        for type_unit in what["profile"]["types"]:
            if type_unit.split("/")[0] not in what["config"]:
                what["problem"] = "no configuration of " + type_unit
        if "format" in query:
            what["problem"] = "the body would be taken for a profile"
        return what

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def good(self):
        self.answer(200)

    def deny(self):
        self.answer(401, ("no: " + str(self.headers.get("Authorization"))).encode())

    def wrong(self):
        self.answer(422, b'{"code":"invalid",\n\t"message":"no \x1b[31mroom\x07"}\n')

    def first(self, mode):
        was = mode in seen
        seen.add(mode)
        return not was

    def busy(self):
        self.answer(503 if self.first("busy") else 200)

    def slowdown(self):
        if self.first("slowdown"):
            self.answer(429, b"slow down", Retry_After="1")
        else:
            self.answer(200)

    def patience(self):
        self.answer(429, b"", Retry_After="86400")

    def broken(self):
        self.answer(503, b"no ingester")

    def drop(self):
        if self.first("drop"):
            self.close_connection = True
            self.connection.close()
        else:
            self.answer(200)

    def hang(self):
        time.sleep(60)

    def drip(self):
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x" * 1000:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(0.2)

    def lost(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.flush()
        time.sleep(60)

    def redirect(self):
        port = self.server.server_address[1]
        self.answer(307, b"", Location=f"http://localhost:{port}/good/ingest")

    def garbage(self):
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\x00\x01\x02")
        self.close_connection = True

    def login(self):
        self.answer(200, b"<html><body>Please log in.</body></html>",
                    Content_Type="text/html; charset=utf-8")

    def begin_without_end(self, status):
        self.send_response(status)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while True:
            self.wfile.write(b"x" * 65536)

    def endless(self):
        self.begin_without_end(200)

    def endlesserror(self):
        self.begin_without_end(400)

    def endlesshead(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")

    def do_POST(self):
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query, strict_parsing=True))
        mode = address.path.split("/")[1]
        try:
            what = self.read_request(address.path, query)
        except (ValueError, KeyError, IndexError, EOFError, OSError) as error:
            what = {"problem": repr(error)}
        with open(os.path.join(FOLDER, "requests"), "a", encoding="utf-8") as log:
            log.write(json.dumps(what) + "\n")
        if what["problem"]:
            self.answer(400, what["problem"].encode())
            return
        try:
            getattr(self, mode)()
        except OSError:
            self.close_connection = True

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A server of debug files that can be told to misbehave: debug_server.py FOLDER

Prints its port. GET /MODE/buildid/ID/debuginfo is written to FOLDER/requests, and then, by MODE:
  good      sends FOLDER/ID.debug, or 404
  hang      answers nothing
  drip      announces a file and sends a byte now and then
  garbage   sends a page of text, as where one has to log in first
  endless   sends without an end, and without having said how much
  huge      announces terabytes
  close     closes the connection
"""
import http.server
import os
import sys
import time

FOLDER = sys.argv[1]


class Handler(http.server.BaseHTTPRequestHandler):
    def begin(self, length=None):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def good(self, build_id):
        try:
            with open(os.path.join(FOLDER, build_id + ".debug"), "rb") as file:
                data = file.read()
        except OSError:
            self.send_error(404)
            return
        self.begin(len(data))
        self.wfile.write(data)

    def hang(self, build_id):
        time.sleep(60)

    def drip(self, build_id):
        self.begin(1 << 20)
        while True:
            self.wfile.write(b"\x7f")
            self.wfile.flush()
            time.sleep(0.1)

    def garbage(self, build_id):
        self.begin()
        self.wfile.write(b"<html><body>Please log in.</body></html>\n" * 100)

    def endless(self, build_id):
        self.begin()
        while True:
            self.wfile.write(bytes(1 << 16))

    def huge(self, build_id):
        self.begin(1 << 42)
        self.wfile.write(bytes(1 << 16))
        time.sleep(60)

    def close(self, build_id):
        self.connection.close()

    def do_GET(self):
        _, mode, _, build_id, kind = self.path.split("/")
        with open(os.path.join(FOLDER, "requests"), "a", encoding="ascii") as log:
            log.write(f"{mode} {build_id} {kind}\n")
        try:
            getattr(self, mode)(build_id)
        except OSError:
            pass

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()

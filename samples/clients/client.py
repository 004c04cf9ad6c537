#!/usr/bin/env python3
"""Starts a container and waits until it ends: client.py SOCKET CONTAINER"""
import json
import socket
import sys


class Console:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.notifications = []
        self.send({"connect": {"version": "0.9.3", "subscribe_notifications": True}})
        answer = self.receive()
        if "connect_ack" not in answer:
            raise ConnectionError(f"refused: {answer}")

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self):
        line = self.lines.readline()
        if not line:
            raise ConnectionError("the runtime closed the connection")
        return json.loads(line)

    def request(self, request):
        """Returns the response. Notifications may come before it and are kept."""
        self.send({"request": request})
        while "response" not in (message := self.receive()):
            self.notifications.append(message["notification"])
        return message["response"]

    def notification(self):
        return self.notifications.pop(0) if self.notifications else self.receive()["notification"]


console, container = Console(sys.argv[1]), sys.argv[2]
print("installed:", *sorted(console.request("list")["list"]))
answer = console.request({"start": {"container": container, "init": None, "arguments": [], "environment": {}}})
if "ok" not in answer.get("start", {}):
    sys.exit(f"refused: {answer}")
print("started", container, flush=True)
while True:
    event = console.notification()
    if "exit" in event and event["exit"][0] == container:
        print("ended:", json.dumps(event["exit"][1], separators=(",", ":")))
        break

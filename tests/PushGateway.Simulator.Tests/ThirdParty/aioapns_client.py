"""Sends the pushes described on standard input with aioapns and prints what that client made of the answers.

Input, JSON: {"port", "authority" (PEM file), "key" (PEM file), "keyId", "teamId", "pushes": [{"topic", "token", "payload", "pushType"?, "priority"?, "ttl"?}]}
Output, JSON: [{"status", "reason"}], in the order of the pushes.
"""
import asyncio
import json
import logging
import ssl
import sys

from aioapns import APNs, NotificationRequest, PushType
from aioapns.connection import APNsProductionClientProtocol

logging.disable(logging.CRITICAL)


async def main():
    order = json.load(sys.stdin)
    # The library has no option for the host.
    APNsProductionClientProtocol.APNS_SERVER = "127.0.0.1"
    APNsProductionClientProtocol.APNS_PORT = order["port"]
    context = ssl.create_default_context(cafile=order["authority"])
    clients = {}
    results = []
    for push in order["pushes"]:
        topic = push["topic"]
        if topic not in clients:
            clients[topic] = APNs(
                key=order["key"], key_id=order["keyId"], team_id=order["teamId"], topic=topic, ssl_context=context
            )
        request = NotificationRequest(
            device_token=push["token"],
            message=push["payload"],
            push_type=PushType(push.get("pushType", "alert")),
            priority=push.get("priority"),
            time_to_live=push.get("ttl"),
        )
        answer = await asyncio.wait_for(clients[topic].send_notification(request), 20)
        results.append({"status": int(answer.status), "reason": answer.description})
    print(json.dumps(results))


asyncio.run(main())

"""Publishes three messages with kombu, then prints as JSON what it receives from the other side.

Usage: kombu_peer.py URL QUEUE_TO_WRITE QUEUE_TO_READ COUNT_TO_READ
"""

import json
import sys

from kombu import Connection, Exchange, Queue

url, written, read, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


def queue(name):
    return Queue(name, Exchange(name, type="direct"), routing_key=name)


with Connection(url) as connection:
    producer = connection.Producer()
    for headers in (
        {"task": "a.b", "stamp": 2**40, "negative": -(2**40), "small": -5, "none": None},
        {"nested": {"list": [1, 2.5, "x", True, [2**33]], "empty": {}}, "text": "Grüße 😀"},
        {"high": 2**31, "edge": 2**31 - 1, "low": -(2**31) - 1},
    ):
        producer.publish(
            {"hello": "world"},
            serializer="json",
            routing_key=written,
            declare=[queue(written)],
            headers=headers,
            priority=3,
            correlation_id="c-1",
            reply_to="r-1",
            expiration=60,
            delivery_mode=2,
        )
    simple = connection.SimpleQueue(queue(read))
    seen = []
    for _ in range(count):
        message = simple.get(timeout=30)
        seen.append(
            {
                "headers": message.headers,
                "properties": {k: v for k, v in message.properties.items()},
                "content_type": message.content_type,
                "content_encoding": message.content_encoding,
                "body": message.body if isinstance(message.body, str) else message.body.decode("latin-1"),
                "delivery_info": {
                    k: message.delivery_info[k] for k in ("exchange", "routing_key", "redelivered")
                },
            }
        )
        message.ack()
    simple.close()
    print(json.dumps(seen))

"""What Celery 5.5 does for native delayed delivery, with plain kombu: Celery 5.2.6 does not know it yet."""

import json
import os
import time

from celery import Celery
from kombu import Connection, Exchange, Queue

app = Celery("delayed", broker=os.environ["BROKER_URL"])
LEVELS = 28


def task_queue(name):
    return Queue(name, Exchange(name, type="topic"), routing_key=name, queue_arguments={"x-queue-type": "quorum"})


def declare(name, queue_type):
    """kombu 5.5, native_delayed_delivery.py, both of its functions."""
    with Connection(os.environ["BROKER_URL"]) as connection:
        channel = connection.channel()
        routing_key = "1.#"
        for level in range(LEVELS - 1, -1, -1):
            current = f"celery_delayed_{level}"
            following = f"celery_delayed_{level - 1}" if level > 0 else "celery_delayed_delivery"
            Exchange(current, type="topic").bind(channel).declare()
            arguments = {
                "x-queue-type": queue_type,
                "x-overflow": "reject-publish",
                "x-message-ttl": pow(2, level) * 1000,
                "x-dead-letter-exchange": following,
            }
            if queue_type == "quorum":
                arguments["x-dead-letter-strategy"] = "at-least-once"
            queue = Queue(current, queue_arguments=arguments).bind(channel)
            queue.declare()
            queue.bind_to(current, routing_key)
            routing_key = "*." + routing_key
        routing_key = "0.#"
        for level in range(LEVELS - 1, 0, -1):
            Exchange(f"celery_delayed_{level - 1}", type="topic").bind(channel).bind_to(
                f"celery_delayed_{level}", routing_key
            )
            routing_key = "*." + routing_key
        delivery = Exchange("celery_delayed_delivery", type="topic").bind(channel)
        delivery.declare()
        delivery.bind_to("celery_delayed_0", routing_key)

        queue = task_queue(name).bind(channel)
        queue.declare()
        queue.exchange.bind_to("celery_delayed_delivery", routing_key=f"#.{name}")
        queue.bind_to(name, routing_key=f"#.{name}")


def send(name, task, seconds, args):
    """celery/app/base.py of 5.5, send_task; it declares nothing of the levels. Returns the task's id."""
    from celery import uuid

    task_id = uuid()
    message = app.amqp.as_task_v2(task_id, task, args, {}, countdown=seconds)
    bits = ".".join(format(int(seconds), f"0{LEVELS}b"))
    with app.producer_pool.acquire(block=True) as producer:
        producer.publish(
            message.body,
            exchange=Exchange("celery_delayed_27", type="topic", passive=True),
            routing_key=f"{bits}.{name}",
            serializer="json",
            headers=message.headers,
            **message.properties,
        )
    return task_id


def receive(name):
    with Connection(os.environ["BROKER_URL"]) as connection:
        simple = connection.SimpleQueue(task_queue(name))
        print("waits", flush=True)
        message = simple.get(timeout=60)
        print(
            json.dumps(
                {
                    "at": time.time(),
                    "headers": {key: message.headers.get(key) for key in ("id", "task", "eta")},
                    "exchange": message.delivery_info["exchange"],
                    "routing_key": message.delivery_info["routing_key"],
                }
            ),
            flush=True,
        )
        message.ack()
        simple.close()


def delete(name):
    with Connection(os.environ["BROKER_URL"]) as connection:
        task_queue(name).bind(connection.channel()).delete()

"""The Celery app of PythonCeleryTest."""
import os
import time

from celery import Celery

app = Celery('app', broker=os.environ['BROKER_URL'], backend=os.environ['RESULT_URL'])
app.conf.update(
    broker_transport_options={'visibility_timeout': 3},
    task_acks_late=True,
    worker_prefetch_multiplier=1,
)


@app.task(name='app.add')
def add(a, b):
    return a + b


@app.task(name='app.echo')
def echo(value):
    return value


@app.task(name='app.fail')
def fail(text):
    raise ValueError(text)


@app.task(name='app.wait')
def wait(seconds):
    print('app.wait waits', flush=True)
    time.sleep(seconds)

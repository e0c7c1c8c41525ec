"""A portal that publishes submissions, which Java takes in."""
import os
import sys

from celery import Celery
from kombu import Exchange, Queue

dead = {'x-dead-letter-exchange': 'intake_dead', 'x-dead-letter-routing-key': 'intake.dead'}
intake = Exchange('intake_exchange', type='direct', durable=True)

app = Celery('portal', broker=os.environ['CELERY_BROKER_URL'], backend=os.environ['CELERY_RESULT_BACKEND'])
app.conf.update(
    task_queues=[
        Queue('intake_' + level, intake, routing_key='intake.' + level, max_priority=10, queue_arguments=dead)
        for level in ('default', 'high', 'critical')
    ],
    task_default_queue='intake_default',
    broker_transport_options={'confirm_publish': True},
)


def dead_letters():
    """Where the broker puts what it drops from the intake's queues."""
    exchange = Exchange('intake_dead', type='direct', durable=True)
    with app.connection_for_write() as connection:
        Queue('intake_dead_letters', exchange, routing_key='intake.dead')(connection.default_channel).declare()


def submit(payload, key, level='default', priority=0):
    return app.send_task('tasks.intake.process_intake_submission', [payload, key],
                         queue='intake_' + level, priority=priority)


def main():
    dead_letters()
    request = {'subject': 'The contract with the ferry operator', 'requester': 'Ada Moreno'}
    print(submit(request, 'portal-1').get(timeout=120))
    print(submit(request, 'portal-1').get(timeout=120))
    print(submit(request, 'portal-2', 'critical', priority=9).get(timeout=120))
    lost = submit(dict(request, registry='of 1987'), 'portal-3', 'high')
    try:
        lost.get(timeout=120)
    except Exception as e:
        print('failed:', type(e).__name__, e)
    return 0


if __name__ == '__main__':
    sys.exit(main())

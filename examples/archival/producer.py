"""Composes a batch out of tasks that Java runs: producer.py FOLDER"""
import hashlib
import os
import struct
import sys
import zlib

from celery import Celery, chain, chord, group

app = Celery('digitization', broker=os.environ['CELERY_BROKER_URL'], backend=os.environ['CELERY_RESULT_BACKEND'])
app.conf.update(
    task_default_queue='default',
    task_routes={
        'digitization.tasks.capture_page': {'queue': 'compute_intensive'},
        'digitization.tasks.extract_technical_metadata': {'queue': 'io_bound'},
    },
    broker_transport_options={'visibility_timeout': 86400, 'confirm_publish': True},
)


def png(width, height, grey):
    """A page as PNG: one tone of grey."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    rows = b''.join(b'\0' + bytes([grey]) * width for _ in range(height))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def scan(folder, pages):
    """What a scanner leaves: pages, and their checksums."""
    os.makedirs(folder)
    with open(os.path.join(folder, 'sha256sums'), 'w') as sums:
        for number in range(1, pages + 1):
            name, content = '%03d.png' % number, png(200 * number, 300, 40 * number)
            with open(os.path.join(folder, name), 'wb') as file:
                file.write(content)
            sums.write('%s  %s\n' % (hashlib.sha256(content).hexdigest(), name))
    return ['%03d.png' % number for number in range(1, pages + 1)]


def batch(folder, pages):
    """Immutable signatures: a step gets what it is given here, not what the step before returned."""
    task = app.signature
    header = [task('digitization.tasks.' + name, [folder, page], immutable=True)
              for page in pages for name in ('capture_page', 'extract_technical_metadata')]
    return chain(
        task('digitization.tasks.validate_batch', [folder], immutable=True),
        chord(group(header), task('digitization.tasks.enrich_batch', [folder])),
    )


def main(place):
    good = os.path.join(place, 'good')
    pages = scan(good, 3)
    for page, facts in batch(good, pages).delay().get(timeout=120).items():
        print(page, facts['width'] + 'x' + facts['height'], facts['format'], facts['access_copy'])

    bad = os.path.join(place, 'bad')
    pages = scan(bad, 2)
    with open(os.path.join(bad, pages[1]), 'ab') as file:
        file.write(b'one byte more')
    first = batch(bad, pages).delay().parent
    while first.parent is not None:
        first = first.parent
    try:
        first.get(timeout=120)
    except Exception as e:
        print('refused:', type(e).__name__, e)


if __name__ == '__main__':
    main(sys.argv[1])

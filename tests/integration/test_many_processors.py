# SPDX-License-Identifier: Apache-2.0
"""Many processors in one server: all of them back after kill -9, by themselves. How long it takes is a figure of
`./dev bench server`, printed here too."""
import time

import connections, durable, server

SOLAR = 200
KAFKA = 20


def sun(t, i): return [{'$source': {'connectionName': server.SAMPLE}},
                       {'$merge': {'into': {'connectionName': connections.CLUSTER_NAME, 'db': t.database, 'coll': 'sun%d' % i}}}]


def states(served):
    rows = served.command('admin', {'listStreamProcessors': 1})['streamProcessors']
    return {row['name']: row['state'] for row in rows}


def create_and_start(served, pipelines):
    with served.wire() as wire:
        for name, pipeline in pipelines.items(): wire.command('admin', {'createStreamProcessor': name, 'pipeline': pipeline})
        for name in pipelines: wire.command('admin', {'startStreamProcessor': name})


def back_after_kill(t, served, names):
    """Seconds until all run again."""
    served.kill()
    started = time.monotonic()
    served.start(ready=False)
    served.wait_ready(60)
    assert states(served) == {name: 'STARTED' for name in names}, states(served)
    return time.monotonic() - started


def test_on_the_sample_source(t):
    served = server.Server(t, connections_file=server.file_of(t, connections.cluster(None))).start()
    started = time.monotonic()
    names = ['sun%d' % i for i in range(SOLAR)]
    create_and_start(served, {name: sun(t, i) for i, name in enumerate(names)})
    t.say('%d processors created and started in %.1f s' % (SOLAR, time.monotonic() - started))
    t.say('%d processors back after kill -9 in %.1f s' % (SOLAR, back_after_kill(t, served, names)))
    with t.case('each writes'):
        def all_write():
            with served.wire() as wire:
                return all(wire.command(t.database, {'count': 'sun%d' % i})['n'] > 0 for i in range(SOLAR))
        t.until('documents of each', all_write, 60, served.running)
    with t.case('none twice'):
        with served.wire() as wire:
            for i in range(0, SOLAR, 20):
                found = [row['timestamp'] for row in wire.find(t.database, 'sun%d' % i)]
                assert len(found) == len(set(found)), (i, found)
    served.stop()


def test_on_a_topic(t):
    made = durable.trades(t, 12_000, 600)
    kafka = connections.kafka(t.services.kafka(), 'PLAINTEXT', config={'auto.offset.reset': 'earliest'})
    served = server.Server(t, connections_file=server.file_of(t, kafka, connections.cluster(None))).start()
    pipelines = {}
    for i in range(KAFKA):
        pipelines['trades%d' % i] = [
            {'$source': {'connectionName': connections.KAFKA_NAME, 'topic': made.topic}}, {'$match': {'userid': 'User_%d' % (1 + i % 9)}},
            {'$project': {'_id': 0, 'symbol': 1, 'quantity': 1}},
            {'$merge': {'into': {'connectionName': connections.CLUSTER_NAME, 'db': t.database, 'coll': 'trades%d' % i}}}]
    create_and_start(served, pipelines)
    t.say('%d processors back after kill -9 in %.1f s' % (KAFKA, back_after_kill(t, served, list(pipelines))))
    for i in range(0, KAFKA, 7):
        totals = made.totals(lambda trade, user='User_%d' % (1 + i % 9): trade['userid'] == user)
        n = sum(count for count, _, _ in totals.values())
        with t.case('each record once: processor %d' % i):
            t.until('%d documents' % n, lambda: served.command(t.database, {'count': 'trades%d' % i})['n'] >= n, 60, served.running)
            durable.same_totals(totals, durable.counted(served.rows(coll='trades%d' % i)))
    served.stop()


test_on_the_sample_source.seconds = 60
test_on_a_topic.seconds = 30

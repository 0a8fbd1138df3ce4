# SPDX-License-Identifier: Apache-2.0
"""The published stock-trade definition, from a real broker to a real MongoDB: document for document what an independent
program computes from the same topic, for the text as it is and for the same with processing time."""
import json

import harness, reference

START = '2026-01-01T00:00:00Z'
RECORDS = 5_000_000 if harness.SOAK else 200_000
TIMEOUT_S = 900 if harness.SOAK else 120
PROTOCOLS = {'event': ('SASL_PLAINTEXT', 'SCRAM-256'), 'processing': ('SASL_SSL', 'SCRAM-512')}


def step(windows):
    """Milliseconds between records, so that they fill that many windows."""
    return '%g' % (windows * reference.WINDOW_MS / RECORDS)


def number(v):
    """A number of relaxed or canonical Extended JSON."""
    return int(next(iter(v.values()))) if isinstance(v, dict) else v


def expected_rows(t, topic):
    with open(t.dump(topic)) as dump: return reference.rows(reference.records(dump))


def check_report(report, documents):
    assert report.records_in == RECORDS, report.raw
    assert report.documents_out == documents, report.raw
    assert report.dead_letters == 0, report.raw
    assert report.bytes_in > RECORDS * 60, report.raw
    assert report.seconds > 0 and report.cpu_seconds > 0 and report.records_per_second > 0, report.raw
    assert 2 ** 20 < report.peak_memory < 2 ** 30, report.raw


def test_published_definition(t):
    """60 windows of 7 symbols; both fixtures byte for byte, so they share topic and collection, one after the other."""
    with harness.published_names:
        t.fresh_published_names()
        t.datagen(harness.TOPIC, '--count', RECORDS, '--seed', 1, '--start', START, '--step', step(60))
        expected = expected_rows(t, harness.TOPIC)
        assert len(expected) == 60 * 7, len(expected)
        for kind, lanes in (('event', 1), ('processing', 3)):
            with t.case(kind + ' time fixture equals the reference'):
                t.mongo.drop_database(harness.DATABASE)
                result = t.run(t.definition(kind), t.connections(*PROTOCOLS[kind]), '--clock', 'record',
                               '--parallelism', lanes, timeout=TIMEOUT_S)
                t.same_rows(expected, t.mongo.find(harness.DATABASE, harness.COLLECTION))
                check_report(result.report, len(expected))
        with t.case('event time without --clock, six lanes'):
            t.mongo.drop_database(harness.DATABASE)
            t.run(t.definition('event'), t.connections(), '--parallelism', 6, timeout=TIMEOUT_S)
            t.same_rows(expected, t.mongo.find(harness.DATABASE, harness.COLLECTION))
        with t.case('processing time by the wall clock loses nothing'):
            t.mongo.drop_database(harness.DATABASE)
            t.run(t.definition('processing'), t.connections(), timeout=TIMEOUT_S)
            found = t.mongo.find(harness.DATABASE, harness.COLLECTION)
            assert sum(row['tradeCount'] for row in found) == RECORDS, found[:3]
        with t.case('embedded store and find'):
            data = t.folder / 'store'
            t.penstock('run', t.definition('event'), '--connections', t.connections(embedded=True, name='embedded.json'),
                       '--data', data, '--until-end', '--from', 'beginning', timeout=TIMEOUT_S)
            lines = t.penstock('find', harness.DATABASE + '.' + harness.COLLECTION, '--data', data, '--limit', 100000).out
            found = [json.loads(line) for line in lines.splitlines() if line.startswith('{')]
            assert len(found) == len(expected), 'expected %d lines: %s' % (len(expected), lines[:2000])
            assert sum(number(row['tradeCount']) for row in found) == RECORDS, found[0]
            one = t.penstock('find', harness.DATABASE + '.' + harness.COLLECTION, '--data', data, '--filter',
                             '{"symbol": "ZVV"}', '--sort', '{"windowStart": -1}', '--limit', 2).out.splitlines()
            assert len(one) == 2 and all('"ZVV"' in line for line in one), one


test_published_definition.seconds = 60


def test_same_bytes_again(t):
    """--clock record: generated _ids too are the same in each run."""
    topic = t.topic()
    t.datagen(topic, '--count', 20_000, '--seed', 5, '--start', START, '--step', '7.5')
    definition = t.definition('processing', topic=topic, database=t.database)
    runs = []
    for _ in range(2):
        t.mongo.drop_database(t.database)
        t.run(definition, t.connections(), '--clock', 'record', '--parallelism', 2)
        runs.append(sorted(map(harness.wire.encode, t.mongo.find(t.database, harness.COLLECTION))))
    assert runs[0] == runs[1] and len(runs[0]) == 5 * 7, (len(runs[0]), len(runs[1]))


def test_many_symbols(t):
    """100,000 symbols over two windows."""
    topic = t.topic()
    t.datagen(topic, '--count', RECORDS, '--seed', 2, '--start', START, '--step', step(2), '--symbols', 100_000)
    expected = expected_rows(t, topic)
    assert len(expected) > 100_000, len(expected)
    for kind in harness.FIXTURES:
        with t.case(kind + ' time fixture equals the reference'):
            t.mongo.drop_database(t.database)
            result = t.run(t.definition(kind, topic=topic, database=t.database), t.connections(), '--clock', 'record',
                           '--parallelism', 2, timeout=TIMEOUT_S)
            t.same_rows(expected, t.mongo.find(t.database, harness.COLLECTION))
            check_report(result.report, len(expected))


test_many_symbols.seconds = 50


def test_until_end_of_an_empty_topic(t):
    result = t.run(t.definition(topic=t.topic(), database=t.database), t.connections())
    assert result.report.records_in == 0 and result.report.documents_out == 0, result.report.raw

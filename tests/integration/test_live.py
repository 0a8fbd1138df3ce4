# SPDX-License-Identifier: Apache-2.0
"""Live, as people run it: no --until-end, rows appear while trades arrive, SIGTERM ends it well."""
import os, pty, threading, time

import connections, harness, wire

ROWS_WITHIN_S = 45


class Terminal:
    """A pseudo terminal that keeps what is written to it."""

    def __init__(self):
        self._master, self.slave = pty.openpty()
        self._text = b''
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while part := os.read(self._master, 65536): self._text += part
        except OSError: pass  # Closed at the other end.

    def text(self): return self._text.decode(errors='replace')


def check_live_rows(rows):
    for row in rows:
        assert row['windowEnd'].ms - row['windowStart'].ms == 30_000 and row['windowStart'].ms % 30_000 == 0, row
        assert row['tradeCount'] >= 1 and row['symbol'].startswith('Z'), row
        assert row['imbalance'] == row['totalBuyQty'] - row['totalSellQty'], row


def test_first_rows(t):
    """Six partitions, SASL_SSL and PLAIN, 20 trades a second, both fixtures byte for byte: each into a mongod of its own,
    because they name the same collection."""
    with harness.published_names:
        t.fresh_published_names(partitions=6)
        uris = {'event': t.services.mongod(), 'processing': t.services.mongod('second')}
        files = {kind: t.connections('SASL_SSL', 'PLAIN', uri=uri, name=kind + '.json') for kind, uri in uris.items()}
        with wire.Connection(uris['processing']) as second: second.drop_database(harness.DATABASE)
        generator = t.start('datagen', 'stock-trades', '--connections', files['event'], '--connection',
                            connections.KAFKA_NAME, '--topic', harness.TOPIC, '--rate', 20)
        terminal = Terminal()
        started = time.monotonic()
        running = {kind: t.start('run', t.definition(kind), '--connections', files[kind], '--data', t.folder / kind,
                                 stderr=terminal.slave if kind == 'event' else None) for kind in harness.FIXTURES}
        for kind, job in running.items():
            with t.case('%s time: first rows within %d s' % (kind, ROWS_WITHIN_S)), wire.Connection(uris[kind]) as mongo:
                left = ROWS_WITHIN_S - (time.monotonic() - started)
                rows = t.until('row', lambda m=mongo: m.find(harness.DATABASE, harness.COLLECTION), max(left, 0.2), job)
                check_live_rows(rows)
        for kind, job in running.items():
            with t.case(kind + ' time: SIGTERM ends it with exit status 0'):
                result = job.stop()
                assert result.code == 0, result
                t.quiet(result)
        with t.case('progress on a terminal, none without'):
            assert 'watermark' in terminal.text() and 'lag' in terminal.text(), repr(terminal.text()[-500:])
            assert 'watermark' not in running['processing'].err(), running['processing'].err()
        with t.case('datagen ends on SIGTERM'):
            result = generator.stop()
            assert result.code == 0, result


test_first_rows.seconds = 70


def trade(symbol): return ('{"side": "BUY", "quantity": 2, "symbol": "%s", "price": 10}' % symbol).encode()


def test_silent_partition_is_named(t):
    """A partition that delivered and falls silent holds the windows open; one warning names it and the setting. One that
    never delivered holds nothing back."""
    topic = t.topic(partitions=3)
    job = t.start('run', t.definition(topic=topic, database=t.database, window_s=2), '--connections', t.connections(),
                  '--data', t.folder / 'data', '--from', 'beginning')
    t.kafka.produce(topic, 1, [trade('B')])  # Partition 2 never delivers.
    end = time.monotonic() + 12
    while time.monotonic() < end:
        t.kafka.produce(topic, 0, [trade('A')])
        time.sleep(0.5)
    assert t.mongo.count(t.database, harness.COLLECTION) == 0, 'partition 1 did not hold the windows open'
    named = [line for line in job.err().splitlines() if 'partitionIdleTimeout' in line]
    assert len(named) == 1 and '1' in named[0], 'one warning expected: %s' % job.result()
    t.kafka.produce(topic, 1, [trade('B')])
    t.until('row', lambda: t.mongo.count(t.database, harness.COLLECTION), 15, job)
    result = job.stop()
    assert result.code == 0, result


test_silent_partition_is_named.seconds = 30


def test_new_partitions_are_found(t):
    topic = t.topic(partitions=1)
    job = t.start('run', t.definition('processing', topic=topic, database=t.database, window_s=2), '--connections',
                  t.connections(), '--data', t.folder / 'data', '--from', 'beginning')
    t.kafka.produce(topic, 0, [trade('OLD')])
    t.until('row of the old partition', lambda: t.mongo.count(t.database, harness.COLLECTION), 30, job)
    t.services.tool('TopicCommand', '--alter', '--topic', topic, '--partitions', '2', output=t.folder / 'alter')
    t.kafka.wait_for(topic, 2)
    t.kafka.produce(topic, 1, [trade('NEW')])
    t.until('row of the new partition', lambda: [
        row for row in t.mongo.find(t.database, harness.COLLECTION) if row['symbol'] == 'NEW'], 60, job)
    result = job.stop()
    assert result.code == 0, result


test_new_partitions_are_found.seconds, test_new_partitions_are_found.soak_only = 60, True

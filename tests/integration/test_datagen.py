# SPDX-License-Identifier: Apache-2.0
"""penstock datagen stock-trades: the published data set, the same for a seed, into a topic that it creates."""
import collections, json

import harness, reference

SYMBOLS = {'ZBZX', 'ZJZZT', 'ZTEST', 'ZVV', 'ZVZZT', 'ZWZZT', 'ZXZZT'}
START, START_MS = '2026-01-01T00:00:00Z', 1_767_225_600_000
COUNT = 20_000


def records(t, topic):
    with open(t.dump(topic)) as dump: return sorted(reference.records(dump), key=lambda r: r[1:3])


def test_same_for_a_seed(t):
    made = {}
    for name, seed in (('a', 42), ('b', 42), ('c', 43)):
        topic = t.topic(suffix='_' + name)
        t.datagen(topic, '--count', COUNT, '--seed', seed, '--start', START, '--step', 10)
        made[name] = records(t, topic)
        assert len(made[name]) == COUNT, len(made[name])
    assert made['a'] == made['b'], next(pair for pair in zip(made['a'], made['b']) if pair[0] != pair[1])
    assert [r[4] for r in made['a']] != [r[4] for r in made['c']]


def test_records(t):
    topic = t.topic()
    t.datagen(topic, '--count', COUNT, '--seed', 1, '--start', START, '--step', 10)
    made = records(t, topic)
    stamps = sorted(r[0] for r in made)
    assert stamps == [START_MS + 10 * i for i in range(COUNT)], (stamps[:3], stamps[-3:])
    homes, seen = collections.defaultdict(set), collections.defaultdict(set)
    for _, partition, _, key, value in made:
        trade = json.loads(value)
        assert list(trade) == ['side', 'quantity', 'symbol', 'price', 'account', 'userid'], value
        assert key == trade['symbol'], (key, value)
        assert type(trade['quantity']) is int and 1 <= trade['quantity'] <= 4999, value
        assert type(trade['price']) is int and 5 <= trade['price'] <= 999, value
        homes[key].add(partition)
        for field in ('side', 'account', 'userid'): seen[field].add(trade[field])
    assert set(homes) == SYMBOLS and all(len(partitions) == 1 for partitions in homes.values()), homes
    assert seen['side'] == {'BUY', 'SELL'} and seen['account'] == {'ABC123', 'LMN456', 'XYZ789'}, seen
    assert seen['userid'] == {'User_%d' % i for i in range(1, 10)}, seen


def test_creates_the_topic(t):
    topic = 'datagen_creates_the_topic'
    if t.kafka.partitions(topic): t.kafka.delete(topic)
    t.datagen(topic, '--count', 1000, '--start', START, '--step', 1)
    assert t.kafka.partitions(topic) >= 1 and t.kafka.records(topic) == 1000
    assert t.kafka.setting(topic, 'retention.ms') == '-1', 'the broker would delete old time stamps'


def test_symbols_and_steps_below_a_millisecond(t):
    topic = t.topic()
    t.datagen(topic, '--count', COUNT, '--start', START, '--step', '0.25', '--symbols', 1000)
    made = records(t, topic)
    assert len({r[3] for r in made}) == 1000, len({r[3] for r in made})
    assert max(r[0] for r in made) == START_MS + (COUNT - 1) // 4, max(r[0] for r in made)


def test_rate(t):
    """About 200 a second, stamped with now."""
    topic = t.topic()
    job = t.start('datagen', 'stock-trades', '--connections', t.connections(), '--connection', 'confluent_cloud',
                  '--topic', topic, '--rate', 200)
    t.until('500 records', lambda: t.kafka.records(topic) >= 500, 15, job)
    result = job.stop()
    assert result.code == 0, result
    made = records(t, topic)
    spent = (max(r[0] for r in made) - min(r[0] for r in made)) / 1000
    assert 0.7 < len(made) / 200 / spent < 1.4, (len(made), spent)

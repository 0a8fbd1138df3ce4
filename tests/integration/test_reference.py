# SPDX-License-Identifier: Apache-2.0
"""The reference and a real mongod agree: otherwise the tests below would compare with a wrong answer."""
import json, random

import harness, oracle, reference

START = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def trades(count, symbols, seed):
    r = random.Random(seed)
    for i in range(count):
        big = r.random() < 0.02
        yield {'side': r.choice(['BUY', 'SELL']), 'quantity': r.randrange(1, 2 ** 31 if big else 5000),
               'symbol': r.choice(symbols), 'price': r.randrange(5, 1000), 'account': 'ABC123', 'userid': 'User_1'}


def test_agrees_with_mongod(t):
    made = [(START + i * 45, trade) for i, trade in enumerate(trades(2000, ['ZVV', 'ZTEST', 'Ω 1'], seed=7))]
    lines = ['CreateTime:%d\tPartition:0\tOffset:%d\tk\t%s\n' % (stamp, i, json.dumps(trade))
             for i, (stamp, trade) in enumerate(made)]
    expected = reference.rows(reference.records(lines))
    found = oracle.rows(t.mongo, t.database, harness.fixture('event'), made)
    assert len(found) == 9, len(found)
    t.same_rows(expected, found)

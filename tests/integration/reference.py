#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the stock-trade job must write, computed from a dump of the topic by the shortest road: a dictionary.

Independent of the engine: the dump comes from Kafka's console consumer (harness.dump), the rules from MongoDB's manual,
and test_reference.py compares this file with a real mongod.
Needs time stamps that do not go back within a partition: then no record is late, and the clock of processing time
(--clock record: the running maximum of a partition) is the record's own time, so one reference serves both fixtures.

  reference.py DUMP      prints the rows as JSON lines
"""
import json, pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'scripts' / 'services'))
import wire  # noqa: E402

WINDOW_MS = 30_000


def records(lines):
    """(timestamp ms, partition, offset, key, value) of each line of a dump, all texts."""
    for line in lines:
        stamp, partition, offset, key, value = line.rstrip('\n').split('\t', 4)
        yield int(stamp.partition(':')[2]), int(partition[10:]), int(offset[7:]), key, value


def rows(trades, window_ms=WINDOW_MS):
    """(window start ms, symbol) -> document without _id, fields in the order in which $merge leaves them."""
    groups, newest, loads = {}, {}, json.loads
    for stamp, partition, _, _, value in trades:
        if stamp < newest.get(partition, stamp): raise ValueError('partition %d goes back in time' % partition)
        newest[partition] = stamp
        trade = loads(value)
        price, quantity, side = trade['price'], trade['quantity'], trade['side']
        key = stamp - stamp % window_ms, trade['symbol']
        group = groups.get(key)
        if group is None: group = groups[key] = [0, 0, 0, 0, 0, 0, price, price]
        group[0] += 1
        group[1] += quantity
        group[2] += price
        group[3] += price * quantity
        if side == 'BUY': group[4] += quantity
        elif side == 'SELL': group[5] += quantity
        if price < group[6]: group[6] = price
        if price > group[7]: group[7] = price
    return {key: row(key, group, window_ms) for key, group in groups.items()}


def row(key, group, window_ms):
    # Types as MongoDB has them: a sum of ints is an int if it fits 32 bits, else a long (wire.encode chooses likewise); a
    # difference is a long as soon as one side is.
    start, symbol = key
    trades, quantity, prices, turnover, buy, sell, least, most = group
    return {
        'avgPrice': round(prices / trades, 4),
        'imbalance': wire.Int64(buy - sell) if max(buy, sell) >= 2 ** 31 else buy - sell,
        'maxPrice': most,
        'minPrice': least,
        'symbol': symbol,
        'totalBuyQty': buy,
        'totalQty': quantity,
        'totalSellQty': sell,
        'tradeCount': trades,
        'vwap': round(turnover / quantity, 4) if quantity > 0 else None,
        'windowEnd': wire.Date(start + window_ms),
        'windowSecs': wire.Int64(window_ms // 1000),
        'windowStart': wire.Date(start),
    }


def differences(expected, found):
    """Texts, at most ten: what a collection's documents lack, have too much or have otherwise. Types and order count."""
    out, seen = [], set()
    for document in found:
        document = dict(document)
        first, identity = next(iter(document)), document.pop('_id', None)
        if first != '_id' or not isinstance(identity, wire.ObjectId): out.append('no ObjectId as first field: %r' % document)
        start, symbol = document.get('windowStart'), document.get('symbol')
        key = getattr(start, 'ms', start), symbol
        if key in seen: out.append('twice: %r' % (key,))
        elif key not in expected: out.append('not expected: %r' % document)
        elif wire.encode(document) != wire.encode(expected[key]):
            out.append('expected %r\n   found %r' % (expected[key], document))
        seen.add(key)
        if len(out) >= 10: return out
    missing = [key for key in expected if key not in seen]
    if missing: out.append('%d of %d rows are missing, the first is %r' % (len(missing), len(expected), min(missing)))
    return out


if __name__ == '__main__':
    with open(sys.argv[1]) as dump:
        for document in rows(records(dump)).values():
            print(json.dumps({k: v.ms if isinstance(v, wire.Date) else v for k, v in document.items()}))

# SPDX-License-Identifier: Apache-2.0
"""Records that are no trades: each is counted, kept as a dead letter with its bytes and its place, and stops nothing."""
import json

import harness, oracle, wire

START = 1_767_225_600_000
DEEP = 10_000
BAD = {
    'not JSON': b'trade of the day: ZVV',
    'XML': b'<trade symbol="ZVV"/>',
    'a number': b'42',
    'a string': b'"ZVV"',
    'the word null': b'null',
    'cut off in a string': b'{"side":"BUY","quantity":1,"symbol":"ZV',
    'cut off after a value': b'{"side":"BUY","quantity":1',
    'text after the object': b'{"symbol":"ZVV","quantity":1,"price":1} and more',
    'two objects': b'{"symbol":"ZVV"}{"symbol":"ZVV"}',
    'a comma too many': b'{"symbol":"ZVV","quantity":1,}',
    'invalid UTF-8 in a value': b'{"symbol":"Z\xff\xfeV","quantity":1,"price":5}',
    'invalid UTF-8 in a field that nobody reads': b'{"symbol":"ZVV","quantity":1,"price":5,"note":"\xc0\xaf"}',
    'half a surrogate pair as UTF-8': b'{"symbol":"ZVV\xed\xa0\x80","quantity":1,"price":5}',
    'arrays nested deep': b'{"symbol":"ZVV","a":' + b'[' * DEEP + b']' * DEEP + b'}',
    'objects nested deep': b'{"a":' * DEEP + b'1' + b'}' * DEEP,
    'nested deep and cut off': b'[' * DEEP,
    'a control character': b'{"symbol":"Z\x01V"}',
    'a number that is none': b'{"symbol":"ZVV","price":1.2.3}',
    'empty': b'',
    'blanks': b'   \n',
    'zero bytes': b'\0\0\0\0',
    'binary': bytes(range(256)),
}
# Whether these are a double, cut to an infinity or refused is the decoder's matter; they must be counted and stop nothing.
EITHER_WAY = {
    'an exponent beyond doubles': b'{"symbol":"HUGE","side":"BUY","quantity":1,"price":1e999}',
    'a number of a thousand digits': b'{"symbol":"HUGE","side":"BUY","quantity":' + b'9' * 1000 + b',"price":1}',
    'twenty digits': b'{"symbol":"HUGE","side":"BUY","quantity":99999999999999999999,"price":1}',
    'a thousand digits after the point': b'{"symbol":"HUGE","side":"BUY","quantity":1,"price":0.' + b'1' * 1000 + b'}',
    'an array': b'[1, 2, 3]',
}
# Odd, but documents: MongoDB says what becomes of them.
ODD = [
    {'symbol': 'ODD', 'side': ['BUY'], 'quantity': 5, 'price': 10},            # Not equal to "BUY".
    {'symbol': 'ODD', 'side': 'SELL', 'quantity': 2 ** 31, 'price': 2.5},
    {'symbol': 'ODD', 'side': None, 'quantity': None, 'price': None},
    {'symbol': None, 'quantity': 3, 'price': 7, 'side': 'BUY'},
    {'symbol': {'a': [1, 'x']}, 'quantity': 4, 'price': 8, 'side': 'BUY'},
    {'quantity': 5, 'price': 9, 'side': 'BUY'},                                # No symbol: a group of its own.
    {'symbol': 'ODD', 'side': 'BUY', 'quantity': 1, 'price': -0.0, 'more': {'x': [1, {'y': None}], 'é': 'ü'}},
    {},
]


def good(i): return {'side': 'BUY' if i % 3 else 'SELL', 'quantity': 1 + i, 'symbol': 'ZVV' if i % 2 else 'ZTEST', 'price': 5 + i}


def produce(t, topic, values, partitions=3):
    """Spreads the values over the partitions between good trades, seven milliseconds apart; -> (documents that must
    count as (stamp, document), places as {value: (partition, offset)})."""
    documents, places, stamp = [], {}, START
    for i, value in enumerate(values):
        rows = []
        for content in (good(i), value, good(i + 1)):
            stamp += 7
            if isinstance(content, dict):
                documents.append((stamp, content))
                content = json.dumps(content, ensure_ascii=False).encode()
            elif content is None: documents.append((stamp, {}))
            rows.append((stamp, b'k', content))
        offset = t.kafka.produce(topic, i % partitions, rows)
        if isinstance(value, bytes): places[value] = (i % partitions, offset + 1)
    return documents, places


def binaries(v):
    """All binary values anywhere in a document."""
    if isinstance(v, wire.Binary): yield v.raw
    elif isinstance(v, dict):
        for x in v.values(): yield from binaries(x)
    elif isinstance(v, list):
        for x in v: yield from binaries(x)


def without_ids(rows): return sorted(wire.encode({k: v for k, v in row.items() if k != '_id'}) for row in rows)


def check_rows(found, expected):
    found, expected = without_ids(found), without_ids(expected)
    lost, extra = [r for r in expected if r not in found], [r for r in found if r not in expected]
    assert found == expected, 'lacks %r\nhas too much %r' % ([*map(wire.decode, lost)][:3], [*map(wire.decode, extra)][:3])


def check_letter(why, raw, place, letters, topic):
    by_place = [x for x in letters if (x['_stream_meta']['source']['partition'], x['_stream_meta']['source']['offset']) == place]
    assert len(by_place) == 1, '%s: %d dead letters of %s, one expected' % (why, len(by_place), place)
    letter = by_place[0]
    assert letter['_stream_meta']['source']['topic'] == topic, letter
    assert raw in list(binaries(letter)), '%s: its bytes are not in %r' % (why, str(letter)[:500])
    assert letter['errInfo']['reason'].strip() and letter['operatorName'], letter
    assert isinstance(letter['_id'], wire.ObjectId) and isinstance(letter['dlqTime'], wire.Date), letter
    assert letter['processorName'] == 'stock_trade_window_processor', letter


def test_dead_letters(t):
    topic = t.topic(partitions=3)
    documents, places = produce(t, topic, [*BAD.values(), None, *ODD, None])
    rows = oracle.rows(t.mongo, t.database + '_o', harness.fixture('event'), documents)
    for kind in harness.FIXTURES:
        definition = t.definition(kind, topic=topic, database=t.database, dlq='letters')
        t.mongo.drop_database(t.database)
        with t.case(kind + ' time: nothing stops, the good ones count'):
            result = t.run(definition, t.connections(), '--clock', 'record', '--parallelism', 2)
            check_rows(t.mongo.find(t.database, harness.COLLECTION), rows)
            assert result.report.dead_letters == len(BAD), result.report.raw
            assert result.report.records_in == t.kafka.records(topic), result.report.raw
        letters = t.mongo.find(t.database, 'letters')
        with t.case(kind + ' time: as many dead letters as bad records'):
            assert len(letters) == len(BAD), [x.get('errInfo') for x in letters]
        for why, raw in BAD.items() if kind == 'event' else ():
            with t.case('dead letter: ' + why): check_letter(why, raw, places[raw], letters, topic)
    with t.case('without dlq: counted, dropped, nothing stops'):
        t.mongo.drop_database(t.database)
        result = t.run(t.definition(topic=topic, database=t.database), t.connections())
        check_rows(t.mongo.find(t.database, harness.COLLECTION), rows)
        assert result.report.dead_letters == len(BAD), result.report.raw


def test_failing_expression(t):
    """$multiply of a text: MongoDB refuses the whole query; here the document is the dead letter and counts nowhere."""
    topic = t.topic(partitions=1)
    wrong = {'side': 'BUY', 'quantity': '5', 'symbol': 'ZVV', 'price': 10}
    documents, places = produce(t, topic, [json.dumps(wrong).encode()], partitions=1)
    expected = oracle.rows(t.mongo, t.database + '_o', harness.fixture('event'), documents)
    result = t.run(t.definition(topic=topic, database=t.database, dlq='letters'), t.connections())
    check_rows(t.mongo.find(t.database, harness.COLLECTION), expected)
    assert result.report.dead_letters == 1, result.report.raw
    letter, = t.mongo.find(t.database, 'letters')
    assert letter['doc'] == wrong and letter['errInfo']['reason'].strip(), letter
    assert letter['_stream_meta']['source']['offset'] == places[json.dumps(wrong).encode()][1], letter


def test_either_way(t):
    topic = t.topic(partitions=3)
    produce(t, topic, EITHER_WAY.values())
    result = t.run(t.definition(topic=topic, database=t.database), t.connections())
    rows = t.mongo.find(t.database, harness.COLLECTION)
    counted = sum(row['tradeCount'] for row in rows) + result.report.dead_letters
    assert counted == t.kafka.records(topic), (counted, result.report.raw)
    assert sum(row['tradeCount'] for row in rows if row.get('symbol') in ('ZVV', 'ZTEST')) == 2 * len(EITHER_WAY), rows


def test_only_bad_records(t):
    """Positions advance over a partition in which nothing can be read."""
    topic = t.topic(partitions=1)
    t.kafka.produce(topic, 0, [(START + i, None, b'nothing \xff') for i in range(5000)])
    result = t.run(t.definition(topic=topic, database=t.database, dlq='letters'), t.connections())
    assert result.report.dead_letters == 5000 and result.report.documents_out == 0, result.report.raw
    assert t.mongo.count(t.database, 'letters') == 5000

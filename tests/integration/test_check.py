# SPDX-License-Identifier: Apache-2.0
"""penstock check and explain: they need no service, only the text."""
import connections, harness

CONNECTIONS = [{'name': connections.KAFKA_NAME, 'type': 'Kafka', 'bootstrapServers': '127.0.0.1:9',
                'security': {'protocol': 'PLAINTEXT'}}, connections.cluster('mongodb://127.0.0.1:9/')]
MISTAKES = (  # why, text to replace, new text, words that the answer must hold
    ('syntax, with line and column', '"pipeline": [\n', '"pipeline": [[\n}\n', ['syntax,_with_line_and_column.json:3:']),
    ('unknown stage', '$tumblingWindow', '$tumblinWindow', ['$tumblinWindow', 'did you mean', '$tumblingWindow']),
    ('unknown operator', '$divide', '$devide', ['$devide', 'did you mean', '$divide']),
    ('unknown field', '"connectionName": "confluent_cloud"', '"conectionName": "confluent_cloud"', ['conectionName', 'connectionName']),
    ('$group outside a window', '{"$tumblingWindow"', '{"$group": {"_id": null}}, {"$tumblingWindow"', ['$group', 'window']),
    ('$source not first', '{"$source"', '{"$match": {}}, {"$source"', ['$source', 'first']),
    ('two windows', '{"$merge"', '{"$tumblingWindow": {"interval": {"size": 1, "unit": "second"}, "pipeline": []}}, {"$merge"',
     ['$tumblingWindow']),
    ('unknown connection', '"confluent_cloud", "topic"', '"confluent_clod", "topic"', ['confluent_clod', 'confluent_cloud']),
    ('not yet supported', '{"$merge"', '{"$vectorSearch": {}}, {"$merge"', ['$vectorSearch']),
)


def test_check(t):
    file = t.write('connections.json', CONNECTIONS)
    for kind, path in harness.FIXTURES.items():
        with t.case(kind + ' time fixture is right'): t.penstock('check', path, '--connections', file, timeout=20)
        with t.case(kind + ' time fixture without connections'): t.penstock('check', path, timeout=20)
    with t.case('a bare pipeline'):
        t.penstock('check', t.write('bare.json', harness.fixture('event')['pipeline']), '--connections', file, timeout=20)
    text = harness.FIXTURES['event'].read_text()
    for why, old, new, words in MISTAKES:
        with t.case(why):
            assert old in text
            path = t.write(why.replace(' ', '_') + '.json', text.replace(old, new))
            result = t.penstock('check', path, '--connections', file, code=1, timeout=20)
            said = result.out + result.err
            for word in words: assert word.lower() in said.lower(), '"%s" is not said: %s' % (word, result)


def test_explain(t):
    file = t.write('connections.json', CONNECTIONS)
    for kind, path in harness.FIXTURES.items():
        with t.case(kind):
            out = t.penstock('explain', path, '--connections', file, timeout=20).out
            for word in ('$source', '$tumblingWindow', '$group', '$project', '$merge', 'symbol', 'quantity', 'price', 'side',
                         ':30'):
                assert word in out, '"%s" is missing: %s' % (word, out)
            assert 'account' not in out, 'account is not needed: ' + out
            assert any(level in out for level in ('at-most-once', 'at-least-once', 'exactly-once')), 'no guarantee: ' + out

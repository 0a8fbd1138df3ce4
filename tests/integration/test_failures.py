# SPDX-License-Identifier: Apache-2.0
"""What goes wrong before and at the first contact: one clear sentence, the exit status that names the kind, no log lines
of client libraries."""
import json, socket

import connections, harness

OK, FOUND, USAGE, STATE, INPUT, PEER, DISK, REFUSED, CONFIGURATION = 0, 1, 2, 3, 65, 69, 74, 77, 78
FIRST_CONTACT_S = 45  # `run` gives up after 30 s.


def closed_port():
    """A port on which nobody listens."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def fails(t, code, words, *arguments, timeout=20):
    harness.one_sentence(t.penstock(*arguments, code=code, timeout=timeout), *words)


def run_arguments(t, definition, connections_file):
    return 'run', definition, '--connections', connections_file, '--until-end', '--data', t.folder / 'data'


def test_usage(t):
    for arguments, words in (
            (['run'], []),
            (['run', harness.FIXTURES['event']], ['--connections']),
            (['rum'], ['rum']),
            (['run', harness.FIXTURES['event'], '--connections', 'x.json', '--paralelism', '2'], ['--paralelism']),
            (['run', harness.FIXTURES['event'], '--connections', 'x.json', '--parallelism', 'many'], ['--parallelism']),
            (['run', harness.FIXTURES['event'], '--connections', 'x.json', '--clock', 'moon'], ['--clock']),
            (['run', harness.FIXTURES['event'], '--connections', 'x.json', '--from', 'yesterdayish'], ['--from'])):
        with t.case(' '.join(map(str, arguments)).replace(str(harness.ROOT) + '/', '')):
            result = t.penstock(*arguments, code=USAGE, timeout=20)
            for word in words: assert word in result.err, result
            assert not result.out, result
    with t.case('--help'):
        for command in ([], ['serve'], ['processor'], ['connection'], ['workspace'], ['user'], ['cert'], ['run'], ['check'],
                        ['explain'], ['datagen'], ['find'], ['demo']):
            assert 'penstock' in t.penstock(*command, '--help', timeout=20).out
    with t.case('--version'): assert t.penstock('--version', timeout=20).out.strip()


def test_files(t):
    good, nowhere = t.write('connections.json', []), str(t.folder / 'nowhere.json')
    event = harness.FIXTURES['event']
    with t.case('no definition file'): fails(t, INPUT, [nowhere], 'run', nowhere, '--connections', good)
    with t.case('no connections file'): fails(t, INPUT, [nowhere], 'run', event, '--connections', nowhere)
    with t.case('connections are not JSON'):
        fails(t, CONFIGURATION, ['broken.json'], 'run', event, '--connections', t.write('broken.json', '[{"name": '))
    with t.case('connections are not an array'):
        fails(t, CONFIGURATION, ['object.json'], 'run', event, '--connections', t.write('object.json', {'name': 'x'}))


def test_definitions(t):
    """A wrong definition is refused before any contact: nothing listens where these connections point."""
    kafka = {'name': connections.KAFKA_NAME, 'type': 'Kafka', 'bootstrapServers': '127.0.0.1:%d' % closed_port(),
             'security': {'protocol': 'PLAINTEXT'}}
    cluster = connections.cluster('mongodb://127.0.0.1:%d/' % closed_port())
    both = t.write('both.json', [kafka, cluster])
    text = harness.FIXTURES['event'].read_text()
    for why, old, new, words in (
            ('unknown stage', '$tumblingWindow', '$tumblinWindow', ['$tumblinWindow', '$tumblingWindow']),
            ('unknown operator', '$multiply', '$mutiply', ['$mutiply', '$multiply']),
            ('unknown accumulator', '{"$avg": "$price"}', '{"$avgg": "$price"}', ['$avgg', '$avg']),
            ('unknown field of a stage', '"interval"', '"intervall"', ['intervall', 'interval']),
            ('unknown unit', '"unit": "second"}, "pipeline"', '"unit": "seconds"}, "pipeline"', ['seconds']),
            ('interval of nothing', '"size": 30', '"size": 0', ['interval']),
            ('lateness with processing time', '"interval"',
             '"boundary": "processingTime", "allowedLateness": {"size": 1, "unit": "second"}, "interval"', ['allowedLateness']),
            ('no topic', ', "topic": "sample_data_stock_trades"', '', ['topic']),
            ('unsupported stage is named', '{"$merge": {"into"', '{"$graphLookup": {}}, {"$merge": {"into"', ['$graphLookup']),
            ('unknown source connection', '"confluent_cloud", "topic"', '"confluent_clod", "topic"',
             ['confluent_clod', 'confluent_cloud']),
            ('unknown sink connection', '"stock trade sample data collection"', '"stock trade"', ['stock trade']),
            ('sink connection of the wrong type', '"connectionName": "stock trade sample data collection"',
             '"connectionName": "confluent_cloud"', ['confluent_cloud']),
            ('syntax', '"pipeline": [', '"pipeline": [,', ['syntax.json']),
            ('not an object', text, '42', [])):
        with t.case('run: ' + why):
            assert old in text
            path = t.write(why.replace(' ', '_') + '.json', text.replace(old, new))
            fails(t, CONFIGURATION, words, *run_arguments(t, path, both))
    with t.case('run: unknown mechanism'):
        other = {**kafka, 'security': {'protocol': 'SASL_SSL'},
                 'authentication': {'mechanism': 'GSSAPI', 'username': 'u', 'password': 'geheim'}}
        result = t.penstock(*run_arguments(t, t.definition(), t.write('gssapi.json', [other, cluster])), code=CONFIGURATION)
        harness.one_sentence(result, 'GSSAPI')
        assert 'geheim' not in result.err


def test_broker(t):
    topic = t.topic(partitions=1)
    definition = t.definition(topic=topic, database=t.database)
    with t.case('missing topic'):
        missing = t.definition(topic='no_such_topic', database=t.database, name='missing.json')
        fails(t, PEER, ['no_such_topic'], *run_arguments(t, missing, t.connections()), timeout=FIRST_CONTACT_S)
        assert t.kafka.partitions('no_such_topic') == 0, 'asking for the topic created it'
    for mechanism in ('PLAIN', 'SCRAM-256'):
        with t.case('wrong password, ' + mechanism):
            wrong = t.connections('SASL_PLAINTEXT', mechanism, authentication={'password': 'not-the-password'})
            result = t.penstock(*run_arguments(t, definition, wrong), code=REFUSED, timeout=FIRST_CONTACT_S)
            harness.one_sentence(result, connections.KAFKA_NAME)
            assert 'not-the-password' not in result.err + result.out, 'the password is shown'
    with t.case('datagen: unknown connection'):
        fails(t, CONFIGURATION, ['nobody'], 'datagen', 'stock-trades', '--connections', t.connections(), '--connection', 'nobody',
              '--topic', topic, '--count', 1)


def test_unreachable_broker(t):
    nobody = '127.0.0.1:%d' % closed_port()
    file = t.connections(bootstrapServers=nobody)
    fails(t, PEER, [nobody], *run_arguments(t, t.definition(database=t.database), file), timeout=FIRST_CONTACT_S)


test_unreachable_broker.seconds = 40


def test_unreachable_broker_by_name(t):
    file = t.connections(bootstrapServers='broker.invalid:9092')
    fails(t, PEER, ['broker.invalid'], *run_arguments(t, t.definition(database=t.database), file), timeout=FIRST_CONTACT_S)


test_unreachable_broker_by_name.seconds = 40


def test_untrusted_certificate(t):
    """SASL_SSL without the CA of the broker."""
    file = t.connections('SASL_SSL', security={'brokerPublicCertificate': ''})
    result = t.penstock(*run_arguments(t, t.definition(database=t.database), file), code=PEER, timeout=FIRST_CONTACT_S)
    harness.one_sentence(result, connections.KAFKA_NAME, 'certificate')


test_untrusted_certificate.seconds = 40


def test_unreachable_mongodb(t):
    topic = t.topic(partitions=1)
    t.kafka.produce(topic, 0, [b'{"symbol": "A", "price": 1, "quantity": 1}'])
    file = t.connections(uri='mongodb://127.0.0.1:%d/' % closed_port())
    fails(t, PEER, [connections.CLUSTER_NAME], *run_arguments(t, t.definition(topic=topic, database=t.database), file),
          timeout=FIRST_CONTACT_S)


test_unreachable_mongodb.seconds = 40


def test_mongodb_refuses(t):
    topic = t.topic(partitions=1)
    t.kafka.produce(topic, 0, [b'{"symbol": "A", "price": 1, "quantity": 1}'])
    definition = t.definition(topic=topic, database=t.database)
    with t.case('wrong password'):
        uri = t.services.mongod().replace('mongodb://', 'mongodb://nobody:geheim@')
        result = t.penstock(*run_arguments(t, definition, t.connections(uri=uri)), code=REFUSED, timeout=FIRST_CONTACT_S)
        harness.one_sentence(result, connections.CLUSTER_NAME)
        assert 'geheim' not in result.err, 'the password is shown'
    with t.case('not a URI'):
        fails(t, CONFIGURATION, [connections.CLUSTER_NAME], *run_arguments(t, definition, t.connections(uri='mongo//x')))


def test_data_folder(t):
    topic = t.topic(partitions=1)
    definition = t.definition(topic=topic, database=t.database)
    file = t.connections(embedded=True)
    with t.case('not a folder'):
        blocked = t.write('file', 'x') + '/data'
        result = t.penstock('run', definition, '--connections', file, '--until-end', '--data', blocked, code=DISK, timeout=30)
        harness.one_sentence(result, blocked)
    with t.case('second writer'):
        data = t.folder / 'shared'
        first = t.start('run', definition, '--connections', file, '--data', data)
        t.until('lock', lambda: (data / 'lock').exists(), 20, first)
        t.until('topic read', lambda: first.process.poll() is None and t.kafka.partitions(topic), 5)
        result = t.penstock('run', definition, '--connections', file, '--data', data, '--until-end', code=STATE, timeout=30)
        harness.one_sentence(result, str(data))
        stopped = first.stop()
        assert stopped.code == OK, stopped
    with t.case('the report cannot be written'):
        result = t.penstock('run', definition, '--connections', file, '--until-end', '--data', t.folder / 'data',
                            '--report', t.folder / 'no folder' / 'report.json', code=DISK, timeout=30)
        harness.one_sentence(result, 'report.json')


def test_mongodb_comes_back(t):
    """After the first contact nothing is given up: rows arrive when MongoDB does."""
    topic = t.topic(partitions=1)
    uri = t.services.mongod('restarted')
    job = t.start('run', t.definition('processing', topic=topic, database=t.database, window_s=1), '--connections',
                  t.connections(uri=uri), '--data', t.folder / 'data', '--from', 'beginning')

    def count():
        try:
            with harness.wire.Connection(uri) as mongo: return mongo.count(t.database, harness.COLLECTION)
        except OSError: return 0
    t.kafka.produce(topic, 0, [b'{"symbol": "A", "price": 1, "quantity": 1}'])
    t.until('row', count, 30, job)
    with t.services.without_mongod('restarted'):
        t.kafka.produce(topic, 0, [b'{"symbol": "B", "price": 1, "quantity": 1}'])
        try: job.process.wait(5)
        except harness.subprocess.TimeoutExpired: pass
        assert job.process.poll() is None, 'ended without MongoDB: %s' % job.result()
    t.until('second row', lambda: count() == 2, 60, job)
    stopped = job.stop()
    assert stopped.code == OK, stopped


test_mongodb_comes_back.seconds = 45

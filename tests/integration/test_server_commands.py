# SPDX-License-Identifier: Apache-2.0
"""The command line for those without mongosh, and workspaces by the name a client asks for."""
import json

import connections, harness, server, test_drivers

SECRET = 's3cret-of-the-broker'


def penstock(t, served, *words, code=0, more=()):
    return t.penstock(*words, '--server', served.uri, *more, code=code)


def sun(t): return {'name': 'sun', 'pipeline': [
    {'$source': {'connectionName': server.SAMPLE}},
    {'$merge': {'into': {'connectionName': connections.CLUSTER_NAME, 'db': t.database, 'coll': 'sun'}}}]}


def test_processors(t):
    served = server.Server(t, connections_file=server.file_of(t, connections.cluster(None))).start()
    definition = t.write('sun.json', sun(t))
    with t.case('create, list, get'):
        assert 'penstock processor start' in penstock(t, served, 'processor', 'create', definition).err
        rows = json.loads(penstock(t, served, 'processor', 'list', '-o', 'json').out)
        assert [(row['name'], row['state']) for row in rows] == [('sun', 'CREATED')], rows
        assert 'CREATED' in penstock(t, served, 'processor', 'list').out
        assert json.loads(penstock(t, served, 'processor', 'get', 'sun', '-o', 'json').out)['pipeline'] == sun(t)['pipeline']
    with t.case('start, sample, stats'):
        penstock(t, served, 'processor', 'start', 'sun')
        lines = penstock(t, served, 'processor', 'sample', 'sun', '-n', '3').out.strip().splitlines()
        assert len(lines) == 3 and all('device_id' in line for line in lines), lines
        assert json.loads(penstock(t, served, 'processor', 'stats', 'sun', '-o', 'json').out)['state'] == 'STARTED'
    with t.case('refusals are one sentence'):
        harness.one_sentence(penstock(t, served, 'processor', 'start', 'sun', code=78), 'already been started')
        harness.one_sentence(penstock(t, served, 'processor', 'start', 'moon', code=78), 'moon')
    with t.case('stop, modify, drop'):
        penstock(t, served, 'processor', 'stop', 'sun')
        penstock(t, served, 'processor', 'modify', 'sun', definition)
        penstock(t, served, 'processor', 'drop', 'sun')
        assert json.loads(penstock(t, served, 'processor', 'list', '-o', 'json').out) == []
    served.stop()
    with t.case('no server: what to do'):
        harness.one_sentence(penstock(t, served, 'processor', 'list', code=69), 'penstock serve')


def test_connections(t):
    served = server.Server(t).start()
    kafka = connections.kafka(t.services.kafka(), 'SASL_PLAINTEXT')
    file = server.file_of(t, kafka, {**kafka, 'name': 'wrong', 'authentication': {**kafka['authentication'], 'password': SECRET}},
                          connections.cluster(None))
    penstock(t, served, 'connection', 'create', file)
    with t.case('listed without secrets'):
        for words in (('list',), ('list', '-o', 'json'), ('get', 'wrong', '-o', 'json')):
            out = penstock(t, served, 'connection', *words).out
            assert 'wrong' in out and SECRET not in out, out
    with t.case('tested step by step'):
        assert 'login' in penstock(t, served, 'connection', 'test', connections.KAFKA_NAME).out
        result = penstock(t, served, 'connection', 'test', 'wrong', code=77)
        assert SECRET not in result.out + result.err, result
    with t.case('one in use stays'):
        penstock(t, served, 'processor', 'create', t.write('sun.json', sun(t)))
        harness.one_sentence(penstock(t, served, 'connection', 'delete', connections.CLUSTER_NAME, code=78), 'sun')
    penstock(t, served, 'connection', 'delete', 'wrong')
    result = served.stop()
    assert SECRET not in result.err, result
    held = b''.join(p.read_bytes() for p in (t.folder / 'data').rglob('*') if p.is_file() and 'catalog' not in p.parts)
    assert SECRET.encode() not in held, 'a secret lies outside the catalog'


def test_workspaces(t):
    served, ca = test_drivers.secured(t)
    served.start()
    clients = server.Clients(t)
    (t.folder / 'login').write_text(test_drivers.PASSWORD)
    login = ('--username', test_drivers.USER, '--password-file', t.folder / 'login', '--tls-ca', ca)
    penstock(t, served, 'workspace', 'create', 'orders', more=login)
    with t.case('the line to connect with'):
        out = penstock(t, served, 'workspace', 'get', more=login)
        line = next(line for line in (out.out + out.err).splitlines() if 'mongosh' in line)
        for part in ('--tls', '--tlsCAFile', '--authenticationDatabase admin', '--username ' + test_drivers.USER): assert part in line, line
    with t.case('apart from each other, by server name'):
        connection = t.write('c.json', [{'name': 'c', 'type': 'Cluster', 'clusterName': 'C'}])
        penstock(t, served, 'connection', 'create', connection, more=login)
        definition = t.write('here.json', {'name': 'here', 'pipeline': sun(t)['pipeline'][:1] + [
            {'$merge': {'into': {'connectionName': 'c', 'db': 'd', 'coll': 'e'}}}]})
        penstock(t, served, 'processor', 'create', definition, more=login)
        for name, found in (('localhost', ['here']), ('orders.localhost', []), ('default.example.com', ['here'])):
            output = clients.node('workspace.js', served.uri, test_drivers.USER, test_drivers.PASSWORD, ca, name)
            assert server.result_of(output) == found, (name, output)
    with t.case('one with processors stays'):
        harness.one_sentence(penstock(t, served, 'workspace', 'delete', 'default', code=78, more=login), 'default')
        penstock(t, served, 'workspace', 'delete', 'orders', more=login)
    served.stop()


test_workspaces.seconds = 20

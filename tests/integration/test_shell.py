# SPDX-License-Identifier: Apache-2.0
"""Unmodified mongosh against `penstock serve`: every `sp` command, and the stock-trade processor from its creation to
its results in the same shell."""
import json, re

import connections, durable, harness, reference, server

NAME = 'Kafka stock trade processor'


def kafka(t): return connections.kafka(t.services.kafka(), 'PLAINTEXT', config={'auto.offset.reset': 'earliest'})


def test_every_command(t):
    made = durable.trades(t, 12_000, 600)
    file = server.file_of(t, kafka(t), connections.cluster(None))
    served, clients = server.Server(t, connections_file=file).start(), server.Clients(t)
    output = clients.mongosh(served.uri, 'life.js', DEFINITION=server.definition(t, topic=made.topic), DB=t.database,
                             SOLAR=connections.CLUSTER_NAME)
    assert server.result_of(output) == {'passed': True}, output
    samples = [line for line in output.splitlines() if 'obs' in line]
    assert samples, output
    served.stop()


def sealed(made):
    """The windows that a live reader closes: all but those at the end of each partition."""
    last = max(stamp for stamp, *_ in made.records)
    return {key: row for key, row in made.rows.items() if key[0] + 2 * reference.WINDOW_MS < last}


def from_creation_to_results(t, cluster, rows):
    """kill -9 in the middle; the same shell script again on the same folder."""
    made = durable.trades(t, 12_000, 600)
    file = server.file_of(t, connections.kafka(t.services.kafka(), 'PLAINTEXT', config=durable.PACED), cluster)
    served, clients = server.Server(t, connections_file=file).start(), server.Clients(t)
    expected = sealed(made)
    environment = {'DEFINITION': server.definition(t, topic=made.topic), 'DB': t.database}
    with t.case('created in the shell, results while it runs'):
        result = server.result_of(clients.mongosh(served.uri, 'stock_trades.js', ROWS=20, CREATE=1, **environment))
        assert result['count'] >= 20 and result['state'] == 'STARTED', result
        assert len(result['newest']) == 5, result
        assert [stamp for _, stamp, _ in result['newest']] == sorted((stamp for _, stamp, _ in result['newest']), reverse=True), result
        # 2026-01-01T00:00:00Z is 18:00 the day before in Chicago.
        assert result['times'][0]['at'].startswith('2025-12-31 18:') or result['times'][0]['at'] > '2025-12-31 19', result
    with t.case('killed and started again: it goes on by itself'):
        for _ in range(3):
            served.kill()
            served.start()
            assert served.state(NAME) == 'STARTED', served.state(NAME)
        result = server.result_of(clients.mongosh(served.uri, 'stock_trades.js', ROWS=len(expected), **environment))
        assert result['state'] == 'STARTED', result
    with t.case('each result once, as it must be'):
        t.until('results', lambda: len(rows(served)) >= len(expected), 60, served.running)
        found = [row for row in rows(served) if (row['windowStart'].ms, row['symbol']) in expected]
        t.same_rows(expected, found)
    served.stop()


def test_stock_trades_into_the_embedded_store(t):
    from_creation_to_results(t, connections.cluster(None), lambda served: served.rows())


def test_stock_trades_into_mongodb(t):
    mongo_rows = lambda served: t.mongo.find(t.database, harness.COLLECTION)
    # The shell reads its results where it is: the server has none of them, MongoDB has.
    made = durable.trades(t, 12_000, 600)
    file = server.file_of(t, connections.kafka(t.services.kafka(), 'PLAINTEXT', config=durable.PACED),
                          connections.cluster(t.services.mongod()))
    served, clients = server.Server(t, connections_file=file).start(), server.Clients(t)
    expected = sealed(made)
    pipeline = json.dumps(json.loads(open(server.definition(t, topic=made.topic)).read())['pipeline'])
    clients.mongosh(served.uri, 'sp.createStreamProcessor(%r, %s); sp[%r].start()' % (NAME, pipeline, NAME))
    with t.case('killed in the middle'):
        t.until('results', lambda: len(mongo_rows(served)) >= 20, 60, served.running)
        served.kill()
        served.start()
        assert served.state(NAME) == 'STARTED'
    with t.case('each result once, as it must be'):
        t.until('results', lambda: len(mongo_rows(served)) >= len(expected), 60, served.running)
        found = [row for row in mongo_rows(served) if (row['windowStart'].ms, row['symbol']) in expected]
        t.same_rows(expected, found)
        result = clients.mongosh(served.uri, 'print(sp[%r].stop().ok, sp.listStreamProcessors()[0].state)' % NAME)
        assert result.split() == ['1', 'STOPPED'], result
    served.stop()


def test_process_until_ctrl_c(t):
    served, clients = server.Server(t).start(), server.Clients(t)
    shell = server.Terminal(clients, served.uri)
    try:
        shell.until('test> ')
        shell.type("sp.process([{$source: {connectionName: 'sample_stream_solar'}}, {$match: {'obs.watts': {$gte: 0}}}])")
        shell.until('obs:')
        shell.until('obs:')
        shell.interrupt()
        shell.until('test> ')
        t.until('no processor', lambda: served.command('admin', {'listStreamProcessors': 1})['streamProcessors'] == [], 10)
        shell.type_until("print('still ' + 'here')", 'still here')
    finally: shell.close()
    served.stop()


def test_demo_from_another_terminal(t):
    """The line that the demo prints works, and so do the queries below it."""
    clients = server.Clients(t)
    demo = t.start('demo', '--windows', '1000', '--speed', '60', XDG_DATA_HOME=str(t.folder))
    t.until('a closed window', lambda: 'imbalance' in demo.out(), 30, demo)
    uri = re.search(r'mongosh "(mongodb://[^"]+)"', demo.out())[1]
    shown = clients.mongosh(uri, 'print(JSON.stringify(sp.listStreamProcessors().map((p) => [p.name, p.state])))')
    assert server.result_of(shown) == [['stock_trade_window_processor', 'STARTED']], shown
    rows = clients.mongosh(uri, "print(db.getSiblingDB('confluent_cloud').stock_prices.find().sort({windowStart: -1}).limit(5).toArray().length)")
    assert rows.strip() == '5', rows
    assert demo.stop().code == 0, demo.result()


test_every_command.seconds = test_stock_trades_into_the_embedded_store.seconds = 40
test_stock_trades_into_mongodb.seconds = 40

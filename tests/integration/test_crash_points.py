# SPDX-License-Identifier: Apache-2.0
"""Dead at a named place (crash_point in src), the same command again: the result is exact.

Per place and kind of sink: gone at the first pass, then, going on, at the third, then to the end. The trades with a
price of 5 fail before the window, so that there are dead letters, on a connection of their own.
"""
import collections, json, re, shutil

import connections, durable, harness

RECORDS, WINDOWS = 4000, 200
LETTERS_DB = 'letters'
POINT = re.compile(r'crash_point\("([^"]+)"\)')
ONCE = {'a new lineage is on disk, the sink does not know it', 'the sink is claimed'}  # Per start.
ELSEWHERE = 'dead letters elsewhere are written, the entry is not'
IN_A_TRANSACTION = 'an entry is written, its transaction is open'


def points():
    """As they stand in the source: a new one is tested without anybody thinking of it."""
    names = [name for path in sorted((harness.ROOT / 'src').rglob('*.cc')) for name in POINT.findall(path.read_text())]
    assert len(names) > 8 and len(set(names)) == len(names), names
    return names


def definition(t, topic, adding, letters):
    checked = {'$project': {'symbol': 1, 'quantity': 1, 'checked': {'$divide': [1, {'$subtract': ['$price', 5]}]}}}
    group = {'$group': {'_id': {'symbol': '$symbol', 'start': {'$meta': 'stream.window.start'}}, 'n': {'$sum': 1},
                        's': {'$sum': '$quantity'}, 'q': {'$sum': {'$multiply': ['$quantity', '$quantity']}}}}
    shape = {'$project': {'_id': 0, 'symbol': '$_id.symbol', **({} if adding else {'start': '$_id.start'}), 'n': 1, 's': 1,
                          'q': 1}}
    window = {'$tumblingWindow': {'interval': {'size': 30, 'unit': 'second'}, 'pipeline': [group, shape]}}
    merge = {'on': 'symbol', 'whenMatched': durable.ADD_UP} if adding else {}
    dlq = {'connectionName': letters, 'db': t.database, 'coll': LETTERS_DB}
    return durable.pipeline(t, topic, checked, window, merge=merge, name='crash', dlq=dlq)


def added_up(documents):
    """One document per window and symbol as one per symbol; none may be there twice."""
    out = {}
    for d in documents:
        row = out.setdefault(d['symbol'], {'symbol': d['symbol'], 'n': 0, 's': 0, 'q': 0})
        for name in ('n', 's', 'q'): row[name] += d[name]
    seen = collections.Counter((d['symbol'], str(d['start'])) for d in documents)
    assert not seen or seen.most_common(1)[0][1] == 1, 'twice: %r' % seen.most_common(3)
    return list(out.values())


class Sink:
    """Where the results go: `mongo` is a connection to it, None for the embedded store."""

    def __init__(self, t, uri, adding, letters='letters'):
        self.t, self.uri, self.adding, self.mongo = t, uri, adding, uri and harness.wire.Connection(uri)
        made = durable.trades(t, RECORDS, WINDOWS)
        self.totals = made.totals(lambda trade: trade['price'] != 5)
        self.failing = RECORDS - sum(n for n, _, _ in self.totals.values())
        assert self.failing > 0
        file = t.folder / 'connections.json'
        connections.write(file, [connections.kafka(t.services.kafka(), 'PLAINTEXT', config=durable.PACED), connections.cluster(uri),
                                 connections.cluster(t.services.mongod(), name='letters')])
        self.letters_mongo = t.mongo if letters == 'letters' else self.mongo
        self.job = durable.Job(t, definition(t, made.topic, adding, letters), connections_file=str(file))

    def begin_anew(self):
        shutil.rmtree(self.job.data, ignore_errors=True)
        for mongo in {self.mongo, self.t.mongo} - {None}: mongo.drop_database(self.t.database)

    def documents(self):
        if self.mongo: return self.mongo.find(self.t.database, harness.COLLECTION)
        lines = self.t.penstock('find', '%s.%s' % (self.t.database, harness.COLLECTION), '--data', self.job.data,
                                '--limit', 100000).out.splitlines()
        return [json.loads(line) for line in lines if line.startswith('{')]

    def check(self):
        documents = self.documents()
        durable.same_totals(self.totals, documents if self.adding else added_up(documents))
        letters = self.letters_mongo.count(self.t.database, LETTERS_DB)
        assert letters == self.failing, '%d dead letters, expected %d' % (letters, self.failing)

    def crash(self, point, passes):
        """The numbers of passes at which the program died."""
        self.begin_anew()
        died = []
        for nth in passes:
            running = self.job.start(crash_at='%s:%d' % (point, nth))
            code = running.wait(60).code
            assert code in (0, durable.KILLED), running.result()
            if code: died.append(nth)
            else: break
        self.job.drain()
        self.check()
        return died


def go_through(t, sink, names, passes, unreachable=()):
    for name in names:
        with t.case(name):
            died = sink.crash(name, passes)
            expected = [] if name in unreachable else list(passes[:1]) if name in ONCE else list(passes)
            # A fast machine freezes so much at once that there is no later pass; the first one there always is.
            assert died == expected[:len(died)] and bool(died) == bool(expected), 'died at passes %r, expected %r' % (
                died, expected)


def test_replica_set(t):
    go_through(t, Sink(t, t.services.mongod(), adding=True), points(), (1, 3))


def test_letters_in_the_same_commit(t):
    go_through(t, Sink(t, t.services.mongod(), adding=True, letters=connections.CLUSTER_NAME), points(), (1, 2, 4),
               unreachable={ELSEWHERE})


def test_standalone(t):
    go_through(t, Sink(t, t.services.standalone(), adding=False), points(), (1, 2, 4), unreachable={IN_A_TRANSACTION})


def test_embedded(t):
    go_through(t, Sink(t, None, adding=False), points(), (1, 2, 4), unreachable={IN_A_TRANSACTION})


test_replica_set.seconds = 40
for test in (test_letters_in_the_same_commit, test_standalone, test_embedded): test.soak_only, test.seconds = True, 60
del test

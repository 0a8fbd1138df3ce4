# SPDX-License-Identifier: Apache-2.0
"""A processor with state: the same command again and again on the same --data, whatever ended it before.

The trades of all these tests lie in one topic that every processor reads for itself: made once.
"""
import json, os, pathlib, random, re, threading, time

import connections, harness, reference

START_MS, PARTITIONS, BATCH = 1_767_225_600_000, 6, 50
SYMBOLS = ('ZBZX', 'ZJZZT', 'ZTEST', 'ZVV', 'ZVZZT', 'ZWZZT', 'ZXZZT')
MARKERS = '__penstock_commits'
KILLED = -9

_trades_lock, _trades = threading.Lock(), {}


class Trades:
    """A topic, and what lies in it: small batches, of which a fetch brings one (PACED)."""

    def __init__(self, kafka, topic, count, windows):
        if kafka.partitions(topic): kafka.delete(topic)
        kafka.create(topic, PARTITIONS, retention_ms='-1')
        self.topic, self.records = topic, [self.record(i, count, windows) for i in range(count)]
        waiting = [[] for _ in range(PARTITIONS)]
        for stamp, partition, _, key, value in self.records:
            waiting[partition].append((stamp, key.encode(), value.encode()))
            if len(waiting[partition]) == BATCH: self.flush(kafka, partition, waiting)
        for partition in range(PARTITIONS): self.flush(kafka, partition, waiting)
        self.rows = reference.rows(self.records)

    def flush(self, kafka, partition, waiting):
        if waiting[partition]: kafka.produce(self.topic, partition, waiting[partition])
        waiting[partition] = []

    @staticmethod
    def record(i, count, windows):
        """As reference.records gives it. Two partitions stay empty, as with the published data."""
        dice = random.Random(i)
        symbol = dice.choice(SYMBOLS)
        trade = {'side': dice.choice(('BUY', 'SELL')), 'quantity': dice.randint(1, 4999), 'symbol': symbol,
                 'price': dice.randint(5, 999), 'account': 'ABC123', 'userid': 'User_%d' % dice.randint(1, 9)}
        stamp = START_MS + i * windows * reference.WINDOW_MS // count
        return stamp, SYMBOLS.index(symbol) % 4, i, symbol, json.dumps(trade)

    def totals(self, chosen=lambda trade: True):
        """symbol -> (count, sum, sum of squares) of the quantities: together they show losses and doubles that cancel."""
        out = {}
        for *_, value in self.records:
            trade = json.loads(value)
            if not chosen(trade): continue
            n, s, q = out.get(trade['symbol'], (0, 0, 0))
            quantity = trade['quantity']
            out[trade['symbol']] = n + 1, s + quantity, q + quantity * quantity
        return out


def trades(t, count, windows):
    """Made once per run of the tests: nobody else writes to it."""
    topic = 'durable_%d_%d' % (count, windows)
    with _trades_lock:
        if topic not in _trades: _trades[topic] = Trades(t.kafka, topic, count, windows)
        return _trades[topic]


# A fetch brings one batch, and the broker keeps it back for the whole waiting time of a fetch, as more is asked for than there
# ever is: reading takes its time on any machine, and what a test does to a running processor falls into the middle.
PACED = {'auto.offset.reset': 'earliest', 'max.partition.fetch.bytes': '1', 'fetch.min.bytes': '1000000'}


def paced_connections(t, **changes): return t.connections(config=PACED, **changes)


def at_full_speed(connections_file):
    """The same connections without the pace."""
    path = pathlib.Path(connections_file)
    rows = json.loads(path.read_text())
    for row in rows:
        if 'config' in row: row['config'] = {k: v for k, v in row['config'].items() if k not in PACED or k == 'auto.offset.reset'}
    fast = path.with_name('at_full_speed.json')
    fast.write_text(json.dumps(rows))
    return str(fast)


def beyond(made, cut):
    """The windows of which no record lies before the cut of a marker: (window start ms, symbol) of reference.rows."""
    next_offsets, seen, touched = {p['partition']: p['offset'] for p in cut}, {}, set()
    for stamp, partition, *_ in made.records:
        offset = seen.get(partition, 0)
        seen[partition] = offset + 1
        if offset < next_offsets[partition]: touched.add(stamp - stamp % reference.WINDOW_MS)
    return {key for key in made.rows if key[0] not in touched}


ADD_UP = [{'$set': {name: {'$add': ['$' + name, '$$new.' + name]} for name in ('n', 's', 'q')}}]


def pipeline(t, topic, *stages, merge=None, name='additive', dlq=None):
    """A definition file: source, stages, $merge into the test's collection with the fields of `merge`."""
    into = {'connectionName': connections.CLUSTER_NAME, 'db': t.database, 'coll': harness.COLLECTION}
    definition = {'name': name, 'pipeline': [{'$source': {'connectionName': connections.KAFKA_NAME, 'topic': topic}}, *stages,
                                             {'$merge': {'into': into, **(merge or {})}}]}
    if dlq: definition['options'] = {'dlq': dlq}
    return t.write(name + '.json', definition)


def windows_added_up(t, topic, name='windows_added_up'):
    """Each window adds to one document per symbol: what is delivered twice shows for ever."""
    group = {'$group': {'_id': '$symbol', 'n': {'$sum': 1}, 's': {'$sum': '$quantity'},
                        'q': {'$sum': {'$multiply': ['$quantity', '$quantity']}}}}
    shape = {'$project': {'_id': 0, 'symbol': '$_id', 'n': 1, 's': 1, 'q': 1}}
    window = {'$tumblingWindow': {'interval': {'size': 30, 'unit': 'second'}, 'pipeline': [group, shape]}}
    return pipeline(t, topic, window, merge={'on': 'symbol', 'whenMatched': ADD_UP}, name=name)


def records_added_up(t, topic, condition, name='records_added_up'):
    """The same without windows: each record that fits adds to its symbol's document."""
    shape = {'$project': {'_id': 0, 'symbol': 1, 'n': {'$literal': 1}, 's': '$quantity',
                          'q': {'$multiply': ['$quantity', '$quantity']}}}
    return pipeline(t, topic, {'$match': condition}, shape, merge={'on': 'symbol', 'whenMatched': ADD_UP}, name=name)


def records_inserted(t, topic, condition, name='records_inserted'):
    """A document per record, its _id made by the processor."""
    return pipeline(t, topic, {'$match': condition}, {'$project': {'_id': 0, 'symbol': 1, 'quantity': 1}}, name=name)


def same_totals(expected, documents):
    found = {d['symbol']: (d['n'], d['s'], d['q']) for d in documents}
    assert len(found) == len(documents), documents
    assert found == expected, 'count, sum, sum of squares: expected %r\n   found %r' % (expected, found)


def counted(documents):
    """Documents of records_inserted as documents of records_added_up."""
    out = {}
    for d in documents:
        row = out.setdefault(d['symbol'], {'symbol': d['symbol'], 'n': 0, 's': 0, 'q': 0})
        row['n'], row['s'], row['q'] = row['n'] + 1, row['s'] + d['quantity'], row['q'] + d['quantity'] ** 2
    return list(out.values())


class Job:
    """`penstock run` of one definition on one data folder: started at the pace of its connections file, drained without."""

    def __init__(self, t, definition, *more, connections_file=None, data='data', every='200ms'):
        self.t, self.definition, self.more = t, definition, more
        self.connections_file, self.every = connections_file or paced_connections(t), every
        self.name = json.loads(pathlib.Path(definition).read_text())['name']
        self.data = data if isinstance(data, pathlib.Path) else t.folder / data

    @property
    def state(self): return self.data / 'processors' / self.name

    def arguments(self, connections_file, *more):
        return ('run', self.definition, '--connections', connections_file, '--data', self.data, '--until-end',
                '--checkpoint-every', self.every, *self.more, *more)

    def start(self, *more, crash_at=None):
        return self.t.start(*self.arguments(self.connections_file, *more), crash_at=crash_at)

    def drain(self, *more, timeout=120, code=0):
        """To the end, undisturbed."""
        return self.t.penstock(*self.arguments(at_full_speed(self.connections_file), *more), timeout=timeout, code=code)

    def refused(self, *words, more=(), code=3):
        """The start is refused in one sentence that has these words."""
        result = self.drain(*more, code=code)
        harness.one_sentence(result, *words)
        return result

    def numbers(self, kind):
        """Of the files checkpoint-N or outbox-N, ascending."""
        try: names = os.listdir(self.state)
        except FileNotFoundError: return []
        return sorted(int(name[len(kind) + 1:]) for name in names if re.fullmatch(kind + r'-\d+', name))

    def markers(self): return self.t.mongo.find(self.t.database, MARKERS, {'processor': self.name})

    def documents(self): return self.t.mongo.find(self.t.database, harness.COLLECTION)

    def delivered(self):
        """Batches in the sink."""
        return sum(marker['seq'] for marker in self.markers())


def seed():
    """PENSTOCK_SEED repeats a run."""
    return int(os.environ.get('PENSTOCK_SEED') or random.randrange(1 << 32))


def wait_for(running, condition, seconds=60, pause=0.002):
    """False if the process ended before."""
    end = time.monotonic() + seconds
    while running.process.poll() is None:
        if condition(): return running.process.poll() is None
        if time.monotonic() > end: raise AssertionError('waited %s s: %s' % (seconds, running.result()))
        time.sleep(pause)
    return False

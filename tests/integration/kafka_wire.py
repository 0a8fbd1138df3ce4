# SPDX-License-Identifier: Apache-2.0
"""The little of Kafka's protocol that tests need to write any bytes at any time. Python standard library only.

One connection to one broker on its PLAINTEXT listener, classic (not flexible) versions of the calls. Reading is left to
Kafka's own console consumer, so that what tests compare with does not hang on this file.
"""
import itertools, socket, struct, time

METADATA, PRODUCE, LIST_OFFSETS, CREATE_TOPICS, DELETE_TOPICS, DESCRIBE_CONFIGS = 3, 0, 2, 19, 20, 32
FIND_COORDINATOR, DESCRIBE_GROUPS = 10, 15
LATEST, EARLIEST = -1, -2
RETRIABLE = {3, 5, 6, 7, 14, 15, 16, 36}  # unknown topic, no leader, not leader, timeout, coordinator, topic being deleted


class KafkaError(Exception):
    def __init__(self, call, code):
        self.code = code
        super().__init__('%s: Kafka error %d' % (call, code))


def _crc32c_table():
    table = []
    for n in range(256):
        for _ in range(8): n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
        table.append(n)
    return table


_TABLE = _crc32c_table()


def crc32c(raw):
    crc, table = 0xffffffff, _TABLE
    for byte in raw: crc = crc >> 8 ^ table[(crc ^ byte) & 0xff]
    return crc ^ 0xffffffff


def _varint(n):
    n = n << 1 ^ n >> 63
    out = bytearray()
    while n & ~0x7f:
        out.append(n & 0x7f | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def _bytes(raw):  # within a record: null has length -1
    return _varint(-1) if raw is None else _varint(len(raw)) + raw


def record_batch(records):
    """records: (timestamp ms, key or None, value or None, headers) -> a v2 batch, not compressed."""
    first = records[0][0]
    body = bytearray()
    for i, (stamp, key, value, headers) in enumerate(records):
        one = b'\0' + _varint(stamp - first) + _varint(i) + _bytes(key) + _bytes(value) + _varint(len(headers))
        for name, content in headers: one += _bytes(name.encode()) + _bytes(content)
        body += _varint(len(one)) + one
    tail = struct.pack('>hiqqqhii', 0, len(records) - 1, first, max(r[0] for r in records), -1, -1, -1, len(records)) + body
    return struct.pack('>qiibI', 0, len(tail) + 9, -1, 2, crc32c(tail)) + tail


class _Reader:
    def __init__(self, raw): self.raw, self.at = raw, 0

    def take(self, form):
        out = struct.unpack_from('>' + form, self.raw, self.at)
        self.at += struct.calcsize('>' + form)
        return out[0] if len(out) == 1 else out

    def string(self):
        size = self.take('h')
        if size < 0: return None
        self.at += size
        return self.raw[self.at - size:self.at].decode()

    def array(self, item): return [item() for _ in range(self.take('i'))]


def _string(text):
    return struct.pack('>h', -1) if text is None else struct.pack('>h', len(text.encode())) + text.encode()


def _array(items): return struct.pack('>i', len(items)) + b''.join(items)


class Client:
    def __init__(self, port, timeout_s=30):
        self._socket = socket.create_connection(('127.0.0.1', port), timeout_s)
        self._ids = itertools.count(1)

    def __enter__(self): return self

    def __exit__(self, *_): self._socket.close()

    def _read(self, size):
        out = bytearray()
        while len(out) < size:
            part = self._socket.recv(size - len(out))
            if not part: raise ConnectionError('the broker closed the connection')
            out += part
        return bytes(out)

    def _call(self, key, version, body):
        request = struct.pack('>hhi', key, version, next(self._ids)) + _string('penstock-tests') + body
        self._socket.sendall(struct.pack('>i', len(request)) + request)
        return _Reader(self._read(struct.unpack('>i', self._read(4))[0])[4:])

    @staticmethod
    def _until_ready(call, seconds=30):
        """Topics come and go in the background: asks again while the answer is "not yet"."""
        end = time.monotonic() + seconds
        while True:
            try: return call()
            except KafkaError as e:
                if e.code not in RETRIABLE or time.monotonic() > end: raise
                time.sleep(0.05)

    def partitions(self, topic):
        """Number of partitions; 0 if there is no such topic."""
        r = self._call(METADATA, 4, _array([_string(topic)]) + b'\0')
        r.take('i')
        r.array(lambda: (r.take('i'), r.string(), r.take('i'), r.string()))
        r.string(), r.take('i'), r.take('i')  # cluster, controller, one topic
        code = r.take('h')
        r.string(), r.take('b')
        if code == 3: return 0
        found = r.array(lambda: (r.take('h'), r.take('ii'), r.array(lambda: r.take('i')), r.array(lambda: r.take('i'))))
        if code or any(p[0] for p in found): raise KafkaError('metadata of ' + topic, code or 5)
        return len(found)

    def create(self, topic, partitions, **settings):
        """A setting like retention_ms="-1" is the topic's retention.ms."""
        rows = [_string(k.replace('_', '.')) + _string(v) for k, v in settings.items()]
        body = _array([_string(topic) + struct.pack('>ih', partitions, 1) + _array([]) + _array(rows)])

        def call():
            r = self._call(CREATE_TOPICS, 2, body + struct.pack('>ib', 10000, 0))
            r.take('i')
            for _, code, _ in r.array(lambda: (r.string(), r.take('h'), r.string())):
                if code: raise KafkaError('create ' + topic, code)
        self._until_ready(call)
        self.wait_for(topic, partitions)

    def wait_for(self, topic, partitions):
        """Until the topic has that many partitions with leaders."""
        def call():
            if self.partitions(topic) != partitions: raise KafkaError('wait for ' + topic, 3)
        self._until_ready(call)

    def delete(self, topic):
        r = self._call(DELETE_TOPICS, 1, _array([_string(topic)]) + struct.pack('>i', 10000))
        r.take('i')
        for name, code in r.array(lambda: (r.string(), r.take('h'))):
            if code not in (0, 3): raise KafkaError('delete ' + name, code)
        self.wait_for(topic, 0)

    def wait_for_coordinator(self, group):
        """A new broker makes the topic for the positions of groups when it is asked for the first time."""
        def call():
            r = self._call(FIND_COORDINATOR, 1, _string(group) + b'\0')
            r.take('i')
            code = r.take('h')
            if code: raise KafkaError('coordinator of ' + group, code)
            r = self._call(DESCRIBE_GROUPS, 0, _array([_string(group)]))
            r.take('i')
            code = r.take('h')
            if code: raise KafkaError('group ' + group, code)
        self._until_ready(call)

    def setting(self, topic, name):
        body = _array([struct.pack('>b', 2) + _string(topic) + _array([_string(name)])]) + b'\0'
        r = self._call(DESCRIBE_CONFIGS, 1, body)
        r.take('ii')
        code = r.take('h')
        r.string(), r.take('b'), r.string(), r.take('i')
        if code: raise KafkaError('setting of ' + topic, code)
        r.string()
        return r.string()

    def produce(self, topic, partition, records):
        """records: values, or (timestamp ms, key, value[, headers]) -> offset of the first."""
        now = int(time.time() * 1000)
        rows = [r if isinstance(r, tuple) else (now, None, r) for r in records]
        batch = record_batch([r if len(r) == 4 else (*r, ()) for r in rows])
        body = _string(None) + struct.pack('>hi', -1, 30000) + _array([_string(topic) + _array([
            struct.pack('>ii', partition, len(batch)) + batch])])

        def call():
            r = self._call(PRODUCE, 3, body)
            r.take('i'), r.string(), r.take('i')
            _, code, offset, _ = r.take('ihqq')
            if code: raise KafkaError('produce to %s %d' % (topic, partition), code)
            return offset
        return self._until_ready(call)

    def offsets(self, topic, which=LATEST):
        """The offset of each partition."""
        count = self.partitions(topic)
        body = struct.pack('>i', -1) + _array([_string(topic) + _array([struct.pack('>iq', p, which) for p in range(count)])])

        def call():
            r = self._call(LIST_OFFSETS, 1, body)
            rows = sorted(r.array(lambda: (r.string(), r.array(lambda: r.take('ihqq'))))[0][1])
            for _, code, _, _ in rows:
                if code: raise KafkaError('offsets of ' + topic, code)
            return [row[3] for row in rows]
        return self._until_ready(call) if count else []

    def records(self, topic):
        """How many records the topic holds (if none was compacted away)."""
        return sum(self.offsets(topic)) - sum(self.offsets(topic, EARLIEST))

# SPDX-License-Identifier: Apache-2.0
"""One MongoDB connection (OP_MSG) and the BSON it needs. Python standard library only.

No type is lost: int is int32, Int64 is int64, float is double, Date, ObjectId, Binary and Decimal keep their bytes.
Two documents are the same if and only if their encodings are: fields in order, types included.
"""
import itertools, re, socket, struct, urllib.parse
from typing import NamedTuple


class Int64(int):
    """A BSON long; a plain int becomes int32 when it fits."""

    def __repr__(self): return '%dL' % int(self)


class Date(NamedTuple):
    ms: int


class ObjectId(NamedTuple):
    raw: bytes


class Decimal(NamedTuple):
    raw: bytes


class Timestamp(NamedTuple):
    raw: bytes


class Binary(NamedTuple):
    raw: bytes
    subtype: int = 0


def _string(text):
    raw = text.encode()
    return struct.pack('<i', len(raw) + 1) + raw + b'\0'


def _element(name, v):
    if v is None: kind, body = 10, b''
    elif isinstance(v, bool): kind, body = 8, bytes([v])
    elif isinstance(v, Int64): kind, body = 18, struct.pack('<q', v)
    elif isinstance(v, int):
        kind, body = (16, struct.pack('<i', v)) if -2 ** 31 <= v < 2 ** 31 else (18, struct.pack('<q', v))
    elif isinstance(v, float): kind, body = 1, struct.pack('<d', v)
    elif isinstance(v, str): kind, body = 2, _string(v)
    elif isinstance(v, dict): kind, body = 3, encode(v)
    elif isinstance(v, Date): kind, body = 9, struct.pack('<q', v.ms)
    elif isinstance(v, ObjectId): kind, body = 7, v.raw
    elif isinstance(v, Decimal): kind, body = 19, v.raw
    elif isinstance(v, Timestamp): kind, body = 17, v.raw
    elif isinstance(v, Binary): kind, body = 5, struct.pack('<iB', len(v.raw), v.subtype) + v.raw
    elif isinstance(v, (bytes, bytearray)): kind, body = 5, struct.pack('<iB', len(v), 0) + bytes(v)
    elif isinstance(v, list): kind, body = 4, encode({str(i): x for i, x in enumerate(v)})
    else: raise TypeError('no BSON type for %s' % type(v).__name__)
    return bytes([kind]) + name.encode() + b'\0' + body


def encode(document):
    body = b''.join(_element(k, v) for k, v in document.items())
    return struct.pack('<i', len(body) + 5) + body + b'\0'


def _value(raw, kind, at):
    """The value of one element and where the next element begins."""
    if kind == 16: return struct.unpack_from('<i', raw, at)[0], at + 4
    if kind == 18: return Int64(struct.unpack_from('<q', raw, at)[0]), at + 8
    if kind == 1: return struct.unpack_from('<d', raw, at)[0], at + 8
    if kind == 2:
        end = at + 4 + struct.unpack_from('<i', raw, at)[0]
        return raw[at + 4:end - 1].decode('utf-8', 'surrogateescape'), end
    if kind in (3, 4):
        document, end = _document(raw, at)
        return (document if kind == 3 else list(document.values())), end
    if kind == 5:
        size, subtype = struct.unpack_from('<iB', raw, at)
        return Binary(raw[at + 5:at + 5 + size], subtype), at + 5 + size
    if kind == 7: return ObjectId(raw[at:at + 12]), at + 12
    if kind == 8: return raw[at] != 0, at + 1
    if kind == 9: return Date(struct.unpack_from('<q', raw, at)[0]), at + 8
    if kind == 10: return None, at
    if kind == 17: return Timestamp(raw[at:at + 8]), at + 8
    if kind == 19: return Decimal(raw[at:at + 16]), at + 16
    raise ValueError('BSON type %d is not known here' % kind)


def _document(raw, at):
    end = at + struct.unpack_from('<i', raw, at)[0]
    out, at = {}, at + 4
    while raw[at]:
        stop = raw.index(b'\0', at + 1)
        out[raw[at + 1:stop].decode()], at = _value(raw, raw[at], stop + 1)
    return out, end


def decode(raw):
    return _document(raw, 0)[0]


class Failure(Exception):
    """The server refused a command."""

    def __init__(self, reply):
        self.code = reply.get('code')
        super().__init__('%s %s: %s' % (self.code, reply.get('codeName', ''), reply.get('errmsg', '')))


class Connection:
    """The first host of mongodb://host[:port]/...; no TLS, no login."""
    _ids = itertools.count(1)

    def __init__(self, uri, timeout_s=60):
        hosts = urllib.parse.urlsplit(uri).netloc if '://' in uri else uri
        host, port = re.match(r'(?:.*@)?([^,:]+)(?::(\d+))?', hosts).groups()
        self._socket = socket.create_connection((host, int(port or 27017)), timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self): return self

    def __exit__(self, *_): self.close()

    def close(self): self._socket.close()

    def _read(self, size):
        out = bytearray()
        while len(out) < size:
            part = self._socket.recv(min(size - len(out), 1 << 20))
            if not part: raise ConnectionError('the server closed the connection')
            out += part
        return bytes(out)

    def command(self, database, document):
        """The reply; raises Failure for {ok: 0} and for the first write error."""
        body = struct.pack('<IB', 0, 0) + encode({**document, '$db': database})
        self._socket.sendall(struct.pack('<iiii', len(body) + 16, next(self._ids), 0, 2013) + body)
        size = struct.unpack('<i', self._read(4))[0]
        reply = decode(self._read(size - 4)[12 + 5:])
        if reply.get('ok') != 1: raise Failure(reply)
        if reply.get('writeErrors'): raise Failure(reply['writeErrors'][0])
        return reply

    def cursor(self, database, document):
        """All documents of a find or aggregate command."""
        reply = self.command(database, document)['cursor']
        out = reply['firstBatch']
        collection = reply['ns'].split('.', 1)[1]
        while reply['id']:
            reply = self.command(database, {'getMore': reply['id'], 'collection': collection})['cursor']
            out += reply['nextBatch']
        return out

    def find(self, database, collection, query=None):
        return self.cursor(database, {'find': collection, 'filter': query or {}, 'batchSize': 10000})

    def count(self, database, collection):
        return int(self.command(database, {'count': collection})['n'])

    def insert(self, database, collection, documents):
        for i in range(0, len(documents), 1000):
            self.command(database, {'insert': collection, 'documents': documents[i:i + 1000]})

    def drop_database(self, database):
        self.command(database, {'dropDatabase': 1})

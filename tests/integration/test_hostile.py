# SPDX-License-Identifier: Apache-2.0
"""Peers that mean no good, and crowds: the server answers others meanwhile, and its processors go on."""
import socket, struct

import connections, server, wire


def message(body, op=2013): return struct.pack('<iiii', 16 + len(body), 1, 0, op) + body


def connect(port):
    s = socket.create_connection(('127.0.0.1', port), timeout=20)
    s.settimeout(20)
    return s


def ended(s):
    """The server has closed it; what it said before."""
    said = b''
    try:
        while True:
            piece = s.recv(65536)
            if not piece: return said
            said += piece
    except ConnectionError: return said


def deep(n):
    """BSON of n documents in one another, longer than the interpreter would like to recurse."""
    body = b'\x05\x00\x00\x00\x00'
    for _ in range(n): body = struct.pack('<i', len(body) + 4 + 1 + 2 + 1) + b'\x03a\x00' + body + b'\x00'
    return body


def test_bytes_before_login(t):
    served = server.Server(t).start()
    cases = {
        'not the protocol': b'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
        'a length of -1': struct.pack('<iiii', -1, 1, 0, 2013) + b'x' * 32,
        'a length of 2 GB': struct.pack('<iiii', 2 ** 31 - 1, 1, 0, 2013) + b'x' * 32,
        'an unknown kind of message': message(b'x' * 32, 4711),
        'no BSON': message(b'\0\0\0\0\0' + b'\xff' * 32),
        'documents 5,000 deep': message(b'\0\0\0\0\0' + deep(5000)),
        'compressed, with a length that lies': message(struct.pack('<iiB', 2013, 2 ** 30, 2) + b'x\x9c\x03\x00\x00\x00\x00\x01', 2012),
        'compressed in itself': message(struct.pack('<iiB', 2012, 100, 0) + b'x' * 100, 2012),
        'compressed by an unknown means': message(struct.pack('<iiB', 2013, 10, 77) + b'x' * 10, 2012),
    }
    for name, data in cases.items():
        with t.case(name):
            with connect(served.wire_port) as s:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                said = ended(s)
                assert len(said) < 2000, said
            assert served.command('admin', {'ping': 1})['ok'] == 1
    result = served.stop()
    assert 'Sanitizer' not in result.err, result


def test_a_crowd_and_slow_ones(t):
    """1,000 idle connections, one that sends a byte now and then, one that never takes its reply."""
    served = server.Server(t, connections_file=server.file_of(t, connections.cluster(None))).start()
    pipeline = [{'$source': {'connectionName': server.SAMPLE}},
                {'$merge': {'into': {'connectionName': connections.CLUSTER_NAME, 'db': t.database, 'coll': 'sun'}}}]
    served.command('admin', {'createStreamProcessor': 'sun', 'pipeline': pipeline})
    served.command('admin', {'startStreamProcessor': 'sun'})
    served.command(t.database, {'insert': 'big', 'documents': [{'text': 'x' * 1_000_000} for _ in range(15)]})
    crowd = [connect(served.wire_port) for _ in range(1000)]
    slow = connect(served.wire_port)
    slow.sendall(b'\x40')
    deaf = connect(served.wire_port)
    hello = {'find': 'big', '$db': t.database}

    body = b'\0\0\0\0\0' + wire.encode(hello)
    for _ in range(8): deaf.sendall(message(body))
    try:
        for _ in range(20):
            assert served.command('admin', {'ping': 1})['ok'] == 1
            slow.sendall(b'\x00')
        before = served.command(t.database, {'count': 'sun'})['n']
        t.until('more readings', lambda: served.command(t.database, {'count': 'sun'})['n'] > before + 1, 30, served.running)
        assert server.answer(served.http_port, '/readyz')[0] == 200
    finally:
        for s in (*crowd, slow, deaf): s.close()
    served.stop()

# SPDX-License-Identifier: Apache-2.0
"""What scripts/bench measures of `penstock serve`:

  how long 200 processors on the sample source take to be created and started, and to be back after kill -9;
  what 1,000 idle connections and a client that sends a byte now and then cost a processor that drains a topic: rounds
  with them and without, in turn.
"""
import json, os, pathlib, resource, shutil, signal, socket, statistics, subprocess, sys, threading, time, urllib.request

import connections, wire

CROWD, PROCESSORS = 1000, 200
SAMPLE = 'sample_stream_solar'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, binary, work, connections_file):
        self.binary, self.data, self.file = binary, work / 'server', connections_file
        self.wire_port, self.http_port = free_port(), free_port()
        shutil.rmtree(self.data, ignore_errors=True)

    def start(self):
        """Seconds until /readyz."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [self.binary, 'serve', '--data', self.data, '--wire', '127.0.0.1:%d' % self.wire_port, '--http',
             '127.0.0.1:%d' % self.http_port, '--connections', self.file], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                with urllib.request.urlopen('http://127.0.0.1:%d/readyz' % self.http_port, timeout=5): break
            except OSError:
                if self.process.poll() is not None: sys.exit('bench: the server ended')
                time.sleep(0.02)
        return time.monotonic() - began

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()

    def cpu_seconds(self):
        user, system = pathlib.Path('/proc/%d/stat' % self.process.pid).read_text().rpartition(')')[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')

    def wire(self):
        connection = wire.Connection('mongodb://127.0.0.1:%d/' % self.wire_port, 600)
        connection.command('admin', {'hello': 1})
        return connection


def many(binary, work, connections_file):
    server = Server(binary, work, connections_file)
    server.start()
    began = time.monotonic()
    with server.wire() as shell:
        for i in range(PROCESSORS):
            sink = {'$merge': {'into': {'connectionName': 'embedded', 'db': 'bench', 'coll': 'sun%d' % i}}}
            shell.command('admin', {'createStreamProcessor': 'sun%d' % i, 'pipeline': [{'$source': {'connectionName': SAMPLE}}, sink]})
        for i in range(PROCESSORS): shell.command('admin', {'startStreamProcessor': 'sun%d' % i})
    print('(e) %d processors on the sample source created and started: %.1f s' % (PROCESSORS, time.monotonic() - began))
    before = server.cpu_seconds()
    time.sleep(10)
    print('(e) their CPU: %.1f %% of a core' % ((server.cpu_seconds() - before) * 10))
    server.end(signal.SIGKILL)
    back = server.start()
    print('(e) back after kill -9: %.1f s (target 10 s)%s' % (back, '' if back <= 10 else '   MISSED'))
    server.end()


class Crowd:
    """Idle connections, and one that sends a byte every 10 ms of a message that never ends."""

    def __init__(self, port):
        self.idle = [socket.create_connection(('127.0.0.1', port)) for _ in range(CROWD)]
        self.slow = socket.create_connection(('127.0.0.1', port))
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.dribble)
        self.thread.start()

    def dribble(self):
        self.slow.sendall((50_000).to_bytes(4, 'little'))
        while not self.stop.wait(0.01):
            try: self.slow.sendall(b'\0')
            except OSError: return

    def end(self):
        self.stop.set()
        self.thread.join()
        for s in (*self.idle, self.slow): s.close()


def drain(server, shell, name, pipeline, records):
    """CPU seconds of the server until the processor has read the topic."""
    shell.command('admin', {'createStreamProcessor': name, 'pipeline': pipeline})
    before = server.cpu_seconds()
    shell.command('admin', {'startStreamProcessor': name})
    while True:
        stats = shell.command('admin', {'getStreamProcessorStats': name})['stats']
        if stats['inputMessageCount'] >= records: break
        time.sleep(0.05)
    spent = server.cpu_seconds() - before
    shell.command('admin', {'stopStreamProcessor': name})
    shell.command('admin', {'dropStreamProcessor': name})
    return spent


def crowd(binary, work, connections_file, definition, records, rounds):
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    server = Server(binary, work, connections_file)
    server.start()
    pipeline = json.loads(pathlib.Path(definition).read_text())['pipeline']
    pipeline[-1]['$merge']['into']['connectionName'] = 'embedded'
    pipeline[0]['$source']['config'] = {'auto_offset_reset': 'earliest'}
    alone, beside = [], []
    with server.wire() as shell:
        for number in range(rounds):
            alone.append(drain(server, shell, 'alone%d' % number, pipeline, records))
            people = Crowd(server.wire_port)
            try: beside.append(drain(server, shell, 'beside%d' % number, pipeline, records))
            finally: people.end()
    server.end()
    ratio = statistics.median(b / a for a, b in zip(alone, beside))
    print('(f) CPU of a drain of %d records beside %d idle connections and a slow writer / alone: %.3f (target at most 1.05)%s; %s'
          % (records, CROWD, ratio, '' if ratio <= 1.05 else '   MISSED',
             ', '.join('%.2f/%.2f' % pair for pair in zip(beside, alone))))


def measure(binary, work, kafka, definition, records, rounds):
    file = work / 'server_connections.json'
    connections.write(file, [connections.kafka(kafka, 'PLAINTEXT'), connections.cluster(None, name='embedded')])
    many(binary, work, file)
    crowd(binary, work, file, definition, records, rounds)

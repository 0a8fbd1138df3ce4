# SPDX-License-Identifier: Apache-2.0
"""`penstock serve` in the background, and the clients people drive it with: mongosh, the drivers, curl's kind of HTTP."""
import http.client, json, os, pathlib, pty, select, signal, socket, ssl, subprocess, time

import connections, harness, wire

SAMPLE = 'sample_stream_solar'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def answer(port, path, ca=None):
    """(status, body) of GET, or (None, reason) when nobody answers. ca: by HTTPS, its certificate from there."""
    try:
        if ca: connection = http.client.HTTPSConnection('127.0.0.1', port, timeout=5, context=ssl.create_default_context(cafile=ca))
        else: connection = http.client.HTTPConnection('127.0.0.1', port, timeout=5)
        connection.request('GET', path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except OSError as e: return None, str(e)


class Server:
    """One data folder, started as often as a test likes, on the same ports."""

    def __init__(self, t, *arguments, connections_file=None, data='data', ca=None):
        self.t, self.data, self.arguments, self.ca = t, t.folder / data, arguments, ca
        self.connections_file = connections_file
        self.wire_port, self.http_port, self.running = free_port(), free_port(), None

    @property
    def uri(self): return 'mongodb://127.0.0.1:%d/' % self.wire_port

    def start(self, ready=True):
        more = ('--connections', self.connections_file) if self.connections_file else ()
        self.running = self.t.start('serve', '--data', self.data, '--wire', '127.0.0.1:%d' % self.wire_port, '--http',
                                    '127.0.0.1:%d' % self.http_port, *more, *self.arguments)
        if ready: self.wait_ready()
        return self

    def wait_ready(self, seconds=30):
        self.t.until('answer 200 of /readyz', lambda: answer(self.http_port, '/readyz', self.ca)[0] == 200, seconds, self.running)

    def kill(self):
        self.running.kill()
        # What libmongoc leaves there, also in a server that speaks to no MongoDB, disturbs a later process with that id.
        left = pathlib.Path('/dev/shm/mongoc-%d' % self.running.process.pid)
        assert not left.exists(), '%s is left in shared memory' % left

    def stop(self):
        result = self.running.stop()
        assert result.code == 0, result
        self.t.quiet(result)
        return result

    def wire(self):
        connection = wire.Connection(self.uri)
        connection.command('admin', {'hello': 1})
        return connection

    def command(self, db, command):
        with self.wire() as connection: return connection.command(db, command)

    def state(self, processor):
        return next((row['state'] for row in self.command('admin', {'listStreamProcessors': 1, 'filter': None})['streamProcessors']
                     if row['name'] == processor), None)

    def rows(self, db=None, coll=harness.COLLECTION):
        with self.wire() as connection: return connection.find(db or self.t.database, coll)


class Clients:
    """mongosh, Node and PyMongo, downloaded once."""

    def __init__(self, t):
        t.services._fetch('clients.sh')
        self.t, self.at = t, connections.parse_settings(t.services._script('clients.sh', 'fetch'))

    def environment(self, **more):
        return {**os.environ, 'HOME': str(self.t.folder), 'NODE_PATH': self.at['node_modules'],
                'PYTHONPATH': self.at['python_path'], **{k: str(v) for k, v in more.items()}}

    def mongosh_command(self, uri, *arguments):
        return [self.at['node'], self.at['mongosh'], uri, '--norc', *map(str, arguments)]

    def mongosh(self, uri, script, *arguments, code=0, timeout=120, **environment):
        """Runs a file of tests/integration/shell, or the text of one; its output."""
        path = harness.ROOT / 'tests' / 'integration' / 'shell' / script
        what = ('--file', path) if script.endswith('.js') else ('--eval', script)
        done = subprocess.run(self.mongosh_command(uri, '--quiet', *arguments, *what), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, cwd=self.t.folder,
                              env=self.environment(**environment))
        assert done.returncode == code, 'mongosh ended with %d:\n%s' % (done.returncode, done.stdout[-4000:])
        return done.stdout

    def python(self, script, *arguments, timeout=120):
        return self._program(['python3', '-B', harness.ROOT / 'tests/integration/shell' / script], arguments, timeout)

    def node(self, script, *arguments, timeout=120):
        return self._program([self.at['node'], harness.ROOT / 'tests/integration/shell' / script], arguments, timeout)

    def _program(self, command, arguments, timeout):
        done = subprocess.run([*map(str, command), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout, cwd=self.t.folder, env=self.environment())
        assert done.returncode == 0, '%s ended with %d:\n%s' % (command[-1], done.returncode, done.stdout[-4000:])
        return done.stdout


class Terminal:
    """mongosh as a person has it before them: lines are typed, Ctrl-C is pressed."""

    def __init__(self, clients, uri):
        self.seen = ''
        self.process, self.fd = None, None
        pid, self.fd = pty.fork()
        if pid == 0:
            command = clients.mongosh_command(uri)
            os.execvpe(command[0], command, clients.environment(TERM='dumb', NO_COLOR='1'))
        self.pid = pid

    def until(self, text, seconds=60):
        """What came on the screen up to `text`."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            if time.monotonic() > end: raise AssertionError('no %r within %d s, but:\n%s' % (text, seconds, self.seen[-3000:]))
            if select.select([self.fd], [], [], 0.5)[0]:
                try: self.seen += os.read(self.fd, 65536).decode(errors='replace')
                except OSError: raise AssertionError('the shell ended:\n%s' % self.seen[-3000:]) from None
        before, _, self.seen = self.seen.partition(text)
        return before

    def type(self, line): os.write(self.fd, line.encode() + b'\r')

    def type_until(self, line, text):
        """Typed again until it shows: after Ctrl-C the shell logs in anew and swallows what comes meanwhile."""
        for _ in range(20):
            self.type(line)
            try: return self.until(text, 2)
            except AssertionError as e: error = e
        raise error

    def interrupt(self): os.write(self.fd, b'\x03')

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def definition(t, kind='event', topic=None):
    """A fixture's pipeline with this test's topic and database, as a file for the scripts of shell/."""
    return t.definition(kind, topic=topic, database=t.database, name='definition.json')


def file_of(t, *rows, name='connections.json'):
    path = t.folder / name
    connections.write(path, list(rows))
    return str(path)


def result_of(output):
    """The JSON on the last line that a script printed."""
    return json.loads(output.strip().splitlines()[-1])

# SPDX-License-Identifier: Apache-2.0
"""What integration tests stand on: a real broker and a real mongod for the whole run, the penstock binary, and for each
test a topic, a database and a folder of its own.

A test is a function test_x(t) in a file test_*.py; t is a Test. It fails by an exception. `with t.case(name):` counts a
part on its own; the parts after a failed one still run.
"""
import contextlib, json, os, pathlib, re, shutil, signal, socket, subprocess, threading, time

import reference  # noqa: F401  (finds scripts/services)
import connections
import kafka_wire
import wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ROOT / 'scripts' / 'services'
WORK = ROOT / 'build' / 'integration'
BINARY = pathlib.Path(os.environ.get('PENSTOCK_BINARY', ROOT / 'build' / 'release' / 'penstock'))
CRASH_BINARY = BINARY.with_name(BINARY.name + '_crash')  # The same with its crash points armed (tests/crash).
SOAK = os.environ.get('PENSTOCK_SOAK') == '1'
MUST_RUN = os.environ.get('CI') == 'true'
FIXTURES = {'event': ROOT / 'examples/stock-trades/stock_trade_window_processor.json',
            'processing': ROOT / 'examples/stock-trades/stock_trade_window_processor_processing_time.json'}
TOPIC, DATABASE, COLLECTION = 'sample_data_stock_trades', 'confluent_cloud', 'stock_prices'  # as in the fixtures

# Tests that run the published text as it is share its topic and its collection: one at a time.
published_names = threading.Lock()

# Lines of the client libraries' own logs; terminal control; a report of a sanitizer.
NOISE = re.compile(r'%\d\|\d+\.\d+\||rdkafka#|\[thrd:|mongoc|libbson|\x1b\[|\r|Sanitizer|runtime error:|terminate called')


class Skipped(Exception):
    """Something that this machine cannot download."""


def fixture(name): return json.loads(FIXTURES[name].read_text())


def reachable(port):
    with socket.socket() as s: return s.connect_ex(('127.0.0.1', port)) == 0


class Services:
    """One broker and one mongod, started when the first test asks."""

    def __init__(self):
        self._lock, self._run, self._kafka, self._uris = threading.Lock(), WORK / 'services', None, {}
        self._standalone, self._brokers = None, {}  # (process, URI); name -> settings
        self._fetched = {}  # script -> None, or why it could not download: asked once.

    def _script(self, name, *arguments):
        done = subprocess.run([SERVICES / name, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env={**os.environ, 'PENSTOCK_RUN': str(self._run)})
        if done.returncode == 0: return done.stdout
        what = '%s %s: %s' % (name, arguments[0], done.stderr.strip()[-1000:])
        if arguments[0] == 'fetch' and not MUST_RUN: raise Skipped(what)
        raise RuntimeError(what)

    def _fetch(self, script):
        if script not in self._fetched:
            try: self._fetched[script] = self._script(script, 'fetch') and None
            except (Skipped, RuntimeError) as e: self._fetched[script] = e
        if self._fetched[script]: raise self._fetched[script]

    def kafka(self):
        """The settings that kafka.sh prints."""
        with self._lock:
            if self._kafka is None:
                self._fetch('kafka.sh')
                self._kafka = connections.parse_settings(self._script('kafka.sh', 'start'))
            return self._kafka

    def start_kafka(self, name):
        """A broker of the caller's own: the settings."""
        with self._lock:
            if name not in self._brokers:
                self._fetch('kafka.sh')
                self._brokers[name] = connections.parse_settings(self._script('kafka.sh', 'start'))
            return self._brokers[name]

    @contextlib.contextmanager
    def without_kafka(self, port):
        """Ends that broker hard, keeps its data, starts it again on the same port."""
        os.kill(int((self._run / ('kafka-%d' % port) / 'pid').read_text()), signal.SIGKILL)
        try: yield
        finally: self._script('kafka.sh', 'start', port)

    def kafka_port(self): return int(self.kafka()['bootstrap_plaintext'].rpartition(':')[2])

    def mongod(self, name='main'):
        """The URI of the mongod of that name."""
        with self._lock:
            if name not in self._uris:
                self._fetch('mongod.sh')
                self._uris[name] = self._script('mongod.sh', 'start').strip()
            return self._uris[name]

    def standalone(self):
        """The URI of a mongod that is no replica set: it has no transactions."""
        with self._lock:
            if self._standalone is None:
                self._fetch('mongod.sh')
                binary, folder = self._script('mongod.sh', 'fetch').strip(), self._run / 'standalone'
                folder.mkdir(parents=True)
                with socket.socket() as s:
                    s.bind(('127.0.0.1', 0))
                    port = s.getsockname()[1]
                process = subprocess.Popen(
                    [binary, '--dbpath', folder, '--port', str(port), '--bind_ip', '127.0.0.1', '--logpath', folder / 'log',
                     '--wiredTigerCacheSizeGB', '0.25'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
                self._standalone = process, 'mongodb://127.0.0.1:%d/' % port
                Test.until('mongod', lambda: reachable(port), 60)
            return self._standalone[1]

    @contextlib.contextmanager
    def without_mongod(self, name):
        """Ends that mongod hard, keeps its data, starts it again on the same port."""
        port = re.search(r':(\d+)/', self.mongod(name))[1]
        os.kill(int((self._run / ('mongod-' + port) / 'pid').read_text()), signal.SIGKILL)
        try: yield
        finally: self._script('mongod.sh', 'start', port)

    def tool(self, name, *arguments, output):
        """A command line tool of Kafka, its stdout into the file `output`."""
        with open(output, 'w') as file:
            done = subprocess.run([SERVICES / 'kafka.sh', 'tool', str(self.kafka_port()), name, *arguments],
                                  stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, text=True,
                                  env={**os.environ, 'PENSTOCK_RUN': str(self._run)})
        if done.returncode: raise RuntimeError('%s: %s' % (name, done.stderr[-1000:]))

    def stop(self):
        with self._lock:
            for broker in [self._kafka, *self._brokers.values()]:
                if broker: self._script('kafka.sh', 'stop', broker['bootstrap_plaintext'].rpartition(':')[2])
            for uri in self._uris.values(): self._script('mongod.sh', 'stop', re.search(r':(\d+)/', uri)[1])
            if self._standalone: self._standalone[0].kill(), self._standalone[0].wait()
            self._kafka, self._uris, self._standalone, self._brokers = None, {}, None, {}
        shutil.rmtree(self._run, ignore_errors=True)


class Result:
    def __init__(self, command, code, out, err): self.command, self.code, self.out, self.err = command, code, out, err

    def __str__(self): return '%s\n  exit %s\n  stdout %s\n  stderr %s' % (
        self.command, self.code, self.out[-1500:].strip(), self.err[-3000:].strip())


class Running:
    """penstock in the background, its outputs in files."""

    def __init__(self, test, number, arguments, stderr=None, crash_at=None, **environment):
        """crash_at: "<name>[:<nth>]", the place where the program ends itself as kill -9 does."""
        self.command = ' '.join(['PENSTOCK_CRASH_AT="%s" penstock_crash' % crash_at if crash_at else 'penstock', *arguments])
        self._out, self._err = test.folder / ('%d.out' % number), test.folder / ('%d.err' % number)
        if crash_at: environment['PENSTOCK_CRASH_AT'] = crash_at
        if crash_at: assert CRASH_BINARY.exists(), '%s is missing. Build it with: ./dev build' % CRASH_BINARY
        with open(self._out, 'w') as out, open(self._err, 'w') as err:
            self.process = subprocess.Popen([CRASH_BINARY if crash_at else BINARY, *arguments], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=err if stderr is None else stderr, cwd=test.folder,
                                            env={**os.environ, **environment})

    def out(self): return self._out.read_text(errors='replace')

    def err(self): return self._err.read_text(errors='replace')

    def wait(self, timeout):
        try: self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError('still running after %s s: %s' % (timeout, self.result())) from None
        return self.result()

    def stop(self, timeout=20):
        """SIGTERM, as a service manager ends it."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        if self.process.poll() is None: self.process.kill()
        self.process.wait()

    def result(self): return Result(self.command, self.process.returncode, self.out(), self.err())


class Report:
    """The --report file; names are compared without case and signs."""
    NAMES = {'records_in': ['recordsin'], 'bytes_in': ['bytesin'], 'documents_out': ['documentsout'],
             'dead_letters': ['deadletters'], 'seconds': ['seconds'], 'cpu_seconds': ['cpuseconds'],
             'records_per_second': ['recordspersecond'], 'peak_memory': ['peakmemorybytes', 'peakmemory', 'peakrssbytes']}

    def __init__(self, path):
        self.raw = json.loads(pathlib.Path(path).read_text())
        self._plain = {re.sub('[^a-z]', '', k.lower()): v for k, v in self.raw.items()}

    def __getattr__(self, name):
        for candidate in self.NAMES[name]:
            if candidate in self._plain: return self._plain[candidate]
        raise AssertionError('the report has no %s: %r' % (self.NAMES[name][0], self.raw))


class Test:
    def __init__(self, name, services):
        self.name, self.services = name, services
        self.folder = WORK / re.sub(r'\W+', '_', name)
        self.database = re.sub(r'\W+', '_', name)[:50]
        self.cases = []  # (name, seconds, error or None)
        self._running, self._numbers, self._kafka, self._mongo = [], iter(range(10 ** 6)), None, None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def say(self, text):
        """A line of its own between the results: seeds, counts."""
        print('     %s: %s' % (self.name.removeprefix('test_'), text), flush=True)

    def close(self):
        for running in self._running: running.kill()
        if self._mongo: self._mongo.close()

    @contextlib.contextmanager
    def case(self, name):
        started = time.monotonic()
        try: yield
        except Skipped: raise
        except Exception as e: self.cases.append((name, time.monotonic() - started, e))
        else: self.cases.append((name, time.monotonic() - started, None))

    # Services.
    @property
    def kafka(self):
        if self._kafka is None: self._kafka = kafka_wire.Client(self.services.kafka_port())
        return self._kafka

    @property
    def mongo(self):
        if self._mongo is None: self._mongo = wire.Connection(self.services.mongod())
        return self._mongo

    def topic(self, partitions=6, suffix='', **settings):
        """A new topic of this test. Old time stamps are kept, whatever the broker's retention says."""
        name = self.database.replace('test_', '') + suffix
        self.kafka.create(name, partitions, **{'retention_ms': '-1', **settings})
        return name

    def fresh_published_names(self, partitions=6, **settings):
        """Empties the fixtures' own topic and database; the caller holds published_names."""
        if self.kafka.partitions(TOPIC): self.kafka.delete(TOPIC)
        if partitions: self.kafka.create(TOPIC, partitions, **{'retention_ms': '-1', **settings})
        self.mongo.drop_database(DATABASE)

    def dump(self, topic):
        """The records of a topic as lines for reference.records, read by Kafka's own consumer."""
        path, count = self.folder / (topic + '.dump'), self.kafka.records(topic)
        if count == 0:
            path.write_text('')
            return path
        columns = [x for name in ('timestamp', 'partition', 'offset', 'key') for x in ('--property', 'print.%s=true' % name)]
        self.services.tool('ConsoleConsumer', '--topic', topic, '--from-beginning', '--max-messages', str(count), *columns,
                           output=path)
        return path

    # Files for the command line.
    def write(self, name, content):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        return str(path)

    def connections(self, protocol='PLAINTEXT', mechanism='PLAIN', uri=None, name='connections.json', embedded=False,
                    **kafka_changes):
        """A connections file for the fixtures. kafka_changes replace fields of the Kafka connection."""
        kafka = connections.kafka(self.services.kafka(), protocol, mechanism)
        for key, value in kafka_changes.items():
            kafka[key] = {**kafka[key], **value} if isinstance(value, dict) and key in kafka else value
        cluster = connections.cluster(None if embedded else uri or self.services.mongod())
        connections.write(self.folder / name, [kafka, cluster])
        return str(self.folder / name)

    def definition(self, kind='event', topic=None, database=None, dlq=None, window_s=None, name=None):
        """A fixture: the file itself, or with other names in the same text."""
        text = FIXTURES[kind].read_text()
        if topic: text = text.replace(TOPIC, topic)
        if database: text = text.replace('"db": "%s"' % DATABASE, '"db": "%s"' % database)
        if window_s: text = text.replace('"size": 30', '"size": %d' % window_s)
        if dlq:
            where = {'connectionName': connections.CLUSTER_NAME, 'db': database or DATABASE, 'coll': dlq}
            text = text.rstrip().removesuffix('}') + ',\n "options": %s}\n' % json.dumps({'dlq': where})
        return str(FIXTURES[kind]) if text == FIXTURES[kind].read_text() else self.write(name or kind + '.json', text)

    # The binary.
    def start(self, *arguments, stderr=None, crash_at=None, **environment):
        running = Running(self, next(self._numbers), [str(a) for a in arguments], stderr, crash_at, **environment)
        self._running.append(running)
        return running

    def penstock(self, *arguments, code=0, timeout=120):
        """Runs to the end; fails on another exit status and on noise of libraries."""
        result = self.start(*arguments).wait(timeout)
        assert result.code == code, 'exit status %d expected: %s' % (code, result)
        self.quiet(result)
        return result

    @staticmethod
    def quiet(result):
        noise = NOISE.search(result.err) or NOISE.search(result.out)
        assert not noise, 'this does not belong into the output: %r\n%s' % (noise[0], result)

    def run(self, definition, connections_file, *more, code=0, timeout=120):
        """penstock run --until-end with its report."""
        path = self.folder / ('report-%d.json' % next(self._numbers))
        result = self.penstock('run', definition, '--connections', connections_file, '--until-end', '--report', path,
                               '--data', self.folder / ('data-%d' % next(self._numbers)), *more, code=code, timeout=timeout)
        result.report = Report(path) if code == 0 else None
        return result

    def datagen(self, topic, *more, code=0, timeout=300, connections_file=None):
        return self.penstock('datagen', 'stock-trades', '--connections', connections_file or self.connections(name='gen.json'),
                             '--connection', connections.KAFKA_NAME, '--topic', topic, *more, code=code, timeout=timeout)

    # Waiting and comparing.
    @staticmethod
    def until(what, condition, seconds, running=None):
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value: return value
            if running is not None and running.process.poll() is not None:
                raise AssertionError('ended before there was %s: %s' % (what, running.result()))
            if time.monotonic() > end: raise AssertionError('no %s within %s s%s' % (
                what, seconds, '' if running is None else ': %s' % running.result()))
            time.sleep(0.1)

    @staticmethod
    def same_rows(expected, found):
        found = reference.differences(expected, found)
        assert not found, '\n'.join(found)


def one_sentence(result, *words):
    """What a person sees when something is wrong: one or two lines that name it, nothing on stdout."""
    lines = [line for line in result.err.splitlines() if line.strip()]
    assert 1 <= len(lines) <= 3, 'one clear sentence expected: %s' % result
    for word in words: assert word.lower() in result.err.lower(), '"%s" is not named: %s' % (word, result)

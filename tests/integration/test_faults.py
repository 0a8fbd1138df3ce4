# SPDX-License-Identifier: Apache-2.0
"""What goes wrong around a running processor: MongoDB, Kafka, the disk, a second instance, a stop. Nothing is lost,
nothing counts twice, and the processor goes on by itself when the trouble is over."""
import contextlib, os, re, shutil, signal, subprocess, time

import durable, harness, kafka_wire, test_crash_points, wire

RECORDS, WINDOWS = (100_000, 3000) if harness.SOAK else (12_000, 600)


class Faulty:
    """An adding job with services of its own, so that other tests keep theirs."""

    def __init__(self, t, uri=None, made=None, connections_file=None):
        made = made or durable.trades(t, RECORDS, WINDOWS)
        self.t, self.totals, self.uri = t, made.totals(), uri or t.services.mongod()
        self.job = durable.Job(t, durable.windows_added_up(t, made.topic),
                               connections_file=connections_file or durable.paced_connections(t, uri=self.uri))

    def delivered(self):
        """Batches in the sink; while it is away: none."""
        try:
            with wire.Connection(self.uri) as mongo:
                return sum(m['seq'] for m in mongo.find(self.t.database, durable.MARKERS))
        except (OSError, wire.Failure): return 0

    def at_batch(self, running, n):
        wanted = self.delivered() + n
        assert durable.wait_for(running, lambda: self.delivered() >= wanted), 'ended too early: %s' % running.result()

    def check(self):
        with wire.Connection(self.uri) as mongo:
            durable.same_totals(self.totals, mongo.find(self.t.database, harness.COLLECTION))

    def ends_well(self, running, seconds=120):
        result = running.wait(seconds)
        assert result.code == 0, result
        self.t.quiet(result)
        self.check()
        return result


# MongoDB.

def test_mongod_is_restarted(t):
    faulty = Faulty(t, t.services.mongod('restarted'))
    running = faulty.job.start()
    faulty.at_batch(running, 2)
    with t.services.without_mongod('restarted'): time.sleep(0.5)
    result = faulty.ends_well(running)
    assert 'will try again' in result.err and 'answers again' in result.err, result


def test_primary_steps_down(t):
    faulty = Faulty(t, t.services.mongod('stepping'))
    running = faulty.job.start()
    for _ in range(8 if harness.SOAK else 1):
        faulty.at_batch(running, 2)
        step_down(faulty.uri)
    faulty.ends_well(running)


def step_down(uri):
    """A set of one: it is nobody's primary for a moment, then elects itself again."""
    with wire.Connection(uri) as mongo, contextlib.suppress(ConnectionError):
        mongo.command('admin', {'replSetStepDown': 1, 'secondaryCatchUpPeriodSecs': 0, 'force': True})


# Kafka.

def broker_of_its_own(t):
    """A broker that this test may kill, with the trades in it."""
    settings = t.services.start_kafka('faulty')
    port = int(settings['bootstrap_plaintext'].rpartition(':')[2])
    file = durable.paced_connections(t, bootstrapServers=settings['bootstrap_plaintext'])
    with kafka_wire.Client(port) as kafka: made = durable.Trades(kafka, 'trades', RECORDS, WINDOWS)
    return port, made, file


def test_broker_is_restarted(t):
    port, made, file = broker_of_its_own(t)
    faulty = Faulty(t, made=made, connections_file=file)
    running = faulty.job.start()
    faulty.at_batch(running, 1)
    with t.services.without_kafka(port): time.sleep(1)
    faulty.ends_well(running)
    with t.case('a start while the broker is away is refused with its name'), t.services.without_kafka(port):
        result = faulty.job.drain(code=69, timeout=60)
        harness.one_sentence(result, str(port))
    with t.case('the broker was killed right after a checkpoint: its positions still fit'):
        faulty.job.drain()
        faulty.check()


test_broker_is_restarted.seconds = 45


# A second instance.

def test_second_process_on_the_same_folder(t):
    faulty = Faulty(t)
    running = faulty.job.start()
    faulty.at_batch(running, 1)
    faulty.job.refused(str(running.process.pid), 'windows_added_up', '--data')
    faulty.ends_well(running)


def fenced(t, seconds):
    faulty = Faulty(t)
    stopped = faulty.job.start()
    faulty.at_batch(stopped, 2)
    stopped.process.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    copy = durable.Job(t, faulty.job.definition, connections_file=faulty.job.connections_file, data='copy')
    shutil.copytree(faulty.job.data, copy.data)
    other = copy.start()
    result = other.wait(120)
    # What the stopped one had delivered after its last checkpoint is told apart by the marker.
    assert result.code == 0, result
    faulty.check()
    time.sleep(seconds)
    stopped.process.send_signal(signal.SIGCONT)
    result = stopped.wait(60)
    assert result.code == 3, result
    last = result.err.strip().splitlines()[-1]
    assert 'another instance' in last and 'windows_added_up' in result.err, result
    faulty.check()
    faulty.job.refused('older copy', '--accept sink-marker', '--fresh')
    copy.drain()
    faulty.check()


def test_stopped_instance_is_fenced(t): fenced(t, 0)


def test_stopped_instance_is_fenced_after_20_s(t): fenced(t, 20)


test_stopped_instance_is_fenced_after_20_s.soak_only, test_stopped_instance_is_fenced_after_20_s.seconds = True, 60


def test_paused_alone(t):
    """SIGSTOP for 20 s, nobody else: it goes on."""
    faulty = Faulty(t)
    running = faulty.job.start()
    faulty.at_batch(running, 2)
    running.process.send_signal(signal.SIGSTOP)
    time.sleep(20)
    running.process.send_signal(signal.SIGCONT)
    faulty.ends_well(running)


test_paused_alone.soak_only, test_paused_alone.seconds = True, 60


# The disk.

@contextlib.contextmanager
def small_disk(folder, bytes_max):
    folder.mkdir()
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=%d' % bytes_max, 'tmpfs', str(folder)], capture_output=True,
                          text=True)
    if done.returncode: raise harness.Skipped('a small disk needs mount: %s' % done.stderr.strip())
    try: yield
    finally: subprocess.run(['umount', '-l', str(folder)], check=True)


def fill(path):
    """Until nothing goes in any more."""
    with open(path, 'wb', buffering=0) as file:
        try:
            for size in (1 << 16, 1 << 10, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)): pass
        except OSError: pass


def test_killed_on_a_full_disk(t):
    disk = t.folder / 'disk'
    with small_disk(disk, 16 << 20):
        faulty = Faulty(t)
        faulty.job.data = disk
        running = faulty.job.start()
        faulty.at_batch(running, 1)
        fill(disk / 'ballast')
        t.until('word about the disk', lambda: 'will try again' in running.err(), 30, running)
        time.sleep(1)
        assert running.process.poll() is None, running.result()
        running.kill()
        running = faulty.job.start()
        time.sleep(1.5)
        os.remove(disk / 'ballast')
        result = running.wait(120)
        if result.code:  # It could not even begin.
            harness.one_sentence(result, 'no space', str(disk))
            faulty.job.drain()
        faulty.check()


def test_disk_is_full_for_a_while(t):
    disk = t.folder / 'disk'
    with small_disk(disk, 16 << 20):
        faulty = Faulty(t)
        faulty.job.data = disk
        running = faulty.job.start()
        faulty.at_batch(running, 1)
        fill(disk / 'ballast')
        t.until('word about the disk', lambda: 'will try again' in running.err(), 30, running)
        word = next(line for line in running.err().splitlines() if 'will try again' in line)
        assert str(disk) in word and 'space' in word.lower(), word
        os.remove(disk / 'ballast')
        result = faulty.ends_well(running)
        assert 'the checkpoint is written' in result.err, result


# State that does not fit.

def until_checkpoint(job, more):
    """Killed when it has written that many checkpoints more and something is in the sink."""
    wanted, running = max(job.numbers('checkpoint'), default=0) + more, job.start()
    assert durable.wait_for(running, lambda: job.numbers('checkpoint')[-1:] >= [wanted] and job.delivered()), running.result()
    running.kill()


def half_way(t):
    """A job that was killed in the middle, and the folder as it was a while before."""
    faulty = Faulty(t)
    until_checkpoint(faulty.job, 2)
    older = t.folder / 'older'
    shutil.copytree(faulty.job.data, older)
    until_checkpoint(faulty.job, 5)
    return faulty, older


def test_older_copy_of_the_folder(t):
    faulty, older = half_way(t)
    with t.case('the newest folder goes on'):
        job = faulty.job
        job.drain()
        faulty.check()
    job.data = older
    with t.case('an older one is refused with both numbers'):
        result = job.refused('older copy', str(faulty.delivered()), '--accept sink-marker', '--fresh')
        numbers = list(map(int, re.findall(r'batch (\d+)', result.err)))
        assert faulty.delivered() in numbers and min(numbers) < faulty.delivered(), result
    with t.case('--accept sink-marker goes on where the sink stands'):
        result = job.drain('--accept', 'sink-marker')
        assert 'open' in result.err and 'lost' in result.err, result
        faulty.check()
    with t.case('and then without it'):
        job.drain()
        faulty.check()


def test_state_is_deleted(t):
    made = durable.trades(t, RECORDS, WINDOWS)
    job = durable.Job(t, t.definition('event', topic=made.topic, database=t.database))
    until_checkpoint(job, 8)
    end_transactions(t, job)  # The last commit of the dead may be under way in mongod.
    (marker,), held = job.markers(), job.documents()
    assert held
    shutil.rmtree(job.state)
    with t.case('refused'):
        job.refused('no state', 'batch %d' % job.delivered(), '--accept sink-marker', '--fresh', '--data')
        assert not job.numbers('checkpoint')
    with t.case('--accept sink-marker goes on behind what is delivered'):
        result = job.drain('--accept', 'sink-marker')
        assert 'behind batch %d; windows that were open then are lost' % marker['seq'] in result.err, result
        whole = durable.beyond(made, marker['cut'])
        assert len(whole) > 100, len(whole)
        rows = {(d['windowStart'].ms, d['symbol']): d for d in job.documents()}
        assert len(rows) == len(job.documents()), 'a row is there twice'
        for d in held: assert rows[d['windowStart'].ms, d['symbol']] == d, d
        t.same_rows({key: made.rows[key] for key in whole}, [rows[key] for key in whole if key in rows])
        for key, d in rows.items(): assert d['tradeCount'] <= made.rows[key]['tradeCount'], d


def open_transactions(t):
    """Sessions with a transaction that a killed processor has left open in the test's database."""
    rows = t.mongo.cursor('admin', {'aggregate': 1, 'cursor': {}, 'pipeline': [
        {'$currentOp': {'allUsers': True, 'idleSessions': True}}, {'$match': {'transaction': {'$exists': True}}}]})
    return {row['lsid']['id'] for row in rows if 'lsid' in row}


def end_transactions(t, job):
    t.mongo.command('admin', {'killSessions': [{'id': marker['session']} for marker in job.markers()]})


def killed_in_a_transaction(t):
    """It holds the marker and documents for up to a minute, if nobody ends it."""
    faulty = Faulty(t)
    result = faulty.job.start(crash_at=test_crash_points.IN_A_TRANSACTION + ':3').wait(60)
    assert result.code == durable.KILLED, result
    assert faulty.job.markers()[0]['session'] in open_transactions(t), faulty.job.markers()
    return faulty


def test_open_transaction_of_the_dead(t):
    """The next start does not wait for it: that would be the minute that mongod gives a transaction."""
    faulty = killed_in_a_transaction(t)
    with t.case('going on'):
        started = time.monotonic()
        faulty.job.drain()
        faulty.check()
        assert time.monotonic() - started < 50, time.monotonic() - started
    t.mongo.drop_database(t.database)
    shutil.rmtree(faulty.job.data)
    with t.case('--fresh'):
        faulty = killed_in_a_transaction(t)
        started = time.monotonic()
        faulty.job.drain('--fresh')
        assert time.monotonic() - started < 50, time.monotonic() - started


def test_marker_is_dropped(t):
    faulty, _ = half_way(t)
    held = faulty.delivered()
    end_transactions(t, faulty.job)
    t.mongo.command(t.database, {'drop': durable.MARKERS})
    with t.case('refused'):
        faulty.job.refused('no marker', '--accept local-state', '--fresh')
    with t.case('--accept local-state goes on'):
        faulty.job.drain('--accept', 'local-state')
        assert faulty.delivered() > held
        # What was in the sink and not confirmed locally is delivered once more: that was accepted.
        found = {d['symbol']: d['n'] for d in faulty.job.documents()}
        for symbol, (n, _, _) in faulty.totals.items(): assert found[symbol] >= n, (symbol, n, found)


def test_marker_is_dropped_while_it_runs(t):
    faulty = Faulty(t)
    running = faulty.job.start()
    faulty.at_batch(running, 2)
    t.mongo.command(t.database, {'delete': durable.MARKERS, 'deletes': [{'q': {}, 'limit': 0}]})
    result = running.wait(60)
    assert result.code == 3 and 'marker' in result.err, result
    faulty.job.refused('no marker', '--accept local-state', '--fresh')


def test_definition_is_changed(t):
    faulty, _ = half_way(t)
    job, text = faulty.job, open(faulty.job.definition).read()
    assert '"size": 30' in text
    job.definition = t.write('changed.json', text.replace('"size": 30', '"size": 60'))
    with t.case('refused, with the change'):
        job.refused('definition', 'windows_added_up', 'interval.size', '30', '60', '--fresh')
    with t.case('other spaces are no change'):
        job.definition = t.write('spaces.json', text.replace('\n', ' ').replace('  ', ' '))
        job.drain()
        faulty.check()
    with t.case('--fresh begins anew'):
        job.definition = t.write('changed.json', text.replace('"size": 30', '"size": 60'))
        t.mongo.command(t.database, {'drop': harness.COLLECTION})
        job.drain('--fresh')
        faulty.check()
        assert len(job.markers()) == 1, job.markers()
    with t.case('and goes on then'):
        job.drain()
        faulty.check()


def test_clock_is_changed(t):
    made = durable.trades(t, RECORDS, WINDOWS)
    job = durable.Job(t, t.definition('processing', topic=made.topic, database=t.database), '--clock', 'record')
    running = job.start()
    assert durable.wait_for(running, lambda: job.delivered() >= 1)
    running.kill()
    job.more = ()
    job.refused('--clock record', '--fresh')


def test_topic_is_made_anew(t):
    topic = t.topic(partitions=1)

    def records(first, count):
        """In a window of their own, so that none is late."""
        return [(first * 100_000 + i, None, b'{"symbol": "A", "quantity": 1}') for i in range(count)]
    t.kafka.produce(topic, 0, records(1, 50))
    job = durable.Job(t, durable.windows_added_up(t, topic))
    job.drain()
    with t.case('shorter: refused with both offsets'):
        t.kafka.delete(topic), t.kafka.create(topic, 1, retention_ms='-1'), t.kafka.produce(topic, 0, records(2, 20))
        job.refused(topic, '50', '20', '--accept new-topic')
    with t.case('other records: refused'):
        t.kafka.produce(topic, 0, records(3, 50))
        job.refused(topic, 'anew', '--accept new-topic')
    with t.case('--accept new-topic'):
        job.drain('--accept', 'new-topic')
        (found,) = job.documents()
        assert found['n'] == 120, found


# Stopping.

def test_stopped_and_started(t):
    faulty = Faulty(t)
    stops = 0
    for _ in range(5):
        running = faulty.job.start()
        if not durable.wait_for(running, lambda wanted=faulty.delivered() + 1: faulty.delivered() >= wanted): break
        result = running.stop()
        assert result.code == 0, result
        t.quiet(result)
        stops += 1
    assert stops >= 3, stops
    faulty.job.drain()
    faulty.check()


def lags(t, topic):
    """As people's own tool shows them: (partition, lag), sorted."""
    path = t.folder / 'groups'
    t.services.tool('ConsumerGroupCommand', '--describe', '--timeout', '30000', '--group', 'asp-lag-consumer', output=path)
    rows = [line.split() for line in path.read_text().splitlines() if topic in line]
    assert len(rows) == durable.PARTITIONS, path.read_text()
    return sorted((int(row[2]), int(row[5])) for row in rows)


def test_lag_is_shown(t):
    made = durable.trades(t, RECORDS, WINDOWS)
    job = durable.Job(t, durable.windows_added_up(t, made.topic, name='lag'))
    running = job.start()
    assert durable.wait_for(running, lambda: job.delivered() >= 2)
    assert running.stop().code == 0
    with t.case('stopped in the middle: what is left is shown'):
        left = sum(lag for _, lag in lags(t, made.topic))
        assert left < RECORDS, left  # A fast machine has read everything by now.
    job.drain()
    with t.case('drained: 0'):
        drained = lags(t, made.topic)
        assert drained == [(p, 0) for p in range(durable.PARTITIONS)], drained


for test in (test_mongod_is_restarted, test_primary_steps_down, test_stopped_instance_is_fenced, test_lag_is_shown):
    test.seconds = 30
del test

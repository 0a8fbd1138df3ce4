# SPDX-License-Identifier: Apache-2.0
"""kill -9 again and again during a drain, each time the same command again: the result is what a run that nobody
disturbed gives, document for document, and sums to which a second delivery would add for ever.

A drain that ends before its kill is checked and begun anew, until all kills have hit a running one.
"""
import random, shutil, time

import durable, harness

RECORDS, WINDOWS = (100_000, 3000) if harness.SOAK else (12_000, 600)


def kills(few): return 50 if harness.SOAK else few


class Loop:
    def __init__(self, t, job, check, dice):
        self.t, self.job, self.check, self.dice = t, job, check, dice
        self.moments, self.hits, self.misses = {}, 0, 0

    def moment(self):
        """(its name, a condition that holds when the process shall be killed)."""
        dice, job, kind = self.dice, self.job, self.dice.choice(('time', 'start', 'sink', 'sink', 'checkpoint', 'outbox'))
        if kind in ('time', 'start'):
            at = time.monotonic() + (dice.uniform(0, 0.4) if kind == 'start' else dice.uniform(0.2, 1.2))
            return kind, lambda: time.monotonic() >= at
        if kind == 'sink':
            wanted = job.delivered() + dice.randint(1, 4)
            return kind, lambda: job.delivered() >= wanted
        if kind == 'checkpoint':
            wanted = max(job.numbers('checkpoint'), default=0) + dice.randint(1, 5)
            return kind, lambda: max(job.numbers('checkpoint'), default=0) >= wanted
        wanted = max(job.numbers('outbox'), default=0) + dice.randint(1, 4)
        return kind, lambda: max(job.numbers('outbox'), default=0) >= wanted

    def begin_anew(self):
        self.t.mongo.drop_database(self.t.database)
        shutil.rmtree(self.job.data, ignore_errors=True)

    def killed(self):
        kind, condition = self.moment()
        running = self.job.start()
        hit = durable.wait_for(running, condition)
        running.kill()
        if running.process.returncode == durable.KILLED and hit:
            self.moments[kind] = self.moments.get(kind, 0) + 1
            self.hits += 1
            return True
        assert running.process.returncode == 0, running.result()
        return False

    def run(self, wanted):
        self.begin_anew()
        while self.hits < wanted:
            if self.killed(): continue
            self.misses += 1
            self.check()
            assert self.misses <= wanted, 'the drain is too short: %d kills of %d hit it' % (self.hits, wanted)
            self.begin_anew()
        self.job.drain(timeout=300)
        self.check()
        assert len(self.job.markers()) == 1, self.job.markers()


def loop(t, kind, job, check, wanted):
    seed = durable.seed()
    with t.case(kind):
        one = Loop(t, job, check, random.Random(seed))
        try: one.run(wanted)
        finally:
            t.say('%s: %d kills hit a running drain (%s), %d came too late; PENSTOCK_SEED=%d' % (
                kind, one.hits, ', '.join('%s %d' % m for m in sorted(one.moments.items())), one.misses, seed))


def test_event_time(t):
    made = durable.trades(t, RECORDS, WINDOWS)
    job = durable.Job(t, t.definition('event', topic=made.topic, database=t.database))
    loop(t, 'event time', job, lambda: t.same_rows(made.rows, job.documents()), kills(3))


def test_processing_time(t):
    made = durable.trades(t, RECORDS, WINDOWS)
    job = durable.Job(t, t.definition('processing', topic=made.topic, database=t.database), '--clock', 'record',
                      '--parallelism', 3)
    loop(t, 'processing time by --clock record', job, lambda: t.same_rows(made.rows, job.documents()), kills(2))


def test_windows_added_up(t):
    made = durable.trades(t, RECORDS, WINDOWS)
    totals, job = made.totals(), durable.Job(t, durable.windows_added_up(t, made.topic))
    loop(t, 'windows into an adding $merge', job, lambda: durable.same_totals(totals, job.documents()), kills(2))


def test_records_added_up(t):
    made = durable.trades(t, RECORDS, WINDOWS)
    totals = made.totals(lambda trade: trade['userid'] in ('User_1', 'User_2'))
    job = durable.Job(t, durable.records_added_up(t, made.topic, {'userid': {'$in': ['User_1', 'User_2']}}))
    loop(t, 'records into an adding $merge', job, lambda: durable.same_totals(totals, job.documents()), kills(2))


def test_records_inserted(t):
    made = durable.trades(t, RECORDS, WINDOWS)
    totals = made.totals(lambda trade: trade['side'] == 'BUY')
    job = durable.Job(t, durable.records_inserted(t, made.topic, {'side': 'BUY'}))
    loop(t, 'records inserted', job, lambda: durable.same_totals(totals, durable.counted(job.documents())), kills(1))


for test in (test_event_time, test_processing_time, test_windows_added_up, test_records_added_up, test_records_inserted):
    test.seconds = 55
del test

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the integration tests: one line each, the reason under a failed one.

  run.py                    all
  run.py main_job live.sil  those whose name contains one of these
  run.py --list

PENSTOCK_SOAK=1: larger sizes and the long tests. PENSTOCK_BINARY: another penstock than build/release/penstock.
PENSTOCK_SEED: the moments of kill_loop again, as printed.
CI=true: what cannot be downloaded is a failure, not a skipped test. PENSTOCK_COUNTS: a file to append
"integration PASSED FAILED SKIPPED" to; PENSTOCK_FAILURES: one for the names of what failed.
"""
import concurrent.futures, importlib, os, pathlib, signal, sys, threading, time, traceback

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import harness  # noqa: E402

AT_ONCE = 5  # They mostly wait: for windows to close, for time-outs.


def discover(wanted):
    found = []
    for path in sorted(HERE.glob('test_*.py')):
        module = importlib.import_module(path.stem)
        for name, value in vars(module).items():
            full = '%s.%s' % (path.stem[5:], name[5:])
            if name.startswith('test_') and callable(value) and (not wanted or any(w in full for w in wanted)):
                if harness.SOAK or not getattr(value, 'soak_only', False): found.append((full, value))
    return sorted(found, key=lambda test: -getattr(test[1], 'seconds', 0))  # What takes long starts first.


def explain(error):
    if isinstance(error, harness.Skipped) or isinstance(error, AssertionError) and error.args: return str(error)
    return ''.join(traceback.format_exception(error))


class Results:
    def __init__(self): self.passed, self.failed, self.skipped, self._lock = 0, 0, 0, threading.Lock()

    def add(self, name, seconds, error):
        with self._lock:
            if error is None: self.passed, word = self.passed + 1, 'ok'
            elif isinstance(error, harness.Skipped): self.skipped, word = self.skipped + 1, 'skip'
            else: self.failed, word = self.failed + 1, 'FAIL'
            print('%-4s %s (%.1f s)' % (word, name, seconds))
            if error is not None: print('     ' + explain(error).strip().replace('\n', '\n     '))
            sys.stdout.flush()
            if word == 'FAIL' and 'PENSTOCK_FAILURES' in os.environ:
                with open(os.environ['PENSTOCK_FAILURES'], 'a') as file: file.write(name + '\n')


def run(name, function, services, results):
    test, error, started = harness.Test('test_' + name, services), None, time.monotonic()
    try: function(test)
    except (Exception, harness.Skipped) as e: error = e
    finally: test.close()
    for case, seconds, case_error in test.cases: results.add('%s: %s' % (name, case), seconds, case_error)
    if error is not None or not test.cases: results.add(name, time.monotonic() - started, error)


def main():
    tests = discover([a for a in sys.argv[1:] if not a.startswith('-')])
    if '--list' in sys.argv:
        print('\n'.join(name for name, _ in tests))
        return 0
    results, services = Results(), harness.Services()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not harness.BINARY.exists():
        results.add('integration', 0, AssertionError('%s is missing. Build it with: ./dev build' % harness.BINARY))
        tests = []
    pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
    try:
        jobs = [pool.submit(run, name, function, services, results) for name, function in tests]
        for job in jobs: job.result()
    finally:
        pool.shutdown(cancel_futures=True)
        services.stop()
    if 'PENSTOCK_COUNTS' in os.environ:
        with open(os.environ['PENSTOCK_COUNTS'], 'a') as file:
            file.write('integration %d %d %d\n' % (results.passed, results.failed, results.skipped))
    else: print('%d passed, %d failed, %d skipped' % (results.passed, results.failed, results.skipped))
    return results.failed != 0


if __name__ == '__main__': sys.exit(main())

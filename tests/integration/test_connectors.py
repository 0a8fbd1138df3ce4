# SPDX-License-Identifier: Apache-2.0
"""The unit tests of the connectors that need a real broker or a real MongoDB: those named *LiveTest."""
import json, os, subprocess

import harness


def run_live_tests(t, name, environment):
    report, binary = t.folder / 'report.json', harness.BINARY.with_name(name)
    assert binary.exists(), '%s is missing. Build it with: ninja -C %s %s' % (binary, binary.parent, name)
    done = subprocess.run([binary, '--gtest_filter=*LiveTest.*', '--gtest_brief=1', '--gtest_output=json:%s' % report],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=t.folder,
                          env={**os.environ, **environment}, timeout=300)
    assert report.exists(), done.stdout.decode(errors='replace')[-3000:]
    tests = [test for suite in json.loads(report.read_text())['testsuites'] for test in suite['testsuite']]
    assert tests, 'no test of %s is named *LiveTest' % name
    for test in tests:
        with t.case('%s.%s' % (test['classname'], test['name'])):
            assert test['result'] == 'COMPLETED', 'it was %s, with %r' % (test['result'].lower(), sorted(environment))
            assert not test.get('failures'), '\n'.join(failure['failure'] for failure in test['failures'])
    assert done.returncode == 0, done.stdout.decode(errors='replace')[-3000:]


def test_kafka(t):
    settings = t.services.kafka()
    run_live_tests(t, 'connectors_kafka_test', {
        'PENSTOCK_TEST_KAFKA': settings['bootstrap_plaintext'], 'PENSTOCK_TEST_KAFKA_SASL': settings['bootstrap_sasl_plaintext'],
        'PENSTOCK_TEST_KAFKA_TLS': settings['bootstrap_sasl_ssl'], 'PENSTOCK_TEST_KAFKA_CA': settings['ssl_ca'],
        'PENSTOCK_TEST_KAFKA_USER': settings['sasl_username'], 'PENSTOCK_TEST_KAFKA_PASSWORD': settings['sasl_password']})


def test_mongodb(t):
    run_live_tests(t, 'connectors_mongodb_test', {'PENSTOCK_TEST_MONGODB_URI': t.services.mongod()})


test_kafka.seconds = 60

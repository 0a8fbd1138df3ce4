# SPDX-License-Identifier: Apache-2.0
"""The requests of tests/compat against a real MongoDB and the embedded store: equal replies."""
import harness, server

COMPARE = harness.ROOT / 'tests' / 'compat' / 'compare.py'


def test_same_replies(t):
    served, clients = server.Server(t).start(), server.Clients(t)
    for path in sorted(COMPARE.parent.glob('*.requests')):
        with t.case(path.stem):
            # A mongod of its own: the databases of the requests are nobody else's.
            t.say('%s: %s' % (path.stem, clients.python(COMPARE, t.services.mongod('compat'), served.uri, path).strip()))
    served.stop()

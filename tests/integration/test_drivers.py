# SPDX-License-Identifier: Apache-2.0
"""Official drivers against `penstock serve`, open and with users and TLS."""
import harness, server

USER, PASSWORD, WRONG = 'ada', 'a-p4ssword-of-its-own', 'an0ther-p4ssword'


def both(t, served, clients, *login):
    with t.case('PyMongo, 50 connections' + (', TLS and SCRAM-SHA-256' if login else '')):
        assert clients.python('pool.py', served.uri, t.database, *login).strip() == 'passed'
    with t.case('the Node driver' + (', TLS and SCRAM-SHA-256' if login else '')):
        assert clients.node('driver.js', served.uri, t.database, *login).strip() == 'passed'


def test_open(t):
    served, clients = server.Server(t).start(), server.Clients(t)
    both(t, served, clients)
    served.stop()


def secured(t):
    """A server with a user and a certificate of its own authority; the CA file."""
    folder = t.folder / 'certificates'
    t.penstock('cert', 'create', '--host', 'localhost', '--host', '127.0.0.1', '--folder', folder)
    (t.folder / 'password').write_text(PASSWORD + '\n')
    t.penstock('user', 'create', USER, '--role', 'atlasAdmin', '--password-file', t.folder / 'password', '--data',
               t.folder / 'data')
    served = server.Server(t, '--tls-cert', folder / 'server.pem', ca=folder / 'ca.pem')
    return served, folder / 'ca.pem'


def test_secured(t):
    served, ca = secured(t)
    served.start()
    clients = server.Clients(t)
    both(t, served, clients, USER, PASSWORD, ca)
    shell = ('--tls', '--tlsCAFile', ca, '--authenticationDatabase', 'admin', '--username', USER, '--password')
    with t.case('mongosh'):
        assert clients.mongosh(served.uri, 'print(sp.listConnections().length)', *shell, PASSWORD).strip() == '1'
    with t.case('mongosh with a wrong password'):
        output = clients.mongosh(served.uri, 'print(1)', *shell, WRONG, code=1)
        assert 'Authentication failed.' in output, output
    with t.case('nobody without a login'):
        output = clients.mongosh(served.uri, 'sp.listConnections()', '--tls', '--tlsCAFile', ca, code=1)
        assert 'requires authentication' in output.lower(), output
    with t.case('no secret in what it says'):
        result = served.stop()
        assert PASSWORD not in result.err and WRONG not in result.err, result


def test_wider_than_loopback(t):
    with t.case('without users and TLS: refused'):
        result = t.penstock('serve', '--data', t.folder / 'data', '--wire', '0.0.0.0:0', '--http', '127.0.0.1:0', code=78)
        harness.one_sentence(result, '0.0.0.0', 'penstock user create', 'penstock cert create')


test_open.seconds = test_secured.seconds = 30

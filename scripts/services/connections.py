# SPDX-License-Identifier: Apache-2.0
"""Connections to the services that kafka.sh and mongod.sh started, in the Admin API's shape.

  kafka.sh start | connections.py FILE MONGODB_URI     writes both connections of the stock-trade example
"""
import json, os, pathlib, sys

KAFKA_NAME = 'confluent_cloud'
CLUSTER_NAME = 'stock trade sample data collection'


def parse_settings(text):
    """The name=value lines of `kafka.sh start`."""
    return dict(line.split('=', 1) for line in text.splitlines() if '=' in line)


def kafka(settings, protocol='SASL_SSL', mechanism='PLAIN', name=KAFKA_NAME, **changes):
    out = {'name': name, 'type': 'Kafka', 'bootstrapServers': settings['bootstrap_' + protocol.lower()],
           'security': {'protocol': protocol}}
    if protocol.startswith('SASL'):
        out['authentication'] = {'mechanism': mechanism, 'username': settings['sasl_username'],
                                 'password': settings['sasl_password']}
    if protocol.endswith('SSL'):
        out['security']['brokerPublicCertificate'] = pathlib.Path(settings['ssl_ca']).read_text()
    return {**out, **changes}


def cluster(uri, name=CLUSTER_NAME):
    """Without a URI: the embedded store."""
    out = {'name': name, 'type': 'Cluster', 'clusterName': 'Cluster0',
           'dbRoleToExecute': {'role': 'readWriteAnyDatabase', 'type': 'BUILT_IN'}}
    return {**out, 'uri': uri} if uri else out


def write(path, connections):
    """Readable for the owner only: the file holds a password."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as file:
        json.dump(connections, file, indent=2)
        file.write('\n')


if __name__ == '__main__':
    write(sys.argv[1], [kafka(parse_settings(sys.stdin.read())), cluster(sys.argv[2])])

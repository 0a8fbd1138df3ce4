#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a real mongod what the lines of a .cases file of queries should say.

    ask_mongod.py URI CASES...            names the lines that mongod answers otherwise; exit status 1 if there are any
    ask_mongod.py --update URI CASES...   writes mongod's answers behind the arrows

URI: of a throw-away server (scripts/services/mongod.sh start); the database "cases" is written to. A file is made of

    docs c {"_id": 1, "a": 2} {"_id": 2}              what the collection c holds from here on
    find {"filter": {"a": 2}} => {"_id": 1, "a": 2}   on c; the fields of the command
    aggregate [{"$count": "n"}] => {"n": 2}           a pipeline, or the fields of the command
    count {"query": {"a": 2}} => 1
    distinct {"key": "a"} => [2]
    find {"sort": {"a": 5}} => error 15975

with strict JSON, extended for types that JSON does not have. A line that begins with "differs" is not compared: we
answer otherwise than this mongod, and the comment above it says why."""
import json, pathlib, sys
from datetime import datetime, timedelta, timezone

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts' / 'services'))
import wire

DATABASE = 'cases'
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def from_json(value):
    """Relaxed extended JSON to the types of wire."""
    if isinstance(value, list): return [from_json(v) for v in value]
    if not isinstance(value, dict): return value
    if len(value) == 1:
        (kind, inner), = value.items()
        if kind == '$numberLong': return wire.Int64(inner)
        if kind == '$numberDouble': return float(inner)
        if kind == '$oid': return wire.ObjectId(bytes.fromhex(inner))
        if kind == '$date' and isinstance(inner, str):
            at = datetime.fromisoformat(inner.replace('Z', '+00:00'))
            return wire.Date((at - EPOCH) // timedelta(milliseconds=1))
    return {k: from_json(v) for k, v in value.items()}


def to_json(value):
    if isinstance(value, list): return [to_json(v) for v in value]
    if isinstance(value, dict): return {k: to_json(v) for k, v in value.items()}
    if isinstance(value, wire.Int64): return {'$numberLong': str(int(value))}
    if isinstance(value, wire.ObjectId): return {'$oid': value.raw.hex()}
    if isinstance(value, wire.Date):
        text = (EPOCH + timedelta(milliseconds=value.ms)).isoformat(timespec='milliseconds')
        return {'$date': text.replace('+00:00', 'Z')}
    if isinstance(value, float) and (value != value or value in (float('inf'), float('-inf'))):
        return {'$numberDouble': 'NaN' if value != value else 'Infinity' if value > 0 else '-Infinity'}
    if value is None or isinstance(value, (bool, int, float, str)): return value
    raise ValueError('a case cannot hold a %s' % type(value).__name__)


def text_of(value): return json.dumps(to_json(value), ensure_ascii=False)


def documents_of(text):
    decoder, at, out = json.JSONDecoder(), 0, []
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        out.append(from_json(document))
        while at < len(text) and text[at] == ' ': at += 1
    return out


def answer(server, command, request):
    fields = {'pipeline': request} if isinstance(request, list) else dict(request)
    target = fields.pop('collection', 'c')
    if command == 'aggregate': fields.setdefault('cursor', {})
    try:
        if command == 'count': return text_of(server.command(DATABASE, {'count': target, **fields})['n'])
        if command == 'distinct': return text_of(server.command(DATABASE, {'distinct': target, **fields})['values'])
        found = server.cursor(DATABASE, {command: target, **fields})
    except wire.Failure as failure:
        return 'error %d' % failure.code
    return ' '.join(text_of(document) for document in found) or 'nothing'


def ask(server, lines):
    """The lines as mongod answers them."""
    server.drop_database(DATABASE)
    for line in lines:
        word, _, rest = line.partition(' ')
        if word == 'docs':
            name, _, documents = rest.partition(' ')
            if server.count(DATABASE, name): server.command(DATABASE, {'drop': name})
            server.insert(DATABASE, name, documents_of(documents))
        elif word in ('find', 'aggregate', 'count', 'distinct'):
            request = rest.partition(' => ')[0]
            line = '%s %s => %s' % (word, request, answer(server, word, from_json(json.loads(request))))
        yield line


def main():
    arguments = sys.argv[1:]
    update = arguments[:1] == ['--update']
    uri, *paths = arguments[update:] or sys.exit(__doc__)
    if not paths: sys.exit(__doc__)
    different = 0
    with wire.Connection(uri) as server:
        for path in map(pathlib.Path, paths):
            lines = path.read_text().splitlines()
            answered = list(ask(server, lines))
            if update: path.write_text('\n'.join(answered) + '\n')
            for number, (ours, theirs) in enumerate(zip(lines, answered), 1):
                if ours == theirs: continue
                different += 1
                print('%s:%d: %s\n    mongod: %s' % (path, number, ours, theirs.rpartition(' => ')[2]))
    sys.exit(1 if different and not update else 0)


if __name__ == '__main__': main()

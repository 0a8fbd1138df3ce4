#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same requests to a real MongoDB and to the embedded store: the replies must be equal.

  compare.py MONGODB_URI PENSTOCK_URI [FILE...]     default: all *.requests beside this file; needs PyMongo

A file of requests: a command a line in Extended JSON, `#` begins a comment; `@ db` names the database of the commands that
follow, `~ reason` accepts a difference of the next command and says why. Of errors the code counts, and the text where a
line `! text` asks for it. Prints what differs; exit status 1 if anything does, or if an accepted difference is none any more.
"""
import pathlib, sys

import bson.json_util, pymongo, pymongo.errors

HERE = pathlib.Path(__file__).resolve().parent
# What a server says of itself or makes anew each time.
OWN = {'$clusterTime', 'operationTime', 'electionId', 'opTime', 'uuid', 'lastErrorObject.upserted', 'writeConcernError'}


def plain(value):
    """Without what is a server's own; cursor ids become open or closed."""
    if isinstance(value, dict):
        out = {k: plain(v) for k, v in value.items() if k not in OWN}
        if isinstance(out.get('cursor'), dict) and 'id' in out['cursor']: out['cursor']['id'] = bool(out['cursor']['id'])
        return out
    if isinstance(value, list): return [plain(v) for v in value]
    return value


def answer(client, db, command):
    try: return plain(client[db].command(command))
    except pymongo.errors.OperationFailure as e:
        return {'ok': 0, 'code': e.code, 'codeName': (e.details or {}).get('codeName'), 'errmsg': str((e.details or {}).get('errmsg'))}


def same(real, ours, text):
    if real.get('ok') == 0 and ours.get('ok') == 0:
        return real['code'] == ours['code'] and (not text or real['errmsg'] == ours['errmsg'])
    return bson.json_util.dumps(real) == bson.json_util.dumps(ours)


def requests(path):
    db, accepted, text = 'compat', None, False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.strip()
        if not line or line.startswith('#'): continue
        if line.startswith('@'): db = line[1:].strip()
        elif line.startswith('~'): accepted = line[1:].strip()
        elif line.startswith('!'): text = True
        else:
            yield number, db, bson.json_util.loads(line), accepted, text
            accepted, text = None, False


def main():
    real_uri, our_uri, *files = sys.argv[1:]
    real, ours = (pymongo.MongoClient(uri, serverSelectionTimeoutMS=10_000) for uri in (real_uri, our_uri))
    equal, differ, accepted_count = 0, 0, 0
    for path in [pathlib.Path(f) for f in files] or sorted(HERE.glob('*.requests')):
        for client in (real, ours): client.drop_database('compat')
        for number, db, command, accepted, text in requests(path):
            a, b = answer(real, db, command), answer(ours, db, command)
            if same(a, b, text) and accepted is None: equal += 1
            elif accepted and not same(a, b, text): accepted_count += 1
            else:
                differ += 1
                print('%s:%d %s\n  MongoDB  %s\n  Penstock %s%s' % (
                    path.name, number, bson.json_util.dumps(command)[:300], bson.json_util.dumps(a)[:600],
                    bson.json_util.dumps(b)[:600], '\n  no difference any more: %s' % accepted if accepted else ''))
    print('%d replies equal, %d differ, %d accepted differences' % (equal, differ, accepted_count))
    return differ != 0


if __name__ == '__main__': sys.exit(main())

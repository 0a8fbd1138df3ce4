#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a real mongod what src/docstore/*.cases expect, and writes its answers into them.

  ask_mongod_writes.py URI FILE...           rewrites the lines `reply` and `after`
  ask_mongod_writes.py URI --check FILE...   only tells where mongod answers otherwise; exit status 1 then

A case: "== title", then lines
  before DOC DOC...   what is in collection c of database d
  run COMMAND         on d ("admin <- " before it: on admin); any number of them
  reply DOC           what came back, without ok and what only replica sets say
  ours DOC            kept as it is: Penstock's own reply where it differs for a reason (a comment above says it)
  after DOC DOC...    what is in c then
Lines may use names without quotes; the script writes strict Extended JSON.
Ids, dates, timestamps and UUIDs that nobody gave are written as zeros: their value is the server's own.
"""
import decimal, json, os, re, struct, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'scripts', 'services'))
import wire  # noqa: E402

REPLICATION = {'ok', 'opTime', 'electionId', 'operationTime', '$clusterTime', 'codeName', 'commitQuorum'}
ZERO_ID = '0' * 24


UNDEFINED = object()
plain_value = wire._value
# The one type that only error texts of mongod hold.
wire._value = lambda raw, kind, at: (UNDEFINED, at) if kind == 6 else plain_value(raw, kind, at)


def decimal_bytes(text):
    sign, digits, exponent = decimal.Decimal(text).as_tuple()
    coefficient = int(''.join(map(str, digits)))
    return struct.pack('<QQ', coefficient & (2 ** 64 - 1), sign << 63 | exponent + 6176 << 49 | coefficient >> 64)


def decimal_text(raw):
    low, high = struct.unpack('<QQ', raw)
    if high >> 58 & 31 == 31: return 'NaN'
    if high >> 58 & 31 == 30: return '-Infinity' if high >> 63 else 'Infinity'
    digits = tuple(map(int, str((high & 2 ** 49 - 1) << 64 | low)))
    return str(decimal.Decimal((high >> 63, digits, (high >> 49 & 0x3fff) - 6176)))


def from_pairs(pairs):
    names = [k for k, _ in pairs]
    value = dict(pairs)
    if names == ['$oid']: return wire.ObjectId(bytes.fromhex(value['$oid']))
    if names == ['$numberLong']: return wire.Int64(int(value['$numberLong']))
    if names == ['$numberInt']: return int(value['$numberInt'])
    if names == ['$numberDouble']: return float(value['$numberDouble'])
    if names == ['$numberDecimal']: return wire.Decimal(decimal_bytes(value['$numberDecimal']))
    if names == ['$date'] and isinstance(value['$date'], int): return wire.Date(value['$date'])
    if names == ['$timestamp']: return wire.Timestamp(struct.pack('<II', value['$timestamp']['i'], value['$timestamp']['t']))
    return value


class Printer:
    """Extended JSON that keeps types; what `given` does not hold and the server chose is zero."""

    def __init__(self, given): self.given = given

    def text(self, v):
        if v is None: return 'null'
        if v is UNDEFINED: return '{"$undefined": true}'
        if isinstance(v, bool): return 'true' if v else 'false'
        if isinstance(v, wire.Int64): return '{"$numberLong": "%d"}' % v
        if isinstance(v, int): return str(int(v))
        if isinstance(v, float):
            if v != v: return '{"$numberDouble": "NaN"}'
            if v in (float('inf'), float('-inf')): return '{"$numberDouble": "%sInfinity"}' % ('-' if v < 0 else '')
            return repr(v) if abs(v) < 1e15 else '{"$numberDouble": "%r"}' % v
        if isinstance(v, str): return json.dumps(self.known(v), ensure_ascii=False)
        if isinstance(v, wire.ObjectId): return '{"$oid": "%s"}' % self.id(v.raw.hex())
        if isinstance(v, wire.Date):
            recent = abs(v.ms / 1000 - time.time()) < 86400
            return '{"$date": {"$numberLong": "%d"}}' % (0 if recent else v.ms)
        if isinstance(v, wire.Timestamp):
            i, t = struct.unpack('<II', v.raw)
            if abs(t - time.time()) < 86400: i, t = 1, 0
            return '{"$timestamp": {"t": %d, "i": %d}}' % (t, i)
        if isinstance(v, wire.Decimal): return '{"$numberDecimal": "%s"}' % decimal_text(v.raw)
        if isinstance(v, wire.Binary) and v.subtype == 4: return '{"$binary": {"base64": "AAAAAAAAAAAAAAAAAAAAAA==", "subType": "04"}}'
        if isinstance(v, list): return '[' + ', '.join(map(self.text, v)) + ']'
        if isinstance(v, dict): return '{' + ', '.join('%s: %s' % (json.dumps(k, ensure_ascii=False), self.text(x)) for k, x in v.items()) + '}'
        raise TypeError(type(v))

    def id(self, digits): return digits if digits in self.given else ZERO_ID

    def known(self, text):
        text = re.sub(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '00000000-0000-0000-0000-000000000000', text)
        return re.sub(r"ObjectId\('([0-9a-f]{24})'\)", lambda m: "ObjectId('%s')" % self.id(m[1]), text)


def parse_all(text):
    """Any number of values one after the other."""
    text = re.sub(r'([{,]\s*)([A-Za-z_$][\w.$\[\]]*)\s*:(?!:)', r'\1"\2":', text)
    decoder = json.JSONDecoder(object_pairs_hook=from_pairs)
    values, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        value, at = decoder.raw_decode(text, at)
        values.append(value)
    return values


class Raw(wire.Connection):
    """Gives the whole reply, errors too."""

    def command(self, database, document):
        body = struct.pack('<IB', 0, 0) + wire.encode({**document, '$db': database})
        self._socket.sendall(struct.pack('<iiii', len(body) + 16, next(self._ids), 0, 2013) + body)
        size = struct.unpack('<i', self._read(4))[0]
        return wire.decode(self._read(size - 4)[12 + 5:])


def ask(server, lines):
    """The lines of one case with the answers in place."""
    given = ' '.join(lines)
    printer = Printer(given)
    out, runs = [], 0
    server.command('d', {'dropDatabase': 1})
    server.command('e', {'dropDatabase': 1})
    server.command('d', {'create': 'c'}) if not any(l.startswith('nothing') for l in lines) else None
    for line in lines:
        word, _, rest = line.partition(' ')
        if word == 'before':
            documents = parse_all(rest)
            if documents:
                reply = server.command('d', {'insert': 'c', 'documents': documents})
                assert 'writeErrors' not in reply, (line, reply)
            out.append(('before ' + ' '.join(map(printer.text, documents))).rstrip())
        elif word == 'run':
            runs += 1
            database, arrow, command = rest.rpartition('<- ')
            parsed = parse_all(command)[0]
            reply = server.command(database.strip() if arrow else 'd', parsed)
            out.append('run ' + (database.strip() + ' <- ' if arrow else '') + printer.text(parsed))
            out.append('reply ' + printer.text({k: v for k, v in reply.items() if k not in REPLICATION}))
        elif word in ('reply', 'after'): continue
        else: out.append(line)
    if not any(l.startswith('nothing') for l in lines):
        out.append(('after ' + ' '.join(map(printer.text, server.find_all()))).rstrip())
    return out


def main():
    arguments = [a for a in sys.argv[1:] if a != '--check']
    check = '--check' in sys.argv
    if len(arguments) < 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    server, differences = Raw(arguments[0]), 0
    server.find_all = lambda: server.cursor('d', {'find': 'c', 'batchSize': 10000})
    for path in arguments[1:]:
        with open(path) as file: text = file.read()
        head, *cases = re.split(r'(?m)^(?=== )', text)
        out = [head]
        for case in cases:
            lines = case.rstrip('\n').split('\n')
            body = [l for l in lines[1:] if l.strip() and not l.startswith('#')]
            comments = [l for l in lines[1:] if l.startswith('#')]
            try: answered = ask(server, body)
            except Exception: print('in', lines[0], file=sys.stderr); raise
            new = '\n'.join([lines[0]] + comments + answered) + '\n\n'
            if check and new.strip() != case.strip():
                differences += 1
                print('%s: %s\n%s' % (path, lines[0], new))
            out.append(new)
        if not check:
            with open(path, 'w') as file: file.write(''.join(out).rstrip('\n') + '\n')
    return 1 if differences else 0


if __name__ == '__main__': sys.exit(main())

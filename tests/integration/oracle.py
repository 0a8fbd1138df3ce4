# SPDX-License-Identifier: Apache-2.0
"""What MongoDB itself makes of a window: its inner pipeline and $merge, run by a real mongod over documents at rest."""
import reference  # noqa: F401  (finds wire)
import wire


def _with_bounds(v, start, end):
    """The window's bounds as constants in place of {$meta: ...}."""
    if isinstance(v, list): return [_with_bounds(x, start, end) for x in v]
    if not isinstance(v, dict): return v
    if v == {'$meta': 'stream.window.start'}: return wire.Date(start)
    if v == {'$meta': 'stream.window.end'}: return wire.Date(end)
    return {k: _with_bounds(x, start, end) for k, x in v.items()}


def rows(mongo, database, definition, trades, window_ms=reference.WINDOW_MS):
    """trades: (timestamp ms, document) -> the documents that the job must write, _id included."""
    window = next(s['$tumblingWindow'] for s in definition['pipeline'] if '$tumblingWindow' in s)
    by_window = {}
    for stamp, document in trades: by_window.setdefault(stamp - stamp % window_ms, []).append(document)
    for start, documents in by_window.items():
        source = 'window_%d' % start
        mongo.insert(database, source, documents)
        pipeline = _with_bounds(window['pipeline'], start, start + window_ms)
        mongo.cursor(database, {'aggregate': source, 'pipeline': pipeline + [{'$merge': {'into': 'rows'}}], 'cursor': {}})
    return mongo.find(database, 'rows')

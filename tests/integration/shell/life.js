// SPDX-License-Identifier: Apache-2.0
// Every `sp` method on one processor, as people type them. DEFINITION: a file {pipeline}; SOLAR: a sink's connection.
const assert = require('assert');
const { pipeline } = JSON.parse(require('fs').readFileSync(process.env.DEFINITION));
const name = 'Kafka stock trade processor';
const solar = [{ $source: { connectionName: 'sample_stream_solar' } },
               { $merge: { into: { connectionName: process.env.SOLAR, db: process.env.DB, coll: 'solar' } } }];

function refused(code, words, action) {
  try { action(); } catch (e) {
    assert.strictEqual(e.code, code, `${e.code} ${e.codeName}: ${e.message}`);
    for (const word of words) assert(e.message.toLowerCase().includes(word.toLowerCase()), `"${word}" is not in: ${e.message}`);
    return;
  }
  assert.fail(`it was not refused: ${action}`);
}
const ok = (reply) => assert.deepStrictEqual(JSON.parse(JSON.stringify(reply)), { ok: 1 });
const state = (n) => sp.listStreamProcessors({ name: n })[0]?.state;

// Connections and defaults.
const connections = sp.listConnections();
assert(connections.some((c) => c.name === 'sample_stream_solar'), JSON.stringify(connections));
assert(!JSON.stringify(connections).includes('password'));
assert.strictEqual(sp.listConnections({ name: 'sample_stream_solar' }).length, 1);
const defaults = sp.listWorkspaceDefaults();
assert.strictEqual(defaults.defaultTierSize, 'SP10');
assert.strictEqual(defaults.maxTierSize, 'SP50');

// Create.
sp.createStreamProcessor(name, pipeline);
assert.strictEqual(state(name), 'CREATED');
refused(416, [name], () => sp.createStreamProcessor(name, pipeline));
refused(40324, ['$tumbling'], () => sp.createStreamProcessor('wrong', [pipeline[0], { $tumbling: {} }, pipeline[2]]));
refused(415, ['nobody'], () => sp.getProcessor({ name: 'nobody' }).start());
assert.strictEqual(state('wrong'), undefined);
const created = sp[name].stats();
assert.strictEqual(created.state, 'CREATED');
assert.deepStrictEqual(JSON.parse(JSON.stringify(created.pipeline)), pipeline);
assert(created.stats);

// Start, look, stop.
ok(sp[name].start());
refused(420, ['already been started'], () => sp[name].start());
assert.strictEqual(state(name), 'STARTED');
assert.strictEqual(sp.listStreamProcessors({ state: 'running' }).length, 1);
refused(420, ['processor must be stopped'], () => sp[name].modify(pipeline));
const stats = sp[name].stats({ options: { verbose: true, scale: 1024 } });
assert.strictEqual(stats.state, 'STARTED');
assert.strictEqual(Number(stats.stats.scaleFactor), 1024);
assert(Array.isArray(stats.stats.operatorStats) && stats.stats.operatorStats.length > 1, JSON.stringify(stats.stats));
assert(Array.isArray(stats.stats.kafkaPartitions), JSON.stringify(stats.stats));
ok(sp[name].stop());
assert.strictEqual(state(name), 'STOPPED');

// Modify: the same pipeline, another name, a queue for dead letters.
ok(sp[name].modify(pipeline));
ok(sp[name].modify({ dlq: { connectionName: process.env.SOLAR, db: process.env.DB, coll: 'dlq' } }));
assert.strictEqual(sp.listStreamProcessors({ name })[0].dlq.coll, 'dlq');
ok(sp[name].modify({ dlq: {} }));
ok(sp[name].modify({ name: 'renamed' }));
assert.strictEqual(state(name), undefined);
ok(sp.renamed.start({ resumeFromCheckpoint: true }));
ok(sp.renamed.stop());
ok(sp.renamed.start({ options: { resumeFromCheckpoint: false } }));
ok(sp.renamed.drop());
assert.strictEqual(state('renamed'), undefined);
refused(415, ['renamed'], () => sp.renamed.drop());

// A sample of one that runs.
sp.createStreamProcessor('sun', solar, { tier: 'SP10' });
ok(sp.sun.start());
sp.sun.sample({ limit: 3 });
ok(sp.sun.stop());
ok(sp.sun.drop());

print(JSON.stringify({ passed: true }));

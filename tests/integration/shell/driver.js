// SPDX-License-Identifier: Apache-2.0
// The Node driver against a server: driver.js URI DB [user password ca]
const assert = require('assert');
const { MongoClient, Long } = require('mongodb');
const [uri, db, user, password, ca] = process.argv.slice(2);
const options = user ? { auth: { username: user, password }, authMechanism: 'SCRAM-SHA-256', tls: true, tlsCAFile: ca } : {};

async function main() {
  if (user) {
    const wrong = new MongoClient(uri, { ...options, auth: { username: user, password: 'wrong' } });
    await assert.rejects(() => wrong.db('admin').command({ listStreamProcessors: 1 }), (e) => e.code === 18);
    await wrong.close();
  }
  const client = new MongoClient(uri, { ...options, maxPoolSize: 50, minPoolSize: 50 });
  const coll = client.db(db).collection('node');
  await coll.insertMany(Array.from({ length: 500 }, (_, i) => ({ _id: i, n: Long.fromNumber(i), at: new Date(i * 1000) })));
  assert.strictEqual(await coll.countDocuments({ n: { $lt: 10 } }), 10);
  assert.strictEqual((await coll.find({}).batchSize(11).toArray()).length, 500);
  assert.strictEqual((await coll.updateMany({ n: { $lt: 10 } }, { $set: { small: true } })).modifiedCount, 10);
  const found = await Promise.all(Array.from({ length: 200 }, (_, i) => coll.findOne({ _id: i })));
  assert(found.every((d, i) => d._id === i));
  const bulk = await coll.bulkWrite([{ insertOne: { document: { _id: 'b' } } }, { deleteOne: { filter: { _id: 1 } } },
                                     { updateOne: { filter: { _id: 'u' }, update: { $set: { x: 1 } }, upsert: true } }]);
  assert.strictEqual(bulk.insertedCount + bulk.deletedCount + bulk.upsertedCount, 3);
  await client.db(db).dropDatabase();
  await client.close();
  console.log('passed');
}
main().catch((e) => { console.error(e); process.exit(1); });

// SPDX-License-Identifier: Apache-2.0
// The processors of the workspace that a TLS server name leads to: workspace.js URI USER PASSWORD CA SERVER_NAME
const { MongoClient } = require('mongodb');
const [uri, username, password, tlsCAFile, servername] = process.argv.slice(2);
const client = new MongoClient(uri, { auth: { username, password }, authMechanism: 'SCRAM-SHA-256', tls: true, tlsCAFile, servername,
                                      checkServerIdentity: () => undefined });
client.db('admin').command({ listStreamProcessors: 1, filter: null })
  .then((reply) => console.log(JSON.stringify(reply.streamProcessors.map((p) => p.name))))
  .catch((e) => { console.error(e); process.exitCode = 1; })
  .finally(() => client.close());

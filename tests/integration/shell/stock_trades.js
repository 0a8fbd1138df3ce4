// SPDX-License-Identifier: Apache-2.0
// The stock-trade processor from its creation to its results, in one shell. ROWS: how many results to wait for.
const { pipeline } = JSON.parse(require('fs').readFileSync(process.env.DEFINITION));
if (process.env.CREATE) {
  sp.createStreamProcessor('Kafka stock trade processor', pipeline);
  sp['Kafka stock trade processor'].start();
}
const prices = db.getSiblingDB(process.env.DB).stock_prices;
for (let i = 0; i < 600 && prices.countDocuments({}) < Number(process.env.ROWS); ++i) sleep(100);
const newest = prices.find().sort({ windowStart: -1 }).limit(5).toArray();
const times = prices.aggregate([
  { $match: { symbol: newest[0]?.symbol } }, { $sort: { windowStart: -1 } }, { $limit: 1 },
  { $project: { _id: 0, at: { $dateToString: { date: '$windowStart', format: '%Y-%m-%d %H:%M:%S', timezone: 'America/Chicago' } } } },
]).toArray();
const stats = sp['Kafka stock trade processor'].stats();
print(JSON.stringify({ count: prices.countDocuments({}), newest: newest.map((d) => [d.symbol, d.windowStart.getTime(), d.tradeCount]),
                       times, state: stats.state, lag: Number(stats.stats.kafkaTotalOffsetLag) }));

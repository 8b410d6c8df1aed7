// A Kinesis fleet in front of another service: makes streams, and puts readings of some machines into one of them, each
// machine's in order, while its shards are split and merged.
//   node feed-upstream.mjs <endpoint> --stream NAME --shards N --machines N --readings N [--first N] [--also NAME]... [--reshard]
// With --first the streams are there already, and numbers go on with it. Reading n of machine m has the sequence number n; every tenth the machine stands still for one reading.
// Prints {"records":..,"shards":..} at the end.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stream: { type: 'string' },
    shards: { type: 'string', default: '2' },
    machines: { type: 'string', default: '10' },
    readings: { type: 'string', default: '100' },
    first: { type: 'string', default: '0' },
    also: { type: 'string', multiple: true, default: [] },
    reshard: { type: 'boolean', default: false },
  },
});
const sdk = await load('@aws-sdk/client-kinesis');
const { NodeHttpHandler } = await load('@smithy/node-http-handler');
const client = new sdk.KinesisClient({
  endpoint: positionals[0],
  region: 'us-east-1',
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY },
  requestHandler: new NodeHttpHandler(),
});
const StreamName = values.stream;

async function active(name) {
  for (;;) {
    const { StreamDescription: stream } = await client.send(new sdk.DescribeStreamCommand({ StreamName: name }));
    if (stream.StreamStatus === 'ACTIVE') return stream;
    await new Promise((done) => setTimeout(done, 50));
  }
}

const isOpen = (shard) => !shard.SequenceNumberRange.EndingSequenceNumber;
const start = (shard) => BigInt(shard.HashKeyRange.StartingHashKey);
const end = (shard) => BigInt(shard.HashKeyRange.EndingHashKey);

async function split() {
  const shard = (await active(StreamName)).Shards.filter(isOpen)[0];
  await client.send(new sdk.SplitShardCommand({
    StreamName, ShardToSplit: shard.ShardId, NewStartingHashKey: ((start(shard) + end(shard)) / 2n).toString(),
  }));
  await active(StreamName);
}

async function merge() {
  const open = (await active(StreamName)).Shards.filter(isOpen).sort((a, b) => (start(a) < start(b) ? -1 : 1));
  await client.send(new sdk.MergeShardsCommand({
    StreamName, ShardToMerge: open[0].ShardId, AdjacentShardToMerge: open[1].ShardId,
  }));
  await active(StreamName);
}

const first = Number(values.first);
const made = first > 0 ? [] : [[StreamName, Number(values.shards)], ...values.also.map((other) => [other, 2])];
for (const [name, count] of made) {
  await client.send(new sdk.CreateStreamCommand({ StreamName: name, ShardCount: count }));
  await active(name);
}

const machines = Number(values.machines);
const readings = Number(values.readings);
let records = 0;
for (let n = first; n < first + readings; n += 1) {
  if (values.reshard && n === first + Math.floor(readings / 3)) await split();
  if (values.reshard && n === first + Math.floor((2 * readings) / 3)) await merge();
  let rest = Array.from({ length: machines }, (_, m) => ({
    PartitionKey: `machine-${m}`,
    Data: Buffer.from(JSON.stringify({
      equipmentId: `machine-${m}`, timestamp: 1700000000000 + n * 1000, tag: 'speed', value: n % 10 === 9 ? 0 : 100 + n,
      meta: { sequenceNumber: n },
    })),
  }));
  while (rest.length > 0) {
    const answer = await client.send(new sdk.PutRecordsCommand({ StreamName, Records: rest }));
    records += rest.length - (answer.FailedRecordCount ?? 0);
    rest = rest.filter((_, index) => answer.Records[index].ErrorCode);
  }
}

const { Shards: shards } = await active(StreamName);
client.destroy();
console.log(JSON.stringify({ records, shards: shards.length }));

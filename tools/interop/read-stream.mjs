// Reads a stream of a Kinesis-compatible endpoint with the AWS SDK for JavaScript as it comes (HTTP/2 with prior knowledge
// on http://), every shard from TRIM_HORIZON to its tip, parents before children; or subscribes to its shards.
//   node read-stream.mjs <endpoint> <stream> [--http1] [--subscribe] [--records N]
// Prints one line of JSON a record: {"shard":..,"number":..,"key":..,"data":..}. With --records it goes on until it has so many.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = process.env.HOTPATH_INTEROP ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(here), 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { http1: { type: 'boolean', default: false }, subscribe: { type: 'boolean', default: false }, records: { type: 'string', default: '0' } },
});
const [endpoint, stream] = positionals;
const wanted = Number(values.records);
const sdk = await load('@aws-sdk/client-kinesis');
const { NodeHttpHandler } = values.http1 ? await load('@smithy/node-http-handler') : {};
const client = new sdk.KinesisClient({
  endpoint,
  region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'eu-central-1',
  credentials: {
    accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? 'HPINTEROP',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? 'an invented secret',
  },
  ...(NodeHttpHandler && { requestHandler: new NodeHttpHandler() }),
});

let count = 0;
const print = (shard, record) => {
  count += 1;
  console.log(JSON.stringify({
    shard, number: record.SequenceNumber, key: record.PartitionKey, data: Buffer.from(record.Data).toString('utf8'),
  }));
};

const shards = [];
let token;
do {
  const page = await client.send(new sdk.ListShardsCommand(token ? { NextToken: token } : { StreamName: stream, MaxResults: 1 }));
  shards.push(...page.Shards);
  token = page.NextToken;
} while (token);

const poll = async (shard) => {
  let { ShardIterator: iterator } = await client.send(
    new sdk.GetShardIteratorCommand({ StreamName: stream, ShardId: shard, ShardIteratorType: 'TRIM_HORIZON' }));
  while (iterator) {
    const page = await client.send(new sdk.GetRecordsCommand({ ShardIterator: iterator, Limit: 100 }));
    page.Records.forEach((record) => print(shard, record));
    iterator = page.NextShardIterator;
    if (page.Records.length === 0 && page.MillisBehindLatest === 0 && count >= wanted) return;
    if (page.Records.length === 0) await new Promise((done) => setTimeout(done, 100));
  }
};

const subscribe = async (consumer, shard) => {
  const answer = await client.send(new sdk.SubscribeToShardCommand({
    ConsumerARN: consumer, ShardId: shard, StartingPosition: { Type: 'TRIM_HORIZON' },
  }));
  for await (const event of answer.EventStream) {
    event.SubscribeToShardEvent?.Records.forEach((record) => print(shard, record));
    if (count >= wanted) return;
  }
};

if (values.subscribe) {
  const { StreamDescriptionSummary: summary } = await client.send(new sdk.DescribeStreamSummaryCommand({ StreamName: stream }));
  const { Consumer: consumer } = await client.send(new sdk.RegisterStreamConsumerCommand({
    StreamARN: summary.StreamARN, ConsumerName: `interop-${process.pid}`,
  }));
  await Promise.race([
    Promise.all(shards.map((shard) => subscribe(consumer.ConsumerARN, shard.ShardId))),
    (async () => { while (count < wanted) await new Promise((done) => setTimeout(done, 50)); })(),
  ]);
} else {
  await Promise.all(shards.map((shard) => poll(shard.ShardId)));
}

process.stdout.write('', () => process.exit(0));

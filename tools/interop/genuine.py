"""Sends genuine requests of many shapes with boto3 and counts how many are accepted; see genuine.mjs.

python3 genuine.py <endpoint> --requests N
Prints {"accepted":..,"refused":..,"firstRefusal":..}.
"""
import argparse
import concurrent.futures
import json
import unicodedata

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

parser = argparse.ArgumentParser()
parser.add_argument("endpoint")
parser.add_argument("--requests", type=int, default=100)
options = parser.parse_args()

client = boto3.client("kinesis", endpoint_url=options.endpoint, config=Config(max_pool_connections=16))
ODD = ["plain", "with space", "ключ", "鍵", unicodedata.normalize("NFD", "é"), '"quoted"', "a=b&c=d", "%2F%20", "\x01", "x" * 256, "😀"]


def data(n):
    return json.dumps({"equipmentId": f"m-{n % 50}", "timestamp": 1700000000000 + n, "tag": "t", "value": n}).encode()


SHAPES = [
    lambda n: client.put_record(StreamName="readings", PartitionKey=ODD[n % len(ODD)], Data=data(n)),
    lambda n: client.put_record(StreamName="readings", PartitionKey=f"m-{n}", Data=b""),
    lambda n: client.put_record(StreamName="readings", PartitionKey="k", Data=data(n), ExplicitHashKey=str(n)),
    lambda n: client.put_records(StreamName="readings", Records=[{"PartitionKey": key, "Data": data(n)} for key in ODD]),
    lambda n: client.put_records(StreamName="readings", Records=[{"PartitionKey": "large", "Data": bytes((n * 997) % 200_000)}]),
    lambda n: client.describe_stream_summary(StreamName="readings"),
    lambda n: client.list_shards(StreamName="readings", MaxResults=1 + n % 5),
    lambda n: client.list_streams(),
    lambda n: client.get_shard_iterator(
        StreamName="transitions", ShardId="shardId-000000000000", ShardIteratorType="AT_TIMESTAMP", Timestamp=1700000000 + n),
    lambda n: client.describe_limits(),
]


def call(n):
    try:
        SHAPES[n % len(SHAPES)](n)
        return None
    except ClientError as error:
        return str(error)


with concurrent.futures.ThreadPoolExecutor(16) as pool:
    refusals = [refusal for refusal in pool.map(call, range(options.requests)) if refusal]
print(json.dumps({
    "accepted": options.requests - len(refusals), "refused": len(refusals), "firstRefusal": refusals[0] if refusals else None,
}))

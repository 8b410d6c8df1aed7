"""Reads a stream of a Kinesis-compatible endpoint with boto3, as read-stream.mjs does with JavaScript.

python3 read-stream.py --endpoint URL --stream NAME [--subscribe] [--records N]
Prints one line of JSON a record: {"shard":..,"number":..,"key":..,"data":..}.
"""
import argparse
import json
import os
import time

import boto3

parser = argparse.ArgumentParser()
parser.add_argument("--endpoint", required=True)
parser.add_argument("--stream", required=True)
parser.add_argument("--subscribe", action="store_true")
parser.add_argument("--records", type=int, default=0)
options = parser.parse_args()

client = boto3.client("kinesis", endpoint_url=options.endpoint, region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
printed = 0


def show(shard, record):
    global printed
    printed += 1
    print(json.dumps({
        "shard": shard, "number": record["SequenceNumber"], "key": record["PartitionKey"], "data": record["Data"].decode(),
    }), flush=True)


def poll(shard):
    iterator = client.get_shard_iterator(
        StreamName=options.stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    while iterator:
        page = client.get_records(ShardIterator=iterator, Limit=100)
        for record in page["Records"]:
            show(shard, record)
        iterator = page.get("NextShardIterator")
        if not page["Records"]:
            if page["MillisBehindLatest"] == 0:
                return
            time.sleep(0.1)


def subscribe(consumer, shard):
    answer = client.subscribe_to_shard(
        ConsumerARN=consumer, ShardId=shard, StartingPosition={"Type": "TRIM_HORIZON"})
    for event in answer["EventStream"]:
        page = event["SubscribeToShardEvent"]
        for record in page["Records"]:
            show(shard, record)
        if not page["Records"] and page["MillisBehindLatest"] == 0:
            return


shards = [shard["ShardId"] for page in client.get_paginator("list_shards").paginate(StreamName=options.stream)
          for shard in page["Shards"]]
if options.subscribe:
    arn = client.describe_stream_summary(StreamName=options.stream)["StreamDescriptionSummary"]["StreamARN"]
    consumer = client.register_stream_consumer(StreamARN=arn, ConsumerName=f"interop-{os.getpid()}")["Consumer"]
    client.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])
    for shard_id in shards:
        subscribe(consumer["ConsumerARN"], shard_id)
    client.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])
else:
    for shard_id in shards:
        poll(shard_id)

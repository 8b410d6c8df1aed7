#!/usr/bin/env python3
"""Sends NDJSON to a Kinesis-compatible endpoint with boto3: one record a line, PartitionKey = its equipmentId.

  put-records.py --endpoint http://127.0.0.1:4568 --stream readings --file readings.ndjson
                 [--batch 500] [--resume POSITION_FILE] [--answers FILE] [--seconds N]

A call that is not answered (connection lost, timeout, 5xx, throttled) is sent again until it is: what was answered is
stored, what was not may or may not be. With --resume the number of records answered is kept in a file after every call,
and a later run goes on from there. --answers appends one "shardId sequenceNumber" per record answered.
Prints {"records":..,"calls":..,"resent":..} at the end. Exit 2 when a call is refused for good.
Credentials come from the usual places (AWS_ACCESS_KEY_ID ...), and else are invented: an endpoint without keys takes any.
"""
import argparse
import itertools
import json
import os
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

RETRIED = {"ProvisionedThroughputExceededException", "InternalFailure", "ServiceUnavailable", "500", "503"}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--stream", default="readings")
    parser.add_argument("--file", required=True)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--resume")
    parser.add_argument("--answers")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="give up after so long without an answer")
    return parser.parse_args()


def position(path):
    if path and os.path.exists(path):
        with open(path, encoding="ascii") as file:
            return int(file.read() or 0)
    return 0


def keep_position(path, records):
    if path:
        with open(path + ".next", "w", encoding="ascii") as file:
            file.write(str(records))
        os.replace(path + ".next", path)


def record(line):
    data = line.rstrip(b"\n")
    try:
        key = str(json.loads(data)["equipmentId"])[:256] or "-"
    except (ValueError, KeyError, TypeError):
        key = "-"
    return {"Data": data, "PartitionKey": key}


def client(endpoint):
    return boto3.client(
        "kinesis",
        endpoint_url=endpoint,
        region_name=os.environ.get("AWS_REGION", "eu-central-1"),
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "HPINTEROP"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "an invented secret"),
        verify=os.environ.get("AWS_CA_BUNDLE", True),
        # This script resends by itself, so that it can count.
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=30),
    )


def put(kinesis, stream, records, seconds, counts):
    give_up = time.monotonic() + seconds
    while True:
        counts["calls"] += 1
        try:
            answer = kinesis.put_records(StreamName=stream, Records=records)
            assert len(answer["Records"]) == len(records), "answers are not as many as records"
            if answer["FailedRecordCount"] == 0:
                return answer["Records"]
            records = [sent for sent, got in zip(records, answer["Records"]) if "ErrorCode" in got]
        except ClientError as error:
            if error.response["Error"]["Code"] not in RETRIED:
                print(f"refused: {error}", file=sys.stderr)
                sys.exit(2)
        except (ConnectionError, HTTPClientError):
            pass
        if time.monotonic() > give_up:
            print("gave up: no answer", file=sys.stderr)
            sys.exit(3)
        counts["resent"] += 1
        time.sleep(0.05)


def main():
    options = arguments()
    kinesis = client(options.endpoint)
    done = position(options.resume)
    counts = {"records": 0, "calls": 0, "resent": 0}
    answers = open(options.answers, "a", encoding="ascii") if options.answers else None
    with open(options.file, "rb") as file:
        lines = itertools.islice(file, done, None)
        while batch := [record(line) for line in itertools.islice(lines, options.batch)]:
            for got in put(kinesis, options.stream, batch, options.seconds, counts):
                if answers:
                    answers.write(f"{got['ShardId']} {got['SequenceNumber']}\n")
            counts["records"] += len(batch)
            done += len(batch)
            keep_position(options.resume, done)
    if answers:
        answers.close()
    print(json.dumps(counts))


main()

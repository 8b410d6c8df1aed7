#!/usr/bin/env bash
# Brings the independent readers (chdb, DuckDB, hyparquet) and the real clients (AWS SDK for JavaScript, boto3) of
# tests/HotPath.Interop.Tests. Safe to run again. Where a registry cannot be reached this says so and succeeds: the tests
# that need what is missing skip with a plain message.
set -uo pipefail
cd "$(dirname "$0")"

missing() { echo "interop: $1 is not to be had here; its tests will skip" >&2; }

apt_install() {
  command -v apt-get >/dev/null || return 1
  apt-get install -y -qq "$@" >/dev/null 2>&1 || { apt-get update -qq >/dev/null 2>&1; apt-get install -y -qq "$@" >/dev/null 2>&1; }
}

command -v npm >/dev/null || apt_install nodejs npm || missing "npm"
if command -v npm >/dev/null; then
  stamp=node_modules/.hotpath-package-sha
  wanted=$(sha256sum package.json | cut -d' ' -f1)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    if npm install --no-audit --no-fund --no-package-lock --loglevel=error; then
      echo "$wanted" > "$stamp"
    else
      missing "a package of package.json"
    fi
  fi
fi

python3 -c 'import boto3' 2>/dev/null || /usr/bin/python3 -c 'import boto3' 2>/dev/null || apt_install python3-boto3 || missing "boto3"
command -v aws >/dev/null || apt_install awscli || missing "the AWS command line"
exit 0

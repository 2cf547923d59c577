#!/usr/bin/env bash
# rclone through what it does, in front of a practice account (serve.py): parts, names, checks, copies, links.
set -euo pipefail
export RCLONE_CONFIG=/dev/null RCLONE_CONFIG_LAB_TYPE=s3 RCLONE_CONFIG_LAB_PROVIDER=Other RCLONE_CONFIG_LAB_ENV_AUTH=true
export RCLONE_CONFIG_LAB_ENDPOINT=$AWS_ENDPOINT_URL RCLONE_CONFIG_LAB_REGION=$AWS_DEFAULT_REGION
export RCLONE_CONFIG_LAB_FORCE_PATH_STYLE=true RCLONE_CONFIG_LAB_NO_CHECK_BUCKET=true
export RCLONE_CONFIG_LAB_CHUNK_SIZE=5Mi RCLONE_CONFIG_LAB_UPLOAD_CUTOFF=5Mi RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/here"
head -c 11000000 /dev/urandom >"$work/here/big"
echo hello >"$work/here/a b+ä.txt"
rclone copy "$work/here" "lab:$BUCKET/there"
rclone check "$work/here" "lab:$BUCKET/there"
rclone copyto "lab:$BUCKET/there/big" "lab:$BUCKET/copied"
rclone sync "lab:$BUCKET/there" "$work/back"
cmp "$work/here/big" "$work/back/big"
[ "$(rclone cat "lab:$BUCKET/there/a b+ä.txt")" = hello ]
curl --silent --fail --output /dev/null "$(rclone link "lab:$BUCKET/copied")"
rclone purge "lab:$BUCKET/there"
[ "$(rclone lsf "lab:$BUCKET")" = copied ]
echo "$(rclone version | head -n 1): served"

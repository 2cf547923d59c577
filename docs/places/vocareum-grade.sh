#!/usr/bin/env bash
# Vocareum's grade.sh: runs in the student's lab, whose credentials are in the environment. The checkout and its .venv
# are in the assignment's private folder, named here by KMS_LAB.
set -uo pipefail
: "${vocareumGradeFile:?is set by Vocareum}" "${vocareumReportFile:?is set by Vocareum}"
checkout=${KMS_LAB:-/voc/private/kms-lab}
python=${PYTHON:-$checkout/.venv/bin/python}
reports=$(mktemp -d)
cd "$checkout"
export AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-us-east-1}
"$python" -m pytest -m live --grade --format=vocareum --reports="$reports" -q || true
rm -rf "$reports"

#!/usr/bin/env bash
# Gradescope's setup.sh: runs once, when the autograder's image is built. The zip holds it, run_autograder and the
# checkout as kms-lab/.
set -euo pipefail
root=${AUTOGRADER:-/autograder}
apt-get install -y python3 python3-venv python3-pip
cd "$root/source/kms-lab"
python3 -m venv .venv
.venv/bin/pip install -r requirements.txt

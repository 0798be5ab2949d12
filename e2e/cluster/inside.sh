#!/usr/bin/env bash
# Runs a command among the node's processes, mounts and network, for example `inside.sh nft list ruleset`.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/env.sh"
inside "$@"

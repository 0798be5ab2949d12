#!/usr/bin/env bash
# Starts a cluster of a free index from 10 on (those below are for starting by hand) and prints the index.
# COFFERDAM_CLUSTER_OWNER must be the process id of whom it belongs to: when that has ended, the index is free again.
set -euo pipefail
: "${COFFERDAM_CLUSTER_OWNER:?}"
HERE=$(dirname "$(realpath "$0")")
exec 9>"${TMPDIR:-/tmp}/cofferdam-cluster.lock"
flock 9
for index in $(seq 10 49); do
  export COFFERDAM_CLUSTER_INDEX=$index
  if (. "$HERE/env.sh"; ! alive owner >/dev/null); then
    # up.sh lets go of the lock when it has noted the owner.
    COFFERDAM_CLUSTER_LOCK=9 "$HERE/up.sh" >&2
    echo "$index"
    exit
  fi
done
echo "every index from 10 to 49 is in use" >&2
exit 1

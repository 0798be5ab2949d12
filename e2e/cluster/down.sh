#!/usr/bin/env bash
# Ends the cluster of this COFFERDAM_CLUSTER_INDEX and forgets its state, however far it came. Its processes live in a
# process namespace: with process 1 the kernel ends all of them, and with them go their mounts and networks.
set -uo pipefail
. "$(dirname "$(realpath "$0")")/env.sh"
[ -d "$S" ] || [ -e "/sys/class/net/$LINK" ] || exit 0
halt init KILL
ip link delete "$LINK" 2>/dev/null
# A cgroup is only gone some moments after its last process.
for _ in $(seq 100); do
  left=$(find /sys/fs/cgroup -maxdepth 2 -type d -name "$CGROUP" 2>/dev/null)
  [ -z "$left" ] && break
  find $left -depth -type d -exec rmdir {} + 2>/dev/null || sleep .1
done
for _ in $(seq 50); do rm -rf --one-file-system "$S" 2>/dev/null && exit 0; sleep .1; done
echo "could not remove $S" >&2
exit 1

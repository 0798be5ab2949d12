#!/usr/bin/env bash
# Ends one component (kube-apiserver, kubelet, kube-proxy, etcd, policy …) and starts it again as `up.sh` did.
# usage: restart.sh COMPONENT [SIGNAL]     TERM lets kube-apiserver finish its requests (5 s with open watches), KILL does not
set -euo pipefail
. "$(dirname "$(realpath "$0")")/env.sh"
halt "${1:?usage: restart.sh COMPONENT [SIGNAL]}" "${2:-TERM}"
launch "$1"

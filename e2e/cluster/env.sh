# Sourced by the scripts beside it: where a cluster keeps its state and what it calls its own. Clusters of different
# COFFERDAM_CLUSTER_INDEX (0 to 49) share nothing.
HERE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
OUT=$(realpath -m "${COFFERDAM_CLUSTER_BUILD:-${COFFERDAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cofferdam}/cluster}")
INDEX=${COFFERDAM_CLUSTER_INDEX:-0}
[[ $INDEX =~ ^[1-4]?[0-9]$ ]] || { echo "COFFERDAM_CLUSTER_INDEX is from 0 to 49, not $INDEX" >&2; exit 2; }
S=${TMPDIR:-/tmp}/cofferdam-cluster-$INDEX
LINK=cofferdam-$INDEX      # the host's end of the cable to the node
CGROUP=cofferdam-cluster-$INDEX
NET=10.$((200 + INDEX))    # everything of this cluster is in NET.0.0/16
HOST=$NET.0.1 NODE=$NET.0.2 PODS=$NET.1.0/24 SERVICES=$NET.2.0/24 API=$NET.2.1 DNS=$NET.2.10
export PATH=$OUT/bin:$PATH:/usr/sbin:/sbin KUBECONFIG=$S/admin.kubeconfig

# A process is known by its id and its start time, because ids are given again.
mark() { local stat; stat=$(cat "/proc/$1/stat" 2>/dev/null) && stat=${stat##*) } && set -- "$1" $stat && [ "$2" != Z ] && echo "$1 ${21}"; }
# alive NAME: prints the id of what `keep NAME` noted, while that very process runs.
alive() { local noted; noted=$(cat "$S/run/$1.pid" 2>/dev/null) && [ -n "$noted" ] && [ "$(mark "${noted% *}")" = "$noted" ] && echo "${noted% *}"; }
keep() { mark "$2" >"$S/run/$1.pid"; }
# The one child of a process that is about to start it.
child() { local c; for _ in $(seq 200); do c=$(cat "/proc/$1/task/$1/children" 2>/dev/null) && [ -n "$c" ] && echo ${c%% *} && return; sleep .01; done; return 1; }
inside() { nsenter --target "$(alive init)" --net --mount --pid -- "$@"; }
until_ok() { for _ in $(seq 600); do "$@" >/dev/null 2>&1 && return; sleep .1; done; echo "gave up waiting for: $*" >&2; "$@" >&2 || true; return 1; }

# launch NAME: starts run/NAME.sh within the cluster, detached from this shell.
launch() {
  local init; init=$(alive init)
  setsid nsenter --target "$init" --net --mount --pid -- "$S/run/$1.sh" >>"$S/log/$1.log" 2>&1 </dev/null 9>&- &
  keep "$1" "$(child $!)"
}
# start NAME COMMAND ARGUMENT...: notes the command line, so that restart.sh can start it again, and launches it.
start() {
  local name=$1; shift
  { printf '#!/bin/bash\nexport PATH=%q\ncd %q\nexec' "$PATH" "$S"; printf ' %q' "$@"; echo; } >"$S/run/$name.sh"
  chmod +x "$S/run/$name.sh"
  launch "$name"
}
# halt NAME [SIGNAL]
halt() {
  local p; p=$(alive "$1") || return 0
  kill -"${2:-TERM}" "$p" 2>/dev/null
  for _ in $(seq 100); do alive "$1" >/dev/null || return 0; sleep .05; done
  kill -KILL "$p" 2>/dev/null
  until_ok test ! -d "/proc/$p"
}

#!/usr/bin/env bash
# usage: tie.sh OWNER ITS-START INIT ITS-START       Ends the cluster of process 1 INIT when OWNER has ended.
. "$(dirname "$(realpath "$0")")/env.sh"
while [ "$(mark "$1")" = "$1 $2" ] && [ "$(mark "$3")" = "$3 $4" ]; do sleep 1; done
[ "$(mark "$3")" != "$3 $4" ] || kill -KILL "$3"

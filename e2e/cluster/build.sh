#!/usr/bin/env bash
# Builds everything that the end-to-end cluster runs into OUT/bin, OUT/cni and OUT/images, from the Go modules pinned in
# modules/. What is already built from the same files is kept. About 8 minutes on 2 cores the first time.
# usage: build.sh [OUT]     OUT: ${COFFERDAM_CACHE:-${XDG_CACHE_HOME:-~/.cache}/cofferdam}/cluster
set -euo pipefail
HERE=$(dirname "$(realpath "$0")")
OUT=$(realpath -m "${1:-${COFFERDAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cofferdam}/cluster}")
mkdir -p "$OUT"/{bin,cni,images,stamps}
exec 9>"$OUT/lock"
flock 9 # two builds into one folder would replace each other's files
export CGO_ENABLED=0 GOWORK=off

packages=()
need() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || packages+=("$2"); }
need runc runc
need iptables iptables
need nft nftables
need openssl openssl
need gcc gcc
need ip iproute2
need nsenter util-linux
need mount mount
[ -e /usr/include/stdlib.h ] || packages+=(libc6-dev)
if [ ${#packages[@]} -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null
fi

# once NAME FOLDER: builds by calling build_NAME, unless FOLDER and the function are what they were the last time.
once() {
  local name=$1 folder=$2 hash started=$SECONDS
  hash=$({ declare -f "build_$name" compile image; cd "$folder"; find . -type f | sort | xargs sha256sum; } | sha256sum | cut -c1-64)
  [ "$(cat "$OUT/stamps/$name" 2>/dev/null)" = "$hash" ] && return
  (cd "$folder" && "build_$name")
  echo "$hash" >"$OUT/stamps/$name"
  echo "$name: built in $((SECONDS - started)) s"
}

# compile TARGET PACKAGE [FLAG...]: renamed into place, because a running cluster may have the old file open.
compile() {
  local target=$1 package=$2
  shift 2
  go build -trimpath -buildvcs=false -mod=readonly -o "$target.new" "$@" "$package"
  mv -f "$target.new" "$target"
}

# image NAME PROGRAM: one static program, as a docker archive that `ctr images import` takes.
image() {
  local name=$1 program=$2 work layer
  work=$(mktemp -d)
  install -m 755 "$program" "$work/$name"
  tar -C "$work" --owner=0 --group=0 --mtime=@0 -cf "$work/layer.tar" "$name"
  layer=$(sha256sum "$work/layer.tar" | cut -c1-64)
  printf '{"architecture":"%s","os":"linux","config":{"Entrypoint":["/%s"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$(go env GOARCH)" "$name" "$layer" >"$work/config.json"
  printf '[{"Config":"config.json","RepoTags":["e2e.local/%s:1"],"Layers":["layer.tar"]}]' "$name" >"$work/manifest.json"
  tar -C "$work" --mtime=@0 -cf "$OUT/images/$name.tar" config.json layer.tar manifest.json
  rm -rf "$work"
}

build_pause() {
  gcc -static -O2 -o "$OUT/bin/pause.new" pause.c
  mv -f "$OUT/bin/pause.new" "$OUT/bin/pause"
  image pause "$OUT/bin/pause"
}

build_kubernetes() {
  local version name
  version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
  local v=k8s.io/component-base/version
  compile "$OUT/bin/hyperkube" . -ldflags "-s -w -X $v.gitVersion=$version -X $v.gitMajor=1 -X $v.gitMinor=$(cut -d. -f2 <<<"$version")"
  for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do
    ln -sfn hyperkube "$OUT/bin/$name"
  done
}

build_etcd() { compile "$OUT/bin/etcd" . -ldflags '-s -w'; }

build_coredns() {
  compile "$OUT/bin/coredns" . -ldflags '-s -w'
  image coredns "$OUT/bin/coredns"
}

build_containerd() {
  local name
  for name in containerd containerd-shim-runc-v2 ctr; do
    compile "$OUT/bin/$name" "github.com/containerd/containerd/v2/cmd/$name" -ldflags '-s -w'
  done
}

build_cni() {
  local path
  for path in main/ptp main/loopback ipam/host-local meta/portmap; do
    compile "$OUT/cni/${path#*/}" "github.com/containernetworking/plugins/plugins/$path" -ldflags '-s -w'
  done
}

build_policy() { compile "$OUT/cni/policy" . -ldflags '-s -w'; }

build_probe() {
  compile "$OUT/bin/probe" . -ldflags '-s -w'
  image probe "$OUT/bin/probe"
}

build_helm() { compile "$OUT/bin/helm" helm.sh/helm/v3/cmd/helm -ldflags '-s -w'; }

# The shim sets its OOM score to -999, which a machine without CAP_SYS_RESOURCE refuses, so a vendored copy sets 0.
build_gvisor() {
  local vendored=$OUT/gvisor-vendored program
  rm -rf "$vendored"
  mkdir "$vendored"
  cp go.mod go.sum tools.go "$vendored"
  cd "$vendored"
  go mod vendor
  sed -i 's/oomScoreMax = -999/oomScoreMax = 0/' vendor/gvisor.dev/gvisor/pkg/shim/v1/manager.go
  grep -q 'oomScoreMax = 0' vendor/gvisor.dev/gvisor/pkg/shim/v1/manager.go
  for program in runsc=runsc shim=containerd-shim-runsc-v1; do
    go build -trimpath -buildvcs=false -mod=vendor -ldflags '-s -w' -o "$OUT/bin/${program#*=}.new" "gvisor.dev/gvisor/${program%=*}"
    mv -f "$OUT/bin/${program#*=}.new" "$OUT/bin/${program#*=}"
  done
  rm -rf "$vendored"
}

once pause "$HERE/images"
for name in kubernetes etcd containerd cni gvisor coredns helm probe; do once $name "$HERE/modules/$name"; done
once policy "$HERE/modules/policy-cni"

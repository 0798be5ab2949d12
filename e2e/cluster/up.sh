#!/usr/bin/env bash
# Starts a single-node Kubernetes from what build.sh built and prints the path of its kubeconfig. Needs root. Whatever
# an earlier run of the same COFFERDAM_CLUSTER_INDEX left is ended first. COFFERDAM_CLUSTER_POLICY=off starts it
# without the enforcer of NetworkPolicies; COFFERDAM_CLUSTER_OWNER is the process id of whom it belongs to.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/env.sh"
"$HERE/down.sh"
umask 077
mkdir -p "$S"/{pki,log,cni,run,config,manifests,enforced}
cd "$S"
owner=
if [ -n "${COFFERDAM_CLUSTER_OWNER:-}" ]; then
  keep owner "$COFFERDAM_CLUSTER_OWNER"
  owner=$(cat run/owner.pid)
fi
[ -z "${COFFERDAM_CLUSTER_LOCK:-}" ] || flock --unlock "$COFFERDAM_CLUSTER_LOCK"

# Its own processes, mounts and network: nothing of the machine's is touched but for one cable and two routes to it.
setsid unshare --pid --fork --kill-child --mount-proc --net --mount -- "$OUT/bin/pause" >log/init.log 2>&1 </dev/null 9>&- &
keep init "$(child $!)"
# An owner that dies takes its cluster with it.
if [ -n "$owner" ]; then
  setsid "$HERE/tie.sh" $owner $(cat run/init.pid) >/dev/null 2>&1 </dev/null 9>&- &
fi
for folder in /run /var/lib/cni /var/lib/kubelet /var/log/containers; do
  mkdir -p "$folder"
  inside mount -t tmpfs -o mode=755 tmpfs "$folder"
done
# The kubelet sets these for the whole machine, unless it finds them as it wants them.
mkdir kernel
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=kernel/$(basename "${setting%=*}")
  echo "${setting#*=}" >"$file"
  inside mount --bind "$S/$file" "/proc/sys/${setting%=*}"
done
ip link add "$LINK" type veth peer name eth0 netns "$(alive init)"
ip address add "$HOST/30" dev "$LINK"
ip link set "$LINK" up
inside sh -c "ip link set lo up && ip address add $NODE/30 dev eth0 && ip link set eth0 up && ip route add default via $HOST &&
  echo 1 >/proc/sys/net/ipv4/ip_forward"
ip route add "$PODS" via "$NODE"
ip route add "$SERVICES" via "$NODE"
for controller in /sys/fs/cgroup /sys/fs/cgroup/*; do
  # Version 2 has one tree and hands its controllers down; version 1 has a tree for each.
  [ ! -e "$controller/cgroup.procs" ] || [ -e "$controller/../cgroup.procs" ] || mkdir -p "$controller/$CGROUP"
done
[ ! -e /sys/fs/cgroup/cgroup.subtree_control ] || sed 's/[^ ]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
# cpuset hands nothing down by itself: an empty set would let no process in.
for file in cpuset.cpus cpuset.mems; do
  [ ! -e "/sys/fs/cgroup/cpuset/$file" ] || cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset/$CGROUP/$file"
done

. "$HERE/pki.sh"
# containerd makes the folders that an image's layer leaves out: a pod's user has to get through them.
umask 022
: >resolv.conf
for file in "$HERE"/config/* "$HERE"/manifests/*; do
  sed "s|@S@|$S|g; s|@OUT@|$OUT|g; s|@PODS@|$PODS|g; s|@DNS@|$DNS|g; s|@HOST@|$HOST|g; s|@CGROUP@|$CGROUP|g" "$file" >"${file#"$HERE"/}"
done
policy=
[ "${COFFERDAM_CLUSTER_POLICY:-on}" = off ] || policy=",{\"type\":\"policy\",\"folder\":\"$S/enforced\"}"
cat >cni/10-ptp.conflist <<K
{"cniVersion":"1.0.0","name":"ptp","plugins":[
 {"type":"ptp","ipMasq":true,"ipam":{"type":"host-local","dataDir":"$S/ipam","ranges":[[{"subnet":"$PODS"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
 {"type":"portmap","capabilities":{"portMappings":true}}$policy]}
K

start etcd etcd --data-dir "$S/etcd" --unsafe-no-fsync --log-level=warn --listen-client-urls http://127.0.0.1:2379 \
  --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
start kube-apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --advertise-address="$NODE" \
  --service-cluster-ip-range=$SERVICES --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
  --client-ca-file=pki/ca.crt --tls-cert-file=pki/apiserver.crt --tls-private-key-file=pki/apiserver.key \
  --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=pki/accounts.pub \
  --service-account-signing-key-file=pki/accounts.key --kubelet-client-certificate=pki/admin.crt \
  --kubelet-client-key=pki/admin.key --kubelet-certificate-authority=pki/ca.crt \
  --kubelet-preferred-address-types=InternalIP --allow-privileged=true \
  --audit-policy-file=config/audit.yaml --audit-log-path="$S/log/audit.log"
start containerd containerd -c config/containerd.toml
until_ok ctr -a "$S/containerd.sock" version
for image in pause coredns; do ctr -a "$S/containerd.sock" -n k8s.io images import "$OUT/images/$image.tar" >/dev/null; done
until_ok kubectl get --raw /readyz

if [ -n "$policy" ]; then
  start policy "$(command -v "$HERE/../../node_modules/.bin/node" || command -v node)" "$HERE/policy/main.ts" "$S/enforced" "$PODS"
fi
start kube-controller-manager kube-controller-manager --kubeconfig=kube-controller-manager.kubeconfig --leader-elect=false --kube-api-qps=500 --kube-api-burst=1000 \
  --use-service-account-credentials --service-account-private-key-file=pki/accounts.key --root-ca-file=pki/ca.crt
start kube-scheduler kube-scheduler --kubeconfig=kube-scheduler.kubeconfig --leader-elect=false --kube-api-qps=500 --kube-api-burst=1000
start kubelet kubelet --config=config/kubelet.yaml --kubeconfig=kubelet.kubeconfig --hostname-override=node \
  --root-dir="$S/kubelet" --node-ip="$NODE"
start kube-proxy kube-proxy --config=config/kube-proxy.yaml
kubectl apply -f manifests >/dev/null
until_ok kubectl wait --for=condition=Ready node/node --timeout=1s
kubectl -n kube-system rollout status deployment/coredns --timeout=60s >/dev/null
until_ok kubectl -n default get serviceaccount default
echo "$KUBECONFIG"

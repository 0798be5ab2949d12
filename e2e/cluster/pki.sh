# Sourced by up.sh: one authority, a certificate for each component, a kubeconfig for each that is a client.
issue() { # NAME SUBJECT SUBJECT-ALTERNATIVE-NAME
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "pki/$1.key" -out "pki/$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "pki/$1.csr" -CA pki/ca.crt -CAkey pki/ca.key -set_serial "0x$(openssl rand -hex 16)" -days 3650 \
    -out "pki/$1.crt" -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth' "$3") 2>/dev/null
}
# The certificates are within the file, so that it can be copied to wherever a test wants it.
kubeconfig() { # NAME
  cat >"$1.kubeconfig" <<K
apiVersion: v1
kind: Config
clusters:
  - name: cofferdam
    cluster: { server: "https://$NODE:6443", certificate-authority-data: $(base64 -w0 pki/ca.crt) }
users:
  - name: $1
    user: { client-certificate-data: $(base64 -w0 "pki/$1.crt"), client-key-data: $(base64 -w0 "pki/$1.key") }
contexts:
  - name: cofferdam
    context: { cluster: cofferdam, user: $1 }
current-context: cofferdam
K
  chmod 600 "$1.kubeconfig"
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -keyout pki/ca.key -out pki/ca.crt -subj /CN=cofferdam-cluster 2>/dev/null
openssl ecparam -genkey -name prime256v1 -noout -out pki/accounts.key
openssl ec -in pki/accounts.key -pubout -out pki/accounts.pub 2>/dev/null
issue apiserver /CN=kube-apiserver "DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:$API,IP:$NODE"
issue admin /O=system:masters/CN=admin DNS:admin
issue kubelet /O=system:nodes/CN=system:node:node "DNS:node,IP:127.0.0.1,IP:$NODE"
for component in kube-controller-manager kube-scheduler kube-proxy; do issue $component /CN=system:$component DNS:$component; done
for client in admin kubelet kube-controller-manager kube-scheduler kube-proxy; do kubeconfig $client; done

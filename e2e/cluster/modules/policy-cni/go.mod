module e2e/policy-cni

go 1.26

//go:build tools

// Package tools pins the real Kubernetes that the test cluster runs. Nothing of Serin is written in Go.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kubectl"
)

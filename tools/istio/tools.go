//go:build tools

// Package tools pins the real istiod that the test cluster runs. Nothing of Serin is written in Go.
package tools

import _ "istio.io/istio/pilot/cmd/pilot-discovery"

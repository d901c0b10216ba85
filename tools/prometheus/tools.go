//go:build tools

// Package tools pins the real Prometheus that Serin's tests and benchmarks compare with. Nothing of Serin is written in Go.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)

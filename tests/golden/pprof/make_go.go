// SPDX-License-Identifier: GPL-2.0-or-later

// The profiles of Go in this folder: what runtime/pprof writes of a small program with labels.
//
//	go build -trimpath -o /tmp/service/service make_go.go && /tmp/service/service FOLDER
package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

var (
	kept [][]byte
	mu   sync.Mutex
)

//go:noinline
func hash(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum += i * i % 7
	}
	return sum
}

func keep(size int) {
	mu.Lock()
	defer mu.Unlock()
	kept = append(kept, make([]byte, size))
}

//go:noinline
func serve(until time.Time, size int) {
	for time.Now().Before(until) {
		hash(100000)
		keep(size)
	}
}

func create(name string) *os.File {
	file, err := os.Create(filepath.Join(os.Args[1], name))
	if err != nil {
		panic(err)
	}
	return file
}

func main() {
	var all sync.WaitGroup

	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	cpu := create("go-cpu.pb.gz")
	pprof.StartCPUProfile(cpu)
	for i, route := range []string{"/index", "/search"} {
		all.Add(1)
		go func(route string, size int) {
			labels := pprof.Labels("route", route, "tenant", "blue")
			pprof.Do(context.Background(), labels, func(context.Context) {
				serve(time.Now().Add(800*time.Millisecond), size)
			})
			all.Done()
		}(route, 4096<<i)
	}
	all.Wait()
	pprof.StopCPUProfile()
	cpu.Close()
	runtime.GC()
	for _, name := range []string{"heap", "mutex", "block"} {
		file := create("go-" + name + ".pb.gz")
		pprof.Lookup(name).WriteTo(file, 0)
		file.Close()
	}
}

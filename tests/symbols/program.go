// SPDX-License-Identifier: GPL-2.0-or-later

// A program that takes a good part of the standard library with it, inlined and not.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strings"
	"sync"
)

type point struct{ X, Y int }

type shape interface{ area() int }

func (p point) area() int { return square(p.X) + square(p.Y) }

func square(n int) int { return n * n }

func twice(n int) int { return square(n) + square(n+1) }

func sum(all []shape) (total int) {
	for _, one := range all {
		total += one.area() + twice(total)
	}
	return
}

func main() {
	var all []shape
	var mutex sync.Mutex
	var group sync.WaitGroup
	words := regexp.MustCompile(`\w+`)
	counts := map[string]int{}
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		line := scanner.Text()
		group.Add(1)
		go func() {
			defer group.Done()
			for _, word := range words.FindAllString(line, -1) {
				mutex.Lock()
				counts[strings.ToLower(word)]++
				all = append(all, point{len(word), len(line)})
				mutex.Unlock()
			}
		}()
	}
	group.Wait()
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return counts[names[i]] > counts[names[j]] })
	text, err := json.Marshal(counts)
	fmt.Println(len(names), sum(all), string(text), err)
}

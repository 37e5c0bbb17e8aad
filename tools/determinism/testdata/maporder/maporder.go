// Package maporder ranges over maps.
package maporder

import (
	"maps"
	"reflect"
	"slices"
	"sync"
)

type named map[string]int

type anyMap interface{ ~map[string]int }

type indexed interface {
	anyMap | named
}

func ranges[M ~map[K]V, K comparable, V any, A anyMap, I indexed](m M, a A, i I, n named) {
	for range map[string]int{} { // want `range over a map has no fixed order: range over slices.Sorted`
	}
	for k := range n { // want `range over a map`
		println(k)
	}
	for k := range m { // want `range over a map`
		println(k)
	}
	for k := range a { // want `range over a map`
		println(k)
	}
	for k := range i { // want `range over a map`
		println(k)
	}
}

func others[S ~[]E, E any](s S, a *[3]int, ch chan int, seq func(func(int) bool)) {
	for range s {
	}
	for range a {
	}
	for range ch {
	}
	for range seq {
	}
	for range 3 {
	}
	for range "three" {
	}
}

func iterators(m map[string]int, v reflect.Value, s *sync.Map) {
	for range maps.Keys(m) { // want `maps.Keys has no fixed order: sort it at once`
	}
	_ = slices.Collect(maps.Values(m))                             // want `maps.Values has`
	_ = maps.Collect(maps.All(m))                                  // want `maps.All has`
	_ = slices.Sorted(slices.Values(slices.Collect(maps.Keys(m)))) // want `maps.Keys has`
	_ = slices.SortedStableFunc(maps.Keys(m), nil)                 // want `maps.Keys has`
	_ = v.MapKeys()                                                // want `reflect.Value.MapKeys has`
	_ = v.MapRange()                                               // want `reflect.Value.MapRange has`
	s.Range(nil)                                                   // want `sync.Map.Range has`

	for range slices.Sorted(maps.Keys(m)) {
	}
	_ = slices.Sorted(maps.Values(m))
	_ = slices.SortedFunc(maps.Keys(m), func(a, b string) int { return 0 })
	_ = maps.Clone(m)
	s.Load(nil)
}

type counts struct {
	n  int
	of map[string]*int
}

func plain(m map[string]*int, to *map[string]*int, c *counts) {
	for range m {
		c.n++
	}
	for k := range m {
		delete(m, k)
	}
	for k, v := range m {
		c.of[k] = v
	}
	for k := range m {
		(*to)[k] = nil
	}
	seen, size := map[string]bool{}, map[string]int{}
	for k := range m {
		seen[k] = true
	}
	for k, v := range m {
		size[k] = *v
	}
	for k := range m {
		size[k] = 1
	}
	set := map[string]struct{}{}
	for k := range m {
		set[k] = struct{}{}
	}
}

func notPlain(m map[string]string, c *counts, draw func() string) {
	to := map[string]string{}
	var k string
	for k = range m { // want `range over a map`
		c.n++
	}
	for k, v := range m { // want `range over a map`
		to[v] = k
	}
	for k := range m { // want `range over a map`
		to[k] = draw()
	}
	for k := range m { // want `range over a map`
		to[k] = to[k+k]
	}
	for k, v := range m { // want `range over a map`
		to[k] += v
	}
	for _, v := range m { // want `range over a map`
		delete(m, v)
	}
	for k := range m { // want `range over a map`
		if k != "" {
			c.n++
		}
	}
	for k := range m { // want `range over a map`
		delete(m, k)
		c.n++
	}
	for _, v := range m { // want `range over a map`
		m[v], to[v] = v, v
	}
	list, sizes := make([]string, 3), map[string]int{}
	for i := range map[int]string{} { // want `range over a map`
		list[i] = k
	}
	for k := range m { // want `range over a map`
		sizes[k] = len(sizes)
	}
	which := func() map[string]string { return m }
	lists := map[string][]string{}
	for k := range m { // want `range over a map`
		lists[k] = []string{draw()}
	}
	for k, v := range m { // want `range over a map`
		which()[k] = v
	}
	for k := range m { // want `range over a map`
		delete(which(), k)
	}
	for _, v := range m { // want `range over a map`
		sizes[v]++
	}
	for k, v := range m { // want `range over a map`
		to[k], k = v, v
	}
	delete := func(map[string]string, string) {}
	for k := range m { // want `range over a map`
		delete(m, k)
	}
}

// Sample has something for each rule. What it prints differs with every mutation.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const limit = 3

const (
	first = iota
	second
)

type point struct{ x, y int }

func main() {
	defer fmt.Println("the end")
	for n := range 6 {
		fmt.Println(n, small(n), between(n), word(n), kind(n))
		p, err := at(n, n+1)
		fmt.Println(p, err, odd(n) || n == 4, odd(n) && small(n+1))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	fmt.Println(ended(ctx), ended(context.Background()), time.Duration(limit)*time.Second, first, second, sure())
	fmt.Fprintln(os.Stdout, count())
}

func small(n int) bool { return n < limit }

func between(n int) bool {
	if n >= 2 && n <= 4 {
		return true
	}
	return false
}

func word(n int) string {
	switch {
	case n == 1:
		return "one"
	case n > 4:
		return fmt.Sprintf("many: %d", n)
	}
	return "some"
}

func kind(n int) int {
	switch n {
	case 2:
		return 20
	case 3:
		return 30
	}
	return 10
}

func at(x, y int) (point, error) {
	if x == 5 {
		return point{}, passedOn(far("too far"))
	}
	return point{x: x + 1, y: y}, nil
}

func odd(n int) bool { return n%2 == 1 }

func ended(ctx context.Context) bool { return err(ctx) != nil }

func err(ctx context.Context) error { return ctx.Err() }

func count() int {
	all := 0
	for {
		if all > 6 {
			break
		}
		all += 1
	}
	for n := 1; n < 10; n++ {
		if n == 3 {
			continue
		}
		all += n
	}
	return all
}

func sure() string {
	fmt.Fprintln(os.Stderr, "so far")
	if n := len(os.Args); n > 99 {
		fmt.Fprintln(os.Stderr, "so many")
	}
	always := true
	if always {
		return fmt.Sprint("sure", 2*time.Second, passedOn(nil))
	}
	return "no"
}

type farError struct{ text string }

func (e *farError) Error() string { return e.text }

func passedOn(e error) error {
	if e != nil {
		return e
	}
	return nil
}

func far(text string) error { return &farError{text} }

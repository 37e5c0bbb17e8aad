package mutate

// functions is the file that each package gets.
const functions = `package PACKAGE

import (
	"cmp"
	"errors"
	"expvar"
	"os"
	"reflect"
	"strconv"
)

// mutant is the number of the mutation, 0 for none.
var mutant = func() int {
	n, _ := strconv.Atoi(os.Getenv("VARIABLE"))
	return n
}()

// mutantsReached are the mutations that would make a difference where the program has been.
// They are noted if the variable is "reached", and then none is chosen.
var mutantsReached = func() *expvar.Map {
	if os.Getenv("VARIABLE") != "reached" {
		return nil
	}
	return expvar.NewMap("mutants of PATH")
}()

func mutantReached(n int, differs bool) {
	if mutantsReached != nil && differs {
		mutantsReached.Add(strconv.Itoa(n), 1)
	}
}

// mutantIs says whether it is this one.
func mutantIs(n int) bool {
	mutantReached(n, true)
	return mutant == n
}

// mutantCondition is a condition, its negation, true, or false.
func mutantCondition[T ~bool](n int, is T) T {
	mutantReached(n, true)
	mutantReached(n+1, bool(!is))
	mutantReached(n+2, bool(is))
	switch mutant - n {
	case 0:
		return !is
	case 1:
		return true
	case 2:
		return false
	}
	return is
}

// mutantAnd is an operand of &&, or true, with which the other one decides.
func mutantAnd[T ~bool](n int, is T) T {
	mutantReached(n, bool(!is))
	return is || T(mutant == n)
}

// mutantOr is an operand of ||, or false. So is what a case asks for.
func mutantOr[T ~bool](n int, is T) T {
	mutantReached(n, bool(is))
	return is && T(mutant != n)
}

// mutantNot is a condition or its negation.
func mutantNot[T ~bool](n int, is T) T {
	mutantReached(n, true)
	if mutant == n {
		return !is
	}
	return is
}

// mutantLess is a < b or a <= b, mutantAtMost the reverse.
func mutantLess[T cmp.Ordered](n int, a, b T) bool {
	mutantReached(n, a == b)
	if mutant == n {
		return a <= b
	}
	return a < b
}

func mutantAtMost[T cmp.Ordered](n int, a, b T) bool {
	mutantReached(n, a == b)
	if mutant == n {
		return a < b
	}
	return a <= b
}

// mutantZero is a value or its type's zero.
func mutantZero[T any](n int, value T) T {
	mutantReached(n, !reflect.ValueOf(&value).Elem().IsZero())
	if mutant == n {
		var zero T
		return zero
	}
	return value
}

// mutantError is an error, none, or one where there was none.
func mutantError(n int, err error) error {
	mutantReached(n, err != nil)
	mutantReached(n+1, err == nil)
	switch {
	case mutant == n:
		return nil
	case mutant == n+1 && err == nil:
		return errors.New("mutant")
	}
	return err
}

// mutantOther is a value or another one.
func mutantOther[T any](n int, value, other T) T {
	mutantReached(n, !reflect.DeepEqual(value, other))
	if mutant == n {
		return other
	}
	return value
}

type mutantNumeric interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// mutantOffByOne is a number, one more, or one less; of a duration, one unit.
func mutantOffByOne[T mutantNumeric](n int, value, one T) T {
	mutantReached(n, true)
	mutantReached(n+1, true)
	switch mutant - n {
	case 0:
		return value + one
	case 1:
		return value - one
	}
	return value
}

// mutantNumber is that, twice as much, or 0.
func mutantNumber[T mutantNumeric](n int, value, one T) T {
	mutantReached(n+2, value != 0)
	mutantReached(n+3, value != 0)
	switch mutant - n {
	case 2:
		return value * 2
	case 3:
		return 0
	}
	return mutantOffByOne(n, value, one)
}

var _, _, _, _, _, _, _, _, _, _, _, _, _ = mutantIs, mutantAnd[bool], mutantOr[bool], mutantCondition[bool], mutantNot[bool], mutantLess[int], mutantAtMost[int], mutantZero[int], mutantError, mutantOther[int], mutantNumber[int], mutantOffByOne[int], cmp.Compare[int]
`

package timeline

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"example.com/edge-device-operator/harness/trace"
)

// around is how many steps that are the same stand before and after a difference.
const around = 3

// WriteDifference writes where two runs go apart: what only one of them has, with - or +
// before it, and around it what both have, with the times of both. It says whether they are
// the same, times aside.
func WriteDifference(out io.Writer, left, right Run, words Words) (same bool, err error) {
	rows := differences(Align(left.Events, right.Events, words.Narrator), left, right, words.Narrator)
	failure := differingFailures(left, right)
	if len(rows) == 0 && failure == "" {
		return true, nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", left.Name, right.Name)
	var widths [3]int
	for _, r := range rows {
		for n, text := range []string{r.left, r.right, r.who} {
			widths[n] = max(widths[n], utf8.RuneCountInString(text))
		}
	}
	for _, r := range rows {
		if r.between > 0 {
			fmt.Fprintf(&b, "  … %s\n", theSame(r.between))
			continue
		}
		times := ""
		if r.times > 1 {
			times = fmt.Sprintf("  ×%d", r.times)
		}
		line := fmt.Sprintf("%s %*s  %*s  %-*s  %s%s", r.sign, widths[0], r.left, widths[1], r.right, widths[2], r.who, r.text, times)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	b.WriteString(failure)
	_, err = io.WriteString(out, b.String())
	return false, err
}

// differingRow is a line of a difference: a step, or several in a row that say the same, or
// how many steps that are the same are between two differences.
type differingRow struct {
	sign        string
	left, right string // when it was
	who, text   string
	times       int
	between     int
}

// differences are the rows that tell where two runs go apart; none if they don't.
func differences(pairs []Pair, left, right Run, n trace.Narrator) (rows []differingRow) {
	near := make([]bool, len(pairs))
	differ := false
	for at, p := range pairs {
		if p.same() {
			continue
		}
		differ = true
		for k := max(0, at-around); k <= min(len(pairs)-1, at+around); k++ {
			near[k] = true
		}
	}
	if !differ {
		return nil
	}
	for at, p := range pairs {
		last := len(rows) - 1
		if !near[at] {
			if last >= 0 && rows[last].between > 0 {
				rows[last].between++
			} else {
				rows = append(rows, differingRow{between: 1})
			}
			continue
		}
		r := differingRow{sign: " ", times: 1}
		e := trace.Event{}
		if p.Right >= 0 {
			e, r.sign = right.Events[p.Right], "+"
			r.right = e.At.String()
		}
		if p.Left >= 0 {
			e, r.sign = left.Events[p.Left], "-"
			r.left = e.At.String()
		}
		if p.same() {
			r.sign = " "
		}
		r.who, r.text = e.Subject, trace.Say(e, n)
		if e.Number > 0 {
			r.who = fmt.Sprintf("%s#%d", e.Subject, e.Number)
		}
		if last >= 0 && e.Number > 0 && rows[last].repeats(r, e.Subject) {
			rows[last].times++
			continue
		}
		rows = append(rows, r)
	}
	return rows
}

// repeats says whether a row says again what this one says, at the same time.
func (r differingRow) repeats(next differingRow, subject string) bool {
	return r.sign == next.sign && r.left == next.left && r.right == next.right && r.text == next.text && strings.HasPrefix(r.who, subject+"#")
}

func theSame(n int) string {
	if n == 1 {
		return "1 step is the same"
	}
	return fmt.Sprintf("%d steps are the same", n)
}

// differingFailures tells of the failure of one run where the other one has held.
func differingFailures(left, right Run) string {
	first := func(text string) string {
		line, _, _ := strings.Cut(text, "\n")
		return line
	}
	switch {
	case left.Failure != "" && right.Failure == "":
		return fmt.Sprintf("- it fails: %s\n+ it holds\n", first(left.Failure))
	case left.Failure == "" && right.Failure != "":
		return fmt.Sprintf("- it holds\n+ it fails: %s\n", first(right.Failure))
	}
	return ""
}

package devicesim

import (
	"errors"
	"strconv"
	"strings"
)

// ParseBreaks parses the short form of the most common faults, transfers that
// break: "1st@40%", "every@40%", or several of them, separated by commas. The error
// says what was expected.
func ParseBreaks(s string) ([]Fault, error) {
	var faults []Fault
	for part := range strings.SplitSeq(s, ",") {
		which, at, _ := strings.Cut(part, "@")
		f := Fault{Of: ofTransfer, Do: doBreak}
		var err error
		if f.At, err = ParsePercent(at); err != nil {
			return nil, errors.New("expected which transfer breaks, and at what progress from 1% to 99%, as in 1st@40% or every@40%")
		}
		if which != "every" {
			digits := strings.TrimRight(which, "stndrh")
			if f.Nth, err = strconv.Atoi(digits); err != nil || f.Nth < 1 || which != ordinal(f.Nth) {
				return nil, errors.New("expected which transfer breaks as every, 1st, 2nd, 3rd and so on, as in 1st@40%")
			}
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// ordinal formats a number as 1st, 2nd, 3rd, 4th.
func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

package scenario

import (
	"slices"
	"strings"
)

// showCommand shows only some of the events: those of one of the seam's filters.
//
//	show outcomes
func showCommand(shows []Show) Command {
	var words []string
	for _, s := range shows {
		words = append(words, s.Name)
	}
	expected := "the word " + strings.Join(words, " or ")
	return Command{Name: "show", Usage: "show " + strings.Join(words, "|"), Top: true, Parse: func(p *Parser, a *Arguments) Action {
		a.Allow()
		a.OneName(expected + " after it")
		if len(a.Names) > 0 {
			n := slices.Index(words, a.Names[0].Text)
			if n < 0 {
				a.Fail(a.Names[0], expected)
				return nil
			}
			p.File.show = shows[n].Shows
		}
		return nil
	}}
}

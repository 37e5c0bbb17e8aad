package scenario

import (
	"fmt"
	"strings"
)

// asWritten says whether nothing but the file decides what happens: what it asks
// for and what then never happens is a mistake in it.
func (f *File) asWritten(o Options) bool {
	w := o.World
	return !o.MadeUp && !f.alone && w.Reconciler == nil && w.Order == 0 &&
		(w.Seed == 0 || w.Seed == f.Seed) && (w.Workers == 0 || w.Workers == f.Workers())
}

// unmet is what the file asks for and what never happened.
func (r *Run) unmet(f *File) (all []error) {
	if left := r.general().UnmadeRequests(); len(left) > 0 {
		all = append(all, &StepError{f.Path, f.last(), fmt.Errorf("never made, so that nothing befell them: %s", strings.Join(left, ", "))})
	}
	for _, p := range r.general().Unreached() {
		all = append(all, &StepError{f.Path, r.armed[p], fmt.Errorf("%s was never reached: %s", p.Name, r.general().Made(p.Object))})
	}
	for _, err := range r.World.Unmet(f.Path) {
		all = append(all, err)
	}
	return all
}

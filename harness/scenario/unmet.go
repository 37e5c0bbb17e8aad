package scenario

import (
	"errors"
	"fmt"
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
	for _, op := range r.general().UnmadeRequests() {
		why := fmt.Sprintf("%s was never made: %s", op.Name(), r.general().Made(op.Object))
		if r.general().Requests(op.Object) >= op.Number {
			why = op.Name() + " was never sent: its controller was killed before it"
		}
		all = append(all, &StepError{f.Path, r.faulted[op], errors.New(why)})
	}
	for _, p := range r.general().Unreached() {
		all = append(all, &StepError{f.Path, r.armed[p], fmt.Errorf("%s was never reached: %s", p.Name, r.general().Made(p.Object))})
	}
	for _, err := range r.World.Unmet(f.Path) {
		all = append(all, err)
	}
	return all
}

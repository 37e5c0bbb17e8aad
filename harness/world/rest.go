package world

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
)

// Rest lets the world come to rest: it runs until nothing is due any more, or for so
// much virtual time, in the second half of which nothing may change. Then another
// controller takes the place of those that live, and finds nothing to do; unless
// none lived, or one didn't see everything. The error is a *ViolationError where the
// operator breaks one of the promises that every operator gives.
func (w *World) Rest(ctx context.Context, within time.Duration) error {
	if err := w.errDown(); err != nil {
		return err
	}
	if len(w.controllers) > 0 || len(w.armed.restarts) > 0 {
		if err := w.restFor(ctx, within); err != nil {
			return err
		}
	}
	idle := len(w.controllers) > 0 && !w.stale()
	before := w.changes()
	for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
		w.did(trace.Kill, controllerActor(n))
		w.stopController(n)
	}
	w.divide()
	if err := w.StartController(ctx); err != nil {
		return err
	}
	if err := w.restFor(ctx, within); err != nil {
		return err
	}
	if c, changed := added(before, w.changes()); idle && changed {
		return w.Violated(invariant.Violation{Promise: RestsAnew, Object: c.name, Breach: invariant.Breach{
			At: c.at, Expected: "no change by " + ControllerName(w.starts), Found: c.String(),
		}})
	}
	return nil
}

// restFor lets the world run until nothing is due, or for so long.
func (w *World) restFor(ctx context.Context, within time.Duration) error {
	until := w.clock.Now().Add(within)
	if _, err := w.run(ctx, until, func() (bool, error) { return false, nil }); err != nil {
		return err
	}
	if v := w.evidence.violation(); v != nil {
		return w.Violated(*v)
	}
	if _, goesOn := w.clock.Next(); !goesOn {
		return nil
	}
	if all := w.changes(); len(all) > 0 {
		if last := all[len(all)-1]; last.at.After(until.Add(-within / 2)) {
			return w.Violated(invariant.Violation{Promise: Rests, Object: last.name, Breach: invariant.Breach{
				At: last.at, Expected: fmt.Sprintf("no change from %v on", until.Add(-within/2).Sub(Start)), Found: last.String(),
			}})
		}
	}
	return w.forgets(until.Add(-within / 2))
}

// forgets checks that no object that is gone was reconciled since some time.
func (w *World) forgets(since time.Time) error {
	there, gone := map[types.NamespacedName]bool{}, map[types.NamespacedName]time.Time{}
	for _, h := range w.histories {
		h.mu.Lock()
		for _, uid := range h.order {
			o := h.objects[uid][0].Object
			name := types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
			if at := h.deleted[uid]; at.IsZero() {
				there[name] = true
			} else {
				gone[name] = at
			}
		}
		h.mu.Unlock()
	}
	for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
		begun := w.controllers[n].LastBegun()
		works := slices.SortedFunc(maps.Keys(begun), func(a, b process.Work) int {
			return strings.Compare(a.Controller+a.Key.String(), b.Controller+b.Key.String())
		})
		for _, k := range works {
			deleted, was := gone[k.Key]
			if !was || there[k.Key] || deleted.After(since) || !begun[k].After(since) {
				continue
			}
			return w.Violated(invariant.Violation{Promise: Forgets, Object: k.Key.Name, Breach: invariant.Breach{
				At: begun[k], Expected: fmt.Sprintf("no reconcile of %s, which is gone since %v", k.Key.Name, deleted.Sub(Start)),
				Found: fmt.Sprintf("%s reconciles it at %v", ControllerName(n), begun[k].Sub(Start)),
			}})
		}
	}
	return nil
}

func (e *evidence) violation() *invariant.Violation {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.first
}

// change is one change of what the API server stores.
type change struct {
	at         time.Time
	kind, name string
	deleted    bool
}

// String says what was changed.
func (c change) String() string {
	if c.deleted {
		return fmt.Sprintf("%s %s was deleted", c.kind, c.name)
	}
	return fmt.Sprintf("%s %s was written", c.kind, c.name)
}

// changes are all changes by now, the oldest first.
func (w *World) changes() (all []change) {
	for _, h := range w.histories {
		h.mu.Lock()
		for _, uid := range h.order {
			versions := h.objects[uid]
			for _, v := range versions {
				all = append(all, change{v.At, h.kind.Kind, v.Object.GetName(), false})
			}
			if at := h.deleted[uid]; !at.IsZero() {
				all = append(all, change{at, h.kind.Kind, versions[0].Object.GetName(), true})
			}
		}
		h.mu.Unlock()
	}
	slices.SortStableFunc(all, func(a, b change) int { return a.at.Compare(b.at) })
	return all
}

// added is the first change that isn't one of those before: all may be of one instant.
func added(before, all []change) (first change, found bool) {
	count := map[change]int{}
	for _, c := range before {
		count[c]++
	}
	for _, c := range all {
		if count[c]--; count[c] < 0 {
			return c, true
		}
	}
	return change{}, false
}

// message is what an API server says in a Status, or else the whole answer.
func message(answer []byte) string {
	o, _, err := scheme.Codecs.UniversalDeserializer().Decode(answer, nil, nil)
	if s, ok := o.(*metav1.Status); ok && err == nil && s.Message != "" {
		return s.Message
	}
	return string(answer)
}

package scenario

import (
	"context"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// deployedNames are the names after a command about what is deployed.
func (p *parser) deployedNames(a *arguments) []word {
	p.acted = true
	names := a.expand()
	seen := map[string]bool{}
	for _, n := range names {
		switch {
		case !p.deployed[n.text]:
			a.fail(n, "the name of a device that something is deployed to")
		case seen[n.text]:
			a.fail(n, "each name only once")
		}
		seen[n.text] = true
	}
	return names
}

// parseSpec reads the fields of a spec that a command sets.
func parseSpec(a *arguments) func(*v1.DeviceDeploymentSpec) {
	image := read(a, "image", "", devicesim.ParseImage)
	attempts := int32(read(a, "maxAttempts", 0, number(1, 100)))
	backoff := int32(read(a, "backoffSeconds", 0, number(0, 86400)))
	hint := int32(read(a, "concurrencyHint", 0, number(1, 10000)))
	given := func(key string) bool { return a.values[key].column > 0 }
	return func(spec *v1.DeviceDeploymentSpec) {
		if given("image") {
			spec.Image = image
		}
		if given("maxAttempts") {
			spec.RetryPolicy.MaxAttempts = attempts
		}
		if given("backoffSeconds") {
			spec.RetryPolicy.BackoffSeconds = &backoff
		}
		if given("concurrencyHint") {
			spec.ConcurrencyHint = &hint
		}
	}
}

func parseEdit(p *parser, a *arguments) func(context.Context, *run) error {
	a.allow("image", "maxAttempts", "backoffSeconds", "concurrencyHint")
	names := p.deployedNames(a)
	if len(a.keys) == 0 {
		a.fail(a.command, "what changes after the names, such as image=fw:3")
	}
	var what []string
	for _, k := range a.keys {
		what = append(what, k.text+"="+a.values[k.text].text)
	}
	edit := parseSpec(a)
	return func(ctx context.Context, r *run) error {
		for _, n := range names {
			if err := r.world.Edit(ctx, n.text, strings.Join(what, " "), edit); err != nil {
				return err
			}
		}
		return nil
	}
}

func parseDelete(p *parser, a *arguments) func(context.Context, *run) error {
	a.allow()
	names := p.deployedNames(a)
	for _, n := range names {
		if p.held[n.text] {
			p.deleting[n.text] = true
			continue
		}
		delete(p.deployed, n.text)
	}
	return func(ctx context.Context, r *run) error {
		for _, n := range names {
			if err := r.world.Delete(ctx, n.text); err != nil {
				return err
			}
		}
		return nil
	}
}

// parseFinalizer reads what somebody does to keep objects from being deleted.
func parseFinalizer(p *parser, a *arguments) func(context.Context, *run) error {
	a.allow()
	add := len(a.names) > 0 && a.names[0].text == "add"
	if !add && (len(a.names) == 0 || a.names[0].text != "remove") {
		a.fail(a.command, "the word add or remove after it, and then names")
		return nothing
	}
	a.names = a.names[1:]
	names := p.deployedNames(a)
	for _, n := range names {
		switch {
		case add && p.held[n.text]:
			a.fail(n, "an object without a finalizer")
		case !add && !p.held[n.text]:
			a.fail(n, "an object that finalizer add was said of")
		case p.deleting[n.text]:
			delete(p.deployed, n.text)
			delete(p.deleting, n.text)
		}
		p.held[n.text] = add
	}
	return func(ctx context.Context, r *run) error {
		for _, n := range names {
			if err := r.world.SetFinalizer(ctx, n.text, add); err != nil {
				return err
			}
		}
		return nil
	}
}

var phases = []v1.Phase{v1.Pending, v1.Transferring, v1.Rebooting, v1.Verifying, v1.Succeeded, v1.Failed}

func parsePhase(s string) (v1.Phase, error) {
	var names []string
	for _, p := range phases {
		if string(p) == s {
			return p, nil
		}
		names = append(names, string(p))
	}
	return "", fmt.Errorf("one of %s", strings.Join(names, ", "))
}

func parseStatus(p *parser, a *arguments) func(context.Context, *run) error {
	a.allow("phase", "attempts", "observedGeneration", "lastTransitionTime")
	names := p.deployedNames(a)
	if len(a.keys) == 0 {
		a.fail(a.command, "what somebody writes after the names, such as phase=Succeeded")
	}
	phase := read(a, "phase", "", parsePhase)
	attempts, generation := read(a, "attempts", -1, number(0, 100)), read(a, "observedGeneration", -1, number(1, 1000))
	at := read(a, "lastTransitionTime", -1, parseDuration)
	return func(ctx context.Context, r *run) error {
		for _, n := range names {
			err := r.world.WriteStatus(ctx, n.text, func(s *v1.DeviceDeploymentStatus) {
				if phase != "" {
					s.Phase = phase
				}
				if attempts >= 0 {
					s.Attempts = int32(attempts)
				}
				if generation >= 0 {
					s.ObservedGeneration = generation
				}
				if at >= 0 {
					s.LastTransitionTime = metav1.NewMicroTime(world.Start.Add(at))
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

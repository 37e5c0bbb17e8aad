package scenario

import (
	"context"
	"errors"

	"example.com/edge-device-operator/devicesim"
)

// parseFault reads a fault. Its keys are the fields of a fault in a device's
// plan; devicesim knows which there are and what they hold. The fault holds
// from the time that the scenario has reached; its ordinals and its own times
// count from the device's start.
func parseFault(p *parser, a *arguments) func(context.Context, *run) error {
	names := p.deviceNames(a)
	values := map[string]string{}
	for _, k := range a.keys {
		values[k.text] = a.values[k.text].text
	}
	f, err := devicesim.ParseFault(values)
	if err != nil {
		a.fail(a.blamed(err))
	}
	p.file.HoldsWorkers = p.file.HoldsWorkers || f.Waits()
	return func(ctx context.Context, r *run) error {
		if err := r.catchUp(ctx); err != nil {
			return err
		}
		for _, n := range names {
			if err := r.world.AddFault(n.text, f); err != nil {
				return err
			}
			r.planned(n.text, a, a.maybe.column > 0 || f.P > 0)
		}
		return nil
	}
}

// blamed is the word that an error of ParseFault is about, and what should
// stand there.
func (a *arguments) blamed(err error) (word, string) {
	var wrong *devicesim.FieldError
	if !errors.As(err, &wrong) {
		return a.command, err.Error()
	}
	for _, k := range a.keys {
		switch k.text {
		case wrong.Field:
			return a.values[k.text], wrong.Expected
		case wrong.Value:
			if wrong.Field == "" {
				return k, wrong.Expected
			}
		}
	}
	return a.command, wrong.Field + "= with it: " + wrong.Expected
}

func parseDNS(p *parser, a *arguments) func(context.Context, *run) error {
	p.acted = true
	a.allow()
	if len(a.names) == 0 || a.names[0].text != "down" && a.names[0].text != "up" {
		a.fail(a.command, "the word down or up after it, and then names")
		return nothing
	}
	known := a.names[0].text == "up"
	a.names = a.names[1:]
	names := p.deviceNames(a)
	return func(ctx context.Context, r *run) error {
		if err := r.catchUp(ctx); err != nil {
			return err
		}
		for _, n := range names {
			if err := r.world.SetDNS(n.text, known); err != nil {
				return err
			}
		}
		return nil
	}
}

// parseCurl reads what somebody asks devices for by hand.
func parseCurl(p *parser, a *arguments) func(context.Context, *run) error {
	p.acted = true
	if len(a.names) == 0 || a.names[0].text != "burn" && a.names[0].text != "reboot" {
		a.fail(a.command, "the word burn or reboot after it, and then names")
		return nothing
	}
	burns := a.names[0].text == "burn"
	a.names = a.names[1:]
	if burns {
		a.allow("image")
		a.require("image", "image=IMAGE with it, such as image=fw:2")
	} else {
		a.allow()
	}
	names, image := p.deviceNames(a), read(a, "image", "", devicesim.ParseImage)
	return func(ctx context.Context, r *run) error {
		if err := r.catchUp(ctx); err != nil {
			return err
		}
		for _, n := range names {
			if err := r.world.ByHand(n.text, image); err != nil {
				return err
			}
		}
		return nil
	}
}

// deviceNames are the names after a command about devices.
func (p *parser) deviceNames(a *arguments) []word {
	names := a.expand()
	for _, n := range names {
		if !p.devices[n.text] {
			a.fail(n, "the name of a device that an earlier line declares")
		}
	}
	return names
}

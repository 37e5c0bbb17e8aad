package world

import (
	"context"

	"example.com/edge-device-operator/harness/process"
)

// RefusedError is what Call returns where the scenario has a call refused.
type RefusedError = process.RefusedError

// Call is Env.Call for a method that returns something. A call that comes late, or
// whose answer is lost, returns what it does to nobody.
func Call[T any](ctx context.Context, e Env, system, verb, object string, do func(context.Context) (T, error)) (T, error) {
	v, err := e.call(ctx, process.GoCall{System: system, Verb: verb, Object: object, Do: func(ctx context.Context) (any, error) {
		return do(ctx)
	}})
	got, _ := v.(T) // there is none with an error of the world's
	return got, err
}

// Call makes a call of an external system that is a Go interface: what a method of its
// fake does, do, is an operation then, as a request to the API server is. It is
// numbered under the reconcile in the context, it is a crash point before and after,
// it can be refused, lost, late, or never answered, and it is in the trace:
//
//	func (c cloud) Delete(ctx context.Context, id string) error {
//		return c.env.Call(ctx, "cloud", "Delete", id, func(context.Context) error {
//			return c.machines.delete(id)
//		})
//	}
//
// system, verb and object say for the trace what is called, what it does, and to what.
// So does the error that do returns; neither may hold what differs from run to run.
// What outlives a controller belongs to the fake, not to the Env, of which each
// controller has its own.
//
// The error is that of do; a *RefusedError; that of the context, where it has ended
// before do has; or that the answer was lost. do gets a context of its own. It may
// wait on the world's clock.
func (e Env) Call(ctx context.Context, system, verb, object string, do func(context.Context) error) error {
	_, err := Call(ctx, e, system, verb, object, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, do(ctx)
	})
	return err
}

package world

import (
	"context"

	"example.com/edge-device-operator/harness/process"
)

// RefusedError is the error of Call if the scenario refuses the call.
type RefusedError = process.RefusedError

// Call is Env.Call for a method that returns a value. A call that arrives late, or
// whose answer is lost, returns no value.
func Call[T any](ctx context.Context, e Env, system, verb, object string, do func(context.Context) (T, error)) (T, error) {
	v, err := e.call(ctx, process.GoCall{System: system, Verb: verb, Object: object, Do: func(ctx context.Context) (any, error) {
		return do(ctx)
	}})
	got, _ := v.(T) // there is none with an error of the world's
	return got, err
}

// Call calls an external system that is a Go interface. What do does, a method of the
// system's fake, becomes an operation, like a request to the API server: it is numbered
// under the reconcile in the context, has crash points before and after it, can be
// refused, lost, late or never answered, and is in the trace:
//
//	func (c cloud) Delete(ctx context.Context, id string) error {
//		return c.env.Call(ctx, "cloud", "Delete", id, func(context.Context) error {
//			return c.machines.delete(id)
//		})
//	}
//
// system, verb and object are the names in the trace of what is called, what it does,
// and for what. They and the error of do must not contain anything that differs from
// run to run. State that outlives a controller belongs into the fake and not into the
// Env, since each controller has its own Env.
//
// The error is that of do; a *RefusedError; the context's, if that ended before do did;
// or says that the answer was lost. do gets a context of its own, and may wait on the
// world's clock.
func (e Env) Call(ctx context.Context, system, verb, object string, do func(context.Context) error) error {
	_, err := Call(ctx, e, system, verb, object, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, do(ctx)
	})
	return err
}

package scenario

import "context"

// deleteCommand deletes objects as a person.
//
//	delete configmap/web
var deleteCommand = Command{Name: "delete", Usage: "delete KIND/NAME…", Parse: parseDelete}

func parseDelete(_ *Parser, a *Arguments) Action {
	a.Allow()
	refs := readRefs(a)
	return func(ctx context.Context, r *Run) error {
		for _, ref := range refs {
			o, err := r.object(ref)
			if err != nil {
				return err
			}
			if err := r.general().Get(ctx, ref.name, o); err != nil {
				return err
			}
			if err := r.general().Delete(ctx, o); err != nil {
				return err
			}
		}
		return nil
	}
}

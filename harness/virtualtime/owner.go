package virtualtime

import "context"

// Owner is one line of work: what one controller does for one object, with the
// requests that it makes and what serves them. All of it waits for the same
// thing, one part for the other; so where one part waits for virtual time, the
// owner is parked, and none of it keeps a world from settling. An Owner without
// a name is nobody, and never parked.
type Owner struct {
	activity *Activity
	name     string
	turn     int
}

// Owner returns the owner of that name, as it is now: once it is resumed, what
// was returned before can park it no more.
func (a *Activity) Owner(name string) Owner {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Owner{a, name, a.turns[name]}
}

// Name is the owner's name.
func (o Owner) Name() string { return o.name }

// Begin is Activity.Begin for something of this owner.
func (o Owner) Begin(what string) *Token { return o.activity.begin(o.name, what) }

// Resume says that the owner's work goes on, whatever it waited for. Who
// served a request that was given up parks the owner no more.
func (o Owner) Resume() {
	if o.name == "" {
		return
	}
	o.activity.Do(func() {
		o.activity.turns[o.name]++
		delete(o.activity.parked, o.name)
	})
}

// Park says that all of the owner's work waits for a virtual time, unless it
// was resumed meanwhile.
func (o Owner) Park() {
	o.inTurn(func() { o.activity.parked[o.name] = struct{}{} })
}

// unpark says that this time has come, and returns false if the owner was
// resumed before. It is called by whatever moves the clock, so that nothing
// else happens first.
func (o Owner) unpark() bool {
	return o.inTurn(func() { delete(o.activity.parked, o.name) })
}

func (o Owner) inTurn(f func()) bool {
	if o.name == "" {
		return true
	}
	inTurn := false
	o.activity.Do(func() {
		if inTurn = o.activity.turns[o.name] == o.turn; inTurn {
			f()
		}
	})
	return inTurn
}

type ownerKey struct{}

// In returns a context of the owner's work. A timeout that a Clock gives to
// such a context, or to one derived from it, resumes the owner when it ends.
func (o Owner) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, ownerKey{}, o)
}

// OwnerIn returns whose work a context belongs to.
func OwnerIn(ctx context.Context) Owner {
	o, _ := ctx.Value(ownerKey{}).(Owner)
	return o
}

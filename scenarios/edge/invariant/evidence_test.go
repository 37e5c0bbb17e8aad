package invariant

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

const uid = "6d1f"

// start is the beginning of the stories.
var start = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// timing is the controllers' timing.
var timing = rollout.Timing{Poll: 5 * time.Second, Transfer: time.Minute, Reboot: 2 * time.Minute, Verify: 3 * time.Minute, Stall: 20 * time.Second}

func second(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }

// stored returns a version with a status of its own generation.
func stored(at int, generation int64, phase v1.Phase, attempts int32) Version {
	v := created(at)
	v.Object.Generation = generation
	v.Object.Status = v1.DeviceDeploymentStatus{
		ObservedGeneration: generation, Phase: phase, Attempts: attempts, LastTransitionTime: metav1.NewMicroTime(second(at)),
	}
	return v
}

// copied returns a version with its own copy of the object.
func (v Version) copied() Version {
	v.Object = v.Object.DeepCopy()
	return v
}

// by sets the operation that stored a version.
func (v Version) by(operation int) Version {
	v.Operation = operation
	return v
}

// made returns an operation of controller one for press-01, in that reconcile, answered
// at once.
func made(number, reconcile, at int, kind Kind) Operation {
	o := Operation{
		Number: number, Reconcile: reconcile, Kind: kind, By: "one", For: "press-01",
		Began: second(at), Ended: second(at), Status: 200, Host: "press-01.example", OwnHost: "press-01.example",
	}
	if o.toDevice() {
		o.Arrivals, o.ETag = 1, `"1"`
	}
	switch {
	case kind == Health:
		o.Health = &devicesim.Health{Device: "press-01"}
	case o.posts():
		o.Status = 202
	}
	return o
}

// unread removes an operation's answer.
func (o Operation) unread() Operation {
	o.Status, o.Health = 0, nil
	return o
}

// reports returns a version that is a report in the stay of another.
func (v Version) reports(at int, observe, post string) Version {
	v.At, v.Object = second(at), v.Object.DeepCopy()
	v.Object.Status.DeviceErrors = &v1.DeviceErrors{Observe: observe, Post: post, Time: metav1.NewMicroTime(v.At)}
	return v
}

// reads returns a read past the cache that shows an attempt of generation 1.
func reads(number, reconcile, at int, phase v1.Phase, attempt int32) Operation {
	o := made(number, reconcile, at, Read)
	o.Read = stored(at, 1, phase, attempt).Object
	return o
}

// burns returns a POST /burn of fw:2 for an attempt of generation 1.
func burns(number, reconcile, at int, attempt int) Operation {
	o := made(number, reconcile, at, Burn)
	o.Image, o.Key = "fw:2", fmt.Sprintf("%s/1/%d", uid, attempt)
	return o
}

// observes returns an observation of two readings, of which the first has that number.
func observes(number, reconcile, at int) []Operation {
	return []Operation{made(number, reconcile, at, Health), made(number+1, reconcile, at, Health)}
}

// waits returns such an observation, which shows the transfer of an attempt under way.
func waits(number, reconcile, at, attempt int) []Operation {
	all := observes(number, reconcile, at)
	for n := range all {
		all[n].Health = &devicesim.Health{Device: "press-01", Running: "fw:1", Transfer: &devicesim.TransferStatus{
			Key: fmt.Sprintf("%s/1/%d", uid, attempt), Image: "fw:2", State: "running", Progress: at,
		}}
	}
	return all
}

// does joins operations.
func does(all ...any) []Operation {
	var operations []Operation
	for _, a := range all {
		switch a := a.(type) {
		case Operation:
			operations = append(operations, a)
		case []Operation:
			operations = append(operations, a...)
		}
	}
	return operations
}

// known sets the operations of some evidence.
func known(all ...any) func(*Evidence) {
	return func(e *Evidence) { e.Operations = does(all...) }
}

// and combines functions that set evidence.
func and(some ...func(*Evidence)) func(*Evidence) {
	return func(e *Evidence) {
		for _, f := range some {
			f(e)
		}
	}
}

// created returns a version without a status: fw:2 on press-01, three attempts.
func created(at int) Version {
	dd := &v1.DeviceDeployment{ObjectMeta: metav1.ObjectMeta{Name: "press-01", UID: uid, Generation: 1}}
	dd.Spec = v1.DeviceDeploymentSpec{Image: "fw:2", DeviceRef: "press-01", RetryPolicy: v1.RetryPolicy{MaxAttempts: 3}}
	return Version{At: second(at), Object: dd}
}

// maxAttempts sets how many attempts a version allows.
func (v Version) maxAttempts(n int32) Version {
	v.Object.Spec.RetryPolicy.MaxAttempts = n
	return v
}

func change(at int, kind devicesim.ChangeKind, image, key string) devicesim.StateChange {
	return devicesim.StateChange{At: second(at), Kind: kind, Image: image, Key: key}
}

// burnByHand is a burn of fw:2 that a person started.
func burnByHand(at int, key string) devicesim.StateChange {
	c := change(at, devicesim.BurnStarted, "fw:2", key)
	c.ByHand = true
	return c
}

// burn is a burn of fw:2 that an attempt of this object started.
func burn(at int, generation int64, attempt int32) devicesim.StateChange {
	return change(at, devicesim.BurnStarted, "fw:2", fmt.Sprintf("%s/%d/%d", uid, generation, attempt))
}

func reboot(at int) devicesim.StateChange {
	return change(at, devicesim.RebootStarted, "fw:2", uid+"/1/1")
}

func booted(at int, image string) devicesim.StateChange {
	d := change(at, devicesim.Booted, image, uid+"/1/1")
	d.Healthy = true
	return d
}

// jitters sets the jitter of the poll interval, in per cent.
func jitters(percent int) func(*Evidence) { return func(e *Evidence) { e.Timing.Jitter = percent } }

// row is one story, and how it breaks an invariant.
type row struct {
	name     string
	versions []Version
	changes  []devicesim.StateChange
	foreign  map[string]bool
	// more sets further evidence, if there is any.
	more func(*Evidence)
	// at, expected and found describe the violation: its second, and parts of its
	// texts. If found is empty, there is none.
	at              int
	expected, found string
}

func (r row) check(t *testing.T, i Invariant) {
	t.Run(r.name, func(t *testing.T) {
		e := Evidence{
			Versions: r.versions, Initial: "fw:1", StateChanges: r.changes, Foreign: r.foreign, Timing: timing, CallTimeout: 5 * time.Second, Workers: 1,
			Incarnations: []Incarnation{{Name: "one", From: start}}, Now: second(10000),
		}
		if r.more != nil {
			r.more(&e)
		}
		b := i.Check(e)
		switch {
		case r.found == "" && b != nil:
			t.Errorf("a legal story is called a violation: expected %q, found %q", b.Expected, b.Found)
		case r.found == "":
		case b == nil:
			t.Error("the violation went unnoticed")
		case !strings.Contains(b.Expected, r.expected) || b.Expected == "":
			t.Errorf("expected %q, want %q in it", b.Expected, r.expected)
		case !strings.Contains(b.Found, r.found):
			t.Errorf("found %q, want %q in it", b.Found, r.found)
		case !b.At.Equal(second(r.at)):
			t.Errorf("at second %v, want %d", b.At.Sub(start).Seconds(), r.at)
		}
	})
}

// wholeStory is a rollout whose first attempt breaks and whose second succeeds.
func wholeStory() Evidence {
	rebooting := stored(25, 1, v1.Rebooting, 2).by(24)
	e := Evidence{
		Initial: "fw:1",
		Versions: []Version{
			created(0), stored(0, 1, v1.Pending, 0).by(1), stored(0, 1, v1.Transferring, 1).by(2), stored(15, 1, v1.Pending, 1).by(13),
			stored(15, 1, v1.Transferring, 2).by(15), rebooting, rebooting.reports(30, string(rollout.Unreachable), "").by(30),
			stored(35, 1, v1.Verifying, 2).by(33), stored(35, 1, v1.Succeeded, 2).by(36),
		},
		StateChanges: []devicesim.StateChange{
			burn(0, 1, 1), change(12, devicesim.TransferFailed, "fw:2", uid+"/1/1"),
			burn(15, 1, 2), change(23, devicesim.ImageStaged, "fw:2", uid+"/1/2"), reboot(25), booted(33, "fw:2"),
		},
		Operations: does(
			made(1, 1, 0, Write), made(2, 2, 0, Write), observes(3, 3, 0), reads(5, 3, 0, v1.Transferring, 1), burns(6, 3, 0, 1),
			waits(7, 4, 5, 1), waits(9, 5, 10, 1), observes(11, 6, 15), made(13, 6, 15, Write),
			made(15, 7, 15, Write), observes(16, 8, 15), reads(18, 8, 15, v1.Transferring, 2), burns(19, 8, 15, 2),
			waits(20, 9, 20, 2), observes(22, 10, 25), made(24, 10, 25, Write), observes(25, 11, 25), reads(27, 11, 25, v1.Rebooting, 2), made(28, 11, 25, Reboot),
			made(29, 12, 30, Health).unread(), made(30, 12, 30, Write), observes(31, 13, 35), made(33, 13, 35, Write), observes(34, 14, 35), made(36, 14, 35, Write),
		),
		Incarnations: []Incarnation{{Name: "one", From: second(0)}}, Timing: timing, CallTimeout: 5 * time.Second, Workers: 1, Now: second(1000),
	}
	for n := range e.Operations {
		if o := &e.Operations[n]; o.Number == 11 || o.Number == 12 {
			o.Health = &devicesim.Health{Device: "press-01", Running: "fw:1", Transfer: &devicesim.TransferStatus{Key: uid + "/1/1", Image: "fw:2", State: "failed", Progress: 50}}
		}
	}
	e.place()
	e.version()
	e.say()
	return e
}

// say completes the statuses, and has each transition told by an Event.
func (e *Evidence) say() {
	e.Over = true
	e.Events = nil
	was := &v1.DeviceDeployment{}
	for n := range e.Versions {
		o := e.Versions[n].Object
		if s := e.Versions[n].status(); s != nil {
			s.Image, s.ImageGeneration = o.Spec.Image, 1
			if s.Attempts > 0 && (s.Phase == v1.Pending || s.Phase == v1.Failed) {
				s.LastError = "the transfer broke at 50 %"
				if was.Status.Phase == v1.Rebooting {
					s.LastError = "the device came back from the reboot without the image"
				}
			} else {
				s.LastError = was.Status.LastError
			}
			conditioned(was, o)
			if positionOf(was) != positionOf(o) {
				e.Events = append(e.Events, told(o))
			}
		}
		was = o
	}
}

// conditioned puts the conditions into an object that go with the rest of its status, and
// keeps those times of the version before that are to stay.
func conditioned(was, o *v1.DeviceDeployment) {
	s := &o.Status
	s.Conditions = slices.Clone(was.Status.Conditions)
	for _, kind := range conditionTypes {
		c := wantedCondition(o, kind)
		if c == nil {
			meta.RemoveStatusCondition(&s.Conditions, kind)
			continue
		}
		c.Message, c.LastTransitionTime = strings.Join(wantedTexts(o, false), " ")+" now", metav1.NewTime(s.LastTransitionTime.Truncate(time.Second))
		meta.SetStatusCondition(&s.Conditions, *c)
	}
}

// told is the Event about the transition to an object's status.
func told(o *v1.DeviceDeployment) Event {
	p := positionOf(o)
	rank := slices.Index([]v1.Phase{v1.Transferring, v1.Rebooting, v1.Verifying, v1.Pending, v1.Succeeded, v1.Failed}, p.Phase)
	e := Event{
		Transition: transitionTo(&o.Status), Complete: true, Type: "Normal",
		Name: fmt.Sprintf("%s.%.8s.%d-%d-%d", o.Name, o.UID, p.Generation, p.Attempts, rank),
		Note: meta.FindStatusCondition(o.Status.Conditions, v1.ConditionProgressing).Message,
		Regarding: corev1.ObjectReference{
			APIVersion: "edge.example.com/v1", Kind: "DeviceDeployment", Namespace: o.Namespace, Name: o.Name, UID: o.UID,
		},
	}
	if p.Phase == v1.Failed || p.Phase == v1.Pending && p.Attempts > 0 {
		e.Type = "Warning"
	}
	return e
}

// version numbers the versions as resourceVersions. Each write stores its version and
// names the one before.
func (e Evidence) version() {
	for n, v := range e.Versions {
		v.Object.ResourceVersion = fmt.Sprint(n)
		for m := range e.Operations {
			if o := &e.Operations[m]; n > 0 && o.Number == v.Operation {
				o.From, o.Sent = fmt.Sprint(n-1), v.Object
			}
		}
	}
}

// place sets how many state changes came before each operation.
func (e Evidence) place() {
	for n := range e.Operations {
		o := &e.Operations[n]
		o.Before = 0
		for _, d := range e.StateChanges {
			if d.At.Before(o.Began) || d.At.Equal(o.Began) && d.Kind == devicesim.RebootStarted && o.Number > 27 {
				o.Before++
			}
		}
		o.After = o.Before
	}
}

func TestCheckPassesAWholeStory(t *testing.T) {
	if v := Check(wholeStory()); v != nil {
		t.Errorf("a legal story is called a violation: %+v", v)
	}
}

// TestCheckAsksEveryInvariant spoils the whole story once for each invariant, so that
// only that one is broken.
func TestCheckAsksEveryInvariant(t *testing.T) {
	operation := func(e *Evidence, number int) *Operation {
		for n := range e.Operations {
			if e.Operations[n].Number == number {
				return &e.Operations[n]
			}
		}
		t.Fatalf("there is no operation %d", number)
		return nil
	}
	// unreported removes the report that the device can't be reached.
	unreported := func(e *Evidence) {
		e.Versions = slices.Delete(e.Versions, 6, 7)
		e.Operations = slices.DeleteFunc(e.Operations, func(o Operation) bool { return o.Number == 30 })
		operation(e, 33).From = "5"
	}
	asked := map[Invariant]bool{}
	for _, tt := range []struct {
		name   string
		spoil  func(*Evidence)
		broken Invariant
		at     int
	}{
		{"a status that goes back", func(e *Evidence) {
			v := stored(80, 1, v1.Verifying, 2)
			e.Versions = append(e.Versions, v)
			e.say()
			e.Events = e.Events[:7]
		}, Monotonic{}, 80},
		{"Failed while an attempt is left", func(e *Evidence) {
			e.Versions = append(e.Versions[:7], stored(35, 1, v1.Failed, 2).by(33))
			e.StateChanges[5].Image = "fw:1"
			e.Operations = slices.DeleteFunc(e.Operations, func(o Operation) bool { return o.Number > 33 })
			e.say()
		}, AttemptsExact{}, 35},
		{"a write that is refused as invalid", func(e *Evidence) {
			o := made(14, 7, 15, Write)
			o.From, o.Status, o.Invalid = "3", 422, "status may only move forward"
			e.Operations = append(e.Operations, o)
		}, NeverInvalid{}, 15},
		{"a write that names no resourceVersion", func(e *Evidence) { operation(e, 24).From = "" }, OptimisticConcurrency{}, 25},
		{"a burn that leaves before its attempt is stored", func(e *Evidence) {
			operation(e, 19).Number = 14
			operation(e, 14).Reconcile = 7
		}, WriteAhead{}, 15},
		{"an attempt that is given up", func(e *Evidence) { e.StateChanges[1] = change(12, devicesim.ImageStaged, "fw:3", "") }, FailuresReal{}, 15},
		{"Succeeded on a device that is not healthy", func(e *Evidence) { e.StateChanges[5].Healthy = false }, SucceededRuns{}, 35},
		{"a second burn in an attempt", func(e *Evidence) {
			e.StateChanges = slices.Insert(e.StateChanges, 4, burn(24, 1, 2), e.StateChanges[3])
		}, OncePerAttempt{}, 24},
		{"a burn of what runs", func(e *Evidence) {
			e.StateChanges = append(e.StateChanges, burn(80, 1, 2))
			e.StateChanges[2].Key = "by hand"
		}, NoNeedlessBurn{}, 80},
		{"a burn over a transfer that gets on", func(e *Evidence) {
			for n, o := range e.Operations {
				if o.Number == 16 || o.Number == 17 {
					e.Operations[n].Health = &devicesim.Health{Running: "fw:1", Transfer: &devicesim.TransferStatus{Key: uid + "/1/1", State: "running", Progress: 60}}
				}
			}
		}, TransferKept{}, 15},
		{"a request that came twice", func(e *Evidence) { operation(e, 9).Arrivals = 2 }, DeliveredOnce{}, 10},
		{"a request of another object's reconcile", func(e *Evidence) { operation(e, 9).For = "press-02" }, OwnDevice{}, 10},
		{"a request that takes too long", func(e *Evidence) { operation(e, 9).Ended = second(16) }, Bounded{}, 16},
		{"a POST without an ETag", func(e *Evidence) { operation(e, 19).ETag = "" }, ObserveReadPost{}, 15},
		{"a step that the device has not come to", func(e *Evidence) {
			e.Versions[5].Operation, operation(e, 24).Number, operation(e, 22).Number = 22, 22, 24
		}, Advances{}, 25},
		{"a second POST in a reconcile", func(e *Evidence) {
			*operation(e, 29) = made(29, 11, 25, Reboot)
			unreported(e)
		}, OncePerPoll{}, 25},
		{"a time that is not the truth", func(e *Evidence) {
			e.Versions[7].Object.Status.LastTransitionTime = metav1.NewMicroTime(second(35).Add(time.Microsecond))
			e.Events[5].At = second(35).Add(time.Microsecond)
		}, TransitionTime{}, 35},
		{"trouble that nobody is told of", unreported, Reported{}, 30},
		{"a controller that idles at first", func(e *Evidence) { e.Versions[0].At = second(-1); e.Incarnations[0].From = second(-1) }, OnTime{}, 0},
		{"a condition of another phase", func(e *Evidence) { e.Versions[5].Object.Status.Conditions[0].Reason = "Verifying" }, Conditions{}, 25},
		{"a failure that nobody is told of", func(e *Evidence) {
			e.Versions[3].Object.Status.LastError = ""
			conditioned(e.Versions[2].Object, e.Versions[3].Object)
			e.Events[2] = told(e.Versions[3].Object)
		}, Outcome{}, 15},
		{"a transition without an Event", func(e *Evidence) { e.Events = slices.Delete(e.Events, 4, 5) }, EventsTell{}, 25},
		{"an Event too many", func(e *Evidence) { e.Events = append(e.Events, e.Events[6]) }, OneEvent{}, 35},
		{"an observation afterwards", func(e *Evidence) { e.Operations = append(e.Operations, made(37, 15, 40, Health)) }, Stable{}, 40},
		{"a transfer that isn't begun", func(e *Evidence) { operation(e, 7).Health.Transfer, operation(e, 8).Health.Transfer = nil, nil }, Acts{}, 5},
		{"a refusal that is left alone for long", func(e *Evidence) {
			o := made(14, 5, 10, Read)
			o.Status = 500
			e.Operations = append(e.Operations, o)
			e.Returns = []Return{{By: "one", Reconcile: 5, At: second(10), Failed: true}}
		}, Retries{}, 15},
		{"a reconcile of what has ended", func(e *Evidence) { e.Returns = []Return{{By: "one", Reconcile: 15, At: second(40)}} }, Quiet{}, 40},
		{"a transfer that was never under way", func(e *Evidence) {
			e.Versions[3] = e.Versions[3].copied()
			e.Versions[3].Object.Status.Transfer = &v1.UnfinishedTransfer{Key: uid + "/1/1", Progress: 40}
		}, Unfinished{}, 15},
		{"polls in lockstep", func(e *Evidence) { e.Timing.Jitter = 10 }, Jitter{}, 15},
		{"an error without a cause", func(e *Evidence) { e.Returns = []Return{{By: "one", Reconcile: 5, At: second(10), Failed: true}} }, Errors{}, 10},
		{"a read that nothing calls for", func(e *Evidence) {
			*operation(e, 9) = reads(9, 5, 10, v1.Transferring, 1)
			e.Operations = slices.DeleteFunc(e.Operations, func(o Operation) bool { return o.Number == 10 })
		}, LiveReads{}, 10},
		{"a write that is called off", func(e *Evidence) { operation(e, 33).CalledOff = true }, Stops{}, 35},
		{"a deletion that nothing is said of", func(e *Evidence) { e.Versions = append(e.Versions, e.Versions[8].deleted(40)) }, StopsOnDeletion{}, 1000},
	} {
		asked[tt.broken] = true
		t.Run(tt.name, func(t *testing.T) {
			e := wholeStory()
			tt.spoil(&e)
			e.place()
			slices.SortFunc(e.Operations, func(a, b Operation) int { return a.Number - b.Number })
			for _, other := range All() {
				also := tt.broken == Invariant(WriteAhead{}) && other == Invariant(ObserveReadPost{}) // nothing is stored then that could be read
				if b := other.Check(e); (b != nil) != (other == tt.broken || also) {
					t.Errorf("%T says %+v", other, b)
				}
			}
			v := Check(e)
			if v == nil {
				t.Fatal("the violation went unnoticed")
			}
			if v.Promise != tt.broken.Promise() {
				t.Errorf("said to break %q, want %q", v.Promise, tt.broken.Promise())
			}
			if v.Object != "press-01" || !v.At.Equal(second(tt.at)) || v.Expected == "" || v.Found == "" {
				t.Errorf("got %+v, want press-01 at second %d, with what was expected and what was found", v, tt.at)
			}
		})
	}
	for _, i := range All() {
		if !asked[i] {
			t.Errorf("no story breaks %T", i)
		}
	}
}

func TestEachInvariantPromisesSomethingElse(t *testing.T) {
	seen := map[string]bool{}
	for _, i := range All() {
		if i.Promise() == "" || seen[i.Promise()] {
			t.Errorf("%T promises %q", i, i.Promise())
		}
		seen[i.Promise()] = true
	}
}

func TestAttemptOf(t *testing.T) {
	for _, tt := range []struct {
		key        string
		generation int64
		attempt    int32
		ok         bool
	}{
		{uid + "/1/1", 1, 1, true},
		{uid + "/12/34", 12, 34, true},
		{uid + "/1/1/again", 1, 1, true}, // still this attempt's, whatever follows
		{uid + "/1", 0, 0, false},
		{uid + "/1/", 0, 0, false},
		{uid, 0, 0, false},
		{"", 0, 0, false},
		{"by hand", 0, 0, false},
		{"another/1/1", 0, 0, false},
		{uid + "x/1/1", 0, 0, false},
	} {
		generation, attempt, ok := attemptOf(tt.key, uid)
		if ok != tt.ok || ok && (generation != tt.generation || attempt != tt.attempt) {
			t.Errorf("attemptOf(%q) = %d, %d, %t", tt.key, generation, attempt, ok)
		}
	}
}

package trace

import "testing"

// TestText has the words for each kind of event in a world of no particular
// operator.
func TestText(t *testing.T) {
	one := Actor{Role: Controller, Number: 1}
	etcd, vault := Actor{Role: Program, Name: "etcd"}, Actor{Role: System, Name: "vault"}
	world, person := Actor{Role: World}, Actor{Role: Person}
	secret := Object{Kind: "Secret", Namespace: OwnNamespace, Name: "web"}
	status := Object{Group: "apps", Kind: "Deployment", Namespace: "other", Name: "web", Subresource: "status"}
	path := func(p string) []Field { return []Field{String(Path, p)} }
	told := map[Kind]bool{}
	for _, tt := range []struct {
		event Event
		want  string
	}{
		{Event{Actor: world, Kind: Start, Target: one}, "controller 1 started"},
		{Event{Actor: world, Kind: Start, Target: one, Fields: []Field{String(CacheTime, "10s")}}, "controller 1 started, sees the world as it was at 10s, and its watch is down"},
		{Event{Actor: world, Kind: Start, Target: one, Fields: []Field{Bool(WaitsForAPI, true)}}, "controller 1 started, and waits for the API server"},
		{Event{Actor: world, Kind: Start, Target: etcd}, "etcd is back, on the same data"},
		{Event{Actor: world, Kind: Kill, Target: etcd}, "etcd killed"},
		{Event{Actor: world, Kind: Kill, Target: one, Fields: []Field{String(During, "start")}}, "controller 1 killed while it starts"},
		{Event{Actor: world, Kind: Kill, Target: one, Fields: []Field{String(Side, "after"), Int(RequestNumber, 7), String(RequestSubject, "web")}}, "controller 1 killed after request #7 of web"},
		{Event{Actor: world, Kind: Stop, Target: one}, "controller 1 is told to stop"},
		{Event{Actor: world, Kind: Stop, Target: one, Fields: []Field{Int(RequestNumber, 7), String(RequestSubject, "web")}}, "controller 1 is told to stop at request #7 of web"},
		{Event{Actor: world, Kind: WatchDown, Target: one, Fields: []Field{Int(RequestNumber, 7), String(RequestSubject, "web")}}, "controller 1: its watch is down at request #7 of web"},
		{Event{Actor: world, Kind: Start, Target: one, Fields: []Field{Int(RequestNumber, 7), String(RequestSubject, "web")}}, "controller 1 started at request #7 of web"},
		{Event{Actor: world, Kind: Stopped, Target: one}, "controller 1 has stopped"},
		{Event{Actor: world, Kind: WatchDown, Target: one}, "controller 1: its watch is down"},
		{Event{Actor: world, Kind: WatchUp, Target: one}, "controller 1: its watch is back, with a new list"},
		{Event{Actor: world, Kind: Isolated, Target: one}, "controller 1: cut off from the API server"},
		{Event{Actor: world, Kind: Rejoined, Target: one}, "controller 1: reaches the API server again"},
		{Event{Actor: world, Kind: Resync, Target: one}, "controller 1: a resync"},
		{Event{Actor: one, Kind: Read, Verb: "get", Object: secret, Fields: path("/api/v1/secrets/web"), Result: Result{Status: 404, Failure: Refused}}, "GET /api/v1/secrets/web → 404"},
		{Event{Actor: one, Kind: Write, Verb: "apply", Object: secret, Fields: path("/api/v1/secrets/web"), Result: Result{Status: 409, Failure: Conflict}}, "PATCH /api/v1/secrets/web → 409"},
		{Event{Actor: one, Kind: Write, Verb: "create", Object: secret, Fields: path("/api/v1/secrets"), Result: Result{Failure: Timeout}}, "POST /api/v1/secrets: no answer in time"},
		{Event{Actor: one, Kind: Request, Verb: "POST", Target: vault, Fields: path("/word"), Result: Result{Status: 200}}, "POST vault/word → 200"},
		{Event{Actor: one, Kind: Request, Verb: "GET", Target: vault, Fields: path("/word"), Result: Result{Status: 200, Failure: Truncated}}, "GET vault/word → 200, an answer that breaks off"},
		{Event{Actor: person, Kind: Request, Verb: "POST", Target: vault, Fields: path("/word"), Result: Result{Failure: NoAnswer}}, "somebody asks by hand: POST vault/word: no answer"},
		{Event{Actor: person, Kind: Write, Verb: "create", Object: secret}, "created"},
		{Event{Actor: person, Kind: Write, Verb: "create", Object: secret, Fields: []Field{Int("size", 3)}}, "created: size=3"},
		{Event{Actor: person, Kind: Write, Verb: "apply", Object: secret}, "applied"},
		{Event{Actor: person, Kind: Write, Verb: "patch", Object: secret, Fields: []Field{String("data.a", "b"), Bool("immutable", true)}}, "edited: data.a=b immutable=true"},
		{Event{Actor: person, Kind: Write, Verb: "patch", Object: secret, Fields: []Field{String(Patch, `{"data":{}}`)}}, `patched: {"data":{}}`},
		{Event{Actor: person, Kind: Write, Verb: "delete", Object: secret, Fields: []Field{Bool(HeldByFinalizer, true)}}, "deleted, but held by a finalizer"},
		{Event{Actor: person, Kind: Write, Verb: "update", Object: status}, "status updated"},
		{Event{Actor: one, Kind: Call, Verb: "Create", Target: vault, Fields: []Field{String(About, "web")}}, "vault: Create web → ok"},
		{Event{Actor: one, Kind: Call, Verb: "Create", Target: vault, Fields: []Field{String(About, "web"), String(Error, "sealed")}, Result: Result{Failure: Failed}}, "vault: Create web → error: sealed"},
		{Event{Actor: one, Kind: Call, Verb: "Create", Target: vault, Fields: []Field{String(About, "web")}, Result: Result{Status: 429, Failure: Refused, Injected: true}}, "vault: Create web → 429"},
		{Event{Actor: one, Kind: Call, Verb: "Create", Target: vault, Fields: []Field{String(About, "web")}, Result: Result{Failure: Timeout}}, "vault: Create web: no answer in time"},
		{Event{Actor: Actor{Role: Reaction, Name: "kubelet"}, Kind: Write, Verb: "update", Object: status, Result: Result{Status: 200}}, "kubelet: status updated"},
		{Event{Actor: Actor{Role: Reaction, Name: "kubelet"}, Kind: Write, Verb: "create", Object: secret, Result: Result{Status: 409, Failure: Conflict}}, "kubelet: create → 409"},
		{Event{Kind: Refusal, Result: Result{Status: 422, Failure: Invalid}}, "the API server's answer → 422"},
		{Event{Actor: vault, Kind: State, Verb: "gives", Fields: []Field{Int("word", 1)}}, "gives word=1"},
		{Event{Actor: world, Kind: Fault, Verb: "sealed"}, "fault: sealed"},
		{Event{Actor: world, Kind: Repaired, Verb: "sealed"}, "repaired: sealed"},
	} {
		told[tt.event.Kind] = true
		if got := Text(tt.event); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	for _, kind := range Kinds() {
		if !told[kind] {
			t.Errorf("no event of the kind %s has been told", kind)
		}
	}
}

func TestEveryFailureHasWords(t *testing.T) {
	words := map[string]Failure{}
	for _, f := range Failures() {
		if other, twice := words[f.Words()]; twice || f.Words() == "" {
			t.Errorf("%s and %s are both %q", f, other, f.Words())
		}
		words[f.Words()] = f
	}
}

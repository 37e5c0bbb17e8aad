package trace

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDecode(t *testing.T) {
	want := []Event{
		{At: 1500 * time.Millisecond, Subject: "web", Actor: Actor{Role: Controller, Number: 2}, Kind: Write, Verb: "update", Number: 7, Work: Work{Controller: "web", Name: "web"},
			Object: Object{Kind: "Web", Name: "web"}, Result: Result{Status: 409, Failure: Conflict}, Fields: []Field{String("phase", "New"), Int("attempt", 3), Bool("healthy", true)}},
		{At: 12345678 * time.Microsecond, Actor: Actor{Role: World}, Kind: Kill, Target: Actor{Role: Controller, Number: 1}},
	}
	raw, err := Encode(want, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(raw); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("(%v)\n%+v\n%+v", err, got, want)
	}
	if _, err := Decode([]json.RawMessage{raw[0], []byte(`{"number":"seven"}`)}); err == nil || !strings.Contains(err.Error(), "event 2: ") {
		t.Errorf("of what is no event: %v", err)
	}
}

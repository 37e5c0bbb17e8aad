package process

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"example.com/edge-device-operator/harness/virtualtime"
)

// at is a time of an API server's clock on some evening.
func at(clock string) metav1.Time {
	t, err := time.Parse(time.DateTime, "2026-11-26 "+clock)
	if err != nil {
		panic(err)
	}
	return metav1.NewTime(t)
}

// aged is an object as an API server has it that has two managers and is being deleted.
func aged(namespace, resourceVersion string) corev1.Secret {
	o := secret("one", "test.example.com/hold")
	o.Namespace, o.ResourceVersion, o.CreationTimestamp = namespace, resourceVersion, at("20:00:01")
	deletion := at("20:00:35")
	o.DeletionTimestamp, o.DeletionGracePeriodSeconds = &deletion, new(int64(30))
	for n, manager := range []string{"zeta", "alpha"} {
		when := metav1.NewTime(at("20:00:01").Add(time.Duration(n) * time.Second))
		o.ManagedFields = append(o.ManagedFields, metav1.ManagedFieldsEntry{
			Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", Time: &when,
			FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(`{"f:data":{"f:time":{},"f:\"{":{}}}`),
		})
	}
	return o
}

// aDay is a server of one answer, and a world of Timestamps in which it is so long after
// the beginning.
type aDay struct {
	*testing.T
	clock      *virtualtime.Clock
	timestamps *Timestamps
	mediaType  string
	answer     []byte
	sent       []byte
}

func newDay(t *testing.T, mediaType string) *aDay {
	clock := virtualtime.NewClock(time.Date(2026, time.January, 1, 0, 0, 0, 123456000, time.UTC))
	d := &aDay{T: t, clock: clock, timestamps: NewTimestamps(clock), mediaType: mediaType}
	d.answer = encoded(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "w", UID: "uid-w", ResourceVersion: "5", CreationTimestamp: at("20:00:00")}}, mediaType)
	d.do(http.MethodPost, "/api/v1/namespaces", nil)
	d.timestamps.Began("5")
	return d
}

// RoundTrip is the server's.
func (d *aDay) RoundTrip(req *http.Request) (*http.Response, error) {
	d.sent = nil
	if req.Body != nil {
		var err error
		if d.sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {d.mediaType}}, Body: io.NopCloser(bytes.NewReader(bytes.Clone(d.answer)))}, nil
}

// do sends a request, and returns the answer as whoever sent it gets it.
func (d *aDay) do(method, path string, body []byte) []byte {
	d.Helper()
	req, err := http.NewRequest(method, "http://server.example"+path, bytes.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	res, err := d.timestamps.Translating(d).RoundTrip(req)
	if err != nil {
		d.Fatal(err)
	}
	got, err := io.ReadAll(res.Body)
	if err != nil {
		d.Fatal(err)
	}
	return got
}

// decoded reads an answer.
func (d *aDay) decoded(answer []byte) runtime.Object {
	d.Helper()
	o, _, err := codecs.UniversalDeserializer().Decode(answer, nil, nil)
	if err != nil {
		d.Fatal(err)
	}
	return o
}

const one = "/api/v1/namespaces/w/secrets/one"

// times are what an object tells of when things were.
func timesOf(o metav1.Object) string {
	created := o.GetCreationTimestamp()
	all := []string{created.UTC().Format(time.TimeOnly)}
	if d := o.GetDeletionTimestamp(); d != nil {
		all = append(all, d.UTC().Format(time.TimeOnly))
	}
	for _, f := range o.GetManagedFields() {
		all = append(all, f.Time.UTC().Format(time.TimeOnly))
	}
	return strings.Join(all, " ")
}

// TestAnswersTellVirtualTimes has an object be read in every form, at first and again
// later.
func TestAnswersTellVirtualTimes(t *testing.T) {
	for _, mediaType := range mediaTypes {
		d := newDay(t, mediaType)
		object := aged("w", "10")
		d.clock.AdvanceTo(d.clock.Now().Add(10 * time.Second))
		const want = "00:00:10 00:00:40 00:00:10 00:00:10"
		check := func(what string, o metav1.Object) {
			t.Helper()
			if got := timesOf(o); got != want {
				t.Errorf("%s: %s says %s, want %s", mediaType, what, got, want)
			}
		}
		d.answer = encoded(t, &object, mediaType)
		check("an object", d.decoded(d.do(http.MethodGet, one, nil)).(metav1.Object))
		d.clock.AdvanceTo(d.clock.Now().Add(time.Minute))
		check("the same later", d.decoded(d.do(http.MethodGet, one, nil)).(metav1.Object))
		d.answer = encoded(t, &corev1.SecretList{Items: []corev1.Secret{object, object}}, mediaType)
		for _, o := range d.decoded(d.do(http.MethodGet, "/api/v1/namespaces/w/secrets", nil)).(*corev1.SecretList).Items {
			check("a list", &o)
		}
		d.answer = event(t, &object, mediaType)
		events := d.do(http.MethodGet, "/api/v1/namespaces/w/secrets?watch=true", nil)
		for range 2 {
			var o runtime.Object
			o, events = d.event(events)
			check("a watch", o.(metav1.Object))
		}
		if len(events) > 0 {
			t.Errorf("%s: after the events comes %q", mediaType, events)
		}
	}
	d := newDay(t, runtime.ContentTypeJSON)
	object := aged("w", "10")
	raw, err := json.Marshal(metav1.Table{Rows: []metav1.TableRow{{Cells: []any{"one"}, Object: runtime.RawExtension{Raw: encoded(t, &object, runtime.ContentTypeJSON)}}}})
	if err != nil {
		t.Fatal(err)
	}
	d.answer = raw
	var table metav1.Table
	if err := json.Unmarshal(d.do(http.MethodGet, "/api/v1/namespaces/w/secrets", nil), &table); err != nil {
		t.Fatal(err)
	}
	if got := timesOf(d.decoded(table.Rows[0].Object.Raw).(metav1.Object)); got != "00:00:00 00:00:30 00:00:00 00:00:00" {
		t.Errorf("a table says %s", got)
	}
}

// event is two events of a watch, as an API server sends them.
func event(t *testing.T, o runtime.Object, mediaType string) []byte {
	t.Helper()
	e := metav1.WatchEvent{Type: string(watch.Added), Object: runtime.RawExtension{Raw: bytes.TrimSpace(encoded(t, o, mediaType))}}
	if mediaType == runtime.ContentTypeJSON {
		raw, err := json.Marshal(&e)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Repeat(append(raw, '\n'), 2)
	}
	raw, err := e.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Repeat(append(binary.BigEndian.AppendUint32(nil, uint32(len(raw))), raw...), 2)
}

// event reads the first event of some, and returns the rest.
func (d *aDay) event(events []byte) (runtime.Object, []byte) {
	d.Helper()
	var e metav1.WatchEvent
	var err error
	var rest []byte
	if d.mediaType == runtime.ContentTypeJSON {
		events, rest, _ = bytes.Cut(events, []byte("\n"))
		err = json.Unmarshal(events, &e)
	} else {
		n := 4 + binary.BigEndian.Uint32(events)
		events, rest = events[4:n], events[n:]
		err = e.Unmarshal(events)
	}
	if err != nil {
		d.Fatal(err)
	}
	return d.decoded(e.Object.Raw), rest
}

// TestWhatWasBeforeTheWorld has objects be read that are older than the world.
func TestWhatWasBeforeTheWorld(t *testing.T) {
	for _, mediaType := range mediaTypes {
		for _, c := range []struct {
			what, namespace, resourceVersion, created, want string
		}{
			{"an old object", "", "4", "19:00:00", "00:00:00"},
			{"one that was created in the world's first second, before it", "", "4", "20:00:00", "00:00:00"},
			{"an old object that was changed in the world", "", "10", "19:00:00", "00:00:00"},
			{"a new object", "", "10", "20:00:00", "00:01:00"},
			{"an object in the world's namespace", "w", "10", "20:00:00", "00:01:00"},
		} {
			d := newDay(t, mediaType)
			d.clock.AdvanceTo(d.clock.Now().Add(time.Minute))
			d.answer = encoded(t, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: c.namespace, Name: "x", UID: "x", ResourceVersion: c.resourceVersion, CreationTimestamp: at(c.created)}}, mediaType)
			if got := timesOf(d.decoded(d.do(http.MethodGet, one, nil)).(metav1.Object)); got != c.want {
				t.Errorf("%s: %s was created at %s, want %s", mediaType, c.what, got, c.want)
			}
		}
	}
}

// TestTrialsAreForgotten has a deletion be tried before it is made.
func TestTrialsAreForgotten(t *testing.T) {
	for _, mediaType := range mediaTypes {
		for first, want := range map[bool]string{true: "00:00:00 00:01:30 00:00:00 00:00:00", false: "00:01:00 00:01:30 00:01:00 00:01:00"} {
			d := newDay(t, mediaType)
			object, before := aged("w", "10"), aged("w", "10")
			before.DeletionTimestamp, before.DeletionGracePeriodSeconds = nil, nil
			if first {
				d.answer = encoded(t, &before, mediaType)
				d.do(http.MethodGet, one, nil)
			}
			d.answer = encoded(t, &object, mediaType)
			d.do(http.MethodDelete, one+"?dryRun=All", nil)
			d.clock.AdvanceTo(d.clock.Now().Add(time.Minute))
			if got := timesOf(d.decoded(d.do(http.MethodDelete, one, nil)).(metav1.Object)); got != want {
				t.Errorf("%s: the times are %s, want %s", mediaType, got, want)
			}
		}
	}
}

// TestADeletedCollection has the answer to the deletion of a collection be what was
// before it: when it was is told by later answers.
func TestADeletedCollection(t *testing.T) {
	for _, mediaType := range mediaTypes {
		d := newDay(t, mediaType)
		object, before := aged("w", "10"), aged("w", "9")
		before.DeletionTimestamp, before.DeletionGracePeriodSeconds = nil, nil
		d.answer = encoded(t, &corev1.SecretList{Items: []corev1.Secret{before}}, mediaType)
		d.do(http.MethodDelete, "/api/v1/namespaces/w/secrets", nil)
		d.clock.AdvanceTo(d.clock.Now().Add(time.Minute))
		d.answer = encoded(t, &object, mediaType)
		if got, want := timesOf(d.decoded(d.do(http.MethodGet, one, nil)).(metav1.Object)), "00:00:00 00:00:30 00:01:00 00:01:00"; got != want {
			t.Errorf("%s: the times are %s, want %s", mediaType, got, want)
		}
	}
}

// TestUpdatesBringTheServersTimesBack has an object be written as it was read: the API
// server orders managedFields by their times, and takes another order for a change.
func TestUpdatesBringTheServersTimesBack(t *testing.T) {
	for _, mediaType := range mediaTypes {
		d := newDay(t, mediaType)
		object := aged("w", "10")
		d.answer = encoded(t, &object, mediaType)
		read := d.do(http.MethodGet, one, nil)
		d.do(http.MethodPut, one, read)
		sent := d.decoded(d.sent).(*corev1.Secret)
		for n := range object.ManagedFields {
			if got, want := sent.ManagedFields[n].Time, object.ManagedFields[n].Time; !got.Equal(want) {
				t.Errorf("%s: the server gets %v, and has %v", mediaType, got, want)
			}
		}
	}
}

// TestOtherAnswersStayAsTheyAre has the server answer with what holds no times, or is
// broken.
func TestOtherAnswersStayAsTheyAre(t *testing.T) {
	for _, mediaType := range mediaTypes {
		d := newDay(t, mediaType)
		object := aged("w", "10")
		whole := encoded(t, &object, mediaType)
		for n := range whole {
			d.answer = whole[:n]
			if got := d.do(http.MethodGet, one, nil); len(got) != n {
				t.Fatalf("%s: of %d bytes %d arrive", mediaType, n, len(got))
			}
		}
	}
	d := newDay(t, runtime.ContentTypeJSON)
	d.mediaType = "text/plain"
	d.answer = []byte(`{"metadata":{"uid":"x","creationTimestamp":"2026-11-26T20:00:01Z"}} is a line of a log`)
	if got := d.do(http.MethodGet, one+"/log", nil); !bytes.Equal(got, d.answer) {
		t.Errorf("a log has become %q", got)
	}
}

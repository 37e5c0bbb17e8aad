package kuberay

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	utiltypes "github.com/ray-project/kuberay/ray-operator/controllers/ray/utils/types"
	"k8s.io/apimachinery/pkg/types"

	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// takes is how long a Ray job takes.
const takes = 25 * time.Second

// Ray is what runs in the pods: a dashboard in each head, and the jobs.
type Ray struct {
	world *world.World

	mu      sync.Mutex           // guards what follows
	heads   map[string]types.UID // the heads that run, by cluster
	evicted map[string]bool      // where a pod was evicted before
	runs    []*run
	events  []trace.Event
}

// NewRay returns a Ray in which nothing runs.
func NewRay() *Ray { return &Ray{heads: map[string]types.UID{}, evicted: map[string]bool{}} }

// run is one run of a job. It is forgotten with its head.
type run struct {
	head    types.UID
	id      string
	fails   bool
	since   time.Time
	stopped bool
	lost    bool // with its head
}

func (r *run) status(now time.Time) rayv1.JobStatus {
	switch {
	case r.stopped, r.lost:
		return rayv1.JobStatusStopped
	case now.Sub(r.since) < takes:
		return rayv1.JobStatusRunning
	case r.fails:
		return rayv1.JobStatusFailed
	}
	return rayv1.JobStatusSucceeded
}

// of names the RayJob of a run: its id is the name and five letters.
func (r *run) of() string { return r.id[:strings.LastIndex(r.id, "-")] }

// find returns the run with an id on a head, nil if there is none.
func (r *Ray) find(head types.UID, id string) *run {
	for _, one := range r.runs {
		if one.head == head && one.id == id {
			return one
		}
	}
	return nil
}

// submit runs a job on a head.
func (r *Ray) submit(head types.UID, id, entrypoint string) {
	r.runs = append(r.runs, &run{head: head, id: id, fails: strings.Contains(entrypoint, "fail"), since: r.world.Clock().Now()})
	r.happens("a job begins")
}

func (r *Ray) happens(what string) {
	r.events = append(r.events, trace.Event{At: r.world.Now(), Subject: "ray", Actor: trace.Actor{Role: trace.System, Name: "ray"}, Kind: trace.State, Verb: what})
}

// Serves says whether a host is the Service of a head.
func (*Ray) Serves(host string) (string, bool) {
	_, _, ok := strings.Cut(host, "-head-svc.")
	return "ray", ok
}

func (r *Ray) Transport() http.RoundTripper { return r }
func (*Ray) Close()                         {}

func (*Ray) OnlyLooks(req *http.Request) bool { return req.Method == http.MethodGet }

func (r *Ray) Happened() (events []trace.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	events, r.events = r.events, nil
	return events
}

// RoundTrip is the dashboard. It tells no times: KubeRay holds them against time.Now.
func (r *Ray) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	cluster, _, _ := strings.Cut(req.URL.Hostname(), "-head-svc.")
	head := r.heads[cluster]
	if head == "" {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	id, what, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/api/jobs/"), "/")
	if id == "" {
		var job utiltypes.RayJobRequest
		if err := json.NewDecoder(req.Body).Decode(&job); err != nil {
			return nil, err
		}
		if r.find(head, job.SubmissionId) != nil {
			return answer(req, http.StatusInternalServerError, "Please use a different submission_id")
		}
		r.submit(head, job.SubmissionId, job.Entrypoint)
		return answer(req, http.StatusOK, utiltypes.RayJobResponse{JobId: job.SubmissionId})
	}
	job := r.find(head, id)
	if job == nil {
		return answer(req, http.StatusNotFound, "no such job")
	}
	status := job.status(r.world.Clock().Now())
	if what == "stop" {
		stops := !rayv1.IsJobTerminal(status)
		if stops {
			job.stopped = true
			r.happens("a job is stopped")
		}
		return answer(req, http.StatusOK, utiltypes.RayJobStopResponse{Stopped: stops})
	}
	return answer(req, http.StatusOK, utiltypes.RayJobInfo{JobStatus: status, SubmissionId: id})
}

func answer(req *http.Request, status int, body any) (*http.Response, error) {
	text, err := json.Marshal(body)
	return &http.Response{StatusCode: status, Request: req, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(text)))}, err
}

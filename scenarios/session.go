package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/go-logr/logr"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/rest"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/operator/config"
)

// Session is a control plane that scenarios are played on.
type Session struct {
	// RenewAfter has a fresh control plane take the place of the old one after so many
	// runs, never if 0. Nothing deletes the namespaces under envtest, nor what is in them:
	// each run leaves some 50 kB in kube-apiserver.
	RenewAfter int

	mu       sync.RWMutex               // held for reading by each run, for writing where the control plane changes
	runs     atomic.Int64               // on this control plane
	plane    *controlplane.ControlPlane // nil if it is another process's
	admin    *rest.Config
	operator *rest.Config
	name     string
}

// Open starts a control plane; it downloads or builds one first if necessary, and
// reports that to progress, which may be nil. The caller closes the session.
func Open(ctx context.Context, progress io.Writer) (*Session, error) {
	// Each controller has a logger of its own. Without a global one, controller-runtime
	// logs a complaint after half a minute.
	log.SetLogger(logr.Discard())
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // each world leaves its garbage behind, and little is kept
	}
	s := &Session{}
	if err := s.start(ctx, progress); err != nil {
		return nil, err
	}
	return s, nil
}

// Attach returns a session on a control plane of another process. admin may do everything,
// operator what the operator may. name distinguishes the worlds of this process from those
// of others. Files that kill the control plane can't be played.
func Attach(admin, operator *rest.Config, name string) *Session {
	log.SetLogger(logr.Discard())
	return &Session{admin: admin, operator: operator, name: name}
}

// start starts a control plane.
func (s *Session) start(ctx context.Context, progress io.Writer) error {
	assets, err := controlplane.Binaries(ctx, progress)
	if err != nil {
		return err
	}
	crd, err := config.CRD()
	if err != nil {
		return err
	}
	plane, err := controlplane.Start(ctx, controlplane.Options{Assets: assets, CRDs: []*apiextensionsv1.CustomResourceDefinition{crd}})
	if err != nil {
		return err
	}
	operator, err := addOperator(ctx, plane)
	if err != nil {
		return errors.Join(err, plane.Stop())
	}
	s.plane, s.admin, s.operator = plane, plane.Config(), operator
	return nil
}

// begin begins a run, on a fresh control plane if the old one has had enough of them. It
// waits until nothing runs on that. The run calls over.
func (s *Session) begin(ctx context.Context) (over func(), err error) {
	for {
		s.mu.RLock()
		if n := s.runs.Add(1); s.RenewAfter == 0 || n <= int64(s.RenewAfter) {
			return s.mu.RUnlock, nil
		}
		s.mu.RUnlock()
		if err := s.renew(ctx); err != nil {
			return nil, err
		}
	}
}

// renew has a fresh control plane take the place of one that has had enough runs.
func (s *Session) renew(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs.Load() <= int64(s.RenewAfter) {
		return nil // another run has been faster
	}
	old := s.plane
	if err := s.start(ctx, nil); err != nil {
		return err
	}
	s.runs.Store(0)
	return old.Stop()
}

// operatorUser is the controller's user in every scenario.
const operatorUser = "edge-device-operator"

// addOperator adds a user with exactly the permissions of the operator's generated
// ClusterRole.
func addOperator(ctx context.Context, plane *controlplane.ControlPlane) (*rest.Config, error) {
	role, err := config.ClusterRole()
	if err != nil {
		return nil, err
	}
	return plane.AddUserWith(ctx, operatorUser, role.Rules)
}

// ControlPlane returns the control plane of the session; with RenewAfter, the present one.
func (s *Session) ControlPlane() *controlplane.ControlPlane { return s.plane }

// OperatorFile returns the path of a kubeconfig with which another program has exactly
// the controller's permissions. Close removes it.
func (s *Session) OperatorFile() (path string, err error) { return s.plane.AddUserFile(operatorUser) }

// AdminFile is OperatorFile for who may do everything.
func (s *Session) AdminFile() (path string, err error) {
	return s.plane.AddUserFile("admin", "system:masters")
}

// Close ends the control plane.
func (s *Session) Close() error { return s.plane.Stop() }

// Run plays a file in a world of its own on the session's control plane, with
// world.SettleLimit unless the options set another limit. Any number of worlds can run
// at a time; one that kills the control plane waits until it is alone.
func (s *Session) Run(ctx context.Context, f *scenario.File, o scenario.Options) (scenario.Result, error) {
	over, err := s.begin(ctx)
	if err != nil {
		return scenario.Result{}, err
	}
	defer over()
	o.World.REST, o.World.Controller, o.World.Name = s.admin, s.operator, s.name
	if s.plane != nil {
		o.World.ControlPlane = s.plane
	}
	if o.World.Settle == nil {
		o.World.Settle = world.SettleWithin(world.SettleLimit)
	}
	return f.Run(ctx, o)
}

// Replay returns the command that plays a file again with the same options.
func Replay(f *scenario.File, o scenario.Options) string {
	command := "edgesim replay"
	if o.World.Seed != 0 && o.World.Seed != f.Seed {
		command += fmt.Sprintf(" --seed %d", o.World.Seed)
	}
	if o.World.Workers != 0 {
		command += fmt.Sprintf(" --workers %d", o.World.Workers)
	}
	if filepath.Base(f.Path) == f.Path {
		return command + " " + f.Name()
	}
	return command + " " + f.Path
}

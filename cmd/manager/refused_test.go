package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"example.com/edge-device-operator/operator/config"
)

// TestItDoesNotStart tries what a real API server or the system may refuse. Each time
// the program says so in one line, within seconds, and exits.
func TestItDoesNotStart(t *testing.T) {
	crd, err := config.CRD()
	if err != nil {
		t.Fatal(err)
	}
	log.SetLogger(logr.Discard()) // of envtest
	plane := startPlane(t, crd)
	// One user may do nothing; for each permission, one lacks only that; one may do
	// everything in one namespace.
	admin := adminOf(t, plane)
	role, err := config.ClusterRole()
	if err != nil {
		t.Fatal(err)
	}
	local := &rbacv1.RoleBinding{
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "local"}},
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
	}
	local.Namespace, local.Name = "default", "local"
	create := func(all ...client.Object) {
		t.Helper()
		for _, o := range all {
			if err := admin.Create(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
	}
	create(role, local)
	user := func(name string) string {
		t.Helper()
		path, err := plane.AddUserFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return "--kubeconfig=" + path
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().String()
	garbage := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(garbage, []byte("a: [kubeconfig\nof two lines"), 0o600); err != nil {
		t.Fatal(err)
	}
	nobody := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(nobody, []byte(`{"apiVersion":"v1","kind":"Config","current-context":"it","contexts":[{"name":"it","context":{"cluster":"it"}}],
		"clusters":[{"name":"it","cluster":{"server":"http://127.0.0.1:1"}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}

	const bind = "bind the ClusterRole in operator/config/rbac/role.yaml to it"
	type refusal struct {
		name string
		args []string
		want string
	}
	var lacking []refusal
	for n, right := range []string{
		"get devicedeployments (edge.example.com)", "list devicedeployments (edge.example.com)", "watch devicedeployments (edge.example.com)",
		"update devicedeployments/status (edge.example.com)", "create events (events.k8s.io)",
	} {
		name := fmt.Sprintf("lacking-%d", n)
		most := without(t, n)
		most.Name = name
		binding := &rbacv1.ClusterRoleBinding{
			Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
			RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		}
		binding.Name = name
		create(most, binding)
		lacking = append(lacking, refusal{"no right to " + right, []string{user(name)}, "this user may not " + right + " in all namespaces; " + bind + ", or restrict the operator with --namespace\n"})
	}
	for _, tt := range append(lacking, []refusal{
		{"no rights", []string{user("nobody")}, "this user may not get devicedeployments (edge.example.com) in all namespaces; " + bind + ", or restrict the operator with --namespace\n"},
		{"rights in one namespace only", []string{user("local")}, "this user may not get devicedeployments (edge.example.com) in all namespaces; " + bind + ", or restrict the operator with --namespace\n"},
		{"rights in another namespace", []string{user("local"), "--namespace=plant"}, "this user may not get devicedeployments (edge.example.com) in the namespace plant; " + bind + "\n"},
		{"a port for probes that is taken", []string{user("local"), "--namespace=default", "--health-probe-address=" + port}, "--health-probe-address " + port + ": listen tcp " + port + ": bind: address already in use\n"},
		{"a port for metrics that is taken", []string{user("local"), "--namespace=default", "--metrics-address=" + port}, "--metrics-address " + port + ": listen tcp " + port + ": bind: address already in use\n"},
		{"an address that isn't here", []string{user("local"), "--namespace=default", "--health-probe-address=192.0.2.1:80"}, "--health-probe-address 192.0.2.1:80: listen tcp 192.0.2.1:80: bind: "},
		{"a kubeconfig that is none", []string{"--kubeconfig=" + garbage}, garbage},
		{"an API server that isn't there", []string{"--kubeconfig=" + nobody}, "the API server at http://127.0.0.1:1: "},
	}...) {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			out, wrong, code := outcome(t, nil, append([]string{"--health-probe-address=0"}, tt.args...)...)
			if code != exitFailed || out != "" || strings.Count(wrong, "\n") != 1 || !strings.HasPrefix(wrong, "manager: ") || !strings.Contains(wrong, tt.want) {
				t.Errorf("exit code %d, stdout %q, stderr:\n%swant %q", code, out, wrong, tt.want)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// without returns a role with all of the operator's permissions but the nth.
func without(t *testing.T, n int) *rbacv1.ClusterRole {
	t.Helper()
	all, err := config.Rights()
	if err != nil || n >= len(all) {
		t.Fatalf("%d rights, %v", len(all), err)
	}
	less := &rbacv1.ClusterRole{}
	for _, right := range slices.Delete(all, n, n+1) {
		less.Rules = append(less.Rules, rbacv1.PolicyRule{
			APIGroups: []string{right.Group}, Resources: []string{strings.TrimSuffix(right.Resource+"/"+right.Subresource, "/")}, Verbs: []string{right.Verb},
		})
	}
	return less
}

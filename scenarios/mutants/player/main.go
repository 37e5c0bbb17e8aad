// Player plays one mutant on the control plane of another process, and says what finds it:
// explore without the scenarios, then the scenarios. It is built with the mutants of
// tools/mutate, of which an environment variable chooses one.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"

	"k8s.io/client-go/tools/clientcmd"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/edge"
	"example.com/edge-device-operator/scenarios/mutants"
)

func main() {
	admin, operator := flag.String("admin", "", "a kubeconfig `file` that allows everything"), flag.String("operator", "", "a kubeconfig `file` that allows what the operator may")
	name := flag.String("name", "", "what the worlds of this process are called")
	runs, worlds := flag.Int("runs", 200, "how many runs explore has"), flag.Int("worlds", 100, "how many of them are random worlds")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	debug.SetMemoryLimit(1 << 30)
	finding, err := run(ctx, *admin, *operator, *name, *runs, *worlds, flag.Args())
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(finding)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "player:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, admin, operator, name string, runs, worlds int, plain []string) (mutants.Finding, error) {
	adminConfig, errAdmin := clientcmd.BuildConfigFromFlags("", admin)
	operatorConfig, errOperator := clientcmd.BuildConfigFromFlags("", operator)
	if err := errors.Join(errAdmin, errOperator); err != nil {
		return mutants.Finding{}, err
	}
	adminConfig.QPS, operatorConfig.QPS = -1, -1
	s := scenarios.Attach(adminConfig, operatorConfig, name)
	o := explore.Options{
		Language: edge.Language, Grammar: edge.Grammar, External: edge.ExternalFaults,
		Runs: runs, Worlds: worlds, Seed: 1, First: true, NoShrink: true, Width: 2,
		Play: s.Run,
	}
	for _, path := range plain {
		f, err := scenarios.Load(path)
		if err != nil {
			return mutants.Finding{}, err
		}
		o.Files = append(o.Files, f)
	}
	r, err := explore.Explore(ctx, o)
	switch {
	case err != nil:
		return mutants.Finding{}, err
	case len(r.Violations) > 0:
		return mutants.Finding{By: "explore", What: r.Violations[0].Promise, Runs: r.Runs}, nil
	case len(r.Errors) > 0:
		return mutants.Finding{By: "error", What: r.Errors[0], Runs: r.Runs}, nil
	}
	return replay(ctx, s)
}

// replay plays the scenarios, up to the first that breaks a promise.
func replay(ctx context.Context, s *scenarios.Session) (found mutants.Finding, err error) {
	for n, name := range scenarios.Names() {
		f, err := scenarios.Load(name)
		if err != nil {
			return mutants.Finding{}, err
		}
		if f.KillsControlPlane || f.About == "a long day" {
			continue
		}
		res, err := s.Run(ctx, f, scenario.Options{})
		switch {
		case ctx.Err() != nil:
			return mutants.Finding{}, context.Cause(ctx)
		case scenario.IsViolation(err):
			return mutants.Finding{By: "scenario", What: name + ": " + err.Error(), Runs: n + 1}, nil
		case found.By == "" && err != nil:
			found = mutants.Finding{By: "trace", What: name + ": " + err.Error(), Runs: n + 1}
		case found.By == "" && f.Compare(res) != nil:
			found = mutants.Finding{By: "trace", What: name, Runs: n + 1}
		}
	}
	return found, nil
}

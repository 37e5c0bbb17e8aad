// Player plays one mutant on the control plane of another process, and says what finds it:
// explore without the scenarios, then the scenarios. It is built with the mutants of
// tools/mutate, of which an environment variable chooses one.
//
// A run that never gets to where a mutant differs is as without it. So the player is first
// run with -reach, which plays everything unbroken and notes what each run gets to, and
// then plays with each mutant only what matters.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/edge"
)

// options are the command's.
type options struct {
	admin, operator, name string
	number                int
	reach                 string // a file that is written
	reached               string // one that is read
	runs, worlds, most    int
	shard                 explore.Shard
	scenarios             bool
	plain                 []string
}

func main() {
	var o options
	flag.StringVar(&o.admin, "admin", "", "a kubeconfig `file` that allows everything")
	flag.StringVar(&o.operator, "operator", "", "a kubeconfig `file` that allows what the operator may")
	flag.StringVar(&o.name, "name", "", "what the worlds of this process are called")
	flag.IntVar(&o.number, "number", 0, "the mutant's number")
	flag.StringVar(&o.reach, "reach", "", "play all without a mutant, and write the `file` that says which mutants differ where")
	flag.StringVar(&o.reached, "reached", "", "such a `file`")
	flag.IntVar(&o.runs, "runs", 800, "how many runs explore has")
	flag.IntVar(&o.worlds, "worlds", 100, "how many of them are random worlds")
	flag.IntVar(&o.most, "most", 60, "how many of the runs in which a mutant differs are played with it, at most: with faults, of random worlds, and of the scenarios each")
	flag.BoolVar(&o.scenarios, "scenarios", false, "ask the scenarios alone")
	flag.IntVar(&o.shard.Index, "shard", 0, "which part is played with -reach")
	flag.IntVar(&o.shard.Of, "shards", 0, "of how many")
	flag.Parse()
	o.plain = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	debug.SetMemoryLimit(1 << 30)
	go limitMemory()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "player:", err)
		os.Exit(1)
	}
}

// mostMemory is what a mutant may take, in bytes.
const mostMemory = 3 << 30

// limitMemory ends a process that takes too much.
func limitMemory() {
	for range time.Tick(time.Second) {
		var m runtime.MemStats
		if runtime.ReadMemStats(&m); m.HeapAlloc > mostMemory {
			fmt.Fprintf(os.Stderr, "player: it takes more than %d bytes of memory\n", mostMemory)
			os.Exit(1)
		}
	}
}

func run(ctx context.Context, o options) error {
	adminConfig, errAdmin := clientcmd.BuildConfigFromFlags("", o.admin)
	operatorConfig, errOperator := clientcmd.BuildConfigFromFlags("", o.operator)
	if err := errors.Join(errAdmin, errOperator); err != nil {
		return err
	}
	adminConfig.QPS, operatorConfig.QPS = -1, -1
	s := scenarios.Attach(adminConfig, operatorConfig, o.name)
	if o.reach != "" {
		return reach(ctx, s, o)
	}
	finding, err := find(ctx, s, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(finding)
}

// exploration is what explore plays.
func exploration(o options) (explore.Options, error) {
	e := explore.Options{
		Language: edge.Language, Grammar: edge.Grammar, External: edge.ExternalFaults,
		Runs: o.runs, Worlds: o.worlds, Seed: 1, NoShrink: true,
	}
	for _, path := range o.plain {
		f, err := scenarios.Load(path)
		if err != nil {
			return e, err
		}
		e.Files = append(e.Files, f)
	}
	return e, nil
}

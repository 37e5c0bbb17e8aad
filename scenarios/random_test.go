package scenarios

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// randomStory is a random scenario: unreliable devices, requests that go wrong, people
// who change their minds, and controllers that come and go, up to two at once.
func randomStory(rng *rand.Rand, seed uint64) string {
	var s strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&s, format+"\n", args...) }
	one := func(of ...string) string { return of[rng.IntN(len(of))] }
	names := strings.Fields("a b c d e f g h")[:2+rng.IntN(7)]
	say("# A random story.\n\nseed %d\ntiming poll=%ds jitter=%s transfer=%ds reboot=%ds verify=%ds", seed, 2+rng.IntN(9), one("0%", "10%", "50%"), 60+rng.IntN(90), 40+rng.IntN(90), 20+rng.IntN(40))
	if rng.IntN(5) == 0 {
		say("workers %d", 1+rng.IntN(3))
	}
	for _, name := range names {
		say("device %s transfer=%ds..%ds reboot=%ds..%ds", name, rng.IntN(20), 20+rng.IntN(60), rng.IntN(10), 10+rng.IntN(40))
		for range rng.IntN(4) {
			say("fault %s p=0.%d %s", name, 1+rng.IntN(3), one(
				"of=health do=stale age=40s", "of=health do=wrong field=running value=fw:2", "of=health do=wrong field=healthy value=false",
				"of=health do=lose-answer", "of=any do=refuse", "of=health do=truncate", "of=health do=drip pace=100ms", "of=any do=hang",
				"of=any do=delay for=2s", "of=burn do=lose-answer", "of=reboot do=lose-answer", "of=burn do=status code=412", "of=reboot do=status code=500",
				"of=any do=cut-power", "of=transfer do=break at=50%", "of=transfer do=stall at=30%", "of=transfer do=corrupt",
				"of=transfer do=stage-wrong image=fw:9", "of=transfer do=cut-power at=70%", "of=boot do=roll-back", "of=boot do=lose-staged",
				"of=boot do=forget", "of=boot do=never-return", "of=boot do=warm-up for=30s",
			))
		}
		if rng.IntN(6) == 0 {
			// A status write that every rollout makes.
			say("request %s#%d %s", name, 1+rng.IntN(2), one("refused=409", "refused=429", "refused=500", "answer=lost", "answer=never"))
		}
	}
	deploy := func(names ...string) {
		say("deploy %s image=fw:2 maxAttempts=%d backoffSeconds=%d", strings.Join(names, " "), 1+rng.IntN(3), rng.IntN(40))
	}
	if together := rng.IntN(len(names) + 1); together > 0 {
		deploy(names[:together]...)
		names = names[together:]
	}
	for _, name := range names {
		deploy(name)
	}
	names = strings.Fields("a b c d e f g h")[:strings.Count(s.String(), "\ndevice ")]
	starts, alive, deaf := 1, []int{1}, map[int]bool{}
	start := func() {
		if starts++; len(alive) == 0 {
			say("start controller")
		} else {
			say("start another controller")
		}
		alive = append(alive, starts)
	}
	for range 3 + rng.IntN(6) {
		say("run for=%dms", rng.IntN(40_000))
		name, n := one(names...), alive[rng.IntN(len(alive))]
		switch rng.IntN(9) {
		case 0, 1:
			say("edit %s image=%s", name, one("fw:1", "fw:2", "fw:3"))
		case 2:
			say("edit %s maxAttempts=%d", strings.Join(names, " "), 1+rng.IntN(3))
		case 3:
			say("delete %s\ndeploy %s image=%s", name, name, one("fw:1", "fw:2", "fw:3"))
		case 4:
			say("%s controller %d", one("kill", "kill", "stop"), n)
			alive = slices.DeleteFunc(alive, func(m int) bool { return m == n })
			delete(deaf, n)
			if len(alive) == 0 {
				say("run for=%ds", rng.IntN(300))
				start()
			}
		case 5:
			if len(alive) < 2 {
				start()
			}
		case 6:
			if !deaf[n] {
				say("watch down controller=%d", n)
				deaf[n] = true
			}
		case 7:
			if deaf[n] {
				say("watch up controller=%d", n)
				delete(deaf, n)
			}
			say("resync controller=%d", n)
		case 8:
			say("curl burn %s image=fw:3", name)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(deaf)) {
		say("watch up controller=%d", n)
	}
	say("run\n----")
	return s.String()
}

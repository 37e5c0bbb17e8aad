package edge

import "testing"

// everything is a file that contains every command about devices, with every argument.
const everything = `# One of everything.
#
# And more.

seed 7
workers 16
schedule parallel
show transitions
timing poll=5s jitter=10% transfer=10m reboot=5m verify=2m stall=2m
device press-{01..03} running=fw:1 transfer=20s..40s reboot=10s breaks=1st@40%,every@50%

# Between.
deploy press-01 press-{02..03} image=registry.example.com/press/firmware:2.1 maxAttempts=100 backoffSeconds=0 concurrencyHint=10000
run until=12s
run for=1h30m
kill controller after=press-01#7
----
    0s  press-01       created: fw:2
  1m5s  press-01  #12  Pending → Transferring, attempt 1

start controller
kill controller at=2h
start controller
kill controller before=press-02#9
start controller
kill controller
start controller
run
----

# The end.
`

func TestTextIsTheFile(t *testing.T) {
	f, err := Language.Parse("story.txt", everything)
	if err != nil {
		t.Fatal(err)
	}
	if f.Text() != everything {
		t.Errorf("the text is\n%q, want\n%q", f.Text(), everything)
	}
	if f.Title != "One of everything." || f.Seed != 7 || f.Objects != 3 || f.FixedWorkers() != 16 {
		t.Errorf("title %q, seed %d, %d objects, %d workers", f.Title, f.Seed, f.Objects, f.FixedWorkers())
	}
}

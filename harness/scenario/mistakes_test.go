package scenario

import (
	"errors"
	"strings"
	"testing"
)

// TestMistakes makes every mistake that a file can have. Each text begins with
// what is needed for the mistake to be the only one.
func TestMistakes(t *testing.T) {
	const device = "device press-01\n"
	const deployed = device + "deploy press-01 image=fw:2\n"
	const end = "\nrun\n----\n"
	for _, tt := range []struct {
		name, text string
		// at is line:column, word what stands there, and expected a part of
		// what should.
		at, word, expected string
	}{
		{"an empty file", "", "1:1", "", "at least one command, and a line ---- under it"},
		{"nothing but comments", "# One.\n\n# Two.\n", "3:1", "", "at least one command"},
		{"no line for what happened", "run\n", "1:1", "run", "a line ---- under the commands"},
		{"no line for what happened, in the second block", "run\n----\n\n  start controller\n", "4:3", "start", "kill controller before this"},
		{"no line for what happened, indented", "run\n----\n\n  run for=1s\nrun\n", "4:3", "run", "a line ---- under the commands"},
		{"no command above the line", "# One.\n----\n", "2:1", "----", "a command above this line"},
		{"the line is indented", "run\n ----\n", "2:2", "----", "---- at the beginning of its line and nothing after it"},
		{"the line is too long", "run\n-----\n", "2:1", "-----", "---- at the beginning of its line and nothing after it"},
		{"blanks after the line", "run\n---- \n", "2:1", "----", "---- at the beginning of its line and nothing after it"},
		{"a command under what happened", "run\n----\n0s  x\nkill controller\n", "4:1", "kill", "an empty line above, if a command or a comment follows"},
		{"a comment under what happened", "run\n----\n# Now.\nkill controller\n----\n", "3:1", "#", "an empty line above"},
		{"another line under the line", "run\n----\n----\n", "3:1", "----", "an empty line above"},
		{"a merge's leavings", "run\n----\n<<<<<<< HEAD\n", "3:1", "<<<<<<<", "a time, as every line of what happened begins with"},
		{"a line that ends with CR", "# One.\r\nrun\r\n----\r\n", "1:7", "\r", "lines that end with LF alone"},
		{"a control character", "run\n----\n0s  \x1b[31m\n", "3:5", "\x1b", "UTF-8 without control characters"},
		{"a control character in a comment", "# \u0085\nrun\n----\n", "1:3", "\u0085", "UTF-8 without control characters"},
		{"no UTF-8", "# é\nrun \xe9t\n----\n", "2:5", "\xe9", "UTF-8 without control characters"},
		{"an unknown command", "\n# One.\ndevise press-01\n", "3:1", "devise", "a command: api, curl, delete, deploy, device, dns, edit, fault, finalizer, kill, request, resync, run, seed, show, start, status, stop, timing, watch, workers; did you mean device?"},
		{"an indented comment", "\t# One.\n" + end, "1:2", "#", "a command: api,"},
		{"an unknown command after a tab", "run\n\thalt\n", "2:2", "halt", "a command: api,"},

		{"device without a name", "device transfer=3s" + end, "1:1", "device", "a device's name after it"},
		{"device with capitals", "device press-01 Press" + end, "1:17", "Press", "a device's name: lower-case letters"},
		{"device that ends with a dash", "device press-" + end, "1:8", "press-", "a device's name: lower-case letters"},
		{"device with a long name", "device " + strings.Repeat("x", 64) + end, "1:8", strings.Repeat("x", 64), "at most 63"},
		{"device twice", "device press-01\ndevice  press-01" + end, "2:9", "press-01", "a name that no other device has"},
		{"device twice in a line", "device press-01 press-01" + end, "1:17", "press-01", "a name that no other device has"},
		{"device twice by a range", "device press-02 press-{01..03}" + end, "1:17", "press-02", "a name that no other device has"},
		{"device with another's key", "device press-01 image=fw:2" + end, "1:17", "image", "one of breaks=, reboot=, running=, transfer="},
		{"device with a key twice", "device press-01 transfer=3s transfer=4s" + end, "1:29", "transfer=4s", "transfer only once"},
		{"device with a name behind a key", "device transfer=3s press-01" + end, "1:20", "press-01", "key=value, since names stand before them"},
		{"no key before the =", "device press-01 =3s" + end, "1:17", "=3s", "a key before the ="},
		{"a transfer that is no time", "device press-01 transfer=30" + end, "1:26", "30", "a duration such as 30s, or a range such as 20s..40s"},
		{"a transfer of no length", "device press-01 transfer=" + end, "1:26", "", "a duration such as 30s"},
		{"a transfer backwards", "device press-01 transfer=40s..20s" + end, "1:26", "40s..20s", "the smaller duration first"},
		{"a reboot without an end", "device press-01 reboot=10s.." + end, "1:24", "10s..", "a duration such as 30s"},
		{"a reboot of less than a microsecond", "device press-01 reboot=1ns" + end, "1:24", "1ns", "in whole microseconds"},
		{"a break at no progress", "device press-01 breaks=1st" + end, "1:24", "1st", "at what progress from 1% to 99%"},
		{"a break at the end", "device press-01 breaks=1st@100%" + end, "1:24", "1st@100%", "at what progress from 1% to 99%"},
		{"a break with a wrong ordinal", "device press-01 breaks=1th@40%" + end, "1:24", "1th@40%", "as every, 1st, 2nd, 3rd"},
		{"a second break that is empty", "device press-01 breaks=1st@40%," + end, "1:24", "1st@40%,", "which transfer breaks"},
		{"nothing that runs", "device press-01 running=" + end, "1:25", "", "an image such as fw:2"},

		{"maybe before the end", device + "fault press-01 of=boot maybe do=forget" + end, "2:24", "maybe", "this last"},
		{"maybe of what must happen", deployed + "edit press-01 image=fw:3 maybe" + end, "3:26", "maybe", "this after a fault only"},

		{"a range without an end", "device press-{01..03" + end, "1:8", "press-{01..03", "a range of names such as press-{01..20}"},
		{"a range without dots", "device press-{01}" + end, "1:8", "press-{01}", "a range of names"},
		{"a range backwards", "device press-{3..1}" + end, "1:8", "press-{3..1}", "a range of names"},
		{"a range without numbers", "device press-{a..c}" + end, "1:8", "press-{a..c}", "a range of names"},
		{"a range below zero", "device press-{-1..2}" + end, "1:8", "press-{-1..2}", "a range of names"},
		{"a range that is too long", "device press-{1..1001}" + end, "1:8", "press-{1..1001}", "of at most 1000"},
		{"a range beyond all numbers", "device press-{1..99999999999999999999}" + end, "1:8", "press-{1..99999999999999999999}", "a range of names"},
		{"a range at the end of all numbers", "device press-{9223372036854775806..9223372036854775807}" + end, "1:8", "press-{9223372036854775806..9223372036854775807}", "numbers of at most 9 digits"},
		{"a range of a number that is all zeros before it", "device press-{0000000001..2}" + end, "1:8", "press-{0000000001..2}", "numbers of at most 9 digits"},
		{"two ranges in a name", "device p{1..2}-{1..2}" + end, "1:8", "p1-{1..2}", "a device's name"},

		{"deploy without an image", device + "deploy press-01" + end, "2:1", "deploy", "image=IMAGE with it"},
		{"deploy of an image of no name", device + "deploy press-01 image=" + end, "2:23", "", "an image such as fw:2"},
		{"deploy of an image that the API server refuses", device + "deploy press-01 image=fw?2" + end, "2:23", "fw?2", "an image such as fw:2"},
		{"deploy without a name", device + "deploy image=fw:2" + end, "2:1", "deploy", "a device's name after it"},
		{"deploy to no device", device + "deploy press-01 press-02 image=fw:2" + end, "2:17", "press-02", "the name of a device that an earlier line declares"},
		{"deploy to no device, by a range", device + "deploy press-{01..02} image=fw:2" + end, "2:8", "press-02", "the name of a device that an earlier line declares"},
		{"deploy to one device twice", deployed + "deploy press-01 image=fw:3" + end, "3:8", "press-01", "a device that nothing is deployed to yet"},
		{"maxAttempts of none", device + "deploy press-01 image=fw:2 maxAttempts=0" + end, "2:40", "0", "a whole number from 1 to 100"},
		{"maxAttempts of too many", device + "deploy press-01 image=fw:2 maxAttempts=101" + end, "2:40", "101", "a whole number from 1 to 100"},
		{"backoffSeconds with a unit", device + "deploy press-01 image=fw:2 backoffSeconds=10s" + end, "2:43", "10s", "a whole number from 0 to 86400"},
		{"backoffSeconds below zero", device + "deploy press-01 image=fw:2 backoffSeconds=-1" + end, "2:43", "-1", "a whole number from 0 to 86400"},
		{"concurrencyHint of none", device + "deploy press-01 image=fw:2 concurrencyHint=0" + end, "2:44", "0", "a whole number from 1 to 10000"},
		{"deploy with an unknown key", device + "deploy press-01 image=fw:2 retries=2" + end, "2:28", "retries", "one of backoffSeconds=, concurrencyHint=, image=, maxAttempts="},

		{"run with a name", "run press-01\n----\n", "1:5", "press-01", "only key=value after run"},
		{"run with an unknown key", "run til=3s\n----\n", "1:5", "til", "one of for=, until="},
		{"run with both ends", "run until=3s for=4s\n----\n", "1:14", "for", "either until= or for="},
		{"run until no time", "run until=3\n----\n", "1:11", "3", "a duration such as 12s"},
		{"run backwards", "run for=-3s\n----\n", "1:9", "-3s", "a duration such as 12s"},
		{"run until less than a microsecond", "run until=1.5ns\n----\n", "1:11", "1.5ns", "in whole microseconds"},
		{"run for ages", "run for=100000h\n----\n", "1:9", "100000h", "of at most 10 years"},

		{"kill nothing", deployed + "kill" + end, "3:1", "kill", "the word controller after it"},
		{"kill something else", deployed + "kill press-01" + end, "3:6", "press-01", "the word controller"},
		{"edit what isn't deployed", device + "edit press-01 image=fw:2" + end, "2:6", "press-01", "the name of a device that something is deployed to"},
		{"edit nothing", deployed + "edit press-01" + end, "3:1", "edit", "what changes after the names"},
		{"edit with an unknown key", deployed + "edit press-01 deviceRef=press-02" + end, "3:15", "deviceRef", "one of backoffSeconds="},
		{"edit with a slip in a key", deployed + "edit press-01 maxAttemps=2" + end, "3:15", "maxAttemps", "did you mean maxAttempts=?"},
		{"edit to too few attempts", deployed + "edit press-01 maxAttempts=0" + end, "3:27", "0", "a whole number from 1 to 100"},
		{"delete nobody", deployed + "delete" + end, "3:1", "delete", "a device's name after it"},
		{"delete twice", deployed + "delete press-01 press-01" + end, "3:17", "press-01", "each name only once"},
		{"delete with a key", deployed + "delete press-01 now=yes" + end, "3:17", "now", "no key=value here"},
		{"a finalizer of nothing", deployed + "finalizer" + end, "3:1", "finalizer", "the word add or remove after it, and then names"},
		{"a finalizer and no verb", deployed + "finalizer press-01" + end, "3:1", "finalizer", "the word add or remove after it, and then names"},
		{"a finalizer of nobody", deployed + "finalizer add" + end, "3:1", "finalizer", "a device's name after it"},
		{"a finalizer twice", deployed + "finalizer add press-01\nfinalizer add press-01" + end, "4:15", "press-01", "an object without a finalizer"},
		{"a finalizer that isn't there", deployed + "finalizer remove press-01" + end, "3:18", "press-01", "an object that finalizer add was said of"},
		{"a deploy while a finalizer holds the last", deployed + "finalizer add press-01\ndelete press-01\ndeploy press-01 image=fw:2" + end, "5:8", "press-01", "a device that nothing is deployed to yet"},
		{"an edit once the finalizer is removed", deployed + "finalizer add press-01\ndelete press-01\nfinalizer remove press-01\nedit press-01 image=fw:3" + end, "6:6", "press-01", "the name of a device that something is deployed to"},
		{"a status of no time", deployed + "status press-01 lastTransitionTime=tomorrow" + end, "3:36", "tomorrow", "a duration such as 12s"},
		{"a status without anything", deployed + "status press-01" + end, "3:1", "status", "what somebody writes after the names"},
		{"a status of no phase", deployed + "status press-01 phase=Done" + end, "3:23", "Done", "one of Pending, Transferring, Rebooting, Verifying, Succeeded, Failed"},
		{"a status of too many attempts", deployed + "status press-01 attempts=101" + end, "3:26", "101", "a whole number from 0 to 100"},
		{"a watch without a word", deployed + "watch" + end, "3:1", "watch", "the word down or up after it"},
		{"a watch sideways", deployed + "watch left" + end, "3:7", "left", "the word down or up"},
		{"a watch without a controller", deployed + "kill controller\nwatch down\nstart controller" + end, "4:1", "watch", "a controller that runs"},
		{"dns without a word", device + "dns press-01" + end, "2:1", "dns", "the word down or up after it"},
		{"curl without a word", device + "curl press-01" + end, "2:1", "curl", "the word burn or reboot after it"},
		{"curl of nothing", device + "curl burn press-01" + end, "2:1", "curl", "image=IMAGE with it"},
		{"curl of an image that reboots", device + "curl reboot press-01 image=fw:2" + end, "2:22", "image", "no key=value here"},
		{"curl to nobody", device + "curl reboot" + end, "2:1", "curl", "a device's name after it"},
		{"curl to who isn't there", device + "curl reboot press-02" + end, "2:13", "press-02", "the name of a device that an earlier line declares"},
		{"dns of nobody", device + "dns down" + end, "2:1", "dns", "a device's name after it"},
		{"dns of who isn't there", device + "dns up press-02" + end, "2:8", "press-02", "the name of a device that an earlier line declares"},
		{"a resync of something", deployed + "resync press-01" + end, "3:8", "press-01", "no word after resync"},
		{"a resync without a controller", deployed + "kill controller\nresync\nstart controller" + end, "4:1", "resync", "a controller that runs"},
		{"kill a controller that isn't there", deployed + "kill controller 2" + end, "3:17", "2", "the number of a controller that runs: 1"},
		{"kill one of two", deployed + "start another controller\nkill controller" + end, "4:1", "kill", "the number of one of the controllers that run: 1, 2"},
		{"kill one at a crash point", deployed + "kill controller 1 after=press-01#7" + end, "3:17", "1", "no number: whichever controller comes to that request is killed"},
		{"kill while it sleeps", deployed + "kill controller while=sleeping" + end, "3:23", "sleeping", "the word stopping"},
		{"kill with too many words", deployed + "kill controller 1 2" + end, "3:19", "2", "no further word"},
		{"kill a program too much", deployed + "kill etcd now" + end, "3:11", "now", "no second word"},
		{"kill a program at a time", deployed + "kill apiserver at=3s" + end, "3:16", "at", "no key=value here"},
		{"stop nobody", deployed + "kill controller\nstop controller" + end, "4:1", "stop", "a controller that runs"},
		{"stop something else", deployed + "stop time" + end, "3:6", "time", "the word controller"},
		{"stop at a time", deployed + "stop controller at=3s" + end, "3:17", "at", "no key=value here"},
		{"start another beside nobody", "start another controller" + end, "1:1", "start", "start controller: none is running"},
		{"start one that sees no time", deployed + "kill controller\nstart controller sees=noon" + end, "4:23", "noon", "a duration such as 12s"},
		{"start one that sees and dies", deployed + "start another controller dies=starting sees=3s" + end, "3:40", "sees", "either dies= or sees="},
		{"start one with a slip in a key", deployed + "start another controller see=3s" + end, "3:26", "see", "did you mean sees=?"},
		{"start a program that sees", deployed + "kill etcd\nstart etcd sees=3s" + end, "4:12", "sees", "no key=value here"},
		{"start what dies later", deployed + "start another controller dies=later" + end, "3:31", "later", "the word starting"},
		{"an API sideways", deployed + "api left" + end, "3:5", "left", "the word down or up"},
		{"an API of one of two", deployed + "start another controller\napi down" + end, "4:1", "api", "the number of one of the controllers that run: 1, 2"},
		{"a watch of a controller that isn't there", deployed + "watch down controller=3" + end, "3:23", "3", "the number of a controller that runs: 1"},
		{"a request without a number", deployed + "request press-01 late=3s" + end, "3:9", "press-01", "such as press-01#7"},
		{"a request of nobody", deployed + "request press-02#7 late=3s" + end, "3:9", "press-02#7", "the name of a device that an earlier line declares"},
		{"a request that nothing befalls", deployed + "request press-01#7" + end, "3:1", "request", "one of refused=, answer= and late= with it"},
		{"a request twice", deployed + "request press-01#7 late=3s\nrequest press-01#7 answer=lost" + end, "4:9", "press-01#7", "each request only once"},
		{"a request refused oddly", deployed + "request press-01#7 refused=418" + end, "3:28", "418", "401, 403, 404, 409, 422, 429, 500, 503 or 504"},
		{"a request that is late by nothing", deployed + "request press-01#7 late=0s" + end, "3:25", "0s", "a duration that is not zero"},
		{"an answer that is found", deployed + "request press-01#7 answer=found" + end, "3:27", "found", "the word lost or never"},
		{"kill something more", deployed + "kill controller now" + end, "3:17", "now", "the number of a controller that runs: 1"},
		{"kill with an unknown key", deployed + "kill controller until=3s" + end, "3:17", "until", "one of after=, at=, before="},
		{"kill at two places", deployed + "kill controller before=press-01#1 after=press-01#1" + end, "3:35", "after", "only one of at=, before=, after= and while="},
		{"kill at no time", deployed + "kill controller at=noon" + end, "3:20", "noon", "a duration such as 12s"},
		{"kill before no request", deployed + "kill controller before=press-01" + end, "3:24", "press-01", "the number of its request, such as press-01#7"},
		{"kill before request 0", deployed + "kill controller before=press-01#0" + end, "3:24", "press-01#0", "the number of its request"},
		{"kill after a request of nobody", deployed + "kill controller after=#7" + end, "3:23", "#7", "an object and the number"},
		{"kill after a request of no device", deployed + "kill controller after=press-02#7" + end, "3:23", "press-02#7", "the name of a device that an earlier line declares"},
		{"kill before anything runs", device + "kill controller" + end, "2:1", "kill", "a controller that runs"},
		{"kill twice", deployed + "kill controller\nkill controller" + end, "4:1", "kill", "a controller that runs"},
		{"kill twice, with a run between", deployed + "kill controller\nrun for=3s\nkill controller" + end, "5:1", "kill", "a controller that runs"},

		{"start nothing", "start\n----\n", "1:1", "start", "the word controller after it"},
		{"start something else", "start device\n----\n", "1:7", "device", "the word controller"},
		{"start something more", "start controller again\n----\n", "1:18", "again", "no second word"},
		{"start with a key", "start controller at=3s\n----\n", "1:18", "at", "one of dies="},
		{"start a second one", deployed + "start controller" + end, "3:1", "start", "kill controller before this"},
		{"start twice", "start controller\nstart controller" + end, "2:1", "start", "kill controller before this"},

		{"seed of nothing", "seed" + end, "1:1", "seed", "a whole number after it"},
		{"seed of a word", "seed seven" + end, "1:6", "seven", "a whole number from 1 to"},
		{"seed 0", "seed 0" + end, "1:6", "0", "a whole number from 1 to"},
		{"seed of two numbers", "seed 7 8" + end, "1:8", "8", "no second word"},
		{"seed with a key", "seed n=7" + end, "1:6", "n", "no key=value here"},
		{"seed twice", "seed 7\nseed 8" + end, "2:1", "seed", "this only once"},
		{"seed after a device", device + "seed 7" + end, "2:1", "seed", "this at the top, before the first device"},
		{"seed after a run", "run\n----\n\nseed 7" + end, "4:1", "seed", "this at the top, before the first device"},
		{"workers of nothing", "workers" + end, "1:1", "workers", "a whole number after it"},
		{"no workers", "workers 0" + end, "1:9", "0", "a whole number from 1 to 1000"},
		{"workers twice", "workers 7\nworkers 8" + end, "2:1", "workers", "this only once"},
		{"workers after a device", device + "workers 7" + end, "2:1", "workers", "this at the top"},
		{"timing of nothing", "timing" + end, "1:1", "timing", "one of jitter=, poll=, reboot=, stall=, transfer=, verify= after it"},
		{"timing with a name", "timing fast" + end, "1:8", "fast", "only key=value after timing"},
		{"timing with an unknown key", "timing burn=3s" + end, "1:8", "burn", "one of jitter=, poll=, reboot=, stall=, transfer=, verify="},
		{"timing without pauses", "timing poll=0s" + end, "1:13", "0s", "a poll interval that is not zero"},
		{"timing with too much jitter", "timing jitter=51%" + end, "1:15", "51%", "a percentage up to 50%, such as 10%"},
		{"timing with a jitter of no unit", "timing jitter=10" + end, "1:15", "10", "a percentage up to 50%, such as 10%"},
		{"timing of no time", "timing verify=soon" + end, "1:15", "soon", "a duration such as 12s"},
		{"timing with a stall time beyond half the deadline", "timing stall=31s transfer=1m" + end, "1:14", "31s", "at most 30s, half the transfer deadline"},
		{"timing twice", "timing poll=3s\ntiming verify=3s" + end, "2:1", "timing", "this only once"},
		{"timing after a device", device + "timing poll=3s" + end, "2:1", "timing", "this at the top"},
		{"show of nothing", "show" + end, "1:1", "show", "the word transitions or outcomes after it"},
		{"show of something else", "show all" + end, "1:6", "all", "the word transitions or outcomes"},
		{"show of something more", "show transitions only" + end, "1:18", "only", "no second word"},
		{"show after a device", device + "show transitions" + end, "2:1", "show", "this at the top"},

		{"a later mistake is not the first", "device press-01 x=1\nstop\n", "1:17", "x", "one of breaks="},
		{"columns count bytes", "# é\ndeploy é\tx image=fw:2" + end, "2:8", "é", "the name of a device"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse("scenarios/story.txt", tt.text)
			var mistake *ParseError
			if !errors.As(err, &mistake) {
				t.Fatalf("no mistake was found: %v", err)
			}
			if f != nil {
				t.Error("there is a file to be run all the same")
			}
			if mistake.Word != tt.word {
				t.Errorf("the word is %q, want %q", mistake.Word, tt.word)
			}
			if !strings.HasPrefix(err.Error(), "scenarios/story.txt:"+tt.at+": ") {
				t.Errorf("want it at %s, with the word and what was expected:\n%v", tt.at, err)
			}
			if !strings.Contains(mistake.Expected, tt.expected) {
				t.Errorf("want %q expected:\n%v", tt.expected, err)
			}
			if n := strings.Count(err.Error(), "expected"); n != 1 || strings.Contains(err.Error(), "\n") {
				t.Errorf("not one plain line:\n%v", err)
			}
		})
	}
}

// TestEveryCommandIsMistaken sees to it that a new command gets its rows above.
func TestEveryCommandIsMistaken(t *testing.T) {
	for _, usage := range Usage() {
		name := strings.Fields(usage)[0]
		if _, err := Parse("story.txt", name+" x=1 y\n----\n"); err == nil {
			t.Errorf("%s takes anything", name)
		}
	}
	if len(Usage()) != 21 {
		t.Errorf("there are %d commands: add their mistakes to TestMistakes", len(Usage()))
	}
}

func TestWhatIsNoMistake(t *testing.T) {
	for name, text := range map[string]string{
		"everything":                         everything,
		"a line that goes on with a command": "run\n----\n\nrun for=3s\nrun until=2h\n----\n",
		"tabs between words":                 "device\tpress-01\t transfer=3s\nrun\n----\n",
		"indented commands":                  "  device press-01\n\trun\n----\n",
		"a controller from the start":        "start controller\nkill controller\nstart controller\nrun\n----\n",
		"a kill, a run without, a start":     "run\nkill controller\nrun for=3s\nstart controller\nrun\nkill controller\n----\n",
		"an empty line with blanks in it":    "run\n----\n0s  x\n \t\nrun\n----\n",
		"a device after a run":               "run\n----\n\ndevice press-01\ndeploy press-01 image=fw:2\nrun\n----\n",
		"breaks of many":                     "device press-01 breaks=1st@1%,2nd@99%,3rd@40%,11th@2%,every@50%\nrun\n----\n",
		"a thousand names":                   "device press-{1..1000}\nrun\n----\n",
		"a range of one":                     "device press-{7..7}\ndeploy press-7 image=fw:2\nrun\n----\n",
		"a range that grows":                 "device press-{08..120}\ndeploy press-08 press-10 press-120 image=fw:2\nrun\n----\n",
		"text behind a range":                "device press-{1..2}-b\ndeploy press-2-b image=fw:2\nrun\n----\n",
	} {
		if _, err := Parse("story.txt", text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

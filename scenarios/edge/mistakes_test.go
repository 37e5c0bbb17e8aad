package edge

import (
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/scenario/syntax/syntaxtest"
)

// TestMistakes makes every possible mistake in the commands about devices and
// DeviceDeployments. Each text begins with what is needed to make the mistake the only
// one.
func TestMistakes(t *testing.T) {
	const device = "device press-01\n"
	const deployed = device + "deploy press-01 image=fw:2\n"
	const end = "\nrun\n----\n"
	for _, tt := range []struct {
		name, text string
		// at is line:column, word is the word there, and expected is a part of what is
		// expected instead.
		at, word, expected string
	}{
		{"an unknown command", "\n# One.\ndevise press-01\n", "3:1", "devise", "a command: api, apply, curl, delete, deploy, device, dns, edit, expect, fault, finalizer, kill, patch, request, rest, resync, run, schedule, seed, show, start, status, stop, timing, watch, workers; did you mean device?"},

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
		{"maybe of what must happen", deployed + "edit press-01 image=fw:3 maybe" + end, "3:26", "maybe", "this after fault only"},

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
		{"dns without a word", device + "dns press-01" + end, "2:1", "dns", "the word down or up after it"},
		{"curl without a word", device + "curl press-01" + end, "2:1", "curl", "the word burn or reboot after it"},
		{"curl of nothing", device + "curl burn press-01" + end, "2:1", "curl", "image=IMAGE with it"},
		{"curl of an image that reboots", device + "curl reboot press-01 image=fw:2" + end, "2:22", "image", "no key=value here"},
		{"curl with no key", device + "curl burn press-01 image=fw:2 key=" + end, "2:35", "", "a key of printable ASCII"},
		{"curl with a key that is none", device + "curl burn press-01 image=fw:2 key=ä" + end, "2:35", "ä", "a key of printable ASCII"},
		{"curl to nobody", device + "curl reboot" + end, "2:1", "curl", "a device's name after it"},
		{"curl to who isn't there", device + "curl reboot press-02" + end, "2:13", "press-02", "the name of a device that an earlier line declares"},
		{"dns of nobody", device + "dns down" + end, "2:1", "dns", "a device's name after it"},
		{"dns of who isn't there", device + "dns up press-02" + end, "2:8", "press-02", "the name of a device that an earlier line declares"},

		{"start something else", "start device\n----\n", "1:7", "device", "the word controller"},

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

		{"a later mistake is not the first", "device press-01 x=1\nstop\n", "1:17", "x", "one of breaks="},
		{"columns count bytes", "# é\ndeploy é\tx image=fw:2" + end, "2:8", "é", "the name of a device"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mistake := syntaxtest.Mistake{Text: tt.text, At: tt.at, Word: tt.word, Expected: tt.expected}
			mistake.Check(t, func(path, text string) (bool, error) {
				f, err := Language.Parse(path, text)
				return f != nil, err
			})
		})
	}
}

// TestEveryCommandIsMistaken checks that each command has rows above.
func TestEveryCommandIsMistaken(t *testing.T) {
	for _, usage := range Language.Usage() {
		name := strings.Fields(usage)[0]
		if _, err := Language.Parse("story.txt", name+" x=1 y\n----\n"); err == nil {
			t.Errorf("%s takes anything", name)
		}
	}
	if len(Language.Usage()) != 26 {
		t.Errorf("there are %d commands: add their mistakes to TestMistakes", len(Language.Usage()))
	}
}

func TestWhatIsNoMistake(t *testing.T) {
	for name, text := range map[string]string{
		"everything":           everything,
		"tabs between words":   "device\tpress-01\t transfer=3s\nrun\n----\n",
		"a device after a run": "run\n----\n\ndevice press-01\ndeploy press-01 image=fw:2\nrun\n----\n",
		"breaks of many":       "device press-01 breaks=1st@1%,2nd@99%,3rd@40%,11th@2%,every@50%\nrun\n----\n",
		"a range that grows":   "device press-{08..120}\ndeploy press-08 press-10 press-120 image=fw:2\nrun\n----\n",
		"text behind a range":  "device press-{1..2}-b\ndeploy press-2-b image=fw:2\nrun\n----\n",
	} {
		if _, err := Language.Parse("story.txt", text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

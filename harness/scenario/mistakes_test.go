package scenario

import (
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/scenario/syntax/syntaxtest"
)

// TestMistakes makes every mistake that a file of general commands can have. Each
// text begins with what is needed for the mistake to be the only one.
func TestMistakes(t *testing.T) {
	const device = "object press-01\n"
	const deployed = device + "start controller\n"
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
		{"no line for what happened, in the second block", "run\n----\n\n  start controller\n", "4:3", "start", "a line ---- under the commands"},
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
		{"an indented comment", "\t# One.\n" + end, "1:2", "#", "a command: api,"},
		{"an unknown command after a tab", "run\n\thalt\n", "2:2", "halt", "a command: api,"},

		{"run with a name", "run press-01\n----\n", "1:5", "press-01", "only key=value after run"},
		{"run with an unknown key", "run til=3s\n----\n", "1:5", "til", "one of for=, until="},
		{"run with both ends", "run until=3s for=4s\n----\n", "1:14", "for", "either until= or for="},
		{"run until no time", "run until=3\n----\n", "1:11", "3", "a duration such as 12s"},
		{"run backwards", "run for=-3s\n----\n", "1:9", "-3s", "a duration such as 12s"},
		{"run until less than a microsecond", "run until=1.5ns\n----\n", "1:11", "1.5ns", "in whole microseconds"},
		{"run for ages", "run for=100000h\n----\n", "1:9", "100000h", "of at most 10 years"},

		{"kill nothing", deployed + "kill" + end, "3:1", "kill", "the word controller after it"},
		{"kill something else", deployed + "kill press-01" + end, "3:6", "press-01", "the word controller"},
		{"a watch without a word", deployed + "watch" + end, "3:1", "watch", "the word down, cut or up after it"},
		{"a watch sideways", deployed + "watch left" + end, "3:7", "left", "the word down, cut or up"},
		{"a resync of something", deployed + "resync press-01" + end, "3:8", "press-01", "no word after resync"},
		{"kill one at a crash point", deployed + "kill controller 1 after=press-01#7" + end, "3:17", "1", "no number: whichever controller comes to that request is killed"},
		{"kill while it sleeps", deployed + "kill controller while=sleeping" + end, "3:23", "sleeping", "the word stopping"},
		{"kill with too many words", deployed + "kill controller 1 2" + end, "3:19", "2", "no further word"},
		{"kill a program too much", deployed + "kill etcd now" + end, "3:11", "now", "no second word"},
		{"kill a program at a time", deployed + "kill apiserver at=3s" + end, "3:16", "at", "no key=value here"},
		{"stop something else", deployed + "stop time" + end, "3:6", "time", "the word controller"},
		{"stop at a time", deployed + "stop controller at=3s" + end, "3:20", "3s", "such as press-01#7"},
		{"stop and restart at no request", deployed + "stop controller restart=3s" + end, "3:1", "stop", "at= with restart="},
		{"stop one by its number at a request", deployed + "stop controller 2 at=press-01#7" + end, "3:17", "2", "no number: whichever controller comes to that request is stopped"},
		{"stop at a request of nobody", deployed + "stop controller at=press-02#7" + end, "3:20", "press-02#7", "the name of an object that an earlier line declares"},
		{"stop at a request twice", deployed + "stop controller at=press-01#7 restart=0s\nstop controller at=press-01#7 restart=3s" + end, "4:20", "press-01#7", "each request only once"},
		{"start one at a request that nobody makes", deployed + "start controller at=press-01#7" + end, "3:18", "at", "the word another before controller: whoever makes a request is running"},
		{"a watch that is up from a request on", deployed + "watch up from=press-01#7 for=3s" + end, "3:7", "up", "the word down or cut: it comes back by to= or for="},
		{"a watch that is down without an end", deployed + "watch down from=press-01#7" + end, "3:1", "watch", "to= or for= with from="},
		{"a watch that is down up to a request", deployed + "watch down to=press-01#7" + end, "3:1", "watch", "from= with to= and for="},
		{"a watch that is down for nothing", deployed + "watch down from=press-01#7 for=0s" + end, "3:32", "0s", "a duration that is not zero"},
		{"a watch that is down from a request to itself", deployed + "watch down from=press-01#7 to=press-01#7" + end, "3:31", "press-01#7", "a later request than the one of from="},
		{"the watch of a controller from a request on", deployed + "watch down controller=1 from=press-01#7 for=3s" + end, "3:23", "1", "no controller: it is that of whichever comes to that request"},
		{"a request that is delayed by nothing", deployed + "request press-01#7 delayed=0s" + end, "3:28", "0s", "a duration that is not zero"},
		{"start one that sees no time", deployed + "kill controller\nstart controller sees=noon" + end, "4:23", "noon", "a duration such as 12s"},
		{"start one that sees and dies", deployed + "start another controller dies=starting sees=3s" + end, "3:40", "sees", "only one of at=, dies= and sees="},
		{"start one with a slip in a key", deployed + "start another controller see=3s" + end, "3:26", "see", "did you mean sees=?"},
		{"start a program that sees", deployed + "kill etcd\nstart etcd sees=3s" + end, "4:12", "sees", "no key=value here"},
		{"start what dies later", deployed + "start another controller dies=later" + end, "3:31", "later", "the word starting"},
		{"an API sideways", deployed + "api left" + end, "3:5", "left", "the word down or up"},
		{"a request without a number", deployed + "request press-01 late=3s" + end, "3:9", "press-01", "such as press-01#7"},
		{"a request of nobody", deployed + "request press-02#7 late=3s" + end, "3:9", "press-02#7", "the name of an object that an earlier line declares"},
		{"a request that nothing befalls", deployed + "request press-01#7" + end, "3:1", "request", "one of refused=, answer=, late= and delayed= with it"},
		{"a request twice", deployed + "request press-01#7 late=3s\nrequest press-01#7 answer=lost" + end, "4:9", "press-01#7", "each request only once"},
		{"a request refused oddly", deployed + "request press-01#7 refused=418" + end, "3:28", "418", "401, 403, 404, 409, 422, 429, 500, 503 or 504"},
		{"a request that is late by nothing", deployed + "request press-01#7 late=0s" + end, "3:25", "0s", "a duration that is not zero"},
		{"an answer that is found", deployed + "request press-01#7 answer=found" + end, "3:27", "found", "the word lost or never"},
		{"kill something more", deployed + "kill controller now" + end, "3:17", "now", "the number of a controller, a whole number from 1 to 10000"},
		{"a watch of no controller", deployed + "watch down controller=one" + end, "3:23", "one", "the number of a controller, a whole number from 1 to 10000"},
		{"kill with an unknown key", deployed + "kill controller until=3s" + end, "3:17", "until", "one of after=, at=, before="},
		{"kill at two places", deployed + "kill controller before=press-01#1 after=press-01#1" + end, "3:35", "after", "only one of at=, before=, after= and while="},
		{"kill at no time", deployed + "kill controller at=noon" + end, "3:20", "noon", "a duration such as 12s"},
		{"kill and restart at no request", deployed + "kill controller at=3s restart=3s" + end, "3:1", "kill", "before= or after= with restart="},
		{"kill and restart at no time", deployed + "kill controller before=press-01#1 restart=noon" + end, "3:43", "noon", "a duration such as 12s"},
		{"kill at one place twice", deployed + "kill controller before=press-01#1 restart=0s\nkill controller before=press-01#1 restart=3s" + end, "4:1", "kill", "each crash point only once"},
		{"kill at two places and restart", deployed + "kill controller before=press-01#1 restart=3s after=press-01#1" + end, "3:46", "after", "only one of at=, before=, after= and while="},
		{"kill before no request", deployed + "kill controller before=press-01" + end, "3:24", "press-01", "the number of its request, such as press-01#7"},
		{"kill before request 0", deployed + "kill controller before=press-01#0" + end, "3:24", "press-01#0", "the number of its request"},
		{"kill after a request of nobody", deployed + "kill controller after=#7" + end, "3:23", "#7", "an object and the number"},
		{"kill after a request of no object", deployed + "kill controller after=press-02#7" + end, "3:23", "press-02#7", "the name of an object that an earlier line declares"},

		{"apply of nothing", "apply" + end, "1:1", "apply", "text under this line, each line of it behind a |"},
		{"apply of no YAML", "apply\n| a: b: c" + end, "2:1", "|", "YAML: mapping values are not allowed"},
		{"apply of a field twice", "apply\n| a: 1\n| a: 2" + end, "3:1", "|", "already set in map"},
		{"apply of two", "apply\n| a: 1\n| ---\n| a: 2" + end, "1:1", "apply", "under it one object, and no --- in the middle of it"},
		{"apply of no kind", "apply\n| metadata: {name: web}" + end, "1:1", "apply", "under it an object with an apiVersion and a kind"},
		{"apply of no name", "apply\n| apiVersion: v1\n| kind: Secret" + end, "1:1", "apply", "under it an object with a name in its metadata"},
		{"apply elsewhere", "apply\n| {apiVersion: v1, kind: Secret, metadata: {name: web, namespace: shop}}" + end, "1:1", "apply", "no namespace, since the world has one of its own, and not shop"},
		{"apply of a name", "apply web\n| a: 1" + end, "1:7", "web", "only key=value after apply"},
		{"text above its command", "| a: 1\nrun\n----\n", "1:1", "|", "a command right above the text that is its"},
		{"text under a comment", "run\n# One.\n| a: 1\n----\n", "3:1", "|", "a command right above the text that is its"},
		{"text under a command that takes none", "run\n| a: 1\n----\n", "1:1", "run", "no text under this line"},
		{"patch of nobody", "patch\n| a: 1" + end, "1:1", "patch", "an object after it, such as configmap/web"},
		{"patch of nothing", "patch secret/web" + end, "1:1", "patch", "text under this line"},
		{"patch of a word", "patch secret/web\n| a" + end, "1:1", "patch", "under it the fields of an object"},
		{"edit of no kind", "edit web data.a=1" + end, "1:6", "web", "a kind and a name, such as configmap/web"},
		{"edit of no field", "edit secret/web" + end, "1:1", "edit", "a field after the names, such as spec.replicas=3"},
		{"edit below another field", "edit secret/web data=a data.a=1" + end, "1:24", "data.a", "a field that isn't part of another one that is set"},
		{"edit to no value", "edit secret/web data.a={" + end, "1:24", "{", "a value in YAML"},
		{"delete no object", "delete secret/Web" + end, "1:8", "secret/Web", "a kind and a name, such as configmap/web"},
		{"delete with a key", "delete secret/web now=yes" + end, "1:19", "now", "no key=value here"},

		{"rest of something", "rest press-01" + end, "1:6", "press-01", "only key=value after rest"},
		{"rest until", "rest until=3s" + end, "1:6", "until", "one of within="},
		{"rest for no time", "rest within=long" + end, "1:13", "long", "a duration such as 12s"},
		{"expect nobody", "expect" + end, "1:1", "expect", "an object after it, such as configmap/web"},
		{"expect no kind", "expect web" + end, "1:8", "web", "a kind and a name, such as configmap/web"},
		{"expect with a key", "expect secret/web now=yes" + end, "1:19", "now", "count"},
		{"expect none so often", "expect secret/web-* count=0" + end, "1:27", "0", "a number from 1 on, or absent instead"},
		{"expect absent so often", "expect secret/web-* absent count=2" + end, "1:28", "count", "either absent or count="},
		{"expect no YAML", "expect secret/web\n| a: b: c" + end, "2:1", "|", "YAML: mapping values are not allowed"},
		{"expect fields of nothing", "expect secret/web absent\n| a: 1" + end, "1:1", "expect", "no text under it: what is absent has no fields"},

		{"start nothing", "start\n----\n", "1:1", "start", "the word controller, apiserver or etcd after it"},
		{"start something more", "start controller again\n----\n", "1:18", "again", "no second word"},
		{"start with a key", "start controller until=3s\n----\n", "1:18", "until", "one of at=, dies=, sees="},

		{"seed of nothing", "seed" + end, "1:1", "seed", "a whole number after it"},
		{"seed of a word", "seed seven" + end, "1:6", "seven", "a whole number from 1 to"},
		{"seed 0", "seed 0" + end, "1:6", "0", "a whole number from 1 to"},
		{"seed of two numbers", "seed 7 8" + end, "1:8", "8", "no second word"},
		{"seed with a key", "seed n=7" + end, "1:6", "n", "no key=value here"},
		{"seed twice", "seed 7\nseed 8" + end, "2:1", "seed", "this only once"},
		{"seed after an object", device + "seed 7" + end, "2:1", "seed", "this at the top, before all that happens"},
		{"seed after a run", "run\n----\n\nseed 7" + end, "4:1", "seed", "this at the top, before all that happens"},
		{"workers of nothing", "workers" + end, "1:1", "workers", "a whole number after it"},
		{"no workers", "workers 0" + end, "1:9", "0", "a whole number from 1 to 1000"},
		{"workers twice", "workers 7\nworkers 8" + end, "2:1", "workers", "this only once"},
		{"workers after an object", device + "workers 7" + end, "2:1", "workers", "this at the top"},
		{"schedule of nothing", "schedule" + end, "1:1", "schedule", "the word parallel or sequential after it"},
		{"schedule of something else", "schedule random" + end, "1:10", "random", "the word parallel or sequential"},
		{"schedule of both", "schedule parallel sequential" + end, "1:19", "sequential", "no second word"},
		{"schedule with a key", "schedule workers=1" + end, "1:10", "workers", "no key=value here"},
		{"schedule twice", "schedule parallel\nschedule parallel" + end, "2:1", "schedule", "this only once"},
		{"schedule after an object", device + "schedule parallel" + end, "2:1", "schedule", "this at the top"},
		{"show of nothing", "show" + end, "1:1", "show", "the word transitions or outcomes after it"},
		{"show of something else", "show all" + end, "1:6", "all", "the word transitions or outcomes"},
		{"show of something more", "show transitions only" + end, "1:18", "only", "no second word"},
		{"show after an object", device + "show transitions" + end, "2:1", "show", "this at the top"},

		{"a range without an end", "object press-{01..03" + end, "1:8", "press-{01..03", "a range of names such as press-{01..20}"},
		{"a range without dots", "object press-{01}" + end, "1:8", "press-{01}", "a range of names"},
		{"a range backwards", "object press-{3..1}" + end, "1:8", "press-{3..1}", "a range of names"},
		{"a range without numbers", "object press-{a..c}" + end, "1:8", "press-{a..c}", "a range of names"},
		{"a range below zero", "object press-{-1..2}" + end, "1:8", "press-{-1..2}", "a range of names"},
		{"a range that is too long", "object press-{1..1001}" + end, "1:8", "press-{1..1001}", "of at most 1000"},
		{"a range beyond all numbers", "object press-{1..99999999999999999999}" + end, "1:8", "press-{1..99999999999999999999}", "a range of names"},
		{"a range at the end of all numbers", "object press-{9223372036854775806..9223372036854775807}" + end, "1:8", "press-{9223372036854775806..9223372036854775807}", "numbers of at most 9 digits"},
		{"a range of a number that is all zeros before it", "object press-{0000000001..2}" + end, "1:8", "press-{0000000001..2}", "numbers of at most 9 digits"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mistake := syntaxtest.Mistake{Text: tt.text, At: tt.at, Word: tt.word, Expected: tt.expected}
			mistake.Check(t, func(path, text string) (bool, error) {
				f, err := words.Parse(path, text)
				return f != nil, err
			})
		})
	}
}

// TestEveryCommandIsMistaken sees to it that a new command gets its rows above.
func TestEveryCommandIsMistaken(t *testing.T) {
	for _, usage := range words.Usage() {
		name := strings.Fields(usage)[0]
		if _, err := words.Parse("story.txt", name+" x=1 y\n----\n"); err == nil {
			t.Errorf("%s takes anything", name)
		}
	}
	if len(words.Usage()) != 19 {
		t.Errorf("there are %d commands: add their mistakes to TestMistakes", len(words.Usage()))
	}
}

func TestWhatIsNoMistake(t *testing.T) {
	for name, text := range map[string]string{
		"everything":                         everything,
		"a line that goes on with a command": "run\n----\n\nrun for=3s\nrun until=2h\n----\n",
		"tabs between words":                 "object\tpress-01\t press-02\nrun\n----\n",
		"indented commands":                  "  object press-01\n\trun\n----\n",
		"a controller from the start":        "start controller\nkill controller\nstart controller\nrun\n----\n",
		"a kill, a run without, a start":     "run\nkill controller\nrun for=3s\nstart controller\nrun\nkill controller\n----\n",
		"an empty line with blanks in it":    "run\n----\n0s  x\n \t\nrun\n----\n",
		"an object after a run":              "run\n----\n\nobject press-01\nrun\n----\n",
		"a thousand names":                   "object press-{1..1000}\nrun\n----\n",
		"a range of one":                     "object press-{7..7}\nrequest press-7#1 late=1s\nrun\n----\n",
		"a range that grows":                 "object press-{08..120}\nrequest press-08#1 late=1s\nrequest press-120#1 late=1s\nrun\n----\n",
		"text behind a range":                "object press-{1..2}-b\nrequest press-2-b#1 late=1s\nrun\n----\n",
		"a list":                             "object press-{a,b}\nrequest press-b#1 late=1s\nrun\n----\n",
	} {
		if _, err := words.Parse("story.txt", text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

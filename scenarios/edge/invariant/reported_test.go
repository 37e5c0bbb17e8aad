package invariant

import (
	"testing"
	"time"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

func TestReported(t *testing.T) {
	const out, full = string(rollout.Unreachable), "the device refused POST /burn with 507"
	begun := stored(0, 1, v1.Transferring, 1).by(2)
	// silent and refused are reconciles that meet an error and report it in their last
	// request; later ones begin at request 20.
	silent := func(number, reconcile, at int) []Operation {
		return does(made(number, reconcile, at, Health).unread(), made(number+1, reconcile, at, Write))
	}
	answered := func(o Operation, status int) Operation {
		o.Status, o.Health = status, nil
		return o
	}
	refused := func(number, reconcile, at int) []Operation {
		return does(observes(number, reconcile, at), reads(number+2, reconcile, at, v1.Transferring, 1), answered(made(number+3, reconcile, at, Burn), 507), made(number+4, reconcile, at, Write))
	}
	showing := func(key string, o []Operation) []Operation {
		for n := range o {
			if o[n].Kind == Health {
				o[n].Health = &devicesim.Health{Transfer: &devicesim.TransferStatus{Key: key}}
			}
		}
		return o
	}
	next := observes(60, 30, 700)
	met := func(n int, errs ...rollout.DeviceError) func(*Evidence) {
		return func(e *Evidence) { e.Operations[n].Met = errs }
	}
	theirs := stored(30, 1, v1.Rebooting, 1).reports(30, "", full)
	theirs.Object.ResourceVersion = "9"
	toRebooting := stored(70, 1, v1.Rebooting, 1).by(23)
	for _, r := range []row{
		{name: "nothing to tell", versions: []Version{begun}, more: known(observes(3, 3, 0), next)},
		{name: "the first trouble, at once", versions: []Version{begun, begun.reports(5, out, "").by(6)}, more: known(observes(3, 3, 0), silent(5, 4, 5), next)},
		{name: "a word of what was called off", versions: []Version{begun, begun.reports(5, out, "").by(4)}, more: and(known(silent(3, 3, 5)), func(e *Evidence) { e.Operations[0].CalledOff = true }),
			at: 5, expected: "no error, since request #3 (health) was called off", found: `reported: observe "` + out + `", post ""`},
		{name: "another error than it met", versions: []Version{begun, begun.reports(5, out, "").by(4)}, more: and(known(silent(3, 3, 5)), met(0, rollout.TimedOut)),
			at: 5, expected: "of request #3 (health): the device did not answer in time", found: out},
		{name: "an error that is over, and told of no more", versions: []Version{begun, begun.reports(5, out, "").by(4)}, more: and(known(silent(3, 3, 5), observes(5, 4, 70), next), met(0, rollout.Unreachable)),
			at: 70, expected: `the status reports "", which request #6 (health) met`, found: out},
		{name: "an error that is over, within the minute", versions: []Version{begun, begun.reports(5, out, "").by(4), toRebooting}, more: and(known(silent(3, 3, 5), observes(5, 4, 64), made(23, 5, 70, Write)), met(0, rollout.Unreachable))},
		{name: "an error that is over, in the controller's last act", versions: []Version{begun, begun.reports(5, out, "").by(4)}, more: and(known(silent(3, 3, 5), observes(5, 4, 70)), met(0, rollout.Unreachable))},
		{name: "an error that is another one by now", versions: []Version{begun, begun.reports(5, out, "").by(4)}, more: and(known(silent(3, 3, 5), made(5, 4, 70, Health).unread(), next), func(e *Evidence) {
			e.Operations[0].Met, e.Operations[2].Met = []rollout.DeviceError{rollout.Unreachable}, []rollout.DeviceError{rollout.TimedOut}
		}), at: 70, expected: "did not answer in time", found: out},
		{name: "an error that is the same", versions: []Version{begun, begun.reports(5, out, "").by(4), toRebooting}, more: and(known(silent(3, 3, 5), made(5, 4, 65, Health).unread(), made(23, 5, 70, Write)), func(e *Evidence) {
			e.Operations[0].Met, e.Operations[2].Met = []rollout.DeviceError{rollout.Unreachable}, []rollout.DeviceError{rollout.Unreadable, rollout.Unreachable}
		})},
		{name: "a POST whose effect shows, reported still", versions: []Version{begun, begun.reports(5, "", full).by(7), begun.reports(70, "", full).by(11)}, more: known(refused(3, 4, 5), showing(uid+"/1/1", observes(9, 5, 70)), made(11, 5, 70, Write), next),
			at: 70, expected: "no error of a POST, since an observation shows its effect", found: full},
		{name: "a POST whose effect shows, and nothing is reported", versions: []Version{begun, begun.reports(5, "", full).by(7)}, more: known(refused(3, 4, 5), showing(uid+"/1/1", observes(9, 5, 70)), next),
			at: 70, expected: "no error of a POST, whose effect request #10 (health) shows", found: full},
		{name: "one of those that it can have met", versions: []Version{begun, begun.reports(5, out, "").by(4)}, more: and(known(silent(3, 3, 5), next), met(0, rollout.Unreadable, rollout.Unreachable))},
		{name: "an error where two readings agree", versions: []Version{begun, begun.reports(5, out, "").by(5)}, more: known(observes(3, 3, 5), made(5, 3, 5, Write), next),
			at: 5, expected: "no error of the observation that request #4 (health) ends", found: out},
		{name: "another error than the POST met", versions: []Version{begun, begun.reports(5, "", string(rollout.PostUnanswered("/burn", rollout.Unreachable))).by(7)},
			more: and(known(observes(3, 3, 5), reads(5, 3, 5, v1.Transferring, 1), answered(burns(6, 3, 5, 1), 0), made(7, 3, 5, Write), next), met(3, rollout.TimedOut)),
			at:   5, expected: "of request #6 (burn): the device did not answer in time", found: "could not be reached"},
		{name: "no word of it", versions: []Version{begun}, more: known(silent(3, 3, 5)[:1], next),
			at: 5, expected: "the status reports the first error in Transferring", found: "request #3 (health) brought no reading, and nothing is reported"},
		{name: "a word of it only at the next observation", versions: []Version{begun, begun.reports(10, out, "").by(6)}, more: known(silent(3, 3, 5)[:1], silent(5, 4, 10), next),
			at: 5, found: "request #3 (health) brought no reading, and nothing is reported"},
		{name: "no word of a refused POST", versions: []Version{begun}, more: known(refused(3, 3, 0)[:4], next), at: 0, found: "request #6 (burn) was not accepted, and nothing is reported"},
		{name: "no word of it, since the observation isn't over", versions: []Version{begun}, more: known(silent(3, 3, 5)[:1])},
		{name: "no word of it, since the API server refused that", versions: []Version{begun}, more: known(does(silent(3, 3, 5)[:1], answered(made(4, 3, 5, Write), 409)), next)},
		{name: "no word of it, since its controller was cut off before the error came", versions: []Version{begun}, more: and(known(silent(3, 3, 5)[:1], next), func(e *Evidence) {
			e.Operations[0].Ended = start.Add(10 * time.Second)
			e.Stale = []Span{{From: start.Add(8 * time.Second), To: start.Add(60 * time.Second)}}
		})},
		{name: "no word of it, although its controller was cut off only after that", versions: []Version{begun}, more: and(known(silent(3, 3, 5)[:1], next), func(e *Evidence) {
			e.Operations[0].Ended = start.Add(10 * time.Second)
			e.Stale = []Span{{From: start.Add(11 * time.Second), To: start.Add(60 * time.Second)}}
		}), at: 10, found: "request #3 (health) brought no reading, and nothing is reported"},
		{name: "no word of it, since the phase ended by it", versions: []Version{begun, stored(60, 1, v1.Pending, 1).by(4)}, more: known(silent(3, 3, 60), next)},
		{name: "no word by another controller, in the very instant", versions: []Version{begun}, more: and(known(made(1, 1, 0, Write), made(2, 2, 0, Write), silent(3, 1, 0)[:1], next), func(e *Evidence) {
			e.Incarnations = append(e.Incarnations, Incarnation{Name: "two", From: start})
			e.Operations[2].By, e.Operations[len(e.Operations)-1].By, e.Operations[len(e.Operations)-2].By = "two", "two", "two"
		})},
		{name: "no word in the very instant", versions: []Version{begun}, more: known(made(1, 1, 0, Write), made(2, 2, 0, Write), silent(3, 3, 0)[:1], next), at: 0, found: "request #3 (health) brought no reading, and nothing is reported"},
		{name: "no word in the next phase", versions: []Version{begun, begun.reports(5, out, "").by(4), toRebooting}, more: known(silent(3, 3, 5), observes(21, 4, 70), made(23, 4, 70, Write), silent(24, 5, 75)[:1], next),
			at: 75, expected: "the first error in Rebooting", found: "reported"},

		{name: "a change a minute later", versions: []Version{begun, begun.reports(5, out, "").by(4), begun.reports(65, "", "").by(9)}, more: known(silent(3, 3, 5), does(observes(7, 4, 65), made(9, 4, 65, Write)), next)},
		{name: "a change sooner", versions: []Version{begun, begun.reports(5, out, "").by(4), begun.reports(64, "", "").by(9)}, more: known(silent(3, 3, 5), does(observes(7, 4, 64), made(9, 4, 64, Write)), next),
			at: 64, expected: "1m0s at least between two reports of Transferring", found: "59s between them"},
		{name: "the same once more", versions: []Version{begun, begun.reports(5, out, "").by(4), begun.reports(10, out, "").by(9)}, more: known(silent(3, 3, 5), silent(8, 4, 10), next), at: 10, found: "5s between them"},

		{name: "a refused POST", versions: []Version{begun, begun.reports(0, "", full).by(7)}, more: known(refused(3, 3, 0), next)},
		{name: "another number", versions: []Version{begun, begun.reports(0, "", "the device refused POST /burn with 500").by(7)}, more: known(refused(3, 3, 0), next),
			at: 0, expected: "the error of request #6 (burn), which was answered with status 507", found: `reported: observe "", post "the device refused POST /burn with 500"`},
		{name: "a refused POST that is none", versions: []Version{begun, begun.reports(0, "", full).by(7)}, more: known(does(observes(3, 3, 0), reads(5, 3, 0, v1.Transferring, 1), made(6, 3, 0, Burn), made(7, 3, 0, Write)), next),
			at: 0, expected: "no error of a POST, since none was refused", found: "reported"},
		{name: "another number of an observation", versions: []Version{begun, begun.reports(5, string(rollout.UnexpectedStatus(503)), "").by(4)}, more: known(answered(made(3, 3, 5, Health), 401), made(4, 3, 5, Write), next),
			at: 5, expected: "the error of request #3 (health), which was answered with status 401", found: "503"},
		{name: "nothing, of an observation without a reading", versions: []Version{begun, begun.reports(5, "", full).by(4)}, more: known(silent(3, 3, 5), next), at: 5, expected: "the error of request #3 (health)", found: "reported"},
		{name: "what nobody observed", versions: []Version{begun, begun.reports(5, out, "").by(4)}, more: known(made(4, 3, 5, Write), next), at: 5, expected: "an observation before a report", found: "reported"},

		{name: "a refused POST is kept at a good observation", versions: []Version{begun, begun.reports(0, "", full).by(7), begun.reports(65, out, full).by(21), begun.reports(130, "", full).by(34)},
			more: known(refused(3, 3, 0), silent(20, 4, 65), refused(30, 5, 130), next)},
		{name: "a refused POST is forgotten at a good observation", versions: []Version{begun, begun.reports(0, "", full).by(7), begun.reports(65, "", "").by(22)},
			more: known(refused(3, 3, 0), does(observes(20, 4, 65), made(22, 4, 65, Write)), next), at: 65, expected: "the POST that was not accepted, since no observation has shown its effect", found: "reported"},
		{name: "a refused POST is over once its transfer shows", versions: []Version{begun, begun.reports(0, "", full).by(7), begun.reports(65, "", "").by(22)},
			more: known(refused(3, 3, 0), showing(uid+"/1/1", does(observes(20, 4, 65), made(22, 4, 65, Write))), next)},
		{name: "but not by another attempt's", versions: []Version{begun, begun.reports(0, "", full).by(7), begun.reports(65, "", "").by(22)},
			more: known(refused(3, 3, 0), showing(uid+"/1/2", does(observes(20, 4, 65), made(22, 4, 65, Write))), next), at: 65, expected: "the POST that was not accepted", found: "reported"},

		{name: "what was told is left by somebody who takes a step", foreign: map[string]bool{"9": true},
			versions: []Version{begun, begun.reports(0, "", full).by(7), theirs, theirs.reports(75, out, full).by(41)}, more: known(refused(3, 3, 0), silent(40, 4, 75), next)},
		{name: "and is no news", foreign: map[string]bool{"9": true}, versions: []Version{begun, begun.reports(0, "", full).by(7), theirs}, more: known(refused(3, 3, 0), silent(40, 4, 75)[:1], next)},
		{name: "what was told is taken into the next phase", versions: []Version{begun, begun.reports(5, out, "").by(4), toRebooting.reports(70, out, "").by(23)}, more: known(silent(3, 3, 5), observes(21, 4, 70), made(23, 4, 70, Write), next),
			at: 70, expected: "no errors when the stay in Rebooting begins", found: "reported"},
	} {
		r.check(t, Reported{})
	}
}

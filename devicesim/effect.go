package devicesim

import "slices"

// effect is one thing that a fault can do.
type effect struct {
	name  string
	of    []string // what it applies to
	needs []string // required fields
	takes []string // optional fields
	acts  bool     // whether the request is acted on first, by default
	waits bool     // the client has to wait for the answer
	lies  bool     // the answer looks valid but may be wrong: the bound counts it
	says  string   // its description, in one or more sentences
}

// The effects.
const (
	doBreak      = "break"
	doStall      = "stall"
	doStageWrong = "stage-wrong"
	doCorrupt    = "corrupt"

	doTake     = "take"
	doCutPower = "cut-power"

	doNeverReturn = "never-return"
	doRollBack    = "roll-back"
	doLoseStaged  = "lose-staged"
	doForget      = "forget"
	doWarmUp      = "warm-up"
	doGoBack      = "go-back"

	doRefuse     = "refuse"
	doHang       = "hang"
	doDelay      = "delay"
	doLoseAnswer = "lose-answer"
	doReset      = "reset"
	doLateReset  = "late-reset"
	doDrip       = "drip"
	doStatus     = "status"
	doRedirect   = "redirect"
	doTruncate   = "truncate"
	doGarbage    = "garbage"
	doWrongType  = "wrong-type"
	doWeakETag   = "weak-etag"
	doEndless    = "endless"
	doHugeHeader = "huge-header"
	doFullBody   = "full-body"
	doSkewClock  = "skew-clock"
	doLinger     = "linger"

	doOtherDevice  = "other-device"
	doDuplicateKey = "duplicate-key"
	doStale        = "stale"
	doWrong        = "wrong"
)

var (
	ofTransfers = []string{ofTransfer}
	ofBoots     = []string{ofBoot}
	ofLooks     = []string{ofHealth}
	ofRequests  = []string{ofHealth, ofBurn, ofReboot, ofAny}
)

// allEffects are all effects, in the order of the documentation.
var allEffects = []effect{
	{name: doBreak, of: ofTransfers, needs: []string{"at"}, says: "The transfer fails at that progress."},
	{name: doStall, of: ofTransfers, needs: []string{"at"}, says: "The transfer stays at that progress for ever."},
	{name: doStageWrong, of: ofTransfers, needs: []string{"image"}, says: "The transfer is reported as done, but that other image is staged."},
	{name: doCorrupt, of: ofTransfers, says: "The image is staged and silently corrupt: once it runs, the device is not healthy."},
	{name: doTake, of: []string{ofTransfer, ofBoot}, needs: []string{"for"}, says: "It takes that long, whatever the plan's range."},
	{name: doCutPower, of: append([]string{ofTransfer, ofTime}, ofRequests...), acts: true, says: "The device reboots by itself: at that progress of the transfer, at a time (from), or instead of answering a request. A transfer under way is lost; what runs is not."},

	{name: doNeverReturn, of: ofBoots, says: "The device never comes back from the reboot."},
	{name: doRollBack, of: ofBoots, says: "The device comes back on what ran before; what was staged is gone."},
	{name: doLoseStaged, of: ofBoots, says: "The staged image is lost with the record of its transfer; what ran before runs."},
	{name: doForget, of: ofBoots, says: "The device comes back knowing nothing but what it runs, which is what ran before."},
	{name: doWarmUp, of: ofBoots, needs: []string{"for"}, says: "The device is back, and healthy only that much later. It says so: this is no lie."},
	{name: doGoBack, of: ofBoots, says: "The device comes back on the image that ran before the one that runs now, if no burn has emptied that slot since, and on what runs if one has; what was staged is gone."},

	{name: doRefuse, of: ofRequests, says: "The connection is refused; the request is not acted on."},
	{name: doHang, of: ofRequests, takes: []string{"acts"}, waits: true, says: "The connection hangs until the client gives up."},
	{name: doDelay, of: ofRequests, needs: []string{"for"}, waits: true, says: "The request is acted on, and answered, that much later; if the client has gone by then, not at all."},
	{name: doLoseAnswer, of: ofRequests, acts: true, says: "The request is acted on and its answer is lost: the connection ends."},
	{name: doReset, of: ofRequests, takes: []string{"acts"}, acts: true, says: "The connection is reset in the middle of the answer."},
	{name: doLateReset, of: ofLooks, says: "The connection is reset after the whole JSON, before the announced end of the answer."},
	{name: doDrip, of: ofLooks, needs: []string{"pace"}, waits: true, says: "The body comes byte by byte, one in that time."},
	{name: doStatus, of: ofRequests, needs: []string{"code"}, takes: []string{"retryAfter", "acts"}, says: "The answer is that status code, with a Retry-After of so many seconds if one is given."},
	{name: doRedirect, of: ofRequests, needs: []string{"to"}, takes: []string{"acts"}, says: "The answer is a redirect (307) to that URL."},
	{name: doTruncate, of: ofLooks, says: "The JSON ends in the middle."},
	{name: doGarbage, of: ofRequests, takes: []string{"acts"}, acts: true, says: "The body is random bytes."},
	{name: doWrongType, of: ofLooks, needs: []string{"type"}, says: "The answer's content type is that one."},
	{name: doWeakETag, of: ofLooks, says: "The answer's ETag is a weak one, as proxies make them, which no If-Match matches; all else is right."},
	{name: doEndless, of: ofRequests, takes: []string{"acts"}, acts: true, says: "The body never ends; it flows until the client hangs up."},
	{name: doHugeHeader, of: ofRequests, takes: []string{"acts"}, acts: true, says: "The answer has a header of 20 KiB, more than the API allows."},
	{name: doFullBody, of: ofLooks, says: "Blanks fill the body up to 64 KiB, the most that the API allows; all else is right."},
	{name: doSkewClock, of: ofRequests, needs: []string{"by"}, says: "The device's clock, which the Date header shows, is off by that much; all else is right."},
	{name: doLinger, of: []string{ofReboot}, needs: []string{"for"}, says: "The reboot is accepted, and the device goes on as if it weren't, for that long; then it goes down. Whoever asks again meanwhile gets the same answer, and nothing more comes of it."},

	{name: doOtherDevice, of: ofLooks, needs: []string{"device"}, says: "The answer is that other device's, by the name in it."},
	{name: doDuplicateKey, of: ofLooks, lies: true, says: "The key running comes twice, first with what is true and then with what isn't."},
	{name: doStale, of: ofLooks, needs: []string{"age"}, lies: true, says: "The answer is one that was true some time ago, at most that long."},
	{name: doWrong, of: ofLooks, needs: []string{"field", "value"}, lies: true, says: "One field of the answer has that value, which isn't true."},
}

// effects finds them by name.
var effects = func() map[string]effect {
	byName := map[string]effect{}
	for _, e := range allEffects {
		byName[e.name] = e
	}
	return byName
}()

func (e effect) isOf(place string) bool { return slices.Contains(e.of, place) }

// fieldsOf are an effect's required and optional fields. Only those of a power cut
// depend on what the fault is of.
func (e effect) fieldsOf(place string) (needs, takes []string) {
	switch {
	case e.name != doCutPower:
		return e.needs, e.takes
	case place == ofTransfer:
		return []string{"at"}, nil
	case place == ofTime:
		return []string{"from"}, nil
	}
	return nil, []string{"acts"}
}

// effectsOf are the names of the effects that a fault of something can have.
func effectsOf(place string) []string {
	var names []string
	for _, e := range allEffects {
		if e.isOf(place) {
			names = append(names, e.name)
		}
	}
	return names
}

// Shape is a valid combination of Of and Do, with the fields that it requires.
type Shape struct {
	// Of and Do are as in Fault.
	Of, Do string
	// Needs are the names of the other fields that ParseFault requires.
	Needs []string
}

// Shapes returns all shapes of faults, in the order of the documentation.
func Shapes() []Shape {
	var all []Shape
	for _, e := range allEffects {
		for _, place := range e.of {
			needs, _ := e.fieldsOf(place)
			all = append(all, Shape{Of: place, Do: e.name, Needs: slices.Clone(needs)})
		}
	}
	return all
}

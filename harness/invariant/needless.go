package invariant

import (
	"fmt"

	"example.com/edge-device-operator/devicesim"
)

// NoNeedlessBurn is the invariant that what is there already is left alone.
type NoNeedlessBurn struct{}

// Promise says it in one sentence.
func (NoNeedlessBurn) Promise() string {
	return "an image that the device runs, healthy, with nothing staged or under way, is not burned"
}

// Check replays what the device did.
func (NoNeedlessBurn) Check(e Evidence) *Breach {
	if e.BeyondBound {
		return nil
	}
	uid := string(e.Versions[0].Object.UID)
	p := e.after(0)
	for _, d := range e.Deeds {
		if _, _, ours := attemptOf(d.Key, uid); ours && d.Kind == devicesim.BurnBegan && p.settledOn(d.Image) {
			return &Breach{d.At, fmt.Sprintf("%s left alone, which the device ran, healthy, with nothing staged or under way", d.Image), "the device began to burn it"}
		}
		p.does(d)
	}
	return nil
}

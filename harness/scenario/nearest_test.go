package scenario

import "testing"

func TestNearest(t *testing.T) {
	commands := []string{"deploy", "device", "run", "status", "stop"}
	for word, want := range map[string]string{
		"devise": "device", "deplyo": "deploy", "ruun": "run", "stp": "stop", "": "",
		"restart": "", "device": "device", "DEVICE": "", "run-until": "",
	} {
		if got := Nearest(word, commands); got != want {
			t.Errorf("Nearest(%q) is %q, want %q", word, got, want)
		}
	}
}

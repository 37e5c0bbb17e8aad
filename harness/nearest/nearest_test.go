package nearest

import "testing"

func TestTo(t *testing.T) {
	commands := []string{"deploy", "device", "run", "status", "stop", "luck"}
	for word, want := range map[string]string{
		"devise": "device", "deplyo": "deploy", "ruun": "run", "stp": "stop", "": "",
		"restart": "", "device": "device", "DEVICE": "", "run-until": "",
		"lukc": "luck", "ulkc": "", "rnu": "run", "ur": "",
	} {
		if got := To(word, commands); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}

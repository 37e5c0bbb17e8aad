package process

import "testing"

func TestGeneratedNamesAreShownByWhatMadeThem(t *testing.T) {
	g := NewGeneratedNames()
	if got := g.Show("job-abcde"); got != "job-abcde" {
		t.Errorf("a name that nobody has made up is shown as %s", got)
	}
	g.Note("job-abcde", "job-", "web#2")
	g.Note("job-abcde-fghij", "job-abcde-", "job-<web#2>#1")
	for text, want := range map[string]string{
		"job-abcde": "job-<web#2>", "left:other/job-abcde": "left:other/job-<web#2>",
		"/api/v1/secrets/job-abcde-key":       "/api/v1/secrets/job-<web#2>-key",
		"/api/v1/pods/job-abcde-fghij/status": "/api/v1/pods/job-<web#2>-<job-<web#2>#1>/status",
		"job-abcd":                            "job-abcd",
	} {
		if got := g.Show(text); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
	if got := (*GeneratedNames)(nil).Show("web"); got != "web" {
		t.Errorf("without any, web is shown as %s", got)
	}
}

// TestANameThatIsMadeUpIsNoted has the server answer to creates, of which only one had no
// name of its own.
func TestANameThatIsMadeUpIsNoted(t *testing.T) {
	for _, tt := range []struct{ method, sent, want string }{
		{"POST", `{"metadata":{"generateName":"job-"}}`, "job-<web#1>"},
		{"POST", `{"metadata":{"name":"job-abcde","generateName":"job-"}}`, "job-abcde"},
		{"PATCH", `{"metadata":{"generateName":"job-"}}`, "job-abcde"},
	} {
		s := stands(t)
		s.cfg.GeneratedNames = NewGeneratedNames()
		s.answer = func() (string, error) {
			return `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"job-abcde","generateName":"job-","uid":"u","resourceVersion":"1"}}`, nil
		}
		path := "/api/v1/namespaces/w/secrets"
		if tt.method == "PATCH" {
			path += "/job-abcde"
		}
		c := s.newCall(way{api: true}, s.request(tt.method, path, tt.sent))
		c.Number = 1
		s.record(c, func(c *call) { s.send(s)(c, nil) })
		if got := s.cfg.GeneratedNames.Show("job-abcde"); got != tt.want {
			t.Errorf("after a %s of %s the name is shown as %s, want %s", tt.method, tt.sent, got, tt.want)
		}
	}
}

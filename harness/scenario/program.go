package scenario

import "example.com/edge-device-operator/harness/world"

// programs are the names of the control plane's programs in kill and start.
var programs = map[string]string{"apiserver": world.APIServer, "etcd": world.Etcd}

// program returns the program of the control plane that a command names, "" if it names
// none.
func program(a *Arguments) string {
	if len(a.Names) == 0 || programs[a.Names[0].Text] == "" {
		return ""
	}
	a.OneName("")
	a.Allow()
	return programs[a.Names[0].Text]
}

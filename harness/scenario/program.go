package scenario

import "example.com/edge-device-operator/harness/world"

// programs are the control plane's, as kill and start know them.
var programs = map[string]string{"apiserver": world.APIServer, "etcd": world.Etcd}

// program returns which of the control plane's programs a command is about, ""
// if it is about none.
func program(a *Arguments) string {
	if len(a.Names) == 0 || programs[a.Names[0].Text] == "" {
		return ""
	}
	a.OneName("")
	a.Allow()
	return programs[a.Names[0].Text]
}

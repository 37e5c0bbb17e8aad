package process

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func TestWorkIsShownShortWhereThatIsUnambiguous(t *testing.T) {
	one, several, none := names{"world-1", false, "bundle", nil}, names{"world-1", false, "", nil}, names{"", false, "bundle", nil}
	clusterScoped := names{"world-1", true, "bundle", nil}
	key := func(namespace, name string) Work {
		return Work{"bundle", types.NamespacedName{Namespace: namespace, Name: name}}
	}
	for _, c := range []struct {
		names names
		work  Work
		want  string
	}{
		{one, key("world-1", "web"), "web"},
		{one, key("other", "web"), "other/web"},
		{one, key("", "web"), "/web"},
		{several, key("world-1", "web"), "bundle:web"},
		{several, key("other", "web"), "bundle:other/web"},
		{none, key("", "web"), "web"},
		{none, key("other", "web"), "other/web"},
		{clusterScoped, key("", "web"), "web"},
		{clusterScoped, key("world-1", "web"), "WORLD/web"},
		{clusterScoped, key("other", "web"), "other/web"},
		{several, Work{Controller: mainTask}, "@main"},
	} {
		if got := c.names.show(c.work); got != c.want {
			t.Errorf("%+v: %s, want %s", c.work, got, c.want)
		}
	}
}

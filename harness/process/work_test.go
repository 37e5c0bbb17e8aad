package process

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func TestWorkIsShownShortWhereThatIsUnambiguous(t *testing.T) {
	one, several, clusterWide := names{"world-1", "bundle"}, names{"world-1", ""}, names{"", "bundle"}
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
		{clusterWide, key("", "web"), "web"},
		{clusterWide, key("other", "web"), "other/web"},
		{several, Work{Controller: mainTask}, "@main"},
	} {
		if got := c.names.show(c.work); got != c.want {
			t.Errorf("%+v: %s, want %s", c.work, got, c.want)
		}
	}
}

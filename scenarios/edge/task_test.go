package edge

import "testing"

// TestRequestsOfTasks has commands about requests that belong to no reconcile, which is
// what explore calls those of an operator that loses its context.
func TestRequestsOfTasks(t *testing.T) {
	for _, command := range []string{"kill controller after=@main#1 restart=0s", "stop controller at=@main#1", "request @main#1 refused=500"} {
		if _, err := Language.Parse("x.txt", "device press-01\ndeploy press-01 image=fw:2\n"+command+"\nrun\n----\n"); err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
}

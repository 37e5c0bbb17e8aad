// Package modules uses real time by way of other modules.
package modules

import (
	"github.com/benbjohnson/clock"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	kubeclock "k8s.io/utils/clock"
)

func forbidden() {
	_ = metav1.Now()                            // want `v1.Now is real time: use metav1.NewTime with`
	_ = metav1.NowMicro()                       // want `v1.NowMicro is real time: use metav1.NewMicroTime with`
	_ = clock.New()                             // want `clock.New is the real clock: take a clock.Clock as an argument; only a main chooses it`
	_ = kubeclock.RealClock{}                   // want `clock.RealClock is the real clock`
	wait.Until(nil, 1, nil)                     // want `wait.Until is of a package that waits in real time`
	_ = wait.Backoff{}                          // want `wait.Backoff is`
	retry.OnError(retry.DefaultRetry, nil, nil) // want `retry.OnError is` `retry.DefaultRetry is`
}

func permitted(c clock.Clock) {
	_ = metav1.NewTime(c.Now())
	c.Sleep(1)
	<-c.After(1)
	_ = c.Since(c.Now())
	_ = clock.NewMock()
	var _ kubeclock.Clock
}

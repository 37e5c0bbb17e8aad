package devicesim

import (
	"context"
	"time"
)

// forever is a wait that ends only when the client leaves.
const forever time.Duration = -1

// waitOnClock is the default of Config.Wait.
func (d *Device) waitOnClock(ctx context.Context, length time.Duration) error {
	if length < 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	timer := d.clock.Timer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

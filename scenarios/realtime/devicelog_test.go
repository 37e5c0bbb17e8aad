package realtime

import (
	"io"
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/devicesim"
)

func TestADeviceLogIsParsedInWritesOfAnySize(t *testing.T) {
	const text = `devicesim: press-01 runs fw:1, API on 127.0.0.1:40123, /healthz on 127.0.0.1:40124
2026-11-24T22:03:27.5Z burn-started fw:2 key=6d1f/1/1
2026-11-24T22:03:29Z transfer-failed fw:2 key=6d1f/1/1 fault=break
2026-11-24T22:03:30Z state-lost ` + `
2026-11-24T22:03:31Z booted fw:1
2026-11-24T22:03:32Z booted fw:2 healthy=no
`
	for _, size := range []int{1, 7, len(text)} {
		d := newDeviceLog()
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			if _, err := io.WriteString(d, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		select {
		case <-d.ready:
		default:
			t.Error("the address isn't known")
		}
		changes, err := d.all()
		if err != nil || d.address != "127.0.0.1:40123" || len(changes) != 5 {
			t.Fatalf("read %q, %v, %v", d.address, changes, err)
		}
		at := time.Date(2026, 11, 24, 22, 3, 27, 5e8, time.UTC)
		for n, want := range []devicesim.StateChange{
			{At: at, Kind: devicesim.BurnStarted, Image: "fw:2", Key: "6d1f/1/1"},
			{At: at.Add(1500 * time.Millisecond), Kind: devicesim.TransferFailed, Image: "fw:2", Key: "6d1f/1/1", Fault: "break"},
			{At: at.Add(2500 * time.Millisecond), Kind: devicesim.StateLost},
			{At: at.Add(3500 * time.Millisecond), Kind: devicesim.Booted, Image: "fw:1", Healthy: true},
			{At: at.Add(4500 * time.Millisecond), Kind: devicesim.Booted, Image: "fw:2"},
		} {
			if changes[n] != want {
				t.Errorf("state change %d is %+v, want %+v", n, changes[n], want)
			}
		}
	}
}

func TestADeviceLogWithAnInvalidLine(t *testing.T) {
	for _, line := range []string{
		"panic: out of luck\n",
		"2026-11-24T22:03:27Z burn ended fw:2\n",
		"yesterday burn-started fw:2\n",
		"2026-11-24T22:03:27Z burn-started fw:2 because=of\n",
		"2026-11-24T22:03:27Z burn-started fw:2", // cut off
	} {
		d := newDeviceLog()
		_, _ = io.WriteString(d, line)
		if changes, err := d.all(); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(line)) {
			t.Errorf("%q: %v, %v", line, changes, err)
		}
	}
}

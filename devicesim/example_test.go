package devicesim_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/benbjohnson/clock"

	"example.com/edge-device-operator/devicesim"
)

// A device is an http.Handler. This one's first transfer breaks.
func ExampleDevice() {
	plan, err := devicesim.ParsePlan([]byte("transfer: 30s\nfaults: [{of: transfer, nth: 1, do: break, at: 40%}]"))
	if err != nil {
		log.Fatal(err)
	}
	clk := clock.NewMock()
	device := devicesim.New(devicesim.Config{Name: "press-01", Running: "fw:1", Seed: 1, Plan: plan}, clk)

	burn := httptest.NewRecorder()
	device.ServeHTTP(burn, httptest.NewRequest("POST", "/burn?image=fw:2&key=by-hand", nil))
	fmt.Println(burn.Code)
	for range 3 {
		clk.Add(5 * time.Second)
		answer, health := httptest.NewRecorder(), devicesim.Health{}
		device.ServeHTTP(answer, httptest.NewRequest("GET", "/health", nil))
		if err := json.Unmarshal(answer.Body.Bytes(), &health); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("runs %s, transfer of %s: %s, %d %%\n", health.Running, health.Transfer.Image, health.Transfer.State, health.Transfer.Progress)
	}
	// Output:
	// 202
	// runs fw:1, transfer of fw:2: running, 16 %
	// runs fw:1, transfer of fw:2: running, 33 %
	// runs fw:1, transfer of fw:2: failed, 40 %
}

// The ground truth is what a device did, whatever it answers.
func ExampleDevice_Truth() {
	clk := clock.NewMock()
	device := devicesim.New(devicesim.Config{Name: "press-01", Running: "fw:1", Seed: 1, Plan: devicesim.DefaultPlan}, clk)
	device.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/burn?image=fw:2", nil))
	clk.Add(time.Minute)
	device.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/reboot", nil))
	clk.Add(time.Minute)
	for _, change := range device.Truth().Changes {
		fmt.Println(change.At.UTC().Format("04:05"), change.Kind, change.Image)
	}
	// Output:
	// 00:00 burn-started fw:2
	// 00:30 image-staged fw:2
	// 01:00 reboot-started fw:2
	// 01:15 booted fw:2
}

// A mistake in a plan is named by its field, with what should stand there.
func ExampleParsePlan() {
	plan, err := devicesim.ParsePlan([]byte("transfer: 20s..40s\nfaults: [{of: health, p: 0.1, do: stale, age: 30s}]"))
	fmt.Println(plan.Transfer.Min, plan.Transfer.Max, plan.Reboot.Min, plan.Faults[0].Do, err)

	_, err = devicesim.ParsePlan([]byte("faults: [{of: transfer, nth: 1, do: break, at: 140%}]"))
	fmt.Println(err)
	_, err = devicesim.ParsePlan([]byte("faults: [{of: transfer, nth: 1, do: break}]"))
	fmt.Println(err)
	// Output:
	// 20s 40s 15s stale <nil>
	// faults[0].at: "140%": expected a progress from 1% to 99%
	// faults[0].at: expected a progress from 1% to 99%
}

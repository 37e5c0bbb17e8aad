package envtest

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// wholeObject has every field of the API, each with a value that is taken.
const wholeObject = `
metadata: {name: press-01}
spec:
  deviceRef: press-01
  image: fw:2
  concurrencyHint: 5
  retryPolicy: {maxAttempts: 3, backoffSeconds: 10}
status:
  observedGeneration: 1
  phase: Pending
  attempts: 0
  lastTransitionTime: "2026-01-01T00:00:00.000000Z"
  image: fw:2
  imageGeneration: 1
  lastError: why
  transfer: {key: a/1/1, progress: 50}
  deviceErrors: {time: "2026-01-01T00:00:00.000000Z", observe: why, post: why}
  conditions:
  - {type: Progressing, status: "True", reason: Pending, message: why, observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
`

// bounds are, for each field, what is just taken and what is just refused, as JSON; absent
// leaves the field out.
var bounds = map[string]struct{ good, bad []string }{
	"spec":                            {bad: []string{absent, "null", "7", "[]"}},
	"spec.deviceRef":                  {bad: []string{absent, "null", "7", text("", 0), text("x", 64)}},
	"spec.image":                      {[]string{`"x"`, text("x", 512)}, []string{absent, "null", "7", text("", 0), text("x", 513)}},
	"spec.concurrencyHint":            {[]string{absent, "null", "1", "10000"}, []string{"0", "10001", "1.5", `"1"`, "4294967297"}},
	"spec.retryPolicy":                {[]string{absent, "null", "{}"}, []string{"7", "[]"}},
	"spec.retryPolicy.maxAttempts":    {[]string{absent, "null", "1", "100"}, []string{"0", "101", "1.5", `"1"`, "4294967297"}},
	"spec.retryPolicy.backoffSeconds": {[]string{absent, "null", "0", "86400"}, []string{"-1", "86401", "1.5", `"1"`, "4294967297"}},

	"status.observedGeneration":   {[]string{"0", "1", "9223372036854775807"}, []string{absent, "-1", "1.5", `"1"`, "9223372036854775808", "1e30"}},
	"status.phase":                {[]string{`"Transferring"`, `"Rebooting"`, `"Verifying"`, `"Succeeded"`, `"Failed"`}, []string{absent, `""`, `"pending"`, `"Done"`, "7"}},
	"status.attempts":             {[]string{"0", "100"}, []string{absent, "-1", "101", "1.5", `"1"`, "4294967297"}},
	"status.lastTransitionTime":   {[]string{microseconds, elsewhere}, []string{`"yesterday"`, `"2026-01-01"`, `""`, "7", seconds, `"2026-01-01T00:00:00,000000Z"`, `"2026-01-01T00:00:00.0000000Z"`, `"2026-02-30T00:00:00.000000Z"`}},
	"status.image":                {[]string{absent, `""`, text("x", 512)}, []string{text("x", 513), "7"}},
	"status.imageGeneration":      {[]string{absent, "0", "9223372036854775807"}, []string{"-1", "1.5", `"1"`, "9223372036854775808", "1e30"}},
	"status.lastError":            {[]string{absent, `""`, text("é", 256)}, []string{text("é", 257), "7"}},
	"status.transfer":             {[]string{absent}, []string{"7", "[]"}},
	"status.transfer.key":         {[]string{`"x"`, text("x", 80)}, []string{absent, `""`, text("x", 81), "7"}},
	"status.transfer.progress":    {[]string{"0", "100"}, []string{absent, "-1", "101", "1.5", `"1"`, "4294967297"}},
	"status.deviceErrors":         {[]string{absent}, []string{"7", "[]"}},
	"status.deviceErrors.time":    {[]string{microseconds, elsewhere}, []string{absent, `"yesterday"`, `""`, "7", seconds, `"2026-01-01T00:00:00,000000Z"`, `"2026-01-01T00:00:00.0000000Z"`, `"2026-02-30T00:00:00.000000Z"`}},
	"status.deviceErrors.observe": {[]string{absent, `""`, text("é", 128)}, []string{text("é", 129), "7"}},
	"status.deviceErrors.post":    {[]string{absent, `""`, text("é", 128)}, []string{text("é", 129), "7"}},

	"status.conditions":                       {[]string{absent, "[]", conditions(8)}, []string{conditions(9), "{}", "7"}},
	"status.conditions[0].type":               {[]string{`"X"`, `"example.com/X"`, text("x", 316)}, []string{absent, `""`, `"no type"`, text("x", 317), "7"}},
	"status.conditions[0].status":             {[]string{`"True"`, `"False"`, `"Unknown"`}, []string{absent, `""`, `"true"`, "true"}},
	"status.conditions[0].reason":             {[]string{`"X"`, text("x", 1024)}, []string{absent, `""`, `"no reason"`, text("x", 1025), "7"}},
	"status.conditions[0].message":            {[]string{`""`, text("é", 32768)}, []string{absent, text("é", 32769), "7"}},
	"status.conditions[0].observedGeneration": {[]string{absent, "0", "9223372036854775807"}, []string{"-1", "1.5", `"1"`, "9223372036854775808", "1e30"}},
	"status.conditions[0].lastTransitionTime": {[]string{seconds, microseconds, elsewhere}, []string{absent, `"yesterday"`, `""`, "7"}},
}

// absent leaves a field out.
const absent = ""

// Times of which Go reads the first as a metav1.Time alone.
const (
	seconds      = `"2026-01-01T00:00:00Z"`
	microseconds = `"2026-01-01T00:00:00.123456Z"`
	elsewhere    = `"2026-01-01T01:00:00.000000+01:00"`
)

// text is a string of so many characters, as JSON.
func text(character string, count int) string {
	return `"` + strings.Repeat(character, count) + `"`
}

// conditions are so many of them, each of another type, as JSON.
func conditions(count int) string {
	var all []string
	for n := range count {
		all = append(all, fmt.Sprintf(`{"type":"T%d","status":"True","reason":"R","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}`, n))
	}
	return "[" + strings.Join(all, ",") + "]"
}

var _ = Describe("The API server", func() {
	It("takes each field at its bounds, and nothing beyond them", func(ctx SpecContext) {
		admin := clientOf(plane.Config())
		dd := &v1.DeviceDeployment{}
		Expect(yaml.UnmarshalStrict([]byte(wholeObject), dd)).To(Succeed())
		dd.Namespace = newNamespace(ctx, admin)
		status := dd.Status
		Expect(admin.Create(ctx, dd)).To(Succeed())
		dd.Status = status
		Expect(admin.Status().Update(ctx, dd)).To(Succeed())

		// write changes one field, and stores nothing.
		write := func(field, value string) error {
			path := "/" + strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(field)
			change := fmt.Sprintf(`[{"op": "replace", "path": %q, "value": %s}]`, path, value)
			if value == absent {
				change = fmt.Sprintf(`[{"op": "remove", "path": %q}]`, path)
			}
			patch := client.RawPatch(types.JSONPatchType, []byte(change))
			if strings.HasPrefix(field, "status.") {
				return admin.Status().Patch(ctx, dd.DeepCopy(), patch, client.DryRunAll)
			}
			return admin.Patch(ctx, dd.DeepCopy(), patch, client.DryRunAll)
		}
		for field, values := range bounds {
			for _, good := range values.good {
				// The rules that compare a status with the one before may still refuse it.
				if err := write(field, good); err != nil {
					Expect(causes(err)).NotTo(ContainElement(HavePrefix(field)), "%s %.60s", field, good)
				}
			}
			for _, bad := range values.bad {
				Expect(causes(write(field, bad))).To(ContainElement(HavePrefix(field)), "%s %.60s", field, bad)
			}
		}
	}, NodeTimeout(limit))
})

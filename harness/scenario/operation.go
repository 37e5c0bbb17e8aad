package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"example.com/edge-device-operator/harness/process"
)

// objectName is what the API server lets most objects be called.
var objectName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)

// workName is what work is shown as: NAME, NAMESPACE/NAME, /NAME or WORLD/NAME, with
// CONTROLLER: before it where there are several; or a task, such as @main.
var workName = regexp.MustCompile(`^(@[a-z0-9-]+|([a-z0-9][a-z0-9._-]*:)?((WORLD|[a-z0-9-]*)/)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)$`)

// parseOperation reads press-01#7.
func parseOperation(s string) (process.Operation, error) {
	object, number, _ := strings.Cut(s, "#")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || !workName.MatchString(object) {
		return process.Operation{}, fmt.Errorf("an object and the number of its request, such as press-01#7")
	}
	return process.Operation{Object: object, Number: n}, nil
}
